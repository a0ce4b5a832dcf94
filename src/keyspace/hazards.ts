/** Which log record last wrote a key: what a reader of the key has to wait for before it may be answered.
 *
 *  A key's record is kept by entry. Keys that are gone share one record, the last that removed any, so whoever finds
 *  nothing waits for that; and an emptied or exchanged database counts as written as a whole. */
import { type EntryTable, entryDoubles, writtenAtDouble } from './entry-table.ts'

export class Hazards {
  readonly #table: EntryTable
  #removedAt = 0
  /** The record that changed all keys at once. */
  #allAt = 0

  constructor(table: EntryTable) {
    this.#table = table
  }

  /** The entry is written by the record with that position. */
  write(entry: number, position: number): void {
    this.#table.doubles[entry * entryDoubles + writtenAtDouble] = position
  }

  /** A key is removed. */
  remove(position: number): void {
    this.#removedAt = position
  }

  /** All keys are other ones than before, or gone. */
  exchange(position: number): void {
    this.#removedAt = position
    this.#allAt = position
  }

  /** The record that a reader of the entry depends on. */
  seen(entry: number): number {
    return Math.max(this.#table.doubles[entry * entryDoubles + writtenAtDouble]!, this.#allAt)
  }

  /** The record that somebody who finds no key depends on. */
  get seenAbsent(): number {
    return this.#removedAt
  }
}
