/** What the benchmark prints: medians of the rounds (`cpu µs`: the server's processor time a request), and the median of
 *  the rounds' ratios. */
import type { Mode, PeerName } from './peer.ts'
import type { Run } from './run.ts'

/** One work item in one shape: what each round measured, or why it could not be run. */
export interface Row {
  readonly item: string
  readonly mode: Mode
  readonly pipeline: number
  /** Bytes of the value; undefined where the item has none. */
  readonly size: number | undefined
  readonly requests: number
  readonly rounds: readonly Readonly<Record<PeerName, Run>>[]
  readonly failure?: string
}

/** The figures of a row, as they go into the JSON file. */
export interface Figures {
  readonly redis: Run
  readonly millrace: Run
  /** Millrace's requests per second over Redis', taken in each round: more than one is faster. */
  readonly ratio: number
  readonly ratioLeast: number
  readonly ratioMost: number
}

/** Medians of a row that has at least one round. */
export function figuresOf(row: Row): Figures {
  const ratios = row.rounds.map((round) => round.millrace.requestsPerSecond / round.redis.requestsPerSecond)
  return {
    redis: medians(row.rounds.map((round) => round.redis)),
    millrace: medians(row.rounds.map((round) => round.millrace)),
    ratio: median(ratios),
    ratioLeast: Math.min(...ratios),
    ratioMost: Math.max(...ratios),
  }
}

export const tableHead = [
  '                                       |                 redis-server                 |                   millrace                   |',
  'item           mode      pipe     size |  requests/s     p50 ms     p99 ms    cpu µs  |  requests/s     p50 ms     p99 ms    cpu µs  |  ratio  (least-most)',
].join('\n')

/** One line under `tableHead`. */
export function tableLine(row: Row): string {
  const label =
    row.item.padEnd(15) + row.mode.padEnd(10) + String(row.pipeline).padStart(4) + String(row.size ?? '-').padStart(9)
  if (row.failure !== undefined) return `${label} | failed: ${row.failure}`
  const { redis, millrace, ratio, ratioLeast, ratioMost } = figuresOf(row)
  const spread = `(${ratioLeast.toFixed(2)}-${ratioMost.toFixed(2)})`
  return `${label} |${columns(redis)}  |${columns(millrace)}  | ${ratio.toFixed(2).padStart(6)}  ${spread}`
}

/** The middle value; the mean of the two in the middle where there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The middle of each figure. */
export function medians(measured: readonly Run[]): Run {
  return {
    requestsPerSecond: Math.round(median(measured.map((one) => one.requestsPerSecond))),
    p50Ms: median(measured.map((one) => one.p50Ms)),
    p99Ms: median(measured.map((one) => one.p99Ms)),
    processorUs: median(measured.map((one) => one.processorUs)),
  }
}

/** As columns of a table. */
export function columns(measured: Run): string {
  const perSecond = Math.round(measured.requestsPerSecond).toLocaleString('en-US')
  const times = measured.p50Ms.toFixed(3).padStart(11) + measured.p99Ms.toFixed(3).padStart(11)
  return perSecond.padStart(12) + times + measured.processorUs.toFixed(2).padStart(10)
}
