/** DUMP and RESTORE: a value as bytes that any Redis since 7.0 reads (since 7.4 a hash with fields that expire, since 8.6
 *  a stream that knows its producers), and back, from any Redis up to 8.8. */
import { openPayload, sealPayload } from '../../../protocol/rdb/payload.ts'
import { RdbError } from '../../../protocol/rdb/rdb-error.ts'
import type { RdbReader } from '../../../protocol/rdb/rdb-reader.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { notInteger, syntaxError } from '../../broker/errors.ts'
import type { CollectionSettings } from '../../keyspace/collection-settings.ts'
import { attach } from '../../keyspace/detached-value.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { readValue, writeValue } from '../../keyspace/rdb-values.ts'
import type { StoredObject } from '../../keyspace/stored-object.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { logTime } from '../expiry-time.ts'
import { ofKey } from './key-facts.ts'

const never = -1

export const dump = defineCommand({
  ...ofKey,
  name: 'dump',
  arity: 2,
  flags: ['readonly'],
  since: '2.6.0',
  summary: 'Answers with a value in the format of RDB, with a checksum.',
  complexity: 'O(N) with N bytes of value',
  syntax: 'key',
  run({ args, db, reply }) {
    const entry = db.lookup(args, args.next())
    if (entry < 0) reply.null()
    else reply.bulk(sealPayload(writeValue(db, entry)))
  },
})

export const restore = defineCommand({
  ...ofKey,
  name: 'restore',
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['keyspace', 'dangerous'],
  since: '2.6.0',
  summary: 'Makes a key of what DUMP answered.',
  complexity: 'O(N) with N bytes of value',
  syntax: 'key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const ttl = args.next()
    const payload = args.next()
    const options = readOptions(call)
    const old = db.find(args, key)
    if (old >= 0 && !options.replaces) throw new ReplyError('BUSYKEY Target key name already exists.')
    const expiresAtMs = readExpiry(call, ttl, options.isAbsolute)
    const reader = openPayload(args.bytes, args.starts[payload]!, args.ends[payload]!)
    if (reader === undefined) throw new ReplyError('ERR DUMP payload version or checksum are wrong')
    const content = readContent(reader, keyspace.collectionSettings)
    if (old >= 0) db.remove(old)
    if (expiresAtMs !== never && expiresAtMs <= call.nowMs && keyspace.expires) {
      // Its time has come already: what was there goes, what would come does not.
      if (old >= 0) {
        keyspace.changed(db, args, key)
        keyspace.notify(db, notifyClass.generic, 'del', args, key)
        call.effects.command(db.index, 'DEL', args.copy(key))
      }
      return reply.ok()
    }
    const entry = attach(db, args, key, { content, expiresAtMs })
    if (options.idleS >= 0) db.accesses.setIdleS(entry, options.idleS, call.nowMs)
    if (options.frequency >= 0) db.accesses.setFrequency(entry, options.frequency, call.nowMs)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.generic, 'restore', args, key)
    reply.ok()
    logRestore(call, key, payload, expiresAtMs)
  },
})

interface RestoreOptions {
  replaces: boolean
  isAbsolute: boolean
  /** -1 when not given, as is `frequency`. */
  idleS: number
  frequency: number
}

function readOptions({ args }: Call): RestoreOptions {
  const options = { replaces: false, isAbsolute: false, idleS: -1, frequency: -1 }
  while (args.left > 0) {
    const hasValue = args.left > 1
    if (args.token('REPLACE')) options.replaces = true
    else if (args.token('ABSTTL')) options.isAbsolute = true
    else if (hasValue && options.frequency < 0 && args.token('IDLETIME')) {
      options.idleS = Number(args.nextInt64())
      if (options.idleS < 0) throw new ReplyError('ERR Invalid IDLETIME value, must be >= 0')
    } else if (hasValue && options.idleS < 0 && args.token('FREQ')) {
      options.frequency = Number(args.nextInt64())
      if (options.frequency < 0 || options.frequency > 255) {
        throw new ReplyError('ERR Invalid FREQ value, must be >= 0 and <= 255')
      }
    } else throw syntaxError()
  }
  return options
}

/** When the key will expire, by a time to live of which 0 means for ever. */
function readExpiry({ args, nowMs }: Call, i: number, isAbsolute: boolean): number {
  const ttl = args.int64(i)
  if (ttl === undefined) throw notInteger()
  if (ttl < 0n) throw new ReplyError('ERR Invalid TTL value, must be >= 0')
  if (ttl === 0n) return never
  // A sum beyond 64 bits is a moment long ago, as in Redis.
  return Number(isAbsolute ? ttl : BigInt.asIntN(64, ttl + BigInt(nowMs)))
}

function readContent(reader: RdbReader, settings: CollectionSettings): Uint8Array | StoredObject {
  try {
    return readValue(reader, settings)
  } catch (error) {
    if (error instanceof RdbError) throw new ReplyError('ERR Bad data format')
    throw error
  }
}

/** Logs the value as it came, with a point in time in place of a time to live. */
function logRestore({ args, db, effects }: Call, key: number, payload: number, expiresAtMs: number): void {
  if (!effects.begin(db.index, 6)) return
  effects.text('RESTORE')
  effects.argument(args, key)
  logTime(effects, Math.max(0, expiresAtMs))
  effects.argument(args, payload)
  effects.text('REPLACE')
  effects.text('ABSTTL')
}
