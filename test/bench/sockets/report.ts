/** What is printed of the contenders for WebSockets: medians of the rounds, and medians of the rounds' ratios. */
import type { Mode } from '../peer.ts'
import { columns, median, medians } from '../report.ts'
import type { Run } from '../run.ts'
import { type Contender, contenders } from './orders.ts'

/** One item in one size: what each round measured, or why it could not be run. */
export interface SocketRow {
  readonly item: string
  readonly mode: Mode
  readonly size: number
  readonly sockets: number
  readonly messages: number
  readonly rounds: readonly Readonly<Record<Contender, Run>>[]
  readonly failure?: string
}

export interface SocketFigures extends Readonly<Record<Contender, Run>> {
  /** Millrace's deliveries per second over those of the others, taken in each round: more than one is faster. */
  readonly ratioToRedis: number
  readonly ratioToRelay: number
}

/** Medians of a row that has at least one round. */
export function socketFiguresOf({ rounds }: SocketRow): SocketFigures {
  const measured = Object.fromEntries(
    contenders.map((contender) => [contender, medians(rounds.map((round) => round[contender]))]),
  ) as Record<Contender, Run>
  const ratioTo = (other: Contender): number =>
    median(rounds.map((round) => round.millrace.requestsPerSecond / round[other].requestsPerSecond))
  return { ...measured, ratioToRedis: ratioTo('redis'), ratioToRelay: ratioTo('relay') }
}

const columnTitles = 'deliveries/s     p50 ms     p99 ms    cpu µs'

export const socketTableHead = [
  '                                       |           redis-server and gateway           |                plain ws relay                |                   millrace                   |  ratio to',
  `item           mode   sockets     size |${[0, 1, 2].map(() => `${columnTitles}  |`).join('')}  redis   relay`,
].join('\n')

/** One line under `socketTableHead`. */
export function socketTableLine(row: SocketRow): string {
  const label =
    row.item.padEnd(15) + row.mode.padEnd(8) + String(row.sockets).padStart(6) + String(row.size).padStart(9)
  if (row.failure !== undefined) return `${label} | failed: ${row.failure}`
  const figures = socketFiguresOf(row)
  const measured = contenders.map((contender) => `${columns(figures[contender])}  |`).join('')
  const ratios = [figures.ratioToRedis, figures.ratioToRelay].map((ratio) => ratio.toFixed(2).padStart(8)).join('')
  return `${label} |${measured}${ratios}`
}
