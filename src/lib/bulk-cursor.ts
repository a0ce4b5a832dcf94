/** A walk over bulk strings in wire form that lie back to back (`$1\r\na\r\n$2\r\nbc\r\n`). */

export class BulkCursor {
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the bulk string begins that the cursor is at (its `$`), and where its content begins and ends. */
  wireStart = 0
  start = 0
  end = 0
  #wireEnd = 0
  #limit = 0

  /** Behind the bulk string that the cursor is at, its CRLF included. */
  get wireEnd(): number {
    return this.#wireEnd
  }

  /** Goes before the first bulk string in `bytes[from, to)`. */
  begin(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes
    this.#wireEnd = from
    this.#limit = to
  }

  /** Goes to the next bulk string; false when there is none. */
  next(): boolean {
    const at = this.#wireEnd
    if (at >= this.#limit) return false
    const { bytes } = this
    let i = at + 1
    let size = 0
    for (let byte = bytes[i++]!; byte !== 13; byte = bytes[i++]!) size = size * 10 + byte - 48
    this.wireStart = at
    this.start = i + 1
    this.end = i + 1 + size
    this.#wireEnd = i + size + 3
    return true
  }
}
