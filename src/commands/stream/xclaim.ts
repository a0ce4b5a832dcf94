/** XCLAIM and XAUTOCLAIM: pending entries change hands. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { type ConsumerGroup, oneMore } from '../../broker/consumer-group.ts'
import { noGroup, syntaxError } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import { parseId, StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { defineCommand, firstKey } from '../command.ts'
import { consumerOrNew, logAcknowledge, logClaim, logGroupPosition } from './claim-effects.ts'
import { replyId, replyRun } from './entries.ts'
import { findGroup, readId, readIdOrEnd } from './stream-args.ts'

/** Entries XAUTOCLAIM claims without COUNT, and how many it looks at for each it may claim. */
const autoClaimCountDefault = 100
const attemptsPerClaim = 10
const autoClaimCountMax = 0x7fffffffffffffffn / 16n

interface ClaimOptions {
  readonly minIdleMs: number
  readonly deliveredAtMs: number
  /** RETRYCOUNT, or -1. */
  readonly retryCount: bigint
  readonly isForced: boolean
  readonly isJustId: boolean
}

export const xclaim = defineCommand({
  name: 'xclaim',
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: 'Gives pending entries to another consumer.',
  complexity: 'O(log N) for each id',
  syntax:
    'key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const groupName = args.next()
    const consumerName = args.next()
    const entry = db.lookup(args, key)
    const stream = entry < 0 ? undefined : db.objectOf(Stream, entry)
    const group = findGroup(stream, args, groupName)
    if (stream === undefined || group === undefined) throw noGroup(args.quoted(key), args.quoted(groupName))
    const minIdleMs = Math.max(0, Number(args.nextInt64('ERR Invalid min-idle-time argument for XCLAIM')))
    const ids = readIds(args)
    const lastId = new StreamId()
    const options = readClaimOptions(args, call.nowMs, minIdleMs, lastId)

    db.beforeChange(entry)
    const hasAdvanced = lastId.compare(group.lastId) > 0
    if (hasAdvanced) {
      group.lastId.set(lastId)
      logGroupPosition(call, args, key, group)
    }
    const claimed = ids.filter((id) => claim(call, key, stream, group, consumerName, id, options))
    if (claimed.length > 0) call.keyspace.keyDue(db, args, key)
    reply.array(claimed.length)
    for (const id of claimed) replyClaimed(call, stream, id, options.isJustId)
  },
})

function readIds(args: Args): StreamId[] {
  const ids: StreamId[] = []
  while (args.left > 0) {
    const id = new StreamId()
    if (parseId(args.bytes, args.starts[args.position]!, args.ends[args.position]!, id) === 'invalid') break
    args.next()
    ids.push(id)
  }
  return ids
}

function readClaimOptions(args: Args, nowMs: number, minIdleMs: number, lastId: StreamId): ClaimOptions {
  let deliveredAtMs = -1
  let retryCount = -1n
  let isForced = false
  let isJustId = false
  while (args.left > 0) {
    if (args.token('FORCE')) isForced = true
    else if (args.token('JUSTID')) isJustId = true
    else if (args.left > 1 && args.token('IDLE')) {
      deliveredAtMs = nowMs - Number(args.nextInt64('ERR Invalid IDLE option argument for XCLAIM'))
    } else if (args.left > 1 && args.token('TIME')) {
      deliveredAtMs = Number(args.nextInt64('ERR Invalid TIME option argument for XCLAIM'))
    } else if (args.left > 1 && args.token('RETRYCOUNT')) {
      retryCount = args.nextInt64('ERR Invalid RETRYCOUNT option argument for XCLAIM')
    } else if (args.left > 1 && args.token('LASTID')) lastId.set(readId(args, args.next()))
    else throw new ReplyError(`ERR Unrecognized XCLAIM option '${args.quoted(args.next())}'`)
  }
  if (deliveredAtMs < 0 || deliveredAtMs > nowMs) deliveredAtMs = nowMs
  return { minIdleMs, deliveredAtMs, retryCount, isForced, isJustId }
}

/** Claims one id; false when it may not change hands. An entry that no longer exists is dropped from the pending; the
 *  consumer is made only when something is claimed for it. */
