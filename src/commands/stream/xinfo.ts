/** XINFO STREAM | GROUPS | CONSUMERS | HELP. `lag` is counted, not estimated: it is always exact. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { type Consumer, type ConsumerGroup, entriesReadUnknown } from '../../broker/consumer-group.ts'
import { noSuchKey, subcommandSyntax } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import { largestId, StreamId, smallestId } from '../../broker/stream-id.ts'
import type { Idempotency } from '../../broker/stream-idempotency.ts'
import type { Call } from '../call.ts'
import { defineCommand, defineContainer, noKeys, secondKey } from '../command.ts'
import { helpCommand } from '../help.ts'
import { replyEntries, replyId, runs } from './entries.ts'
import { findGroup, toCount } from './stream-args.ts'

/** Stands for the consumer where an entry was handed back. */
const nobody = new Uint8Array(0)

/** Entries and pending entries that XINFO STREAM FULL shows without COUNT. */
const fullCountDefault = 10

const facts = {
  flags: ['readonly'],
  categories: ['stream'],
  keys: secondKey,
  since: '5.0.0',
  group: 'stream',
} as const

const stream = defineCommand({
  ...facts,
  name: 'stream',
  arity: -3,
  summary: 'Tells of a stream; with FULL also of its entries, groups and consumers.',
  complexity: 'O(1)',
  syntax: 'key [FULL [COUNT count]]',
  run(call) {
    const found = requireStream(call)
    const { args } = call
    if (args.left === 0) return replyStream(call, found)
    if (args.left === 2 || args.left > 3 || !args.token('FULL')) throw subcommandSyntax('XINFO', args.quoted(1))
    let count = fullCountDefault
    if (args.left > 0) {
      if (!args.token('COUNT')) throw subcommandSyntax('XINFO', args.quoted(1))
      const value = args.nextInt64()
      if (value >= 0n) count = toCount(value)
    }
    replyFull(call, found, count === 0 ? Number.MAX_SAFE_INTEGER : count)
  },
})

const groups = defineCommand({
  ...facts,
  name: 'groups',
  arity: 3,
  summary: 'Lists the groups of a stream.',
  complexity: 'O(N) with N groups',
  syntax: 'key',
  run(call) {
    const { reply } = call
    const found = requireStream(call)
    const all = found.groups()
    reply.array(all.length)
    for (const group of all) {
      reply.map(6)
      reply.text('name')
      reply.bulk(group.name)
      reply.text('consumers')
      reply.integer(group.consumerCount)
      reply.text('pending')
      reply.integer(group.pending.size)
      replyProgress(call, found, group)
    }
  },
})

const consumers = defineCommand({
  ...facts,
  name: 'consumers',
  arity: 4,
  summary: 'Lists the consumers of a group.',
  complexity: 'O(N) with N consumers',
  syntax: 'key group',
  run(call) {
    const { args, nowMs, reply } = call
    const found = requireStream(call)
    const name = args.next()
    const group = findGroup(found, args, name)
    if (group === undefined) {
      throw new ReplyError(`NOGROUP No such consumer group '${args.quoted(name)}' for key name '${args.quoted(2)}'`)
    }
    const all = group.consumers()
    reply.array(all.length)
    for (const consumer of all) {
      reply.map(3)
      reply.text('name')
      reply.bulk(consumer.name)
      reply.text('pending')
      reply.integer(consumer.pending.size)
      reply.text('idle')
      reply.integer(Math.max(0, nowMs - consumer.seenAtMs))
    }
  },
})

function requireStream({ args, db }: { args: Args; db: Call['db'] }): Stream {
  const found = db.read(Stream, args, args.next())
  if (found === undefined) throw noSuchKey()
  return found
}

function replyStream(call: Call, found: Stream): void {
  const { reply } = call
  reply.map(10 + idempotencyFields(found))
  replyHeader(call, found)
  reply.text('groups')
  reply.integer(found.groupCount)
  const id = new StreamId()
  reply.text('first-entry')
  if (found.firstId(id)) replyEntry(call, found, id)
  else reply.null()
  reply.text('last-entry')
  if (found.lastLiveId(id)) replyEntry(call, found, id)
  else reply.null()
}

function replyEntry({ reply }: Call, found: Stream, id: StreamId): void {
  const { segment, start, end } = found.find(id)!
  reply.wire(segment.bytes, segment.offsets[start]!, segment.offsets[end]!)
}

