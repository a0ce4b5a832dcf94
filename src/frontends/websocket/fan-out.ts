/** What goes to many sockets, gathered over a round of the broker's writes and sent at its end: one frame to thousands is
 *  shared out among threads. */
import { availableParallelism } from 'node:os'
import type { RoundListener } from '../../server/outbox.ts'
import { WriteCrew } from '../write-crew.ts'
import { jobBytesMax, jobSocketsMax } from '../write-job.ts'
import type { WebSocketLimits } from './limits.ts'
import type { Link } from './link.ts'

/** With fewer sockets, waking a thread costs more than it saves. */
const sharedSocketsMin = 256

export class FanOut implements RoundListener {
  readonly #limits: WebSocketLimits
  #crew: WriteCrew | undefined
  /** Processors that are left for helpers. */
  readonly #spareProcessors = availableParallelism() - 1
  #isGathering = false
  /** Whether all that was gathered in this round has left so far. */
  #haveLeft = true
  /** What the links that were gathered are to get. */
  #frames: Buffer | undefined
  readonly #links: Link[] = []
  /** Counts the times that all was sent: a link remembers it to know whether it was gathered since. */
  batch = 0

  constructor(limits: WebSocketLimits) {
    this.#limits = limits
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

  /** Whether it takes it upon itself to send the frames to the link, with the round's end at the latest. */
  takes(link: Link, frames: Buffer): boolean {
    if (!this.#isGathering) return false
    if (frames !== this.#frames) {
      this.flush()
      this.#frames = frames
    }
    this.#links.push(link)
    return true
  }

  /** Sends what was gathered. */
  flush(): void {
    const links = this.#links
    const frames = this.#frames
    if (frames === undefined) return
    this.#frames = undefined
    this.batch++
    const helpers = Math.min(this.#limits.fanOutThreads, this.#spareProcessors)
    if (helpers === 0 || links.length < sharedSocketsMin || frames.length > jobBytesMax) {
      for (const link of links) if (!link.sendNow(frames)) this.#haveLeft = false
    } else {
      for (let from = 0; from < links.length; from += jobSocketsMax) this.#share(from, frames, helpers)
    }
    links.length = 0
  }

  close(): void {
    this.#crew?.close()
  }

  /** Sends to the links from there on, as many as a job may have. */
  #share(from: number, frames: Buffer, helpers: number): void {
    const links = this.#links
    this.#crew ??= new WriteCrew()
    const { descriptors, sent } = this.#crew
    const count = Math.min(links.length - from, jobSocketsMax)
    for (let i = 0; i < count; i++) descriptors[i] = links[from + i]!.descriptor
    this.#crew.write(count, frames, helpers)
    for (let i = 0; i < count; i++) {
      if (sent[i] === frames.length) continue
      links[from + i]!.sendRest(frames, sent[i]!)
      this.#haveLeft = false
    }
  }
}
