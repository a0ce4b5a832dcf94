/** What many connections are to send, gathered over a round of the broker's writes and sent at its end: the system calls are
 *  shared out among threads. */
import { availableParallelism } from 'node:os'
import type { Broker } from '../server/broker.ts'
import type { Config } from '../server/config/config.ts'
import { logLevel } from '../server/host.ts'
import type { RoundListener } from '../server/outbox.ts'
import { WriteCrew } from './write-crew.ts'
import { jobBytesMax, jobSocketsMax } from './write-job.ts'

/** A connection that may be gathered. */
export interface Hearer {
  /** Where bytes may be written past the socket's stream; -1 for nowhere. */
  readonly descriptor: number
  /** Returns whether all has left. */
  sendNow(bytes: Buffer): boolean
  /** Leaves to the stream what the system did not take. */
  sendRest(bytes: Buffer, sent: number): void
}

export class FanOut implements RoundListener {
  readonly #config: Config
  readonly #warn: (message: string) => void
  #crew: WriteCrew | undefined
  /** Processors that are left for helpers. */
  readonly #spareProcessors = availableParallelism() - 1
  /** With fewer, threads only get in each other's way: on two processors, one of them taken by those who hear, one thread more
   *  lost 3 to 9 % with 512 to 2,048 WebSockets and won 3 to 10 % with 5,000. */
  sharedMin = 4096
  #isGathering = false
  /** Whether all that was gathered in this round has left so far. */
  #haveLeft = true
  /** What those who were gathered are to send. */
  #bytes: Buffer | undefined
  readonly #hearers: Hearer[] = []
  /** Counts the times that all was sent: a connection remembers it to know whether it was gathered since. */
  batch = 0

  private constructor(config: Config, warn: (message: string) => void) {
    this.#config = config
    this.#warn = warn
  }

  /** The one that the broker's connections share. */
  static of(broker: Broker): FanOut {
    const { outbox, config } = broker
    const { rounds } = outbox
    if (rounds instanceof FanOut) return rounds
    const made = new FanOut(config, (message) => broker.administration.host.log(logLevel.warning, message))
    outbox.rounds = made
    return made
  }

  /** How many have been written to by other threads. */
  get helped(): number {
    return this.#crew?.helped ?? 0
  }

  begin(): void {
    this.#isGathering = true
    this.#haveLeft = true
  }

  end(): boolean {
    this.#isGathering = false
    this.flush()
    return this.#haveLeft
  }

  /** Whether it takes it upon itself that the bytes are sent, with the round's end at the latest. Others that hear the same get
   *  the same object. */
  takes(hearer: Hearer, bytes: Buffer): boolean {
    if (!this.#isGathering) return false
    if (bytes !== this.#bytes) {
      this.flush()
      this.#bytes = bytes
    }
    this.#hearers.push(hearer)
    return true
  }

  /** Sends what was gathered. */
  flush(): void {
    const bytes = this.#bytes
    if (bytes === undefined) return
    const hearers = this.#hearers
    this.#bytes = undefined
    this.batch++
    const helpers = Math.min(this.#config.settings.fanOutThreads, this.#spareProcessors)
    if (helpers === 0 || hearers.length < this.sharedMin || bytes.length > jobBytesMax) {
      for (const hearer of hearers) if (!hearer.sendNow(bytes)) this.#haveLeft = false
    } else {
      for (let from = 0; from < hearers.length; from += jobSocketsMax) this.#share(from, bytes, helpers)
    }
    hearers.length = 0
  }

  close(): void {
    this.#crew?.close()
  }

  /** Sends for those from there on, as many as a job may have. */
  #share(from: number, bytes: Buffer, helpers: number): void {
    const hearers = this.#hearers
    this.#crew ??= new WriteCrew(this.#warn)
    const { descriptors, sent } = this.#crew
    const count = Math.min(hearers.length - from, jobSocketsMax)
    for (let i = 0; i < count; i++) descriptors[i] = hearers[from + i]!.descriptor
    this.#crew.write(count, bytes, helpers)
    for (let i = 0; i < count; i++) {
      if (sent[i] === bytes.length) continue
      hearers[from + i]!.sendRest(bytes, sent[i]!)
      this.#haveLeft = false
    }
  }
}
