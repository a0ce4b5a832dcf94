/** HSETEX: fields with values that expire together, all of them or none. */
import { wrongArity } from '../../broker/errors.ts'
import {
  fieldsAbsent,
  fieldsTwice,
  fieldTimeMissing,
  oneConditionOnly,
  oneTimeOnly,
  pairCountInvalid,
  unknownArgument,
} from '../../broker/hash-errors.ts'
import { Hash } from '../../keyspace/hash.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { isPast, nextExpiryMs, placeOf, timeForms } from './field-args.ts'
import { fieldsChanged, noChanges } from './field-changes.ts'
import { hashForChange, keepHash } from './hash-change.ts'
import { ofHash } from './hash-facts.ts'

const name = 'hsetex'

interface Options {
  condition: 'FNX' | 'FXX' | undefined
  /** A point in time; undefined for none. */
  atMs: number | undefined
  keepsTime: boolean
  /** Argument indexes of the first field and behind the last value. */
  firstField: number
  endOfFields: number
}

/** HSETEX key [FNX | FXX] [EX seconds | … | KEEPTTL] FIELDS numfields field value [field value ...] */
export const hsetex = defineCommand({
  ...ofHash,
  name,
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
    const options = readOptions(call)
    const entry = db.find(args, key)
    const hash = entry < 0 ? undefined : db.objectOf(Hash, entry)
    if (!holds(call, hash, options)) return reply.integer(0)
    if (options.atMs !== undefined && isPast(call, options.atMs)) removeFields(call, entry, hash, options)
    else setFields(call, entry, options)
    reply.integer(1)
  },
})

function readOptions(call: Call): Options {
  const { args } = call
  const options: Options = { condition: undefined, atMs: undefined, keepsTime: false, firstField: -1, endOfFields: -1 }
  while (args.left > 0) {
    if (args.token('FIELDS')) readFields(args, options)
    else if (args.token('KEEPTTL')) {
      if (options.atMs !== undefined) throw oneTimeOnly()
      options.keepsTime = true
    } else if (!readCondition(args, options) && !readTime(call, options))
      throw unknownArgument(args.quoted(args.position))
  }
  if (options.firstField < 0) throw fieldsAbsent()
  return options
}

function readFields(args: Call['args'], options: Options): void {
  if (options.firstField >= 0) throw fieldsTwice()
  if (args.left < 3) throw wrongArity(name)
  const count = args.int64(args.next())
  if (count === undefined || count < 1n || count > 0x7fffffffn) throw pairCountInvalid()
  if (Number(count) * 2 > args.left) throw wrongArity(name)
  options.firstField = args.position
  options.endOfFields = args.position + Number(count) * 2
  args.position = options.endOfFields
}

function readCondition(args: Call['args'], options: Options): boolean {
  const condition = (['FNX', 'FXX'] as const).find((each) => args.token(each))
  if (condition === undefined) return false
  if (options.condition !== undefined && options.condition !== condition) throw oneConditionOnly()
  options.condition = condition
  return true
}

function readTime(call: Call, options: Options): boolean {
  const { args } = call
  const word = (['EX', 'PX', 'EXAT', 'PXAT'] as const).find((each) => args.token(each))
  if (word === undefined) return false
  if (options.keepsTime || options.atMs !== undefined) throw oneTimeOnly()
  if (args.left === 0) throw fieldTimeMissing()
  options.atMs = nextExpiryMs(call, timeForms[word], name)
  return true
}

function holds({ args }: Call, hash: Hash | undefined, { condition, firstField, endOfFields }: Options): boolean {
  if (condition === undefined) return true
  for (let i = firstField; i < endOfFields; i += 2) {
    const isThere = hash !== undefined && placeOf(args, hash, i) >= 0
    if (isThere !== (condition === 'FXX')) return false
  }
  return true
}

function setFields(call: Call, entry: number, options: Options): void {
  const { args, db, keyspace } = call
  const { atMs, keepsTime, firstField, endOfFields } = options
  const hash = hashForChange(call, entry)
  if (atMs !== undefined) hash.prepareExpiry()
  for (let i = firstField; i < endOfFields; i += 2) {
    const place = placeOf(args, hash, i)
    if (place < 0) hash.add(args.bytes, args.wireStart(i), args.wireEnd(i + 1))
    else hash.setValue(place, args.bytes, args.wireStart(i + 1), args.wireEnd(i + 1))
    if (!keepsTime) hash.setExpiry(placeOf(args, hash, i), atMs ?? 0)
  }
  keepHash(call, entry, 1, hash)
  if (entry >= 0) db.scheduleFields(entry)
  keyspace.dirty += (endOfFields - firstField) / 2 - 1
  keyspace.changed(db, args, 1)
  keyspace.notify(db, notifyClass.hash, 'hset', args, 1)
  if (atMs !== undefined) keyspace.notify(db, notifyClass.hash, 'hexpire', args, 1)
  logPairs(call, options)
}

/** Fields that would expire at once are not even made. */
function removeFields(call: Call, entry: number, hash: Hash | undefined, options: Options): void {
  if (hash === undefined) return
  const { args, db } = call
  const changes = noChanges()
  for (let i = options.firstField; i < options.endOfFields; i += 2) {
    const place = placeOf(args, hash, i)
    if (place < 0) continue
    if (changes.removed.length === 0) db.beforeChange(entry)
    hash.remove(place)
    changes.removed.push(i)
  }
  fieldsChanged(call, entry, hash, changes)
}

function logPairs({ args, db, effects }: Call, { atMs, keepsTime, firstField, endOfFields }: Options): void {
  const time = keepsTime ? ['KEEPTTL'] : atMs === undefined ? [] : ['PXAT', String(atMs)]
  if (!effects.begin(db.index, 4 + time.length + endOfFields - firstField)) return
  effects.text('HSETEX')
  effects.argument(args, 1)
  for (const word of [...time, 'FIELDS', String((endOfFields - firstField) / 2)]) effects.text(word)
  effects.wire(args.bytes, args.wireStart(firstField), args.wireEnd(endOfFields - 1))
}
