/** XACK and XPENDING: what a group was given and has not acknowledged. */

import type { Args } from '../../../protocol/resp/args.ts'
import type { Consumer, ConsumerGroup } from '../../broker/consumer-group.ts'
import { noGroup, syntaxError } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import type { StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { defineCommand, firstKey } from '../command.ts'
import { replyId } from './entries.ts'
import { findGroup, idList, readIds, readInterval, toCount } from './stream-args.ts'

/** Shown as idle time of an entry that was handed back. */
const idleOfNobody = -1

export const xack = defineCommand({
  name: 'xack',
  arity: -4,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: 'Acknowledges entries: they are pending no more.',
  complexity: 'O(log N) for each id',
  syntax: 'key group id [id ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.lookup(args, key)
    const group = entry < 0 ? undefined : findGroup(db.objectOf(Stream, entry), args, args.next())
    if (group === undefined) return reply.integer(0)
    const idCount = readIds(args)
    db.beforeChange(entry)
    let count = 0
    for (let k = 0; k < idCount; k++) if (group.acknowledge(idList[k]!)) count++
    if (count > 0) {
      call.logAsReceived()
      keyspace.dirty += count
    }
    reply.integer(count)
  },
})

interface PendingQuery {
  readonly start: StreamId
  readonly end: StreamId
  readonly count: number
  readonly minIdleMs: number
  /** Argument that names the consumer, 0 for all. */
  readonly consumer: number
}

export const xpending = defineCommand({
  name: 'xpending',
  arity: -3,
  flags: ['readonly'],
  categories: ['stream'],
  keys: firstKey,
  since: '5.0.0',
  group: 'stream',
  summary: 'Lists what is pending in a group.',
  complexity: 'O(N) with N pending entries listed',
  syntax: 'key group [[IDLE min-idle-time] start end count [consumer]]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const name = args.next()
    const query = args.left === 0 ? undefined : readQuery(args)
    const group = findGroup(db.read(Stream, args, key), args, name)
    if (group === undefined) throw noGroup(args.quoted(key), args.quoted(name))
    if (query === undefined) replySummary(call, group)
    else if (query.consumer === 0) replyPending(call, group, undefined, query)
    else {
      const consumer = group.consumer(args.bytes, args.starts[query.consumer]!, args.ends[query.consumer]!)
      if (consumer === undefined) reply.array(0)
      else replyPending(call, group, consumer, query)
    }
  },
})

function readQuery(args: Args): PendingQuery {
  if (args.left < 3 || args.left > 6) throw syntaxError()
  let minIdleMs = 0
  if (args.token('IDLE')) {
    minIdleMs = Number(args.nextInt64())
    if (args.left < 3) throw syntaxError()
  }
  const first = args.next()
  const last = args.next()
  const count = toCount(args.nextInt64())
  const { start, end } = readInterval(args, first, last)
  return { start, end, count, minIdleMs, consumer: args.left > 0 ? args.next() : 0 }
}

function replySummary({ reply }: Call, group: ConsumerGroup): void {
  reply.array(4)
  reply.integer(group.pending.size)
  const first = group.pending.first()
  if (first === undefined) {
    reply.null()
    reply.null()
    reply.nullArray()
    return
  }
  replyId(reply, first)
  replyId(reply, group.pending.last()!)
  const consumers = group.consumers().filter((consumer) => consumer.pending.size > 0)
  reply.array(consumers.length)
  for (const { name, pending } of consumers) {
    reply.array(2)
    reply.bulk(name)
    reply.text(String(pending.size))
  }
}

function replyPending(call: Call, group: ConsumerGroup, consumer: Consumer | undefined, query: PendingQuery): void {
  const { nowMs, reply } = call
  const found: [StreamId, number][] = []
  if (query.count > 0) {
    const { pending } = consumer ?? group
    pending.visit(query.start, (id, record) => {
      if (id.compare(query.end) > 0) return false
      if (query.minIdleMs === 0 || group.isIdle(record, nowMs, query.minIdleMs)) {
        found.push([id.copy(), record])
      }
      return found.length < query.count
    })
  }
  reply.array(found.length)
  for (const [id, record] of found) {
    reply.array(4)
    replyId(reply, id)
    const owner = group.owner(record)
    if (owner === undefined) {
      reply.text('')
      reply.integer(idleOfNobody)
    } else {
      reply.bulk(owner.name)
      reply.integer(Math.max(0, nowMs - group.deliveredAtMs(record)))
    }
    reply.integer(group.deliveredCount(record))
  }
}
