/** One run of one work item against one server, by redis-benchmark or by `load.ts`. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BullOrder } from './bullmq-load.ts'
import type { LoadOrder } from './load.ts'
import type { Measured } from './load-summary.ts'
import { type Peer, processorUs } from './peer.ts'
import { encodeRequest, Pipe } from './pipe.ts'
import { randomRange, type WorkItem } from './work-items.ts'

/** How an item is to be run. */
export interface Shape {
  readonly size: number
  readonly pipeline: number
}

const connections = 50
const outputBytesMax = 1 << 20
const execute = promisify(execFile)
const pathOf = (program: string) => fileURLToPath(new URL(program, import.meta.url))

/** How fast a run went, and what it cost the server. */
export interface Run extends Measured {
  /** Processor time of all the server's threads a request, in microseconds. Unlike the rate it does not depend on how
   *  fast the load generator is, nor on who else uses the machine. */
  readonly processorUs: number
}

/** Runs so many requests and says how fast they went. Rejects with the server's error when a request is refused. */
export async function runItem(item: WorkItem, peer: Peer, shape: Shape, requests: number): Promise<Run> {
  if (item.freshness === 'each run') await prepare(item, peer, shape.size, requests)
  const before = processorUs(peer.pid)
  const run = item.command === undefined ? runLoad : runBenchmark
  const measured = await run(item, peer, shape, requests)
  return { ...measured, processorUs: (processorUs(peer.pid) - before) / requests }
}

/** Empties the database and the log, then loads what the item needs. */
export async function prepare(item: WorkItem, peer: Peer, size: number, requests: number): Promise<void> {
  const pipe = await Pipe.connect(peer.port)
  await pipe.load([encodeRequest(['FLUSHALL'])])
  await pipe.load(item.load?.('x'.repeat(size), requests) ?? [])
  pipe.close()
}

/** Gives back the disk that the runs before have filled; resolves when the log has been folded. */
export async function foldLog(peer: Peer): Promise<void> {
  const pipe = await Pipe.connect(peer.port)
  await pipe.load([encodeRequest(['FLUSHALL'])])
  await pipe.ask(encodeRequest(['BGREWRITEAOF']))
  while (true) {
    const info = await pipe.ask(encodeRequest(['INFO', 'persistence']))
    if (!info.includes('aof_rewrite_in_progress:1')) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  pipe.close()
}

async function runBenchmark(item: WorkItem, peer: Peer, shape: Shape, requests: number): Promise<Measured> {
  const command = item.command!('x'.repeat(shape.size))
  const flags = ['-h', '127.0.0.1', '-p', peer.port, '-c', connections, '-n', requests, '-P', shape.pipeline]
  const program = ['redis-benchmark', ...flags, '-r', randomRange, '--csv', '--precision', 3, ...command].map(String)
  const { stdout } = await execute(program[0]!, program.slice(1), { maxBuffer: outputBytesMax }).catch(explain)
  // The first column is the command, whatever it holds; the seven figures are behind it.
  const figures = stdout.trimEnd().split('\n').at(-1)!.split(',').slice(-7).map(unquoted)
  const [requestsPerSecond, , , p50Ms, , p99Ms] = figures
  if (!(requestsPerSecond! > 0)) throw new Error(`redis-benchmark printed no figures: ${stdout}`)
  return { requestsPerSecond: requestsPerSecond!, p50Ms: p50Ms!, p99Ms: p99Ms! }
}

async function runLoad(item: WorkItem, peer: Peer, shape: Shape, requests: number): Promise<Measured> {
  const { port } = peer
  switch (item.name) {
    case 'xreadgroup':
    case 'fanout':
      return runProgram('./load.js', { item: item.name, port, ...shape, requests })
    case 'bullmq-add':
    case 'bullmq-bulk':
    case 'bullmq-process':
      return runProgram('./bullmq-load.js', { item: item.name, port, size: shape.size, requests })
    default:
      throw new Error(`no load program knows ${item.name}`)
  }
}

async function runProgram(program: string, order: LoadOrder | BullOrder): Promise<Measured> {
  const { stdout } = await execute(process.execPath, [pathOf(program), JSON.stringify(order)]).catch(explain)
  return JSON.parse(stdout)
}

/** The last lines of what a load generator said, rather than the whole command line. */
function explain(failure: { stderr?: string; stdout?: string; message: string }): never {
  const said = `${failure.stderr ?? ''}`.trim().split('\n')
  const telling = said.find((line) => /^Error|Error from server/.test(line)) ?? said.at(-1)
  throw new Error(telling === undefined || telling === '' ? failure.message.slice(0, 300) : telling)
}

function unquoted(figure: string): number {
  return Number(figure.replaceAll('"', ''))
}
