/** HINCRBY and HINCRBYFLOAT: numbers in fields, which count as 0 when absent. */
import { notFinite, notFloat, overflow } from '../../broker/errors.ts'
import { hashNotFloat, hashNotInteger, incrementNotFinite } from '../../broker/hash-errors.ts'
import { Hash } from '../../keyspace/hash.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { latin1Bytes, parseInt64, parseSmallInteger } from '../../lib/bytes.ts'
import {
  addLongDoubles,
  formatLongDouble,
  isInfinite,
  type LongDouble,
  parseLongDouble,
  parseLongDoubleIn,
} from '../../lib/long-double.ts'
import { ByteRange } from '../../lib/wire-items.ts'
import { WireRun } from '../../lib/wire-run.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { hashForChange, keepHash } from './hash-change.ts'
import { ofHash } from './hash-facts.ts'

const zero: LongDouble = { mantissa: 0n, exponent: 0 }

/** The value at hand, and the field with its new one; only within one call. */
const value = new ByteRange()
const pair = new WireRun()

/** HINCRBY key field increment */
export const hincrby = defineCommand({
  ...ofHash,
  name: 'hincrby',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds to the integer in a field, which counts as 0 when absent.',
  complexity: 'O(1)',
  syntax: 'key field increment',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const field = args.next()
    const small = args.smallInteger(args.position)
    const increment = Number.isNaN(small) ? args.nextInt64() : small
    const entry = db.find(args, key)
    const place = readField(call, entry, field)
    const sum = place < 0 ? increment : sumOf(increment)
    store(call, entry, place, latin1Bytes(String(sum)))
    reply.integer(sum)
    tell(call, 'hincrby')
    call.logAsReceived()
  },
})

/** HINCRBYFLOAT key field increment. Its result is logged, not its increment: replay must not depend on arithmetic. */
export const hincrbyfloat = defineCommand({
  ...ofHash,
  name: 'hincrbyfloat',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  since: '2.6.0',
  summary: 'Adds to the number in a field, which counts as 0 when absent; fractions are welcome.',
  complexity: 'O(1)',
  syntax: 'key field increment',
  run(call) {
    const { args, db, effects, reply } = call
    const key = args.next()
    const field = args.next()
    const increment = parseLongDouble(args.text(args.next(), notFloat))
    if (increment === undefined) throw notFloat()
    if (isInfinite(increment)) throw incrementNotFinite()
    const entry = db.find(args, key)
    const place = readField(call, entry, field)
    const before = place < 0 ? zero : parseLongDoubleIn(value.bytes, value.start, value.end)
    if (before === undefined) throw hashNotFloat()
    const sum = isInfinite(before) ? before : addLongDoubles(before, increment)
    if (isInfinite(sum)) throw notFinite()
    const text = latin1Bytes(formatLongDouble(sum))
    const expires = place >= 0 && db.objectOf(Hash, entry).expiresAtMs(place) > 0
    store(call, entry, place, text)
    reply.bulk(text)
    tell(call, 'hincrbyfloat')
    if (!effects.begin(db.index, expires ? 7 : 4)) return
    effects.text(expires ? 'HSETEX' : 'HSET')
    effects.argument(args, key)
    if (expires) for (const word of ['KEEPTTL', 'FIELDS', '1']) effects.text(word)
    effects.argument(args, field)
    effects.bulk(text, 0, text.length)
  },
})

/** The value at hand and the increment, added: as numbers if both have at most 15 digits, of which the sum is exact. */
function sumOf(increment: number | bigint): number | bigint {
  if (typeof increment === 'number') {
    const small = parseSmallInteger(value.bytes, value.start, value.end)
    if (!Number.isNaN(small)) return small + increment
  }
  const before = parseInt64(value.bytes, value.start, value.end)
  if (before === undefined) throw hashNotInteger()
  const sum = before + BigInt(increment)
  if (BigInt.asIntN(64, sum) !== sum) throw overflow()
  return sum
}

/** Lets `value` be that of the field in argument `field`; its place, or -1. Throws WRONGTYPE. */
function readField({ args, db }: Call, entry: number, field: number): number {
  if (entry < 0) return -1
  const hash = db.objectOf(Hash, entry)
  const place = hash.find(args.bytes, args.starts[field]!, args.ends[field]!)
  if (place >= 0) hash.readValue(place, value)
  return place
}

/** Sets the field in argument 2 of the key in argument 1. */
function store(call: Call, entry: number, place: number, text: Uint8Array): void {
  const { args } = call
  const hash = hashForChange(call, entry)
  pair.clear()
  if (place < 0) pair.wire(args.bytes, args.wireStart(2), args.wireEnd(2))
  pair.bulk(text, 0, text.length)
  if (place < 0) hash.add(pair.bytes, 0, pair.size)
  else hash.setValue(place, pair.bytes, 0, pair.size)
  keepHash(call, entry, 1, hash)
}

function tell({ args, db, keyspace }: Call, event: string): void {
  keyspace.changed(db, args, 1)
  keyspace.notify(db, notifyClass.hash, event, args, 1)
}
