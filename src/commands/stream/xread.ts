/** XREAD [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK ms] [WITHBOUNDS] STREAMS key [key ...] id [id ...]
 *
 *  WITHBOUNDS is ours: whoever goes on behind an id learns in the same answer whether something between it and what comes
 *  was trimmed, or the stream began anew. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { Stream } from '../../broker/stream.ts'
import { largestId, StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { replyEntries, replyId, runs } from './entries.ts'
import { budgetAfterWait, budgetOf, type ReadOptions, readOptions, streamKeys, wholeStreamKeys } from './read-args.ts'
import type { ReadBudget } from './read-budget.ts'
import { isMark, readId } from './stream-args.ts'

export const xread = defineCommand({
  name: 'xread',
  arity: -4,
  flags: ['readonly', 'blocking', 'movablekeys'],
  categories: ['stream'],
  keys: { first: 0, last: 0, step: 0, find: (args) => streamKeys(args, 1), findTracked: wholeStreamKeys },
  since: '5.0.0',
  group: 'stream',
  summary: 'Reads what came after the given ids, and waits for it if asked to.',
  complexity: 'O(N) with N entries returned',
  syntax:
    '[COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] [WITHBOUNDS] STREAMS key [key ...] id [id ...]',
  run(call) {
    const { args, db, reply } = call
    const options = readOptions(call, 'xread')
    const ids: StreamId[] = []
    for (let i = 0; i < options.streamCount; i++) ids.push(readStartId(call, options, i))

    const budget = budgetOf(options)
    const isOnly = options.streamCount === 1
    const mark = reply.mark()
    let served = 0
    for (let i = 0; i < options.streamCount && !budget.isSpent; i++) {
      const entry = db.find(args, options.firstKey + i)
      if (entry < 0) continue
      const stream = db.objectOf(Stream, entry)
      if (!isDue(stream, ids[i]!, options)) continue
      if (isOnly) beginStreams(reply, 1)
      if (replyStream(call, args, options.firstKey + i, stream, ids[i]!, options, budget)) served++
    }
    if (served > 0 && isOnly) return
    // How many streams have something within the limits is known when they were served.
    if (served > 0) return reply.protocol === 2 ? reply.arrayAt(mark, served) : reply.mapAt(mark, served)
    if (options.blockMs === undefined || !call.mayBlock) return reply.nullArray()
    block(call, options, ids)
  },
})

/** Whether a reader that stands at the id is answered at once. Bounds are told of every stream, but for a reader that would
 *  wait: that one does as long as the newest id is its own. */
function isDue(stream: Stream, id: StreamId, { hasBounds, blockMs }: ReadOptions): boolean {
  if (hasBounds) return blockMs === undefined || stream.lastId.compare(id) !== 0
  const last = new StreamId()
  return stream.lastLiveId(last) && last.compare(id) > 0
}

/** The id that stream `i` is to be read behind. */
function readStartId({ args, db }: Call, options: ReadOptions, i: number): StreamId {
  const stream = db.read(Stream, args, options.firstKey + i)
  const idIndex = options.firstKey + options.streamCount + i
  if (isMark(args, idIndex, '$')) return stream?.lastId.copy() ?? new StreamId()
  if (isMark(args, idIndex, '+')) return beforeLast(stream)
  if (isMark(args, idIndex, '>')) {
    throw new ReplyError(
      'ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.',
    )
  }
  return readId(args, idIndex)
}

/** Right before the stream's last entry; the end of the stream when it has none. */
function beforeLast(stream: Stream | undefined): StreamId {
  const id = new StreamId()
  if (stream === undefined) return id
  if (!stream.lastLiveId(id)) return id.set(stream.lastId)
  id.decrement()
  return id
}

function block(call: Call, options: ReadOptions, ids: StreamId[]): void {
  const own = call.args.clone()
  call.block({
    args: own,
    keys: Array.from({ length: options.streamCount }, (_, i) => options.firstKey + i),
    deadlineMs: options.blockMs === 0 ? Number.POSITIVE_INFINITY : call.nowMs + options.blockMs!,
    serve(later, key) {
      const entry = later.db.find(own, key)
      const stream = entry < 0 ? undefined : later.db.objectAt(entry)
      if (!(stream instanceof Stream)) return false
      const i = key - options.firstKey
      const id = isMark(own, key + options.streamCount, '+') ? beforeLast(stream) : ids[i]!
      const order = stream.lastId.compare(id)
      if (options.hasBounds ? order === 0 : order <= 0) return false
      beginStreams(later.reply, 1)
      replyStream(later, own, key, stream, id, options, budgetAfterWait(options))
      return true
    },
    timeOut: (reply) => reply.nullArray(),
  })
}

/** Announces so many (key, entries) pairs. */
export function beginStreams(reply: Call['reply'], count: number): void {
  if (reply.protocol === 2) reply.array(count)
  else reply.map(count)
}

/** One pair's key, preceded by the pair's own header where the protocol has one. */
export function replyStreamKey({ reply }: Call, args: Args, key: number): void {
  if (reply.protocol === 2) reply.array(2)
  reply.bulk(args.bytes, args.starts[key]!, args.ends[key]!)
}

/** Answers one stream's pair. */
function replyStream(
  call: Call,
  args: Args,
  key: number,
  stream: Stream,
  after: StreamId,
  { hasBounds }: ReadOptions,
  budget: ReadBudget,
): boolean {
  const start = after.copy()
  const isEnd = !start.increment()
  budget.takeHeader(args.size(key))
  const found = isEnd ? 0 : budget.takeRuns(runs, stream.range(start, largestId, budget.countMax, runs), 0)
  if (found === 0 && budget.isSpent) return false
  replyStreamKey(call, args, key)
  if (hasBounds) replyBounds(call.reply, stream)
  replyEntries(call.reply, found)
  return true
}

/** Answers the first half of what a stream has WITHBOUNDS: the highest id that it ever had, the highest that was trimmed,
 *  and the first entry behind that, from where on nothing was trimmed. */
function replyBounds(reply: Call['reply'], stream: Stream): void {
  const first = new StreamId()
  reply.array(2)
  reply.array(3)
  replyId(reply, stream.lastId)
  replyId(reply, stream.trimmedId)
  if (stream.idAfter(stream.trimmedId, first)) replyId(reply, first)
  else reply.null()
}
