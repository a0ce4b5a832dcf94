/** XREADGROUP GROUP group consumer [COUNT count] [BLOCK ms] [NOACK] STREAMS key [key ...] id [id ...]
 *
 *  With `>` the group's next entries are delivered: they become pending and are logged as such. With an id the
 *  consumer's own pending entries behind it are read again; that counts as another delivery. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { type Consumer, type ConsumerGroup, entriesReadUnknown } from '../../broker/consumer-group.ts'
import type { Stream } from '../../broker/stream.ts'
import { largestId, StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { consumerOrNew, logClaim, logGroupPosition } from './claim-effects.ts'
import { replyEntries, replyId, replyRun, runs } from './entries.ts'
import { countAfterWait, type ReadOptions, readOptions, streamKeys } from './read-args.ts'
import { findGroup, isMark, readId } from './stream-args.ts'
import { beginStreams, replyStreamKey } from './xread.ts'

/** Deliveries of entries that were never delivered before. */
const firstDelivery = 1n

export const xreadgroup = defineCommand({
  name: 'xreadgroup',
  arity: -7,
  flags: ['write', 'blocking', 'movablekeys'],
  categories: ['stream'],
  keys: { first: 0, last: 0, step: 0, find: streamKeys },
  since: '5.0.0',
  group: 'stream',
  summary: "Delivers a group's next entries to a consumer, or reads again what it has pending.",
  complexity: 'O(M) with M entries returned',
  syntax: 'GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]',
  run(call) {
    const { args, reply } = call
    const options = readOptions(args, 'xreadgroup')
    // Undefined stands for `>`.
    const ids: (StreamId | undefined)[] = []
    for (let i = 0; i < options.streamCount; i++) ids.push(readStartId(call, options, i))

    const mark = reply.mark()
    let served = 0
    for (let i = 0; i < options.streamCount; i++) {
      if (!hasSomething(call, options, i, ids[i])) continue
      serveStream(call, args, options, options.firstKey + i, ids[i], options.count)
      served++
    }
    if (served > 0) return reply.protocol === 2 ? reply.arrayAt(mark, served) : reply.mapAt(mark, served)
    if (options.blockMs === undefined || !call.mayBlock) return reply.nullArray()
    block(call, options)
  },
})

function readStartId({ args, db }: Call, options: ReadOptions, i: number): StreamId | undefined {
  const key = options.firstKey + i
  const stream = db.stream(args, key)
  if (findGroup(stream, args, options.group) === undefined) {
    throw new ReplyError(
      `NOGROUP No such key '${args.quoted(key)}' or consumer group '${args.quoted(options.group)}' in XREADGROUP with GROUP option`,
    )
  }
  const idIndex = key + options.streamCount
  if (isMark(args, idIndex, '$')) {
    throw new ReplyError(
      'ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by ' +
        'specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.',
    )
  }
  if (isMark(args, idIndex, '>')) return undefined
  const id = readId(args, idIndex)
  // Redis keeps `>` as the last id there is, so that id in figures is `>` too.
  return id.isLargest ? undefined : id
}

/** Whether there is an answer from stream `i` now: history always is one. */
function hasSomething({ args, db }: Call, options: ReadOptions, i: number, after: StreamId | undefined): boolean {
  if (after !== undefined) return true
  const stream = db.streamAt(db.find(args, options.firstKey + i))
  const last = new StreamId()
  return stream.lastLiveId(last) && last.compare(findGroup(stream, args, options.group)!.lastId) > 0
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
      if (stream?.kind !== 'stream') throw new ReplyError('UNBLOCKED the stream key no longer exists')
      const group = findGroup(stream, own, options.group)
      if (group === undefined) {
        throw new ReplyError('NOGROUP the consumer group this client was blocked on no longer exists')
      }
      if (stream.lastId.compare(group.lastId) <= 0) return false
      beginStreams(later.reply, 1)
      serveStream(later, own, options, key, undefined, countAfterWait(options))
      return true
    },
    timeOut: (reply) => reply.nullArray(),
  })
}

/** Answers one stream's pair: new entries, or history behind `after`. */
function serveStream(
  call: Call,
  args: Args,
  options: ReadOptions,
  key: number,
  after: StreamId | undefined,
  count: number,
): void {
  const { db } = call
  const stream = db.streamForChange(db.find(args, key))
  const group = findGroup(stream, args, options.group)!
  replyStreamKey(call, args, key)
  const consumer = consumerOrNew(call, args, key, group, args, options.consumer)
  const countMax = count === 0 ? Number.MAX_SAFE_INTEGER : count
  if (after === undefined) deliver(call, args, key, stream, group, consumer, countMax, options.isUnacknowledged)
  else replyHistory(call, args, key, stream, group, consumer, after, countMax)
  call.keyspace.dirty++
}

/** Gives the group's next entries to the consumer and answers them. */
function deliver(
  call: Call,
  args: Args,
  key: number,
  stream: Stream,
  group: ConsumerGroup,
  consumer: Consumer,
  countMax: number,
  isUnacknowledged: boolean,
): void {
  const start = group.lastId.copy()
  const count = start.increment() ? stream.range(start, largestId, countMax, runs) : 0
  const delivered: StreamId[] = []
  for (const { segment, start: from, end } of runs) {
    for (let i = from; i < end; i++) {
      const id = new StreamId()
      segment.id(i, id)
      advance(stream, group, id)
      if (isUnacknowledged) continue
      group.setDelivery(group.assign(id, consumer), call.nowMs, firstDelivery)
      delivered.push(id)
    }
  }
  logClaim(call, args, key, group, consumer, delivered, call.nowMs, firstDelivery)
  if (count > 0) logGroupPosition(call, args, key, group)
  replyEntries(call.reply, count)
}

/** The group has now read up to the id. */
function advance(stream: Stream, group: ConsumerGroup, id: StreamId): void {
  if (id.compare(group.lastId) <= 0) return
  if (group.entriesRead !== entriesReadUnknown && !stream.hasTombstonesAfter(id)) group.entriesRead++
  else if (stream.entriesAdded !== 0n) group.entriesRead = stream.entriesReadAt(id)
  group.lastId.set(id)
}

/** Answers what the consumer has pending behind `after`; an entry that was deleted has no fields any more. */
function replyHistory(
  call: Call,
  args: Args,
  key: number,
  stream: Stream,
  group: ConsumerGroup,
  consumer: Consumer,
  after: StreamId,
  countMax: number,
): void {
  const start = after.copy()
  const ids: StreamId[] = []
  if (start.increment()) {
    consumer.pending.visit(start, (id) => {
      ids.push(id.copy())
      return ids.length < countMax
    })
  }
  call.reply.array(ids.length)
  for (const id of ids) {
    const run = stream.find(id)
    if (run === undefined) {
      call.reply.array(2)
      replyId(call.reply, id)
      call.reply.nullArray()
      continue
    }
    replyRun(call.reply, run)
    const record = group.find(id)
    group.setDelivery(record, call.nowMs, group.deliveredCount(record) + 1n)
    logClaim(call, args, key, group, consumer, [id], call.nowMs, group.deliveredCount(record))
  }
}
