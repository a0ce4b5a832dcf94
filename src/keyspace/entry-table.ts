/** What belongs to a key besides its name, side by side: 32 bytes an entry, so that a command that touches all of it
 *  waits for one line of memory. Each room of the table is used through the class that knows its meaning. */

/** 32-bit words of an entry, and where each begins. */
export const entryWords = 8
export const valueAddressWord = 0
export const valueSizeWord = 1
export const accessedAtWord = 2
export const kindWord = 3

/** Doubles of an entry. The last 16 of its 32 bytes are two. */
export const entryDoubles = 4
export const writtenAtDouble = 2
export const expiresAtDouble = 3

const entryBytes = entryWords * 4

export class EntryTable {
  words: Uint32Array
  /** The same memory as doubles. */
  doubles: Float64Array
  #capacity: number

  constructor(capacity: number) {
    const memory = new ArrayBuffer(capacity * entryBytes)
    this.words = new Uint32Array(memory)
    this.doubles = new Float64Array(memory)
    this.#capacity = capacity
  }

  /** Entries below this number have a place. */
  get capacity(): number {
    return this.#capacity
  }

  /** Doubles the room; what was there stays. */
  grow(): void {
    const larger = new EntryTable(this.#capacity * 2)
    larger.words.set(this.words)
    this.words = larger.words
    this.doubles = larger.doubles
    this.#capacity = larger.#capacity
  }
}