function claim(
  call: Call,
  key: number,
  stream: Stream,
  group: ConsumerGroup,
  consumerName: number,
  id: StreamId,
  options: ClaimOptions,
): boolean {
  const { args, nowMs } = call
  const record = group.find(id)
  if (!stream.has(id)) {
    if (record >= 0) {
      group.acknowledge(id)
      logAcknowledge(call, args, key, group, id)
    }
    return false
  }
  const isNew = record < 0
  if (isNew && !options.isForced) return false
  if (!isNew && options.minIdleMs > 0 && !group.isIdle(record, nowMs, options.minIdleMs)) return false
  const consumer = consumerOrNew(call, args, key, group, args, consumerName)
  let count = isNew ? 1n : group.deliveredCount(record)
  if (options.retryCount >= 0n) count = options.retryCount
  else if (!options.isJustId) count = oneMore(count)
  group.give(id, consumer, options.deliveredAtMs, count)
  logClaim(call, args, key, group, consumer, id, options.deliveredAtMs, count)
  call.keyspace.dirty++
  return true
}

function replyClaimed({ reply }: Call, stream: Stream, id: StreamId, isJustId: boolean): void {
  if (isJustId) replyId(reply, id)
  else replyRun(reply, stream.find(id)!)
}

export const xautoclaim = defineCommand({
  name: 'xautoclaim',
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '6.2.0',
  group: 'stream',
  summary: 'Gives entries that have been pending for long to another consumer.',
  complexity: 'O(1) if COUNT is small',
  syntax: 'key group consumer min-idle-time start [COUNT count] [JUSTID]',
  run(call) {
    const { args, db } = call
    const key = args.next()
    const groupName = args.next()
    const consumerName = args.next()
    const minIdleMs = Math.max(0, Number(args.nextInt64('ERR Invalid min-idle-time argument for XAUTOCLAIM')))
    const start = readStart(args, args.next())
    let count = autoClaimCountDefault
    let isJustId = false
    while (args.left > 0) {
      if (args.left > 1 && args.token('COUNT')) count = readCount(args)
      else if (args.token('JUSTID')) isJustId = true
      else throw syntaxError()
    }
    const entry = db.lookup(args, key)
    const stream = entry < 0 ? undefined : db.objectOf(Stream, entry)
    const group = findGroup(stream, args, groupName)
    if (stream === undefined || group === undefined) throw noGroup(args.quoted(key), args.quoted(groupName))

    db.beforeChange(entry)
    const { ids, next } = candidates(call, stream, group, start, count, minIdleMs)
    const options = { minIdleMs: 0, deliveredAtMs: call.nowMs, retryCount: -1n, isForced: false, isJustId }
    const claimed: StreamId[] = []
    const gone: StreamId[] = []
    for (const id of ids) {
      const isClaimed = claim(call, key, stream, group, consumerName, id, options)
      ;(isClaimed ? claimed : gone).push(id)
    }
    replyAutoClaim(call, stream, next, claimed, gone, isJustId)
  },
})

function readStart(args: Args, i: number): StreamId {
  if (args.size(i) < 2 || args.bytes[args.starts[i]!] !== 40) return readIdOrEnd(args, i)
  const id = new StreamId()
  if (parseId(args.bytes, args.starts[i]! + 1, args.ends[i]!, id) === 'invalid') {
    throw new ReplyError('ERR Invalid stream ID specified as stream command argument')
  }
  if (!id.increment()) throw new ReplyError('ERR invalid start ID for the interval')
  return id
}

function readCount(args: Args): number {
  const value = args.int64(args.next())
  if (value === undefined || value < 1n || value > autoClaimCountMax) throw new ReplyError('ERR COUNT must be > 0')
  return Number(value)
}

/** The pending ids from `start` on that are old enough, or gone, and where to go on (0-0 at the end). */
function candidates(
  call: Call,
  stream: Stream,
  group: ConsumerGroup,
  start: StreamId,
  count: number,
  minIdleMs: number,
): { ids: StreamId[]; next: StreamId } {
  const ids: StreamId[] = []
  const next = new StreamId()
  let attempts = count * attemptsPerClaim
  group.pending.visit(start, (id, record) => {
    if (attempts === 0 || ids.length === count) {
      next.set(id)
      return false
    }
    attempts--
    if (minIdleMs === 0 || group.isIdle(record, call.nowMs, minIdleMs) || !stream.has(id)) ids.push(id.copy())
    return true
  })
  return { ids, next }
}

function replyAutoClaim(
  call: Call,
  stream: Stream,
  next: StreamId,
  claimed: readonly StreamId[],
  gone: readonly StreamId[],
  isJustId: boolean,
): void {
  const { reply } = call
  reply.array(3)
  replyId(reply, next)
  reply.array(claimed.length)
  for (const id of claimed) replyClaimed(call, stream, id, isJustId)
  reply.array(gone.length)
  for (const id of gone) replyId(reply, id)
}
