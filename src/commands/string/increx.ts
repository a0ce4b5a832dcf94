/** INCREX: a counter with bounds and a lifetime. It answers the new value and what was added in fact; what would leave the
 *  bounds is not done, or ends at the bound with SATURATE. */
import { boundsCrossed, incrementOverflow, infiniteValue, notFloat, notInteger } from '../../broker/errors.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { latin1Bytes, parseInt64 } from '../../lib/bytes.ts'
import {
  addLongDoubles,
  compareLongDoubles,
  formatLongDouble,
  isInfinite,
  type LongDouble,
  largestLongDouble,
  negated,
  parseLongDoubleIn,
} from '../../lib/long-double.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { logTime } from '../expiry-time.ts'
import { removeKey } from './get.ts'
import { IncrexOptions } from './increx-args.ts'
import { ofString } from './string-facts.ts'

const int64Max = 0x7fffffffffffffffn
const int64Min = -0x8000000000000000n
const zero: LongDouble = { mantissa: 0n, exponent: 0 }
const one: LongDouble = { mantissa: 1n, exponent: 0 }

/** What became of the number, as text; `isDone` is false when it stays as it was. */
interface Counted {
  readonly value: string
  readonly added: string
  readonly isDone: boolean
}

export const increx = defineCommand({
  ...ofString,
  name: 'increx',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  since: '8.8.0',
  summary: 'Adds to the number at a key within bounds, and changes when the key expires.',
  syntax:
    'key [NX | XX] [BYFLOAT float | BYINT integer] [LBOUND lowerbound] [UBOUND upperbound] [SATURATE] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] [ENX]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const options = new IncrexOptions(args)
    const isFloat = options.has('BYFLOAT')
    const count = isFloat ? floatCounter(call, options) : integerCounter(call, options)
    const expiresAtMs = options.expiresAtMs(args, call.nowMs)
    const entry = db.find(args, key)
    if (entry >= 0) db.requireString(entry)
    const isRefused = entry < 0 ? options.has('XX') : options.has('NX')
    const counted = count(entry, isRefused)
    reply.array(2)
    replyNumber(call, counted.value, isFloat)
    replyNumber(call, counted.added, isFloat)
    if (counted.isDone) store(call, key, entry, counted.value, options, expiresAtMs)
  },
})

/** Counts in integers of 64 bits. Reads its arguments now, the value later. */
function integerCounter(call: Call, options: IncrexOptions): (entry: number, isRefused: boolean) => Counted {
  const { args, db } = call
  const increment = options.integer(args, 'BYINT', 'Increment', 1n)
  const lower = options.integer(args, 'LBOUND', 'LBOUND', int64Min)
  const upper = options.integer(args, 'UBOUND', 'UBOUND', int64Max)
  if (lower > upper) throw boundsCrossed()
  return (entry, isRefused) => {
    let value: bigint | undefined = 0n
    if (entry >= 0) {
      const start = db.stringStart(entry)
      value = parseInt64(db.stringChunk(entry), start, start + db.stringSize(entry))
    }
    if (value === undefined) throw notInteger()
    const sum = value + increment
    const fits = sum >= lower && sum <= upper
    if (isRefused || (!fits && !options.has('SATURATE'))) return { value: `${value}`, added: '0', isDone: false }
    const result = sum < lower ? lower : sum > upper ? upper : sum
    const added = result - value
    if (added !== BigInt.asIntN(64, added)) throw incrementOverflow()
    return { value: `${result}`, added: `${added}`, isDone: true }
  }
}

/** Counts in numbers with fractions. */
function floatCounter(call: Call, options: IncrexOptions): (entry: number, isRefused: boolean) => Counted {
  const { args, db } = call
  const increment = options.float(args, 'BYFLOAT', 'Increment') ?? one
  const lower = options.float(args, 'LBOUND', 'LBOUND')
  const upper = options.float(args, 'UBOUND', 'UBOUND')
  if (lower !== undefined && upper !== undefined && compareLongDoubles(lower, upper) > 0) throw boundsCrossed()
  return (entry, isRefused) => {
    let value: LongDouble | undefined = zero
    if (entry >= 0) {
      const start = db.stringStart(entry)
      value = parseLongDoubleIn(db.stringChunk(entry), start, start + db.stringSize(entry))
    }
    if (value === undefined) throw notFloat()
    if (isInfinite(value)) throw infiniteValue()
    const sum = addLongDoubles(value, increment)
    // Without a bound of its own a number ends where its type does.
    const bound = passedBound(sum, lower, upper) ?? passedBound(sum, negated(largestLongDouble), largestLongDouble)
    if (isRefused || (bound !== undefined && !options.has('SATURATE'))) {
      return { value: formatLongDouble(value), added: '0', isDone: false }
    }
    const result = bound ?? sum
    if (isInfinite(result)) throw infiniteValue()
    const added = addLongDoubles(result, negated(value))
    if (isInfinite(added)) throw infiniteValue()
    return { value: formatLongDouble(result), added: formatLongDouble(added), isDone: true }
  }
}

/** The bound that the number lies beyond. */
function passedBound(
  value: LongDouble,
  lower: LongDouble | undefined,
  upper: LongDouble | undefined,
): LongDouble | undefined {
  if (lower !== undefined && compareLongDoubles(value, lower) < 0) return lower
  return upper !== undefined && compareLongDoubles(value, upper) > 0 ? upper : undefined
}

/** Integers are integers; others are doubles in RESP3, with the digits that are stored. */
function replyNumber({ reply }: Call, text: string, isFloat: boolean): void {
  if (!isFloat) return reply.integer(BigInt(text))
  if (reply.protocol === 2) return reply.bulk(latin1Bytes(text))
  const line = latin1Bytes(`,${text}\r\n`)
  reply.wire(line, 0, line.length)
}

/** Stores the number and what is to become of the key's lifetime. */
function store(
  call: Call,
  key: number,
  entry: number,
  value: string,
  options: IncrexOptions,
  expiresAtMs: number | undefined,
): void {
  const { args, db, keyspace, effects } = call
  const hasLifetime = entry >= 0 && db.expiresAtMs(entry) >= 0
  const atMs = options.has('ENX') && hasLifetime ? undefined : expiresAtMs
  if (atMs !== undefined && atMs <= call.nowMs && keyspace.expires) {
    if (entry >= 0) removeKey(call, key, entry)
    return
  }
  const text = latin1Bytes(value)
  const target = db.setString(args, key, text, 0, text.length, true)
  if (options.has('BYFLOAT')) db.strings.setForm(target, stringForm.text)
  const isPersisted = options.has('PERSIST') && hasLifetime
  if (atMs !== undefined) db.setExpiry(target, atMs)
  else if (isPersisted) db.clearExpiry(target)
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.string, options.has('BYFLOAT') ? 'incrbyfloat' : 'incrby', args, key)
  if (isPersisted) keyspace.notify(db, notifyClass.generic, 'persist', args, key)
  if (atMs !== undefined) keyspace.notify(db, notifyClass.generic, 'expire', args, key)
  if (!effects.begin(db.index, atMs !== undefined ? 5 : isPersisted ? 3 : 4)) return
  effects.text('SET')
  effects.argument(args, key)
  effects.bulk(text, 0, text.length)
  if (atMs !== undefined) {
    effects.text('PXAT')
    logTime(effects, atMs)
  } else if (!isPersisted) effects.text('KEEPTTL')
}
