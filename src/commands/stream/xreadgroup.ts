/** XREADGROUP GROUP group consumer [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK ms] [CLAIM min-idle-time]
 *  [NOACK] STREAMS key [key ...] id [id ...]
 *
 *  With `>` the group's next entries are delivered: they become pending and are logged as such; with CLAIM what has been
 *  pending for long comes before them. With an id the consumer's own pending entries behind it are read again; that counts
 *  as another delivery. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { type ConsumerGroup, oneMore } from '../../broker/consumer-group.ts'
import { Stream } from '../../broker/stream.ts'
import { largestId, StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { consumerOrNew, logClaims } from './claim-effects.ts'
import { claimIdle, claimNumbersBytes, findIdle, replyWithNumbers, takeIdle } from './claim-idle.ts'
import { deliverRuns } from './deliver.ts'
import { replyEntries, replyId, replyRun, runs } from './entries.ts'
import { budgetAfterWait, budgetOf, type ReadOptions, readOptions, streamKeys } from './read-args.ts'
import type { ReadBudget } from './read-budget.ts'
import { findGroup, isMark, readId } from './stream-args.ts'
import { beginStreams, replyStreamKey } from './xread.ts'

const scratch = new StreamId()
const nothing: readonly StreamId[] = []

/** Bytes of an entry in the history that was deleted: an id and a null. */
const deletedEntryBytes = 40

export const xreadgroup = defineCommand({
  name: 'xreadgroup',
  arity: -7,
  flags: ['write', 'blocking', 'movablekeys'],
  categories: ['stream'],
  keys: { first: 0, last: 0, step: 0, find: (args) => streamKeys(args, 4) },
  since: '5.0.0',
  group: 'stream',
  summary: "Delivers a group's next entries to a consumer, or reads again what it has pending.",
  complexity: 'O(M) with M entries returned',
  syntax:
    'GROUP group consumer [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] [CLAIM min-idle-time] [NOACK] STREAMS key [key ...] id [id ...]',
  run(call) {
    const { args, reply } = call
    const options = readOptions(call, 'xreadgroup')
    const sources: Source[] = []
    for (let i = 0; i < options.streamCount; i++) sources.push(readSource(call, options, i))

    const budget = budgetOf(options)
    const isOnly = sources.length === 1
    // How many streams have something is known when they were served: one may be named twice.
    const mark = reply.mark()
    let served = 0
    for (const source of sources) {
      if (budget.isSpent) break
      if (serve({ call, args, options, budget, isOnly, isAfterWait: false }, source)) served++
    }
    if (served > 0 && isOnly) return
    if (served > 0) return reply.protocol === 2 ? reply.arrayAt(mark, served) : reply.mapAt(mark, served)
    if (options.blockMs === undefined || !call.mayBlock) return reply.nullArray()
    block(call, options)
  },
})

/** One of the streams to read. */
interface Source {
  /** Its key argument and its entry in the database. */
  readonly key: number
  readonly entry: number
  readonly stream: Stream
  readonly group: ConsumerGroup
  /** Where in the consumer's history to begin, undefined for the group's next entries (`>`). */
  readonly after: StreamId | undefined
}

/** One answer in the making. */
interface Reading {
  readonly call: Call
  readonly args: Args
  readonly options: ReadOptions
  readonly budget: ReadBudget
  /** Whether the answer is of one stream: then its header goes before that stream's pair. */
  readonly isOnly: boolean
  readonly isAfterWait: boolean
}

function readSource({ args, db }: Call, options: ReadOptions, i: number): Source {
  const key = options.firstKey + i
  const entry = db.lookup(args, key)
  const stream = entry < 0 ? undefined : db.objectOf(Stream, entry)
  const group = findGroup(stream, args, options.group)
  if (stream === undefined || group === undefined) {
    throw new ReplyError(
      `NOGROUP No such key '${args.quoted(key)}' or consumer group '${args.quoted(options.group)}' in XREADGROUP with GROUP option`,
    )
  }
  return { key, entry, stream, group, after: readAfter(args, key + options.streamCount) }
}

function readAfter(args: Args, i: number): StreamId | undefined {
  if (isMark(args, i, '$')) {
    throw new ReplyError(
      'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by ' +
        'specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
    )
  }
  if (isMark(args, i, '>')) return undefined
  const id = readId(args, i)
  // Redis keeps `>` as the last id there is, so that id in figures is `>` too.
  return id.isLargest ? undefined : id
}

function block(call: Call, options: ReadOptions): void {
  const own = call.args.clone()
  call.block({
    args: own,
    keys: Array.from({ length: options.streamCount }, (_, i) => options.firstKey + i),
    deadlineMs: options.blockMs === 0 ? Number.POSITIVE_INFINITY : call.nowMs + options.blockMs!,
    onDeleted: true,
    serve(later, key) {
      const entry = later.db.find(own, key)
      const stream = entry < 0 ? undefined : later.db.objectAt(entry)
      if (!(stream instanceof Stream)) throw new ReplyError('UNBLOCKED the stream key no longer exists')
      const group = findGroup(stream, own, options.group)
      if (group === undefined) {
        throw new ReplyError('NOGROUP the consumer group this client was blocked on no longer exists')
      }
      const budget = budgetAfterWait(options)
      const reading = { call: later, args: own, options, budget, isOnly: true, isAfterWait: true }
      return serve(reading, { key, entry, stream, group, after: undefined })
    },
    ...(options.claimMs === undefined ? {} : { wakeAtMs: (later: Call) => firstIdleAtMs(later, own, options) }),
    timeOut: (reply) => reply.nullArray(),
  })
}

