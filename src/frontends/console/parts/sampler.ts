/** Looks at the server's figures every two seconds and keeps a quarter of an hour of them, whatever page is shown. */

import * as figures from '../lib/figures.ts'
import { asBytes, asItems, asNumberOrNull, asPairs, asRecord, asStrings } from '../lib/read-reply.ts'
import type { Reply } from '../lib/resp.ts'
import { Store } from '../lib/store.ts'
import { broker } from './broker.ts'

const everyMs = 2000
const samplesMax = 450
/** Streams whose groups are looked at for lag. */
const streamsMax = 100
const scanStepsMax = 20
/** What the console itself asks for is not counted as work. */
const ownCommands = new Set(['info', 'latency|histogram', 'hello', 'scan', 'xinfo|groups', 'ping'])

export interface Sample {
  readonly info: ReadonlyMap<string, string>
  readonly tick: number
  /** Streams of this database, and groups that lag most. */
  readonly streams: number
  readonly lags: readonly GroupLag[]
}

export interface GroupLag {
  readonly key: string
  readonly group: string
  readonly lag: number | undefined
  readonly pending: number
}

interface Totals {
  readonly atMs: number
  readonly incoming: number
  readonly outgoing: number
  readonly commands: number
  readonly inputBytes: number
  readonly outputBytes: number
  readonly buckets: Map<number, number>
  readonly commitBuckets: Map<number, number>
}

export const series = {
  messages: new figures.Series(2, samplesMax),
  commands: new figures.Series(1, samplesMax),
  latency: new figures.Series(2, samplesMax),
  commit: new figures.Series(2, samplesMax),
  lag: new figures.Series(2, samplesMax),
  memory: new figures.Series(2, samplesMax),
  log: new figures.Series(1, samplesMax),
  clients: new figures.Series(2, samplesMax),
  network: new figures.Series(2, samplesMax),
}

export const sample = new Store<Sample | undefined>(undefined)
let before: Totals | undefined
let tick = 0

/** Begins to look; returns what ends it. */
export function startSampling(): () => void {
  let isBusy = false
  const look = async (): Promise<void> => {
    if (isBusy || document.hidden || broker.state.name !== 'open') return
    isBusy = true
    try {
      await takeSample()
    } catch {
      // The connection broke, or INFO is not allowed: the shell and the page say so.
      before = undefined
    } finally {
      isBusy = false
    }
  }
  const timer = setInterval(() => void look(), everyMs)
  const first = setTimeout(() => void look(), 0)
  const stop = broker.onOpen(() => void look())
  return () => {
    clearInterval(timer)
    clearTimeout(first)
    stop()
  }
}

async function takeSample(): Promise<void> {
  const [infoReply, histogramReply] = await broker.batch([
    ['INFO', 'everything'],
    ['LATENCY', 'HISTOGRAM'],
  ])
  const info = figures.parseInfo(asBytes(infoReply!))
  const histograms = readHistograms(histogramReply!)
  const { streams, lags, entriesRead } = await readGroups()
  const number = (name: string): number => Number(info.get(name) ?? 0)
  const calls = figures.commandCalls(info)
  const atMs = performance.now()
  const totals: Totals = {
    atMs,
    incoming: figures.messagesIn(calls),
    outgoing: figures.messagesTaken(calls) + entriesRead,
    commands: number('total_commands_processed'),
    inputBytes: number('total_net_input_bytes'),
    outputBytes: number('total_net_output_bytes'),
    buckets: figures.bucketsOf(histograms),
    commitBuckets: figures.bucketsOf([figures.commitHistogram(info)]),
  }
  const seconds = Date.now() / 1000
  if (before !== undefined) addRates(before, totals, seconds)
  before = totals
  const lag = lags.reduce((sum, each) => sum + (each.lag ?? 0), 0)
  series.lag.add(
    seconds,
    lag,
    lags.reduce((sum, each) => sum + each.pending, 0),
  )
  series.memory.add(seconds, number('used_memory'), number('used_memory_rss'))
  series.log.add(seconds, number('aof_current_size'))
  series.clients.add(seconds, number('connected_clients'), number('blocked_clients'))
  sample.set({ info, tick: ++tick, streams, lags })
}

function addRates(from: Totals, to: Totals, seconds: number): void {
  const elapsedMs = to.atMs - from.atMs
  const rate = (name: 'incoming' | 'outgoing' | 'commands' | 'inputBytes' | 'outputBytes'): number =>
    figures.rate(from[name], to[name], elapsedMs)
  series.messages.add(seconds, rate('incoming'), rate('outgoing'))
  series.commands.add(seconds, rate('commands'))
  series.network.add(seconds, rate('inputBytes'), rate('outputBytes'))
  const grown = figures.bucketGrowth(from.buckets, to.buckets)
  series.latency.add(seconds, figures.quantile(grown, 0.5), figures.quantile(grown, 0.99))
  const commits = figures.bucketGrowth(from.commitBuckets, to.commitBuckets)
  series.commit.add(seconds, figures.quantile(commits, 0.5), figures.quantile(commits, 0.99))
}

function readHistograms(reply: Reply): figures.Histogram[] {
  if (reply.kind === 'error') return []
  return asPairs(reply)
    .filter(([name]) => !ownCommands.has(asBytes(name)))
    .map(([, facts]) => {
      const buckets = asRecord(facts).get('histogram_usec')
      return new Map(
        buckets === undefined
          ? []
          : asPairs(buckets).map(([bound, count]) => [Number(asBytes(bound)), Number(asBytes(count))]),
      )
    })
}

async function readGroups(): Promise<{ streams: number; lags: GroupLag[]; entriesRead: number }> {
  const keys = new Set<string>()
  let cursor = '0'
  for (let step = 0; step < scanStepsMax && keys.size < streamsMax; step++) {
    const reply = await broker.ask(['SCAN', cursor, 'COUNT', 1000, 'TYPE', 'stream'])
    if (reply.kind === 'error') break
    const [next, names] = asItems(reply)
    for (const key of asStrings(names!)) keys.add(key)
    cursor = asBytes(next!)
    if (cursor === '0') break
  }
  const looked = [...keys].slice(0, streamsMax)
  const replies = await broker.batch(looked.map((key) => ['XINFO', 'GROUPS', key]))
  let entriesRead = 0
  const lags = replies.flatMap((reply, i) => {
    if (reply.kind === 'error') return []
    return asItems(reply).map((item): GroupLag => {
      const facts = asRecord(item)
      entriesRead += asNumberOrNull(facts.get('entries-read')) ?? 0
      const lag = asNumberOrNull(facts.get('lag'))
      return {
        key: looked[i]!,
        group: asBytes(facts.get('name')!),
        lag,
        pending: asNumberOrNull(facts.get('pending')) ?? 0,
      }
    })
  })
  return { streams: keys.size, lags, entriesRead }
}
