/** Buffers of one size that are used again: where chunks come and go all the time, a new buffer for each costs more than
 *  what goes into it, since it is filled with zeros and the collector has to find it again. */
export class BufferPool {
  readonly #bufferBytes: number
  readonly #countMax: number
  readonly #spares: Uint8Array[] = []
  /** The buffer that came back last. Whoever just took something out of it may read it still, so it is given to nobody
   *  before the next one comes back. */
  #resting: Uint8Array | undefined

  /** Keeps at most `countMax` buffers that nobody uses, and the last one. */
  constructor(bufferBytes: number, countMax: number) {
    this.#bufferBytes = bufferBytes
    this.#countMax = countMax
  }

  /** A buffer that may hold anything. */
  take(): Uint8Array {
    return this.#spares.pop() ?? new Uint8Array(this.#bufferBytes)
  }

  /** Takes back a buffer of this size that nobody will write to any more, or read after the next one has come back. */
  giveBack(buffer: Uint8Array): void {
    if (this.#resting !== undefined && this.#spares.length < this.#countMax) this.#spares.push(this.#resting)
    this.#resting = buffer
  }
}
