/** Measures the three contenders in turns. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Measured } from '../load-summary.ts'
import { type Mode, processorUs } from '../peer.ts'
import type { Run } from '../run.ts'
import { type Contender, contenders, type SocketItem, type SocketOrder } from './orders.ts'
import type { SocketRow } from './report.ts'
import { setStage } from './stage.ts'

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
      const loads: Partial<Record<Contender, Load>> = {}
      const row: SocketRow = { item: item.name, mode, size, sockets, messages: 0, rounds: [] }
      try {
        for (const contender of contenders) {
          loads[contender] = await Load.start({ contender, kind: item.kind, ...stage.places[contender], sockets, size })
        }
        const run: RunOnce = async (contender, messages) => {
          const used = (): number => stage.places[contender].pids.reduce((sum, pid) => sum + processorUs(pid), 0)
          const before = used()
          const measured = await loads[contender]!.measure(messages)
          return { ...measured, processorUs: (used() - before) / (messages * sockets) }
        }
        const messages = await messagesFor(run, sockets, seconds)
        const measured: Record<Contender, Run>[] = []
        for (let round = 0; round < rounds; round++) measured.push(await measureRound(run, messages, round))
        rows.push({ ...row, messages, rounds: measured })
      } catch (error) {
        rows.push({ ...row, failure: error instanceof Error ? error.message : String(error) })
      }
      await Promise.all(Object.values(loads).map((load) => load.stop()))
      told(rows.at(-1)!)
    }
  } finally {
    await stage.stop()
  }
  return rows
}

type RunOnce = (contender: Contender, messages: number) => Promise<Run>

async function measureRound(run: RunOnce, messages: number, round: number): Promise<Record<Contender, Run>> {
  const first = round % contenders.length
  const measured: Partial<Record<Contender, Run>> = {}
  for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
    measured[contender] = await run(contender, messages)
  }
  return measured as Record<Contender, Run>
}

async function messagesFor(run: RunOnce, sockets: number, seconds: number): Promise<number> {
  const rates: number[] = []
  for (const contender of contenders) rates.push((await run(contender, trialMessages)).requestsPerSecond)
  return Math.max(trialMessages, Math.round((Math.min(...rates) * seconds) / sockets))
}

/** A load program with its sockets open. */
export class Load {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  #said = ''

  private constructor(order: SocketOrder) {
    const child = spawn(process.execPath, [loadPath, JSON.stringify(order)], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said += chunk
    })
    this.#child = child
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  }

  /** Resolves when all sockets are open. Rejects with what the program says. */
  static async start(order: SocketOrder): Promise<Load> {
    const load = new Load(order)
    await load.#line()
    return load
  }

  /** Publishes so many messages, one after the other. Rejects with what the program says. */
  async measure(messages: number): Promise<Measured> {
    this.#child.stdin!.write(`${messages}\n`)
    return JSON.parse(await this.#line())
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin!.end()
    await exited
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done !== true) return value
    throw new Error(/Error: .*/.exec(this.#said)?.[0] ?? `the load ended: ${this.#said}`)
  }
}
