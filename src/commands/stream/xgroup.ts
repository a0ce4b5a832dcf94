/** XGROUP CREATE | SETID | DESTROY | CREATECONSUMER | DELCONSUMER | HELP */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { type ConsumerGroup, entriesReadUnknown } from '../../broker/consumer-group.ts'
import { subcommandSyntax } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import type { StreamId } from '../../broker/stream-id.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand, defineContainer, noKeys, secondKey } from '../command.ts'
import { helpCommand } from '../help.ts'
import { consumerOrNew } from './claim-effects.ts'
import { findGroup, isMark, readId, readIdOrEnd } from './stream-args.ts'

const facts = { categories: ['stream'], keys: secondKey, since: '5.0.0', group: 'stream', complexity: 'O(1)' } as const

/** Arguments of a command with each option once. */
const createArgumentsMax = 8
const setidArgumentsMax = 7

interface GroupOptions {
  readonly mayCreate: boolean
  readonly entriesRead: bigint
}

function readGroupOptions(args: Args, allowsMkStream: boolean): GroupOptions {
  let mayCreate = false
  let entriesRead = entriesReadUnknown
  while (args.left > 0) {
    if (allowsMkStream && args.token('MKSTREAM')) mayCreate = true
    else if (args.left > 1 && args.token('ENTRIESREAD')) {
      const value = args.nextInt64()
      if (value < -1n) throw new ReplyError('ERR value for ENTRIESREAD must be positive or -1')
      entriesRead = value
    } else throw subcommandSyntax('XGROUP', args.quoted(1))
  }
  return { mayCreate, entriesRead }
}

/** Options may be given once; Redis sees by the number of arguments that they were not, after it has seen the key. */
function refuseRepeated(args: Args, argumentsMax: number): void {
  if (args.count > argumentsMax) throw subcommandSyntax('XGROUP', args.quoted(1))
}

const create = defineCommand({
  ...facts,
  name: 'create',
  arity: -5,
  flags: ['write', 'denyoom'],
  summary: 'Makes a group that reads a stream from an id on.',
  syntax: 'key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const name = args.next()
    const idIndex = args.next()
    const options = readGroupOptions(args, true)
    const entry = db.find(args, key)
    const existing = entry < 0 ? undefined : db.objectOf(Stream, entry)
    if (existing === undefined && !options.mayCreate) throw keyRequired()
    refuseRepeated(args, createArgumentsMax)
    const id = isMark(args, idIndex, '$') ? (existing?.lastId.copy() ?? undefined) : readId(args, idIndex)
    if (findGroup(existing, args, name) !== undefined) {
      throw new ReplyError('BUSYGROUP Consumer Group name already exists')
    }
    if (entry >= 0) db.beforeChange(entry)
    const stream = existing ?? new Stream()
    if (existing === undefined) db.addObject(args, key, stream)
    stream.addGroup(args.copy(name), id ?? stream.lastId, options.entriesRead)
    logGroup(call, 'CREATE', key, name, id ?? stream.lastId, options, existing === undefined)
    // WATCH hears of a new key, not of a new group (Redis 7.0).
    if (existing === undefined) keyspace.changed(db, args, key)
    else keyspace.dirty++
    reply.ok()
    keyspace.notify(db, notifyClass.stream, 'xgroup-create', args, key)
  },
})

const setid = defineCommand({
  ...facts,
  name: 'setid',
  arity: -5,
  flags: ['write'],
  summary: 'Sets how far a group has read.',
  syntax: 'key group <id | $> [ENTRIESREAD entries-read]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const name = args.next()
    const idIndex = args.next()
    const options = readGroupOptions(args, false)
    const { entry, stream, group } = requireGroup(call, key, name)
    refuseRepeated(args, setidArgumentsMax)
    const id = isMark(args, idIndex, '$') ? stream.lastId.copy() : readIdOrEnd(args, idIndex)
    db.beforeChange(entry)
    group.lastId.set(id)
    group.entriesRead = options.entriesRead
    logGroup(call, 'SETID', key, name, id, options, false)
    keyspace.dirty++
    reply.ok()
    keyspace.notify(db, notifyClass.stream, 'xgroup-setid', args, key)
  },
})