/** When the first of the groups' pending entries will have been idle for long enough. */
function firstIdleAtMs({ db }: Call, args: Args, options: ReadOptions): number {
  let atMs = Number.POSITIVE_INFINITY
  for (let i = 0; i < options.streamCount; i++) {
    const entry = db.find(args, options.firstKey + i)
    const stream = entry < 0 ? undefined : db.objectAt(entry)
    const group = stream instanceof Stream ? findGroup(stream, args, options.group) : undefined
    if (group !== undefined) atMs = Math.min(atMs, group.firstIdleAtMs(options.claimMs!))
  }
  return atMs
}

/** Answers one stream's pair; false when there is nothing in it for the consumer now. */
function serve(reading: Reading, source: Source): boolean {
  if (source.after !== undefined) return serveHistory(reading, source, source.after)
  if (reading.options.claimMs !== undefined) return serveWithIdle(reading, source, reading.options.claimMs)
  return hasNew(reading, source) && serveNew(reading, source, nothing)
}

/** Whether there is something behind what the group has read. Whoever has waited is served for an entry that was added
 *  and is gone already, too, as in Redis. */
function hasNew({ isAfterWait }: Reading, { stream, group }: Source): boolean {
  if (isAfterWait) return stream.lastId.compare(group.lastId) > 0
  return stream.lastLiveId(scratch) && scratch.compare(group.lastId) > 0
}

function serveWithIdle(reading: Reading, source: Source, minIdleMs: number): boolean {
  const { call, args, budget } = reading
  call.db.beforeChange(source.entry)
  const idle = findIdle(call, args, source, minIdleMs, budget.countMax)
  return (idle.length > 0 || hasNew(reading, source)) && serveNew(reading, source, idle)
}

/** Gives the consumer what is idle and then the group's next entries, as much as the budget allows. */
function serveNew(reading: Reading, source: Source, idle: readonly StreamId[]): boolean {
  const { call, args, options, budget, isOnly, isAfterWait } = reading
  const { key, stream, group } = source
  const isClaiming = options.claimMs !== undefined
  budget.takeHeader(args.size(key))
  const newMax = budget.countMax - idle.length
  const claimed = takeIdle(stream, idle, budget)
  const start = scratch.set(group.lastId)
  const isEnd = newMax === 0 || claimed < idle.length || !start.increment()
  const found = isEnd ? 0 : stream.range(start, largestId, newMax, runs)
  const count = budget.takeRuns(runs, found, isClaiming ? claimNumbersBytes : 0)
  if (claimed + count === 0 && !(isAfterWait && !isClaiming)) return false

  call.db.beforeChange(source.entry)
  if (isOnly) beginStreams(call.reply, 1)
  replyStreamKey(call, args, key)
  const consumer = consumerOrNew(call, args, key, group, args, options.consumer)
  if (isClaiming) {
    call.reply.array(claimed + count)
    for (let k = 0; k < claimed; k++) claimIdle(call, args, source, consumer, idle[k]!)
    for (const run of runs) replyWithNumbers(call, run, 0, 0n)
  }
  if (count > 0) deliverRuns(call, args, source, consumer, count, options.isUnacknowledged)
  if (isClaiming) runs.length = 0
  else replyEntries(call.reply, count)
  call.keyspace.dirty++
  return true
}

/** Answers what the consumer has pending behind `after`; an entry that was deleted has no fields any more. */
function serveHistory({ call, args, options, budget, isOnly }: Reading, source: Source, after: StreamId): boolean {
  const { key, stream, group } = source
  call.db.beforeChange(source.entry)
  if (isOnly) beginStreams(call.reply, 1)
  replyStreamKey(call, args, key)
  const consumer = consumerOrNew(call, args, key, group, args, options.consumer)
  budget.takeHeader(args.size(key))
  const { countMax } = budget
  const start = after.copy()
  const ids: StreamId[] = []
  if (start.increment()) {
    consumer.pending.visit(start, (id) => {
      if (!budget.take(budget.isSized ? bytesOf(stream, id) : 0)) return false
      ids.push(id.copy())
      return ids.length < countMax
    })
  }
  call.reply.array(ids.length)
  let claimed: StreamId[] = []
  let claimedCount = 0n
  const logClaimed = (): void => logClaims(call, args, key, group, consumer, claimed, call.nowMs, claimedCount)
  for (const id of ids) {
    const run = stream.find(id)
    if (run === undefined) {
      call.reply.array(2)
      replyId(call.reply, id)
      call.reply.nullArray()
      continue
    }
    replyRun(call.reply, run)
    const count = oneMore(group.deliveredCount(group.find(id)))
    group.give(id, consumer, call.nowMs, count)
    if (count !== claimedCount) {
      logClaimed()
      claimed = []
      claimedCount = count
    }
    claimed.push(id)
  }
  logClaimed()
  call.keyspace.dirty++
  return true
}

function bytesOf(stream: Stream, id: StreamId): number {
  const run = stream.find(id)
  return run === undefined ? deletedEntryBytes : run.segment.offsets[run.end]! - run.segment.offsets[run.start]!
}
