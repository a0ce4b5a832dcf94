/** Looks at the keys of a pipeline before its requests are run, so that the memory they will need is fetched side by
 *  side. With a hundred thousand keys a request waits for three lines of memory, one after the other: slot, row, bytes.
 *  What is asked for here in three rounds, each over many keys, arrives while the next is asked for. Requests that all
 *  go to one large collection do the same for its members.
 *
 *  This is a hint and nothing else: it changes nothing, and what it does not understand it leaves to the parser. It
 *  takes the argument behind a command's name for a key and the next for a member, which is right for all but a few; of
 *  scripts and functions it knows that their first key comes behind the number of keys. */
import type { RequestParser } from '../../protocol/resp/request-parser.ts'
import type { Pipeline } from '../keyspace/contents.ts'
import type { Database } from '../keyspace/database.ts'
import { KeyBatch } from '../lib/key-batch.ts'

/** How many requests are looked at together: what they need must still be in the cache when they are run. */
const requestsMax = 16
/** Where nothing was worth fetching, so many requests are run before the next look, which costs a PUBLISH a twentieth
 *  of its time. */
const requestsUnlooked = 256
const star = 42
const dollar = 36
const cr = 13
const zero = 48
const caseBit = 32
const letter = { c: 99, e: 101, f: 102, v: 118 } as const

export class ReadAhead implements Pipeline {
  readonly keys = new KeyBatch(requestsMax)
  readonly seconds = new KeyBatch(requestsMax)
  readonly thirds = new KeyBatch(requestsMax)
  /** Requests of this input that may be run before it is worth looking again. */
  #left = 0
  /** The same, whatever input comes. */
  #unlooked = 0
  /** What was read goes here, so that the reading is not optimised away. */
  #sink = 0

  /** New input has come. */
  begin(): void {
    this.#left = 0
  }

  /** To be called before each request is read from the parser. */
  look(parser: RequestParser, db: Pick<Database, 'lookAhead'>): void {
    if (this.#unlooked > 0) {
      this.#unlooked--
      return
    }
    if (this.#left > 0) {
      this.#left--
      return
    }
    this.#left = requestsMax - 1
    this.#find(parser.unread, parser.unreadStart, parser.unreadEnd)
    const { count } = this.keys
    if (count < 2) return
    this.#left = count - 1
    const read = db.lookAhead(this)
    if (read === undefined) this.#unlooked = requestsUnlooked
    else this.#sink ^= read
  }

  /** Notes where keys and members of the next requests are, up to the first request that is not plain. */
  #find(bytes: Uint8Array, start: number, end: number): void {
    this.keys.begin(bytes)
    this.seconds.begin(bytes)
    this.thirds.begin(bytes)
    let at = start
    for (let whole = 0; whole < requestsMax; whole++) {
      if (at + 4 > end || bytes[at] !== star || bytes[at + 2] !== cr) return
      const words = bytes[at + 1]! - zero
      if (words < 2 || words > 9) return
      at = this.#findIn(bytes, at + 4, end, words)
      if (at >= 0) continue
      this.keys.count = Math.min(this.keys.count, whole)
      this.seconds.count = Math.min(this.seconds.count, whole)
      this.thirds.count = Math.min(this.thirds.count, whole)
      return
    }
  }

  /** The same for one request of so many words; returns where it ends, or -1 when it is not plain or not all there. */
  #findIn(bytes: Uint8Array, start: number, end: number, words: number): number {
    let at = start
    let keyWord = 1
    for (let word = 0; word < words; word++) {
      if (at + 4 > end || bytes[at] !== dollar) return -1
      let size = 0
      for (at++; at < end && bytes[at] !== cr; at++) {
        const digit = bytes[at]! - zero
        if (digit < 0 || digit > 9) return -1
        size = size * 10 + digit
      }
      at += 2
      if (at + size + 2 > end) return -1
      if (word === 0 && isProgram(bytes, at, size)) keyWord = 3
      else if (word === keyWord) this.keys.add(at, at + size)
      else if (word === keyWord + 1) this.seconds.add(at, at + size)
      else if (word === keyWord + 2) this.thirds.add(at, at + size)
      at += size + 2
    }
    return at
  }
}

/** Whether it is EVAL, FCALL or one of their kin, as far as two letters tell. */
function isProgram(bytes: Uint8Array, start: number, size: number): boolean {
  if (size < 4) return false
  const first = bytes[start]! | caseBit
  const second = bytes[start + 1]! | caseBit
  return (first === letter.e && second === letter.v) || (first === letter.f && second === letter.c)
}
