/** BITFIELD and BITFIELD_RO: a string as an array of integers of any width.
 *
 *  The operations are read twice: first to refuse what must be refused and to see how far the string has to reach, then
 *  to run them. Fields of up to 32 bits and small numbers are plain numbers; `wide-bitfield.ts` has the others. */
import { readOnlyBitfield } from '../../broker/errors.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { readBits, writeBits } from '../../lib/bits.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { BitfieldOperation } from './bitfield-args.ts'
import { findString, ofBitmap, stringWithRoom } from './bitmap-facts.ts'
import { readWide, runWide, writeWide } from './wide-bitfield.ts'

const narrowBitsMax = 32

/** The operation at hand; only within one call. */
const operation = new BitfieldOperation()

export const bitfield = defineCommand({
  ...ofBitmap,
  name: 'bitfield',
  arity: -2,
  flags: ['write', 'denyoom'],
  since: '3.2.0',
  summary: 'Reads, sets and counts in integers of any width inside a string.',
  complexity: 'O(N) with N operations',
  syntax:
    'key [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> [GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY encoding offset increment> ...]]',
  run(call) {
    runOperations(call, false)
  },
})

export const bitfieldRo = defineCommand({
  ...ofBitmap,
  name: 'bitfield_ro',
  arity: -2,
  flags: ['readonly', 'fast'],
  since: '6.0.0',
  summary: 'Reads integers of any width inside a string.',
  complexity: 'O(N) with N operations',
  syntax: 'key [GET encoding offset [GET encoding offset ...]]',
  run(call) {
    runOperations(call, true)
  },
})

function runOperations(call: Call, isReadOnly: boolean): void {
  const { args, db, keyspace, reply } = call
  const key = 1
  const { count, bitsNeeded } = survey(call)
  if (bitsNeeded > 0 && isReadOnly) throw readOnlyBitfield()
  let entry = bitsNeeded > 0 ? findString(call, key) : db.lookup(args, key)
  if (entry >= 0) db.requireString(entry)
  reply.array(count)
  const sizeBefore = entry < 0 ? 0 : db.stringSize(entry)
  if (bitsNeeded > 0) entry = stringWithRoom(call, key, entry, Math.ceil(bitsNeeded / 8))
  const hasGrown = bitsNeeded > 0 && db.stringSize(entry) > sizeBefore
  let changes = 0
  operation.begin(args)
  while (operation.next(call)) if (runOperation(call, entry, hasGrown)) changes++
  if (hasGrown || changes > 0) call.logAsReceived()
  if (changes === 0) return
  keyspace.changed(db, args, key)
  keyspace.dirty += changes - 1
  keyspace.notify(db, notifyClass.string, 'setbit', args, key)
}

/** How many operations there are, and how many bits the string must have for those that write. */
function survey(call: Call): { count: number; bitsNeeded: number } {
  let count = 0
  let bitsNeeded = 0
  operation.begin(call.args)
  while (operation.next(call)) {
    count++
    if (operation.kind !== 'GET') bitsNeeded = Math.max(bitsNeeded, operation.offset + operation.bits)
  }
  return { count, bitsNeeded }
}

/** Runs the operation and answers; whether Redis counts a change. */
function runOperation({ db, reply }: Call, entry: number, hasGrown: boolean): boolean {
  const { kind, bits, offset, isSigned, value } = operation
  const chunk = entry < 0 ? noBytes : db.stringChunk(entry)
  const start = entry < 0 ? 0 : db.stringStart(entry)
  const end = entry < 0 ? 0 : start + db.stringSize(entry)
  const isNarrow = bits <= narrowBitsMax && typeof value === 'number'
  if (kind === 'GET') {
    if (bits <= narrowBitsMax) reply.integer(signed(readBits(chunk, start, end, offset, bits), bits, isSigned))
    else reply.integer(readWide(chunk, start, end, offset, bits, isSigned))
    return false
  }
  const old = isNarrow
    ? signed(readBits(chunk, start, end, offset, bits), bits, isSigned)
    : readWide(chunk, start, end, offset, bits, isSigned)
  const result = isNarrow ? runNarrow(operation, old as number) : runWide(operation, old as bigint)
  if (result === undefined) {
    reply.null()
    return false
  }
  reply.integer(kind === 'SET' ? old : result)
  if (typeof result === 'number') writeBits(chunk, start, offset, bits, unsigned(result, bits))
  else writeWide(chunk, start, offset, bits, result)
  return hasGrown || old !== result
}

const noBytes = new Uint8Array(0)

/** The field's new value, undefined when it does not fit and must not be written. */
function runNarrow({ kind, bits, isSigned, value, overflow }: BitfieldOperation, old: number): number | undefined {
  const max = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1
  const min = isSigned ? -(2 ** (bits - 1)) : 0
  const sum = kind === 'SET' ? (value as number) : old + (value as number)
  if (sum >= min && sum <= max) return sum
  if (overflow === 'FAIL') return undefined
  // A number below 0 is a very large one to a field that is set without a sign.
  if (overflow === 'SAT') return sum > max || (kind === 'SET' && !isSigned) ? max : min
  return signed(unsigned(sum, bits), bits, isSigned)
}

/** The low bits of a number as a number from 0 on. */
function unsigned(value: number, bits: number): number {
  const rest = value % 2 ** bits
  return rest < 0 ? rest + 2 ** bits : rest
}

/** The number that the low bits stand for. */
function signed(value: number, bits: number, isSigned: boolean): number {
  return isSigned && value >= 2 ** (bits - 1) ? value - 2 ** bits : value
}
