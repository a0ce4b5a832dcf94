/** Measures the three contenders in turns. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Measured } from '../load-summary.ts'
import type { Mode } from '../peer.ts'
import { type Contender, contenders, type SocketItem, type SocketOrder } from './orders.ts'
import type { SocketRow } from './report.ts'
import { type Place, setStage } from './stage.ts'

export interface SocketSettings {
  readonly sizes: readonly number[]
  readonly sockets: number
  readonly rounds: number
  readonly seconds: number
}

const trialMessages = 5
const loadPath = fileURLToPath(new URL('./load.js', import.meta.url))

/** One row for each size; each round begins with another contender. */
export async function measureSocketItem(
  item: SocketItem,
  mode: Mode,
  { sizes, sockets, rounds, seconds }: SocketSettings,
  told: (row: SocketRow) => void,
): Promise<SocketRow[]> {
  const rows: SocketRow[] = []
  const stage = await setStage(mode, item.kind)
  try {
    for (const size of sizes) {
      const run = (contender: Contender, messages: number): Promise<Measured> =>
        runLoad({ contender, kind: item.kind, ...stage.places[contender], sockets, size, messages })
      const row: SocketRow = { item: item.name, mode, size, sockets, messages: 0, rounds: [] }
      try {
        const messages = await messagesFor(run, sockets, seconds)
        const measured: Record<Contender, Measured>[] = []
        for (let round = 0; round < rounds; round++) measured.push(await measureRound(run, messages, round))
        rows.push({ ...row, messages, rounds: measured })
      } catch (error) {
        rows.push({ ...row, failure: error instanceof Error ? error.message : String(error) })
      }
      told(rows.at(-1)!)
    }
  } finally {
    await stage.stop()
  }
  return rows
}

type Run = (contender: Contender, messages: number) => Promise<Measured>

async function measureRound(run: Run, messages: number, round: number): Promise<Record<Contender, Measured>> {
  const first = round % contenders.length
  const measured: Partial<Record<Contender, Measured>> = {}
  for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
    measured[contender] = await run(contender, messages)
  }
  return measured as Record<Contender, Measured>
}

async function messagesFor(run: Run, sockets: number, seconds: number): Promise<number> {
  const rates: number[] = []
  for (const contender of contenders) rates.push((await run(contender, trialMessages)).requestsPerSecond)
  return Math.max(trialMessages, Math.round((Math.min(...rates) * seconds) / sockets))
}

async function runLoad(order: SocketOrder): Promise<Measured> {
  const { line, dismiss } = await startLoad(order)
  await dismiss()
  return JSON.parse(line)
}

/** Starts the load; resolves with the first line that it says, and what ends it. */
export async function startLoad(order: SocketOrder): Promise<{ line: string; dismiss: () => Promise<void> }> {
  const child = spawn(process.execPath, [loadPath, JSON.stringify(order)], { stdio: ['pipe', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const lines = createInterface(child.stdout)
  const line = await Promise.race([once(lines, 'line').then(([first]) => String(first)), exited.then(() => undefined)])
  if (line === undefined) throw new Error(/Error: .*/.exec(said)?.[0] ?? said)
  const dismiss = async (): Promise<void> => {
    child.stdin.end()
    await exited
  }
  return { line, dismiss }
}

/** An order for sockets that are idle. */
export function idleOrder(contender: Contender, place: Place, sockets: number): SocketOrder {
  return { contender, kind: 'channel', ...place, sockets, size: 0, messages: 0 }
}
