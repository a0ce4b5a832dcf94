/** Memory in which checkpoint rows travel to the writer thread: it comes back when they are stored, and serves again.
 *
 *  New memory for each group of rows would be the garbage of a thread that hardly allocates anything else: its collector
 *  looks after some sixty megabytes of it, and they stay with the process. */

/** A group of rows is some 256 KB; sizes in these steps let one group's memory serve the next. */
const stepBytes = 128 * 1024
/** A group with a huge row in it is not kept for others. */
const keptBytesMax = 1024 * 1024

export class RowMemory {
  readonly #spares: ArrayBuffer[] = []

  /** At least so many bytes. */
  take(bytes: number): ArrayBuffer {
    const fitting = this.#spares.findIndex((spare) => spare.byteLength >= bytes)
    if (fitting >= 0) return this.#spares.splice(fitting, 1)[0]!
    return new ArrayBuffer(Math.ceil(bytes / stepBytes) * stepBytes)
  }

  /** What `take` gave is free again. */
  give(memory: ArrayBuffer): void {
    if (memory.byteLength <= keptBytesMax) this.#spares.push(memory)
  }
}