/** The fields that both forms begin with. Segments stand where Redis has radix tree keys. */
function replyHeader({ nowMs, reply }: Call, found: Stream): void {
  const first = new StreamId()
  found.firstId(first)
  reply.text('length')
  reply.integer(found.length)
  reply.text('radix-tree-keys')
  reply.integer(found.segments.length)
  reply.text('radix-tree-nodes')
  reply.integer(found.segments.length + 1)
  reply.text('last-generated-id')
  replyId(reply, found.lastId)
  reply.text('max-deleted-entry-id')
  replyId(reply, found.maxDeletedId)
  reply.text('entries-added')
  reply.integer(found.entriesAdded)
  reply.text('recorded-first-entry-id')
  replyId(reply, first)
  if (found.idempotency !== undefined) replyIdempotency(reply, found.idempotency, nowMs)
}

/** Fields of Redis 8.6; a stream in which no producer ever named an id has none of them. */
function idempotencyFields({ idempotency }: Stream): number {
  return idempotency === undefined ? 0 : 6
}

function replyIdempotency(reply: Reply, idempotency: Idempotency, nowMs: number): void {
  const tracked = idempotency.counts(nowMs)
  const fields = [
    ['idmp-duration', idempotency.durationS],
    ['idmp-maxsize', idempotency.idsMax],
    ['pids-tracked', tracked.producers],
    ['iids-tracked', tracked.ids],
    ['iids-added', idempotency.added],
    ['iids-duplicates', idempotency.duplicates],
  ] as const
  for (const [name, value] of fields) {
    reply.text(name)
    reply.integer(value)
  }
}

function replyFull(call: Call, found: Stream, countMax: number): void {
  const { reply } = call
  reply.map(9 + idempotencyFields(found))
  replyHeader(call, found)
  reply.text('entries')
  replyEntries(reply, found.range(smallestId, largestId, countMax, runs))
  reply.text('groups')
  const all = found.groups()
  reply.array(all.length)
  for (const group of all) {
    const handedBack = group.handedBack().length
    reply.map(handedBack > 0 ? 8 : 7)
    reply.text('name')
    reply.bulk(group.name)
    replyProgress(call, found, group)
    reply.text('pel-count')
    reply.integer(group.pending.size)
    if (handedBack > 0) {
      reply.text('nacked-count')
      reply.integer(handedBack)
    }
    reply.text('pending')
    replyPending(call, group, undefined, countMax)
    reply.text('consumers')
    const members = group.consumers()
    reply.array(members.length)
    for (const consumer of members) {
      reply.map(4)
      reply.text('name')
      reply.bulk(consumer.name)
      reply.text('seen-time')
      reply.integer(consumer.seenAtMs)
      reply.text('pel-count')
      reply.integer(consumer.pending.size)
      reply.text('pending')
      replyPending(call, group, consumer, countMax)
    }
  }
}

/** How far the group has read, and how much is left. */
function replyProgress({ reply }: Call, found: Stream, group: ConsumerGroup): void {
  reply.text('last-delivered-id')
  replyId(reply, group.lastId)
  reply.text('entries-read')
  if (group.entriesRead === entriesReadUnknown) reply.null()
  else reply.integer(group.entriesRead)
  reply.text('lag')
  reply.integer(found.countAfter(group.lastId))
}

/** The first pending entries of a consumer (three fields each) or of the group (four, with the consumer). */
function replyPending({ reply }: Call, group: ConsumerGroup, consumer: Consumer | undefined, countMax: number): void {
  const { pending } = consumer ?? group
  reply.array(Math.min(countMax, pending.size))
  let count = 0
  pending.visit(smallestId, (id, record) => {
    reply.array(consumer === undefined ? 4 : 3)
    replyId(reply, id)
    if (consumer === undefined) reply.bulk(group.owner(record)?.name ?? nobody)
    reply.integer(group.deliveredAtMs(record))
    reply.integer(group.deliveredCount(record))
    return ++count < countMax
  })
}

export const xinfo = defineContainer(
  {
    name: 'xinfo',
    arity: -2,
    flags: [],
    categories: [],
    keys: noKeys,
    since: '5.0.0',
    group: 'stream',
    summary: 'Tells of streams, groups and consumers.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [
    stream,
    groups,
    consumers,
    helpCommand(
      'xinfo',
      'stream',
      '5.0.0',
      ['stream'],
      [
        { usage: 'CONSUMERS <key> <group>', lines: ['List the consumers of a group.'] },
        { usage: 'GROUPS <key>', lines: ['List the groups of a stream.'] },
        {
          usage: 'STREAM <key> [FULL [COUNT <count>]]',
          lines: ['Tell of a stream; FULL also of its entries, groups and consumers.'],
        },
      ],
    ),
  ],
)
