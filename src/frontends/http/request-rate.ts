/** How many requests each address may send in a second: a bucket for each that fills as time goes by. */

/** Addresses that are remembered; the one that has been silent for longest is forgotten first. */
const addressesMax = 10_000

interface Bucket {
  tokens: number
  atMs: number
}

export class RequestRate {
  readonly #nowMs: () => number
  /** In the order of their last requests. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Takes a request of the address; false when it has had its share. */
  take(address: string, perSecondMax: number): boolean {
    if (perSecondMax === 0) return true
    const nowMs = this.#nowMs()
    const bucket = this.#buckets.get(address) ?? { tokens: perSecondMax, atMs: nowMs }
    const elapsedMs = Math.max(0, nowMs - bucket.atMs)
    bucket.tokens = Math.min(perSecondMax, bucket.tokens + (elapsedMs * perSecondMax) / 1000)
    bucket.atMs = nowMs
    const isTaken = bucket.tokens >= 1
    if (isTaken) bucket.tokens--
    this.#buckets.delete(address)
    this.#buckets.set(address, bucket)
    if (this.#buckets.size > addressesMax) this.#buckets.delete(this.#buckets.keys().next().value!)
    return isTaken
  }
}
