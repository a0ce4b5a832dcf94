/** HSETEX: fields with values that expire together, all of them or none. */
import { Hash } from '../../keyspace/hash.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { isPast, logFields, placeOf } from './field-args.ts'
import { type FieldGrammar, type FieldOptions, readFieldOptions } from './field-options.ts'
import { hashForChange, keepHash } from './hash-change.ts'
import { ofHash } from './hash-facts.ts'

const grammar: FieldGrammar = {
  command: 'hsetex',
  argumentsPerField: 2,
  withoutTime: 'KEEPTTL',
  conditions: ['FNX', 'FXX'],
}

/** HSETEX key [FNX | FXX] [EX seconds | … | KEEPTTL] FIELDS numfields field value [field value ...] */
export const hsetex = defineCommand({
  ...ofHash,
  name: grammar.command,
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  since: '8.0.0',
  summary: 'Sets fields and when they expire, if all of them are there, or none of them.',
  complexity: 'O(N) with N fields',
  syntax:
    'key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] FIELDS numfields field value [field value ...]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const options = readFieldOptions(call, grammar)
    const entry = db.find(args, key)
    const hash = entry < 0 ? undefined : db.objectOf(Hash, entry)
    if (!holds(call, hash, options)) return reply.integer(0)
    if (options.atMs !== undefined && isPast(call, options.atMs)) removeFields(call, entry, hash, options)
    else setFields(call, entry, options)
    reply.integer(1)
  },
})

function holds({ args }: Call, hash: Hash | undefined, { condition, firstField, endOfFields }: FieldOptions): boolean {
  if (condition === undefined) return true
  for (let i = firstField; i < endOfFields; i += 2) {
    const isThere = hash !== undefined && placeOf(args, hash, i) >= 0
    if (isThere !== (condition === 'FXX')) return false
  }
  return true
}

function setFields(call: Call, entry: number, options: FieldOptions): void {
  const { args, db, keyspace } = call
  const { atMs, isWithoutTime, firstField, endOfFields } = options
  const hash = hashForChange(call, entry)
  if (atMs !== undefined) hash.prepareExpiry()
  for (let i = firstField; i < endOfFields; i += 2) {
    const place = placeOf(args, hash, i)
    if (place < 0) hash.add(args.bytes, args.wireStart(i), args.wireEnd(i + 1))
    else hash.setValue(place, args.bytes, args.wireStart(i + 1), args.wireEnd(i + 1))
    if (!isWithoutTime) hash.setExpiry(placeOf(args, hash, i), atMs ?? 0)
  }
  keepHash(call, entry, 1, hash)
  if (entry >= 0) db.scheduleFields(entry)
  keyspace.dirty += (endOfFields - firstField) / 2 - 1
  keyspace.changed(db, args, 1)
  keyspace.notify(db, notifyClass.hash, 'hset', args, 1)
  if (atMs !== undefined) keyspace.notify(db, notifyClass.hash, 'hexpire', args, 1)
  logPairs(call, options)
}

/** Fields that would expire at once are not even made, though it is told as if they had been. */
function removeFields(call: Call, entry: number, hash: Hash | undefined, options: FieldOptions): void {
  const { args, db, keyspace } = call
  const { firstField, endOfFields } = options
  const removed: number[] = []
  for (let i = firstField; i < endOfFields; i += 2) {
    const place = hash === undefined ? -1 : placeOf(args, hash, i)
    if (hash === undefined || place < 0) continue
    if (removed.length === 0) db.beforeChange(entry)
    hash.remove(place)
    removed.push(i)
  }
  logFields(call, 'HDEL', [], removed)
  keyspace.dirty += (endOfFields - firstField) / 2 - 1
  keyspace.changed(db, args, 1)
  keyspace.notify(db, notifyClass.hash, 'hset', args, 1)
  keyspace.notify(db, notifyClass.hash, 'hdel', args, 1)
  if (hash !== undefined && hash.length > 0) return db.scheduleFields(entry)
  if (hash !== undefined) db.remove(entry)
  keyspace.notify(db, notifyClass.generic, 'del', args, 1)
}

function logPairs({ args, db, effects }: Call, { atMs, isWithoutTime, firstField, endOfFields }: FieldOptions): void {
  const time = isWithoutTime ? ['KEEPTTL'] : atMs === undefined ? [] : ['PXAT', String(atMs)]
  if (!effects.begin(db.index, 4 + time.length + endOfFields - firstField)) return
  effects.text('HSETEX')
  effects.argument(args, 1)
  for (const word of [...time, 'FIELDS', String((endOfFields - firstField) / 2)]) effects.text(word)
  effects.wire(args.bytes, args.wireStart(firstField), args.wireEnd(endOfFields - 1))
}
