/** XCFGSET and XIDMPRECORD: how long a stream remembers what producers added, and a memory restored. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { noSuchKey, syntaxError } from '../../broker/errors.ts'
import { Stream } from '../../broker/stream.ts'
import { durationSMax, Idempotency, idsPerProducerMax } from '../../broker/stream-idempotency.ts'
import { defineCommand, firstKey } from '../command.ts'
import { isLost } from './idempotent-add.ts'
import { readId } from './stream-args.ts'

export const xcfgset = defineCommand({
  name: 'xcfgset',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '8.6.0',
  group: 'stream',
  summary: 'Sets for how long, and how many, idempotent ids of a producer are remembered.',
  complexity: 'O(1)',
  syntax: 'key [IDMP-DURATION duration] [IDMP-MAXSIZE maxsize]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) throw noSuchKey()
    const stream = db.objectOf(Stream, entry)
    const { durationS, idsMax } = readSettings(args)
    db.beforeChange(entry)
    stream.idempotency ??= new Idempotency()
    const { idempotency } = stream
    idempotency.configure(durationS ?? idempotency.durationS, idsMax ?? idempotency.idsMax)
    call.logAsReceived()
    keyspace.changed(db, args, key)
    reply.ok()
  },
})

interface Settings {
  readonly durationS: number | undefined
  readonly idsMax: number | undefined
}

function readSettings(args: Args): Settings {
  let durationS: number | undefined
  let idsMax: number | undefined
  while (args.left > 0) {
    if (args.token('IDMP-DURATION')) {
      if (durationS !== undefined) throw givenTwice('IDMP-DURATION')
      durationS = readBound(args, 'IDMP-DURATION', durationSMax, 'seconds')
    } else if (args.token('IDMP-MAXSIZE')) {
      if (idsMax !== undefined) throw givenTwice('IDMP-MAXSIZE')
      idsMax = readBound(args, 'IDMP-MAXSIZE', idsPerProducerMax, 'entries')
    } else throw syntaxError()
  }
  if (durationS === undefined && idsMax === undefined) {
    throw new ReplyError('ERR At least one parameter must be specified')
  }
  return { durationS, idsMax }
}

function givenTwice(option: string): ReplyError {
  return new ReplyError(`ERR ${option} specified multiple times`)
}

function readBound(args: Args, option: string, max: number, unit: string): number {
  const value = args.nextInt64()
  if (value < 1n || value > BigInt(max)) {
    throw new ReplyError(`ERR ${option} must be between 1 and ${max} ${unit}`)
  }
  return Number(value)
}

/** How the log, and whoever writes one, says what XADD IDMP remembered. */
export const xidmprecord = defineCommand({
  name: 'xidmprecord',
  arity: 5,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keys: firstKey,
  since: '8.6.2',
  group: 'stream',
  summary: 'Remembers an entry under the idempotent id of a producer.',
  complexity: 'O(1)',
  syntax: 'key producer-id idempotent-id stream-id',
  run(call) {
    const { args, db, keyspace, nowMs, reply } = call
    const key = args.next()
    const producerIndex = args.next()
    const iidIndex = args.next()
    const id = readId(args, args.next())
    if (args.size(producerIndex) === 0) throw new ReplyError('ERR producer ID must be non-empty')
    if (args.size(iidIndex) === 0) throw new ReplyError('ERR idempotent ID must be non-empty')
    const entry = db.find(args, key)
    if (entry < 0) throw noSuchKey()
    const stream = db.objectOf(Stream, entry)
    if (!stream.has(id)) throw new ReplyError('ERR No such message in stream')
    const producer = args.text(producerIndex)
    const iid = args.text(iidIndex)
    const known = stream.idempotency?.find(producer, iid, nowMs)
    if (known?.compare(id) === 0) return reply.ok()
    if (known !== undefined && !isLost(stream, known)) {
      throw new ReplyError('ERR IID already exists for this producer with a different stream ID')
    }
    db.beforeChange(entry)
    stream.idempotency ??= new Idempotency()
    stream.idempotency.add(producer, iid, id, nowMs)
    call.logAsReceived()
    keyspace.changed(db, args, key)
    reply.ok()
  },
})
