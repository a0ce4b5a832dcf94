/**
 * Measures Millrace beside redis-server (and, over WebSockets, a plain relay), in one run on one machine: `npm run bench -- --help`.
 *
 * Both servers run the whole time; a round measures one and then the other, and the next round starts with the other.
 * How many requests make a run is found once for each item, with a trial run of both. Runs that do not count follow, since
 * a server that compiles what it runs often is slower in its first seconds than ever after.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { readCount, readNumber } from '../support/options.ts'
import { type MemoryFigures, measureMemory } from './memory.ts'
import { type Mode, type Peer, type PeerName, startPeer } from './peer.ts'
import { figuresOf, type Row, tableHead, tableLine } from './report.ts'
import { foldLog, prepare, runItem, type Shape } from './run.ts'
import { measureIdleSockets } from './sockets/idle.ts'
import { measureSocketItem } from './sockets/measure.ts'
import { contenders, type SocketItem, socketItems } from './sockets/orders.ts'
import { type SocketRow, socketFiguresOf, socketTableHead, socketTableLine } from './sockets/report.ts'
import { type WorkItem, workItems } from './work-items.ts'

const usage = `npm run bench -- [options]
  --items set,get     which work items (default: all): ${[...workItems, ...socketItems].map(({ name }) => name).join(', ')}
  --mode no,always    which of no, everysec, always (default: all three)
  --pipeline 1,16     --size 16,1024     --rounds 3
  --warmups 2         runs of each server before those that count; none of the items ws-…
  --seconds 1.5       how long a run should take on the slower server
  --requests N        that many requests a run instead
  --sockets 5000      WebSockets of the items ws-…, which run beside a plain relay, too
  --json FILE         the figures as JSON, too
  --memory            resident bytes per stream entry instead (--entries 1000000, --mode no,always), and per idle WebSocket
MILLRACE_COMMAND and REDIS_COMMAND replace the commands that start the two.`

interface Settings {
  readonly items: readonly WorkItem[]
  readonly socketItems: readonly SocketItem[]
  readonly sockets: number
  readonly modes: readonly Mode[]
  readonly pipelines: readonly number[]
  readonly sizes: readonly number[]
  readonly rounds: number
  readonly warmups: number
  readonly seconds: number
  readonly requests: number | undefined
}

type Peers = Readonly<Record<PeerName, Peer>>

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      items: { type: 'string', default: [...workItems, ...socketItems].map(({ name }) => name).join(',') },
      sockets: { type: 'string', default: '5000' },
      mode: { type: 'string', default: 'no,everysec,always' },
      pipeline: { type: 'string', default: '1,16' },
      size: { type: 'string', default: '16,1024' },
      rounds: { type: 'string', default: '3' },
      warmups: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '1.5' },
      requests: { type: 'string' },
      json: { type: 'string' },
      memory: { type: 'boolean', default: false },
      entries: { type: 'string', default: '1000000' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const modes = values.mode.split(',').map(readMode)
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`
  console.log(`${new Date().toISOString()}  ${machine}\n`)
  const sockets = readNumber(values.sockets)
  if (values.memory) {
    const measured = [...(await measureEntries(modes, readNumber(values.entries))), ...(await measureSockets(sockets))]
    return writeFigures(values.json, machine, measured)
  }
  const names = values.items.split(',').map((name) => name.toLowerCase())
  for (const name of names) checkItem(name)
  const rows = await measure({
    items: workItems.filter(({ name }) => names.includes(name)),
    socketItems: socketItems.filter(({ name }) => names.includes(name)),
    sockets,
    modes,
    pipelines: values.pipeline.split(',').map(readNumber),
    sizes: values.size.split(',').map(readNumber),
    rounds: readNumber(values.rounds),
    warmups: readCount(values.warmups),
    seconds: readNumber(values.seconds),
    requests: values.requests === undefined ? undefined : readNumber(values.requests),
  })
  writeFigures(values.json, machine, rows.map(withFigures))
}

function withFigures(row: Row | SocketRow): object {
  if (row.rounds.length === 0) return row
  return { ...row, ...('sockets' in row ? socketFiguresOf(row) : figuresOf(row)) }
}

function writeFigures(path: string | undefined, machine: string, measured: readonly object[]): void {
  if (path === undefined) return
  writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), machine, measured }, undefined, 2)}\n`)
}

async function measure(settings: Settings): Promise<(Row | SocketRow)[]> {
  return [...(await measureItems(settings)), ...(await measureSocketItems(settings))]
}

async function measureSocketItems(settings: Settings): Promise<SocketRow[]> {
  if (settings.socketItems.length === 0) return []
  const rows: SocketRow[] = []
  console.log(socketTableHead)
  for (const mode of settings.modes) {
    for (const item of settings.socketItems) {
      rows.push(...(await measureSocketItem(item, mode, settings, (row) => console.log(socketTableLine(row)))))
    }
  }
  return rows
}

async function measureItems(settings: Settings): Promise<Row[]> {
  if (settings.items.length === 0) return []
  const rows: Row[] = []
  console.log(tableHead)
  for (const mode of settings.modes) {
    const peers = { redis: await startPeer('redis', mode), millrace: await startPeer('millrace', mode) }
    try {
      for (const item of settings.items) {
        for (const row of await measureItem(item, mode, peers, settings)) rows.push(row)
      }
    } finally {
      await Promise.all([peers.redis.stop(), peers.millrace.stop()])
    }
  }
  return rows
}

async function measureItem(item: WorkItem, mode: Mode, peers: Peers, settings: Settings): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of item.sized ? settings.sizes : settings.sizes.slice(0, 1)) {
    for (const [index, pipeline] of (item.pipelined === false ? [1] : settings.pipelines).entries()) {
      const row = { item: item.name, mode, pipeline, size: item.sized ? size : undefined, requests: 0, rounds: [] }
      try {
        if (index === 0 && item.freshness === 'each size') {
          for (const peer of [peers.redis, peers.millrace]) await prepare(item, peer, size, 0)
        }
        rows.push({ ...row, ...(await measureShape(item, peers, { size, pipeline }, settings)) })
      } catch (error) {
        rows.push({ ...row, failure: error instanceof Error ? error.message : String(error) })
      }
      console.log(tableLine(rows.at(-1)!))
    }
  }
  for (const peer of [peers.redis, peers.millrace]) await foldLog(peer).catch(() => {})
  return rows
}

async function measureShape(
  item: WorkItem,
  peers: Peers,
  shape: Shape,
  settings: Settings,
): Promise<Pick<Row, 'requests' | 'rounds'>> {
  const wanted = settings.requests ?? (await requestsFor(item, peers, shape, settings.seconds))
  const requests = Math.min(wanted, item.requestsMax(shape.size))
  for (let run = 0; run < settings.warmups; run++) {
    for (const peer of [peers.redis, peers.millrace]) await runItem(item, peer, shape, requests)
  }
  const rounds: Record<PeerName, Awaited<ReturnType<typeof runItem>>>[] = []
  for (let round = 0; round < settings.rounds; round++) {
    if (round % 2 === 0) {
      const redis = await runItem(item, peers.redis, shape, requests)
      rounds.push({ redis, millrace: await runItem(item, peers.millrace, shape, requests) })
    } else {
      const millrace = await runItem(item, peers.millrace, shape, requests)
      rounds.push({ redis: await runItem(item, peers.redis, shape, requests), millrace })
    }
  }
  return { requests, rounds }
}

async function requestsFor(item: WorkItem, peers: Peers, shape: Shape, seconds: number): Promise<number> {
  const most = item.requestsMax(shape.size)
  const trial = Math.min(most, item.trialRequests * Math.min(shape.pipeline, 8))
  const rates: number[] = []
  for (const peer of [peers.redis, peers.millrace]) {
    rates.push((await runItem(item, peer, shape, trial)).requestsPerSecond)
  }
  return Math.min(most, Math.max(trial, Math.round(Math.min(...rates) * seconds)))
}

async function measureEntries(modes: readonly Mode[], entries: number): Promise<MemoryFigures[]> {
  const measured: MemoryFigures[] = []
  for (const mode of modes) {
    for (const name of ['redis', 'millrace'] as const) {
      const figures = await measureMemory(name, mode, entries)
      console.log(
        `${name.padEnd(9)} ${mode.padEnd(9)} ${figures.bytesPerEntry.toFixed(1)} bytes per entry  ${growthOf(figures)}`,
      )
      measured.push(figures)
    }
  }
  return measured
}

async function measureSockets(sockets: number): Promise<object[]> {
  const measured: object[] = []
  for (const contender of contenders) {
    const figures = await measureIdleSockets(contender, sockets)
    console.log(
      `${contender.padEnd(19)} ${Math.round(figures.bytesPerSocket)} bytes per idle WebSocket  ${growthOf(figures)}`,
    )
    measured.push(figures)
  }
  return measured
}

function growthOf(figures: { residentBytesBefore: number; residentBytesAfter: number }): string {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  return `(${megabytes(figures.residentBytesBefore)} -> ${megabytes(figures.residentBytesAfter)})`
}

function checkItem(name: string): void {
  if ([...workItems, ...socketItems].every((candidate) => candidate.name !== name)) {
    throw new Error(`no work item ${name}\n${usage}`)
  }
}

function readMode(word: string): Mode {
  if (word === 'no' || word === 'everysec' || word === 'always') return word
  throw new Error(`no mode ${word}\n${usage}`)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
