/** INCR DECR INCRBY DECRBY: integers of 64 bits in decimal. Up to 15 digits they are plain numbers, beyond it BigInt. */
import { decrementOverflow, notInteger, overflow } from '../../broker/errors.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { digitCount, latin1Bytes, parseInt64, parseSmallInteger, writeDecimal } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofString } from './string-facts.ts'

const minus = 45
const int64Min = -0x8000000000000000n
/** Where the digits of a sum are made. */
const scratch = new Uint8Array(24)

const counterFacts = { ...ofString, flags: ['write', 'denyoom', 'fast'], since: '1.0.0' } as const

export const incr = defineCommand({
  ...counterFacts,
  name: 'incr',
  arity: 2,
  summary: 'Adds one to the integer at a key, which counts as 0 when absent.',
  syntax: 'key',
  run(call) {
    add(call, call.args.next(), 1)
  },
})

export const decr = defineCommand({
  ...counterFacts,
  name: 'decr',
  arity: 2,
  summary: 'Takes one from the integer at a key, which counts as 0 when absent.',
  syntax: 'key',
  run(call) {
    add(call, call.args.next(), -1)
  },
})

export const incrby = defineCommand({
  ...counterFacts,
  name: 'incrby',
  arity: 3,
  summary: 'Adds to the integer at a key, which counts as 0 when absent.',
  syntax: 'key increment',
  run(call) {
    const { args } = call
    const key = args.next()
    const small = args.smallInteger(args.position)
    if (Number.isNaN(small)) addLarge(call, key, args.nextInt64())
    else add(call, key, small)
  },
})

export const decrby = defineCommand({
  ...counterFacts,
  name: 'decrby',
  arity: 3,
  summary: 'Takes from the integer at a key, which counts as 0 when absent.',
  syntax: 'key decrement',
  run(call) {
    const { args } = call
    const key = args.next()
    const small = args.smallInteger(args.position)
    if (!Number.isNaN(small)) return add(call, key, -small)
    const decrement = args.nextInt64()
    if (decrement === int64Min) throw decrementOverflow()
    addLarge(call, key, -decrement)
  },
})

/** Adds a number of at most 15 digits. The sum of two such is exact. */
function add(call: Call, key: number, increment: number): void {
  const { args, db } = call
  const entry = db.find(args, key)
  if (entry < 0) {
    const size = writeSum(increment)
    db.setString(args, key, scratch, 0, size)
    return finish(call, key, increment)
  }
  db.requireString(entry)
  const start = db.stringStart(entry)
  const size = db.stringSize(entry)
  const chunk = db.stringChunk(entry)
  const value = parseSmallInteger(chunk, start, start + size)
  if (Number.isNaN(value)) return addLarge(call, key, BigInt(increment))
  const sum = value + increment
  // Mostly the sum has as many digits: they are written where they are.
  if (sum >= 0 && digitCount(sum) === size && db.strings.form(entry) === stringForm.shortest) {
    db.beforeChange(entry)
    writeDecimal(sum, chunk, start)
  } else db.replaceString(entry, scratch, 0, writeSum(sum))
  finish(call, key, sum)
}

/** Writes the number to `scratch`; returns its size. */
function writeSum(sum: number): number {
  if (sum >= 0) return writeDecimal(sum, scratch, 0)
  scratch[0] = minus
  return writeDecimal(-sum, scratch, 1)
}

function addLarge(call: Call, key: number, increment: bigint): void {
  const { args, db } = call
  const entry = db.find(args, key)
  let value: bigint | undefined = 0n
  if (entry >= 0) {
    db.requireString(entry)
    const start = db.stringStart(entry)
    value = parseInt64(db.stringChunk(entry), start, start + db.stringSize(entry))
    if (value === undefined) throw notInteger()
  }
  const sum = value + increment
  if (BigInt.asIntN(64, sum) !== sum) throw overflow()
  const text = latin1Bytes(String(sum))
  db.setString(args, key, text, 0, text.length, true)
  finish(call, key, sum)
}

function finish(call: Call, key: number, sum: number | bigint): void {
  const { args, db, keyspace } = call
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.string, 'incrby', args, key)
  call.logAsReceived()
  call.reply.integer(sum)
}
