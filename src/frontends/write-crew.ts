/** Threads that help to write one message to many sockets.
 *
 *  The message is one system call for each socket, and nothing else costs as much; so they are shared out. Whoever asks waits
 *  until all is written: nothing is under way when it goes on, so no socket can close meanwhile, and order is kept.
 *
 *  A thread that does not start, or ends, is missed by nobody: the others write its share, and no other takes its place. */
import { Worker } from 'node:worker_threads'
import { builtFile } from '../lib/built-file.ts'
import { endJobs, newJobMemory, runJob } from './write-job.ts'

export class WriteCrew {
  readonly #memory = newJobMemory()
  readonly #warn: (message: string) => void
  readonly #program: string
  #threads = 0
  /** As many as there were when one failed, without it. */
  #threadsMax = Number.POSITIVE_INFINITY
  #isClosed = false
  /** How many bytes the system took for each socket of the last job. */
  readonly sent = this.#memory.sent
  /** Where the next job writes to; -1 for nowhere. As many as `jobSocketsMax`. */
  readonly descriptors = this.#memory.descriptors
  /** How many sockets the helpers have written to. */
  helped = 0

  /** `warn` is told of the first thread that fails. */
  constructor(warn: (message: string) => void, program = builtFile(import.meta.url, 'write-thread')) {
    this.#warn = warn
    this.#program = program
  }

  /** Writes to the first `sockets` descriptors, `jobBytesMax` at most, with so many helpers or more: those that were there
   *  before stay. They take a moment to start, and help from then on. */
  write(sockets: number, bytes: Uint8Array, helpers: number): void {
    while (this.#threads < Math.min(helpers, this.#threadsMax)) this.#start()
    this.helped += sockets - runJob(this.#memory, sockets, bytes)
  }

  /** Ends the threads. */
  close(): void {
    this.#isClosed = true
    endJobs(this.#memory)
  }

  #start(): void {
    // Not the process' own flags: `--input-type` and the like would keep the thread from starting.
    const options = { workerData: this.#memory, name: 'fan-out', execArgv: [] }
    this.#threads++
    try {
      const worker = new Worker(this.#program, options)
      let reason = 'it ended'
      worker.once('error', (error: Error) => {
        reason = error.message
      })
      worker.once('exit', () => this.#ended(reason))
      worker.unref()
    } catch (error) {
      this.#ended((error as Error).message)
    }
  }

  #ended(reason: string): void {
    if (this.#isClosed) return
    this.#threads--
    if (this.#threadsMax === Number.POSITIVE_INFINITY) {
      this.#warn(`A thread that helps to write to many connections failed (${reason}): the others do its work.`)
    }
    this.#threadsMax = Math.min(this.#threadsMax, this.#threads)
  }
}
