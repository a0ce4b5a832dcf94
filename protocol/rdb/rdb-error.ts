/** Bytes that are not what Redis' formats say: cut off, contradictory, or of a kind that is unknown. */
export class RdbError extends Error {}
