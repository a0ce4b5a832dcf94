/** How much one answer of XREAD or XREADGROUP may hold over all its streams: MAXCOUNT entries and MAXSIZE bytes.
 *
 *  The first entry is always given, however large, so that a reader gets on; after it none that would pass the size. */

import type { EntryRun } from '../../broker/entry-run.ts'
import { digitCount } from '../../lib/bytes.ts'
import type { ReadOptions } from './read-args.ts'

export class ReadBudget {
  #entriesLeft: number
  #bytesLeft: number
  #isUntouched = true
  readonly #countMax: number

  /** `countMax` is the most that one stream gives. */
  constructor({ maxCount, maxSize }: Pick<ReadOptions, 'maxCount' | 'maxSize'>, countMax: number) {
    this.#entriesLeft = maxCount
    this.#bytesLeft = maxSize
    this.#countMax = countMax
  }

  /** Whether no further stream can give anything. */
  get isSpent(): boolean {
    return this.#entriesLeft === 0 || (this.#bytesLeft <= 0 && !this.#isUntouched)
  }

  /** Whether bytes are counted at all. */
  get isSized(): boolean {
    return this.#bytesLeft !== Number.POSITIVE_INFINITY
  }

  /** How many entries the stream whose turn it is may give. */
  get countMax(): number {
    return Math.min(this.#countMax, this.#entriesLeft)
  }

  /** Takes the part of a stream's answer that comes with its first entry. */
  takeHeader(keyBytes: number): void {
    this.#bytesLeft -= keyBytes + digitCount(keyBytes) + headerBytes
  }

  /** Takes one entry of so many bytes; false when it does not fit. */
  take(bytes: number): boolean {
    if (this.#entriesLeft === 0) return false
    if (bytes > this.#bytesLeft && !this.#isUntouched) {
      this.#bytesLeft = 0
      return false
    }
    this.#isUntouched = false
    this.#entriesLeft--
    this.#bytesLeft -= bytes
    return true
  }

  /** Takes as many of the `count` entries in the runs as fit, each `extraBytes` larger than it is stored, and leaves out
   *  the others; returns how many. */
  takeRuns(runs: EntryRun[], count: number, extraBytes: number): number {
    if (!this.isSized) {
      this.#entriesLeft -= count
      this.#isUntouched = false
      return count
    }
    let taken = 0
    for (const [index, { segment, start, end }] of runs.entries()) {
      for (let i = start; i < end; i++) {
        if (this.take(segment.offsets[i + 1]! - segment.offsets[i]! + extraBytes)) {
          taken++
          continue
        }
        runs.length = index
        if (i > start) runs.push({ segment, start, end: i })
        return taken
      }
    }
    return taken
  }
}

/** Around a key in a stream's pair: `*2`, `$N`, `*N`, with their line ends. */
const headerBytes = 4 + 5 + 5
