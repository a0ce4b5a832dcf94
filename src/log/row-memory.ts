/** Memory in which checkpoint rows travel to the writer thread: it comes back when they are stored, and serves again.
 *
 *  New memory for each group of rows would be the garbage of a thread that hardly allocates anything else: its collector
 *  looks after some sixty megabytes of it, and they stay with the process. Memory that is moved from thread to thread would
 *  count as new to the one that gets it: a checkpoint of 120 MB brought on eight full collections of the main thread's heap,
 *  and three with memory that is shared (Node 20). */

/** A group of rows is some 256 KB; sizes in these steps let one group's memory serve the next. */
const stepBytes = 128 * 1024
/** A group with a huge row in it is moved: as shared memory, of which collectors take no notice, it could lie about for long. */
const keptBytesMax = 1024 * 1024

export class RowMemory {
  readonly #spares: SharedArrayBuffer[] = []

  /** At least so many bytes; shared if `give` takes them back. */
  take(bytes: number): SharedArrayBuffer | ArrayBuffer {
    if (bytes > keptBytesMax) return new ArrayBuffer(bytes)
    const fitting = this.#spares.findIndex((spare) => spare.byteLength >= bytes)
    if (fitting >= 0) return this.#spares.splice(fitting, 1)[0]!
    return new SharedArrayBuffer(Math.ceil(bytes / stepBytes) * stepBytes)
  }

  /** What `take` gave is free again. */
  give(memory: SharedArrayBuffer): void {
    this.#spares.push(memory)
  }
}
