/** Ids of entries as text: `1700000000000-0`. */

/** Below, at or above zero as the first id is before, at or behind the second; both as the broker writes them. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0
  const [aMs = '', aSequence = ''] = a.split('-')
  const [bMs = '', bSequence = ''] = b.split('-')
  return compareDecimals(aMs, bMs) || compareDecimals(aSequence, bSequence)
}

function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** The id as the broker writes it: `5` is `5-0`, leading zeros go. Undefined for what is no id. */
export function normalId(text: string): string | undefined {
  const match = /^(\d{1,20})(?:-(\d{1,20}))?$/.exec(text)
  return match === null ? undefined : `${BigInt(match[1]!)}-${BigInt(match[2] ?? '0')}`
}
