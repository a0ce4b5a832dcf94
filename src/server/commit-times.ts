/** How long commits take: from a record's way to the log until it is as durable as `appendfsync` asks. One record is
 *  watched at a time, so that it costs nothing; under load that is one of every commit. */
import { LatencyHistogram } from './latency-histogram.ts'

export class CommitTimes {
  readonly histogram = new LatencyHistogram()
  /** Of all that were watched. */
  totalUs = 0
  #position = -1
  #startedUs = 0

  /** A record was handed to the log, which is durable as a whole when it is so up to `position`. */
  begun(position: number, nowUs: number): void {
    if (this.#position >= 0) return
    this.#position = position
    this.#startedUs = nowUs
  }

  /** The log is durable up to there. */
  durable(position: number, nowUs: number): void {
    if (this.#position < 0 || position < this.#position) return
    const durationUs = nowUs - this.#startedUs
    this.histogram.record(durationUs)
    this.totalUs += durationUs
    this.#position = -1
  }
}
