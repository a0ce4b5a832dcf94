/** What a load program prints of one run. */

/** What one run came to. */
export interface Measured {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Figures of a run from how long each of its batches took; there must be one at least. */
export function summary(requestsPerSecond: number, batchMs: ArrayLike<number>): Measured {
  const sorted = Float64Array.from(batchMs).sort()
  return { requestsPerSecond, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) }
}

/** The value below which that share of them lies; there must be one at least. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}
