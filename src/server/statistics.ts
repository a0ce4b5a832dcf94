/** What the server counts about itself for INFO. Counters that hot paths touch are plain fields; rates are sampled ten
 *  times a second by the broker's cron. CONFIG RESETSTAT begins all of them anew. */

/** Samples over which a rate is averaged, as in Redis: 1.6 seconds. */
const samplesMax = 16

/** How much of something happens in a second, from a counter that is looked at now and then. */
export class Rate {
  readonly #samples: number[] = []
  #count = 0
  #atMs = 0

  /** Looks at the counter. */
  sample(count: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#atMs
    if (this.#atMs > 0 && elapsedMs > 0) {
      // A counter that was reset counts from nothing.
      const happened = count >= this.#count ? count - this.#count : count
      this.#samples.push((happened * 1000) / elapsedMs)
      if (this.#samples.length > samplesMax) this.#samples.shift()
    }
    this.#count = count
    this.#atMs = nowMs
  }

  get perSecond(): number {
    if (this.#samples.length === 0) return 0
    return this.#samples.reduce((sum, each) => sum + each, 0) / this.#samples.length
  }

  reset(): void {
    this.#samples.length = 0
  }
}

/** Error codes that are counted apart, so that nobody can fill the memory by errors of his own making. */
const errorCodesMax = 128

export class Statistics {
  connections = 0
  rejectedConnections = 0
  /** Bytes and packets read from clients. */
  inputBytes = 0
  reads = 0
  /** Time the sweep of expired keys took. */
  expireCycleMs = 0
  /** Largest memory use that was seen. */
  memoryPeakBytes = 0
  /** Error replies by their code word. */
  readonly errors = new Map<string, number>()
  errorTotal = 0
  readonly commandRate = new Rate()
  readonly inputRate = new Rate()
  readonly outputRate = new Rate()

  /** Counts an error reply by its text. */
  countError(message: string): void {
    this.errorTotal++
    const end = message.indexOf(' ')
    const code = end > 0 ? message.slice(0, end) : message === '' ? 'ERR' : message
    const count = this.errors.get(code)
    if (count !== undefined || this.errors.size < errorCodesMax) this.errors.set(code, (count ?? 0) + 1)
  }

  reset(): void {
    this.connections = 0
    this.rejectedConnections = 0
    this.inputBytes = 0
    this.reads = 0
    this.expireCycleMs = 0
    this.errors.clear()
    this.errorTotal = 0
    this.commandRate.reset()
    this.inputRate.reset()
    this.outputRate.reset()
  }
}
