/** Threads that help to write one message to many sockets.
 *
 *  The message is one system call for each socket, and nothing else costs as much; so they are shared out. Whoever asks waits
 *  until all is written: nothing is under way when it goes on, so no socket can close meanwhile, and order is kept. */
import { Worker } from 'node:worker_threads'
import { builtFile } from '../lib/built-file.ts'
import { endJobs, newJobMemory, runJob } from './write-job.ts'

export class WriteCrew {
  readonly #memory = newJobMemory()
  #threads = 0
  /** How many bytes the system took for each socket of the last job. */
  readonly sent = this.#memory.sent
  /** Where the next job writes to; -1 for nowhere. As many as `jobSocketsMax`. */
  readonly descriptors = this.#memory.descriptors
  /** How many sockets the helpers have written to. */
  helped = 0

  /** Writes to the first `sockets` descriptors, `jobBytesMax` at most, with so many helpers or more: those that were there
   *  before stay. They take a moment to start, and help from then on. */
  write(sockets: number, bytes: Uint8Array, helpers: number): void {
    for (; this.#threads < helpers; this.#threads++) this.#start()
    this.helped += sockets - runJob(this.#memory, sockets, bytes)
  }

  /** Ends the threads. */
  close(): void {
    endJobs(this.#memory)
  }

  #start(): void {
    // Not the process' own flags: `--input-type` and the like would keep the thread from starting.
    const options = { workerData: this.#memory, name: 'fan-out', execArgv: [] }
    new Worker(builtFile(import.meta.url, 'write-thread'), options).unref()
  }
}
