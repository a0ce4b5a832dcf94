/** How long the runs of one command took: counts by duration, two significant digits from a nanosecond to a second.
 *
 *  Durations are grouped as in HdrHistogram, which Redis uses, so that LATENCY HISTOGRAM and the percentiles of INFO
 *  come out the same: 256 buckets of one nanosecond, then 128 buckets for every doubling. `record` is on the hot path:
 *  no branch but the two bounds, no allocation. */

const subBucketBits = 7
const subBuckets = 1 << subBucketBits
/** Redis counts everything above a second as a second. */
const durationNsMax = 1_000_000_000
const bucketCount = bucketOf(durationNsMax) + 1
/** LATENCY HISTOGRAM begins at 1.024 us and doubles. */
const firstBoundNs = 1024

export class LatencyHistogram {
  readonly #counts = new Uint32Array(bucketCount)
  #total = 0

  /** How many durations were recorded. */
  get total(): number {
    return this.#total
  }

  record(durationUs: number): void {
    const ns = durationUs * 1000
    this.#counts[bucketOf(ns < 1 ? 1 : ns > durationNsMax ? durationNsMax : ns | 0)]!++
    this.#total++
  }

  /** The duration in microseconds that `percent` percent of all did not exceed; 0 when nothing was recorded. */
  percentileUs(percent: number): number {
    const wanted = Math.max(1, Math.floor((percent / 100) * this.#total + 0.5))
    let count = 0
    for (let i = 0; i < bucketCount; i++) {
      count += this.#counts[i]!
      if (count >= wanted && count > 0) return bucketEndNs(i) / 1000
    }
    return 0
  }

  /** Pairs of a bound in microseconds and how many durations were not above it; a bound that adds nothing is left
   *  out, as is everything behind the longest duration. */
  cumulative(): [boundUs: number, count: number][] {
    const pairs: [number, number][] = []
    let count = 0
    let i = 0
    for (let boundNs = firstBoundNs; count < this.#total; boundNs *= 2) {
      const before = count
      for (const last = Math.min(bucketOf(boundNs), bucketCount - 1); i <= last; i++) count += this.#counts[i]!
      if (count > before) pairs.push([Math.floor(bucketEndNs(bucketOf(boundNs)) / 1000), count])
    }
    return pairs
  }
}

function bucketOf(ns: number): number {
  if (ns < 2 * subBuckets) return ns
  const shift = 31 - Math.clz32(ns) - subBucketBits
  return (shift << subBucketBits) + (ns >>> shift)
}

/** The longest duration that falls into the bucket. */
function bucketEndNs(bucket: number): number {
  if (bucket < 2 * subBuckets) return bucket
  const shift = (bucket >>> subBucketBits) - 1
  return (bucket - (shift << subBucketBits) + 1) * 2 ** shift - 1
}
