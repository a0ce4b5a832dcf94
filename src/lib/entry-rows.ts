/** A growing table of rows of numbers, one for each entry of a `ByteMap`: what is read together lies together, so that a
 *  look-up waits for one line of memory where arrays side by side would make it wait for several. */

/** Words of a row that the map itself uses: where the key's bytes are, and how many plus 1. */
export const mapWords = 2

const initialRows = 8

export class EntryRows {
  /** 32-bit words of a row; even, so that rows hold whole doubles too. */
  readonly rowWords: number
  words: Uint32Array
  /** The same memory as doubles. */
  doubles: Float64Array
  #capacity: number

  constructor(rowWords: number, capacity = initialRows) {
    const memory = new ArrayBuffer(capacity * rowWords * 4)
    this.rowWords = rowWords
    this.words = new Uint32Array(memory)
    this.doubles = new Float64Array(memory)
    this.#capacity = capacity
  }

  /** Entries below this number have a row. */
  get capacity(): number {
    return this.#capacity
  }

  /** Doubles the room; what was there stays, new rows are zero. */
  grow(): void {
    const larger = new EntryRows(this.rowWords, this.#capacity * 2)
    larger.words.set(this.words)
    this.words = larger.words
    this.doubles = larger.doubles
    this.#capacity = larger.#capacity
  }
}