const destroy = defineCommand({
  ...facts,
  name: 'destroy',
  arity: 4,
  flags: ['write'],
  summary: 'Removes a group.',
  complexity: 'O(N) with N pending entries',
  syntax: 'key group',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const { entry, stream } = requireStream(call, key)
    const group = findGroup(stream, args, args.next())
    if (group === undefined) return reply.integer(0)
    db.beforeChange(entry)
    stream.removeGroup(group)
    call.logAsReceived()
    keyspace.dirty++
    reply.integer(1)
    keyspace.notify(db, notifyClass.stream, 'xgroup-destroy', args, key)
    keyspace.keyReady(db, args, key)
  },
})

const createconsumer = defineCommand({
  ...facts,
  name: 'createconsumer',
  arity: 5,
  flags: ['write', 'denyoom'],
  since: '6.2.0',
  summary: 'Makes a consumer in a group.',
  syntax: 'key group consumer',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const { entry, group } = requireGroup(call, key, args.next())
    const name = args.next()
    if (group.consumer(args.bytes, args.starts[name]!, args.ends[name]!) !== undefined) return reply.integer(0)
    db.beforeChange(entry)
    consumerOrNew(call, args, key, group, args, name)
    reply.integer(1)
  },
})

const delconsumer = defineCommand({
  ...facts,
  name: 'delconsumer',
  arity: 5,
  flags: ['write'],
  summary: 'Removes a consumer and what it has pending; answers how much that was.',
  syntax: 'key group consumer',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const { entry, group } = requireGroup(call, key, args.next())
    const name = args.next()
    const consumer = group.consumer(args.bytes, args.starts[name]!, args.ends[name]!)
    if (consumer === undefined) return reply.integer(0)
    db.beforeChange(entry)
    const count = group.removeConsumer(consumer)
    call.logAsReceived()
    keyspace.dirty++
    keyspace.notify(db, notifyClass.stream, 'xgroup-delconsumer', args, key)
    reply.integer(count)
  },
})

function keyRequired(): ReplyError {
  return new ReplyError(
    'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option ' +
      'to create an empty stream automatically.',
  )
}

function requireStream({ args, db }: Call, key: number): { entry: number; stream: Stream } {
  const entry = db.find(args, key)
  if (entry < 0) throw keyRequired()
  return { entry, stream: db.objectOf(Stream, entry) }
}

function requireGroup(call: Call, key: number, name: number): { entry: number; stream: Stream; group: ConsumerGroup } {
  const { args } = call
  const { entry, stream } = requireStream(call, key)
  const group = findGroup(stream, args, name)
  if (group !== undefined) return { entry, stream, group }
  throw new ReplyError(`NOGROUP No such consumer group '${args.quoted(name)}' for key name '${args.quoted(key)}'`)
}

/** Logs CREATE or SETID with the id that `$` stood for. */
function logGroup(
  { args, db, effects }: Call,
  subcommand: 'CREATE' | 'SETID',
  key: number,
  name: number,
  id: StreamId,
  options: GroupOptions,
  createsStream: boolean,
): void {
  if (!effects.begin(db.index, 7 + (createsStream ? 1 : 0))) return
  effects.text('XGROUP')
  effects.text(subcommand)
  effects.argument(args, key)
  effects.argument(args, name)
  effects.text(id.toString())
  if (createsStream) effects.text('MKSTREAM')
  effects.text('ENTRIESREAD')
  effects.text(String(options.entriesRead))
}

const subcommands: readonly Command[] = [
  create,
  setid,
  destroy,
  createconsumer,
  delconsumer,
  helpCommand(
    'xgroup',
    'stream',
    '5.0.0',
    ['stream'],
    [
      {
        usage: 'CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <n>]',
        lines: ['Make a group that reads from an id on; $ is the end of the stream.'],
      },
      { usage: 'CREATECONSUMER <key> <group> <consumer>', lines: ['Make a consumer in a group.'] },
      { usage: 'DELCONSUMER <key> <group> <consumer>', lines: ['Remove a consumer with what it has pending.'] },
      { usage: 'DESTROY <key> <group>', lines: ['Remove a group.'] },
      { usage: 'SETID <key> <group> <id|$> [ENTRIESREAD <n>]', lines: ['Set how far a group has read.'] },
    ],
  ),
]

export const xgroup = defineContainer(
  {
    name: 'xgroup',
    arity: -2,
    flags: [],
    categories: [],
    keys: noKeys,
    since: '5.0.0',
    group: 'stream',
    summary: 'Manages the groups of a stream.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  subcommands,
)
