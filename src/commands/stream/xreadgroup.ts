/** XREADGROUP GROUP group consumer [COUNT count] [BLOCK ms] [NOACK] STREAMS key [key ...] id [id ...]
 *
 *  With `>` the group's next entries are delivered: they become pending and are logged as such. With an id the
 *  consumer's own pending entries behind it are read again; that counts as another delivery. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { type Consumer, type ConsumerGroup, entriesReadUnknown, oneMore } from '../../broker/consumer-group.ts'
import { Stream } from '../../broker/stream.ts'
import { largestId, StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { beginClaim, consumerOrNew, endClaim, logClaim, logGroupPosition } from './claim-effects.ts'
import { replyEntries, replyId, replyRun, runs } from './entries.ts'
import { countAfterWait, type ReadOptions, readOptions, streamKeys } from './read-args.ts'
import { findGroup, isMark, readId } from './stream-args.ts'
import { beginStreams, replyStreamKey } from './xread.ts'

/** Deliveries of entries that were never delivered before. */
const firstDelivery = 1n

const scratch = new StreamId()

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
    const sources: Source[] = []
    for (let i = 0; i < options.streamCount; i++) sources.push(readSource(call, options, i))

    const [only] = sources
    if (sources.length === 1 && only !== undefined && hasSomething(only)) {
      beginStreams(reply, 1)
      return serveSource(call, args, options, only, options.count)
    }
    // How many streams have something is known when they were served: one may be named twice.
    const mark = reply.mark()
    let served = 0
    for (const source of sources) {
      if (!hasSomething(source)) continue
      serveSource(call, args, options, source, options.count)
      served++
    }
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

/** Whether there is an answer from the stream now: history always is one. */
function hasSomething({ stream, group, after }: Source): boolean {
  return after !== undefined || (stream.lastLiveId(scratch) && scratch.compare(group.lastId) > 0)
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
      if (stream.lastId.compare(group.lastId) <= 0) return false
      beginStreams(later.reply, 1)
      serveSource(later, own, options, { key, entry, stream, group, after: undefined }, countAfterWait(options))
      return true
    },
    timeOut: (reply) => reply.nullArray(),
  })
}

/** Answers one stream's pair: new entries, or history. */
function serveSource(call: Call, args: Args, options: ReadOptions, source: Source, count: number): void {
  const { key, group } = source
  call.db.beforeChange(source.entry)
  replyStreamKey(call, args, key)
  const consumer = consumerOrNew(call, args, key, group, args, options.consumer)
  const countMax = count === 0 ? Number.MAX_SAFE_INTEGER : count
  if (source.after === undefined) deliver(call, args, source, consumer, countMax, options.isUnacknowledged)
  else replyHistory(call, args, source, source.after, consumer, countMax)
  call.keyspace.dirty++
}

/** Gives the group's next entries to the consumer and answers them. */
function deliver(
  call: Call,
  args: Args,
  { key, stream, group }: Source,
  consumer: Consumer,
  countMax: number,
  isUnacknowledged: boolean,
): void {
  const start = scratch.set(group.lastId)
  const count = start.increment() ? stream.range(start, largestId, countMax, runs) : 0
  if (count > 0) {
    if (!isUnacknowledged) makePending(call, args, key, group, consumer, count)
    advance(stream, group, count)
    logGroupPosition(call, args, key, group)
  }
  replyEntries(call.reply, count)
}

/** Makes the `count` entries in `runs` the consumer's, and logs it. */
function makePending(
  call: Call,
  args: Args,
  key: number,
  group: ConsumerGroup,
  consumer: Consumer,
  count: number,
): void {
  const { effects, nowMs } = call
  const isLogged = beginClaim(call, args, key, group, consumer, count)
  for (const { segment, start, end } of runs) {
    for (let i = start; i < end; i++) {
      segment.id(i, scratch)
      group.give(scratch, consumer, nowMs, firstDelivery)
      if (isLogged) effects.wire(segment.bytes, segment.idWireStart(i), segment.idWireEnd(i))
    }
  }
  if (isLogged) endClaim(call, nowMs, firstDelivery)
}

/** The group has now read the `count` entries in `runs`. Its counter goes along entry by entry as long as it is not
 *  sure where it is; from then on it just counts (Redis 7.0, `streamReplyWithRange`). */
function advance(stream: Stream, group: ConsumerGroup, count: number): void {
  let left = count
  for (const { segment, start, end } of runs) {
    for (let i = start; i < end; i++) {
      segment.id(i, scratch)
      if (group.entriesRead !== entriesReadUnknown && !stream.hasTombstonesAfter(scratch)) {
        group.countRead(left)
        const last = runs.at(-1)!
        last.segment.id(last.end - 1, group.lastId)
        return
      }
      if (stream.entriesAdded !== 0n) group.entriesRead = stream.entriesReadAt(scratch)
      left--
    }
  }
  group.lastId.set(scratch)
}

/** Answers what the consumer has pending behind `after`; an entry that was deleted has no fields any more. */
function replyHistory(
  call: Call,
  args: Args,
  { key, stream, group }: Source,
  after: StreamId,
  consumer: Consumer,
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
    const count = oneMore(group.deliveredCount(group.find(id)))
    group.give(id, consumer, call.nowMs, count)
    logClaim(call, args, key, group, consumer, id, call.nowMs, count)
  }
}
