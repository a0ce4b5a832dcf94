/**
 * Compares builds of Millrace, or one build under several options of Node: `npm run duel -- --help`.
 *
 * A machine that others share may be half as fast in one second as in the next, so two runs one after the other tell nothing
 * of a few percent. Here all sides are processes on the same processor. By turns each does the same slice of work, which takes
 * some 50 ms, while the others wait; and a slice is compared with the one beside it alone. The median of 150 such ratios
 * moves by 1 to 2 %: try a build against itself.
 *
 * It is the broker that is compared: neither sockets nor the log take part.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readCount, readNumber } from '../support/options.ts'
import type { DuelOrder } from './duel-work.ts'
import { quantile } from './load-summary.ts'
import { median } from './report.ts'
import { workItems } from './work-items.ts'

/** What can be asked for without looking at the answers. */
const names = workItems.flatMap(({ name, command }) => (command === undefined ? [] : [name]))

const usage = `npm run duel -- [options] DIST DIST…
  DIST                the folder that a build went to; behind commas, options of Node: dist,--max-inlined-bytecode-size=460
  --items get,set     which work items (default: get): ${names.join(', ')}
  --pipeline 16       --size 16
  --rounds 150        slices of each side that count
  --warmups 30        slices of each side before those
  --processor 1       the number of the processor that they share, where taskset is to be had
Prints each side's time for a slice, and its ratio to the first side's: less than 1 is faster.`

interface Duel extends Omit<DuelOrder, 'dist'> {
  readonly sides: readonly string[]
  readonly rounds: number
  readonly processor: number
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      items: { type: 'string', default: 'get' },
      pipeline: { type: 'string', default: '16' },
      size: { type: 'string', default: '16' },
      rounds: { type: 'string', default: '150' },
      warmups: { type: 'string', default: '30' },
      processor: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  if (positionals.length < 2) throw new Error('a duel has two sides at least (--help)')
  const items = values.items.split(',')
  for (const item of items) if (!names.includes(item)) throw new Error(`there is no item ${item} (--help)`)
  for (const item of items) {
    await fight({
      sides: positionals,
      item,
      pipeline: readNumber(values.pipeline),
      size: readNumber(values.size),
      rounds: readNumber(values.rounds),
      warmups: readCount(values.warmups),
      processor: readCount(values.processor),
    })
  }
}

async function fight(duel: Duel): Promise<void> {
  const processes: ChildProcess[] = []
  const times: number[][] = duel.sides.map(() => [])
  try {
    for (const side of duel.sides) {
      const process = startSide(side, duel)
      processes.push(process)
      await answerOf(process)
    }
    const order = processes.map((process, i) => ({ process, times: times[i]! }))
    for (let round = 0; round < duel.rounds; round++) {
      for (const side of order) {
        side.process.send('slice')
        side.times.push(await answerOf(side.process))
      }
      // Who came last comes first.
      order.reverse()
    }
  } finally {
    for (const process of processes) process.kill()
  }
  console.log(`${duel.item}, pipeline ${duel.pipeline}, ${duel.size} bytes`)
  for (const [i, side] of duel.sides.entries()) console.log(lineOf(side, times[i]!, times[0]!))
}

function startSide(side: string, duel: Duel): ChildProcess {
  const [dist = '', ...options] = side.split(',')
  const { item, pipeline, size, warmups } = duel
  const order: DuelOrder = { dist: resolve(dist), item, pipeline, size, warmups }
  const program = fileURLToPath(new URL('./duel-work.js', import.meta.url))
  const words = [process.execPath, ...options, program, JSON.stringify(order)]
  if (process.platform === 'linux') words.unshift('taskset', '--cpu-list', String(duel.processor))
  return spawn(words[0]!, words.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

/** What the process says next; rejects when it ends instead. */
async function answerOf(process: ChildProcess): Promise<number> {
  const ended = new AbortController()
  const exit = once(process, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('a side has ended')
  })
  const [answer] = (await Promise.race([once(process, 'message'), exit])) as [number]
  ended.abort()
  exit.catch(() => {})
  return answer
}

function lineOf(side: string, times: readonly number[], first: readonly number[]): string {
  const ratios = times.map((time, i) => time / first[i]!).sort((a, b) => a - b)
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(3))
  return `  ${median(times).toFixed(1).padStart(7)} ms  ratio ${middle} (${low} to ${high})  ${side}`
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
