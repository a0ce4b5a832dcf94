/** One side of a duel, as a process of its own: a broker without sockets and without a log, which does a slice of the work
 *  whenever it is told to and says how many milliseconds that took. `node duel-work.js '{"dist":…}'`; see `duel.ts`. */
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Random } from '../oracle/random.ts'
import { encodeRequest } from './pipe.ts'
import { randomRange, workItems } from './work-items.ts'

/** What a side is asked to do. */
export interface DuelOrder {
  /** The folder of the build. */
  readonly dist: string
  readonly item: string
  readonly pipeline: number
  readonly size: number
  /** Slices before the side says that it is ready. */
  readonly warmups: number
}

const requestsPerSlice = 40_000
/** The packets that are made beforehand, and sent again and again. */
const packetCount = 5000
const placeholder = '__rand_int__'

const order: DuelOrder = JSON.parse(process.argv[2]!)
const item = workItems.find(({ name }) => name === order.item)!
const value = 'x'.repeat(order.size)
const words = item.command!(value)

/** Not the build that this file is of, but the one that was asked for. */
function load<T>(path: string): Promise<T> {
  return import(pathToFileURL(`${order.dist}/src/${path}`).href)
}
const { Broker } = await load<typeof import('../../src/server/broker.ts')>('server/broker.js')
const { commandTable } = await load<typeof import('../../src/commands/table.ts')>('commands/table.js')
const { Config } = await load<typeof import('../../src/server/config/config.ts')>('server/config/config.js')
const { bareHost } = await load<typeof import('../../src/server/host.ts')>('server/host.js')
const { MemoryLog } = await load<typeof import('../../src/log/memory.ts')>('log/memory.js')
const { luaCode } = await load<typeof import('../../src/cli/lua-code.ts')>('cli/lua-code.js')

// Builds before these limits have none; and what options of Node say of the compiler is not overruled.
if (process.execArgv.length === 0 && existsSync(`${order.dist}/src/cli/compiler-limits.js`)) {
  const limits = await load<typeof import('../../src/cli/compiler-limits.ts')>('cli/compiler-limits.js')
  limits.raiseCompilerLimits()
}
const ignore = () => {}
const draws = new Random(1)
const drawFraction = () => draws.below(2 ** 31) / 2 ** 31
const log = new MemoryLog({ events: { onDurable: ignore, onRefusing: ignore, onFatal: ignore } })
const surroundings = {
  nowMs: () => Date.now(),
  clockUs: () => performance.now() * 1000,
  random: drawFraction,
  host: { ...bareHost, luaCode },
}
const broker = new Broker(commandTable, log, surroundings, new Config())
const session = broker.connect({
  remoteAddress: '127.0.0.1:1',
  localAddress: '127.0.0.1:2',
  isDrained: true,
  pendingBytes: 0,
  write: ignore,
  cork: ignore,
  uncork: ignore,
  readNow: () => new Uint8Array(0),
  pause: ignore,
  resume: ignore,
  end: ignore,
  finish: () => Promise.resolve(),
  destroy: ignore,
})
const packets = makePackets()
let at = 0
prepare()
for (let i = 0; i < order.warmups; i++) timeSlice()
process.on('message', () => process.send!(timeSlice()))
process.send!('ready')

function prepare(): void {
  serve(encodeRequest(['FLUSHALL']))
  for (const chunk of item.load?.(value, requestsPerSlice) ?? []) serve(chunk)
}

/** Milliseconds. What a slice uses up or adds to is as it was before, and that is not timed. */
function timeSlice(): number {
  if (item.freshness === 'each run') prepare()
  const startedAtMs = performance.now()
  runSlice()
  return performance.now() - startedAtMs
}

function serve(bytes: Buffer): void {
  broker.receive(session, bytes)
  broker.endTurn()
}

function runSlice(): void {
  for (let left = requestsPerSlice; left > 0; left -= order.pipeline) {
    serve(packets[at]!)
    at = (at + 1) % packetCount
  }
}

/** The same on each side. */
function makePackets(): Buffer[] {
  const random = new Random(2)
  const number = () => String(random.below(randomRange)).padStart(placeholder.length, '0')
  const request = () => encodeRequest(words.map((word) => word.replaceAll(placeholder, number)))
  return Array.from({ length: packetCount }, () => Buffer.concat(Array.from({ length: order.pipeline }, request)))
}
