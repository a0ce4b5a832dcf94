/** Looks at the keys of a pipeline before its requests are run, so that the memory they will need is fetched side by
 *  side. With a hundred thousand keys a request waits for three lines of memory, one after the other: slot, row, bytes.
 *  What is asked for here in three rounds, each over many keys, arrives while the next is asked for.
 *
 *  This is a hint and nothing else: it changes nothing, and what it does not understand it leaves to the parser. It
 *  takes the argument behind a command's name for a key, which is right for all but a few. */
import type { RequestParser } from '../../protocol/resp/request-parser.ts'
import type { Database } from '../keyspace/database.ts'

/** How many requests are looked at together: what they need must still be in the cache when they are run. */
const requestsMax = 16
/** A smaller database is in the cache anyway. */
const keysMin = 4096

const star = 42
const dollar = 36
const cr = 13
const zero = 48

export class ReadAhead {
  readonly #starts = new Int32Array(requestsMax)
  readonly #ends = new Int32Array(requestsMax)
  readonly #entries = new Int32Array(requestsMax)
  /** Requests that may be run before it is worth looking again. */
  #left = 0
  /** What was read goes here, so that the reading is not optimised away. */
  #sink = 0

  /** New input has come. */
  begin(): void {
    this.#left = 0
  }

  /** To be called before each request is read from the parser. */
  look(parser: RequestParser, db: Pick<Database, 'size' | 'touch'>): void {
    if (this.#left > 0) {
      this.#left--
      return
    }
    this.#left = requestsMax - 1
    if (db.size < keysMin) return
    const count = this.#findKeys(parser.unread, parser.unreadStart, parser.unreadEnd)
    if (count < 2) return
    this.#left = count - 1
    this.#sink ^= db.touch(parser.unread, this.#starts, this.#ends, this.#entries, count)
  }

  /** Notes where the keys of the next requests are; returns how many there are, up to the first that is not plain. */
  #findKeys(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    for (let count = 0; count < requestsMax; count++) {
      if (at + 4 > end || bytes[at] !== star || bytes[at + 2] !== cr) return count
      const words = bytes[at + 1]! - zero
      if (words < 2 || words > 9) return count
      at += 4
      for (let word = 0; word < words; word++) {
        if (at + 4 > end || bytes[at] !== dollar) return count
        let size = 0
        for (at++; at < end && bytes[at] !== cr; at++) {
          const digit = bytes[at]! - zero
          if (digit < 0 || digit > 9) return count
          size = size * 10 + digit
        }
        at += 2
        if (word === 1) {
          this.#starts[count] = at
          this.#ends[count] = at + size
        }
        at += size + 2
        if (at > end) return count
      }
    }
    return requestsMax
  }
}
