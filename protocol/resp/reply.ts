/** Answers out. A handler writes its answer to a `Reply` and does not know who reads it. */

/** Where an answer goes. Aggregates announce their size first and are followed by that many answers (twice as many
 *  for a map); what RESP2 has no type for is written as its RESP2 equivalent when `protocol` is 2. */
export interface Reply {
  /** 2 or 3: which RESP the reader speaks. */
  readonly protocol: number
  ok(): void
  simple(text: string): void
  /** `message` begins with its code word; CR and LF go at its end and become spaces before it. */
  error(message: string): void
  /** An error that was counted before, when it came from a command that a script called. */
  repeatError(message: string): void
  integer(value: number | bigint): void
  /** Bytes of a range. */
  bulk(bytes: Uint8Array, start?: number, end?: number): void
  /** Text as UTF-8. */
  text(text: string): void
  /** Absent value: `$-1` or `_`. */
  null(): void
  /** Absent aggregate: `*-1` or `_`. */
  nullArray(): void
  array(count: number): void
  map(count: number): void
  set(count: number): void
  push(count: number): void
  /** `digits` is how the number is written, where that is not Redis' usual way. */
  double(value: number, digits?: string): void
  /** An integer of any size, one byte a character: nothing looks whether it is one. */
  bigNumber(digits: string): void
  boolean(value: boolean): void
  verbatim(format: string, text: string): void
  /** Where the next answer will begin, for `arrayAt` and `mapAt`. */
  mark(): number
  /** Puts the header of an array (or map) before what was written since the mark: for sizes known only afterwards. */
  arrayAt(mark: number, count: number): void
  mapAt(mark: number, count: number): void
  /** Answers that are in wire form already; must be the same in RESP2 and RESP3. */
  wire(bytes: Uint8Array, start: number, end: number): void
}
