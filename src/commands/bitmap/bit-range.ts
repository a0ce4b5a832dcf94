/** BITCOUNT and BITPOS: questions about a range of bits, whose ends are bytes or bits and may count from the end. */
import type { Args } from '../../../protocol/resp/args.ts'
import { notABitArgument, notInteger, syntaxError } from '../../broker/errors.ts'
import { countBits, findBit, readBits } from '../../lib/bits.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofBitmap } from './bitmap-facts.ts'

export const bitcount = defineCommand({
  ...ofBitmap,
  name: 'bitcount',
  arity: -2,
  flags: ['readonly'],
  since: '2.6.0',
  summary: 'Counts the bits of a string, or of a part of it, that are set.',
  complexity: 'O(N) with N bytes looked at',
  syntax: 'key [start end [BYTE | BIT]]',
  run(call) {
    const { args, db, reply } = call
    const entry = db.lookup(args, args.next())
    // Redis reads what follows only when there is something to count.
    if (entry < 0) return reply.integer(0)
    db.requireString(entry)
    const size = db.stringSize(entry)
    if (args.left === 0) return reply.integer(count(call, entry, 0, size * 8))
    if (args.left === 1 || args.left > 3) throw syntaxError()
    const start = Number(args.nextInt64())
    const end = Number(args.nextInt64())
    if (start < 0 && end < 0 && start > end) return reply.integer(0)
    const unit = readUnit(args)
    const total = (size * 8) / unit
    const from = fromStart(start, total)
    const to = Math.min(fromStart(end, total), total - 1)
    reply.integer(from > to ? 0 : count(call, entry, from * unit, (to + 1) * unit))
  },
})

export const bitpos = defineCommand({
  ...ofBitmap,
  name: 'bitpos',
  arity: -3,
  flags: ['readonly'],
  since: '2.8.7',
  summary: 'Finds the first bit of a string, or of a part of it, that is set or that is not.',
  complexity: 'O(N) with N bytes looked at',
  syntax: 'key bit [start [end [BYTE | BIT]]]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const bit = args.int64(args.next())
    if (bit === undefined) throw notInteger()
    if (bit !== 0n && bit !== 1n) throw notABitArgument()
    const entry = db.lookup(args, key)
    if (entry < 0) return reply.integer(bit === 1n ? -1 : 0)
    db.requireString(entry)
    if (args.left > 3) throw syntaxError()
    const start = args.left > 0 ? Number(args.nextInt64()) : 0
    const end = args.left > 0 ? args.next() : -1
    const unit = readUnit(args)
    const total = (db.stringSize(entry) * 8) / unit
    const last = end < 0 ? total - 1 : endOf(args, end, total)
    const from = fromStart(start, total) * unit
    const to = (last + 1) * unit
    if (from >= to) return reply.integer(-1)
    const found = find(call, entry, from, to, Number(bit))
    // Behind its end a string goes on with zeros, unless the end was named.
    reply.integer(found < 0 && bit === 0n && end < 0 ? to : found)
  },
})

/** Reads BYTE or BIT, if anything is left; answers how many bits that is. */
function readUnit(args: Args): 1 | 8 {
  if (args.left === 0 || args.token('BYTE')) return 8
  if (args.token('BIT')) return 1
  throw syntaxError()
}

/** Argument `i` as the last place of `total`. */
function endOf(args: Args, i: number, total: number): number {
  const end = args.int64(i)
  if (end === undefined) throw notInteger()
  return Math.min(fromStart(Number(end), total), total - 1)
}

/** A place as a number from the start; what lies before the start is the start. */
function fromStart(place: number, total: number): number {
  return place < 0 ? Math.max(0, total + place) : place
}

/** How many bits of `[from, to)` are set. */
function count({ db }: Call, entry: number, from: number, to: number): number {
  const chunk = db.stringChunk(entry)
  const start = db.stringStart(entry)
  const first = Math.ceil(from / 8)
  const last = Math.floor(to / 8)
  const edge = (at: number, bits: number): number =>
    bits === 0 ? 0 : countBits(Uint8Array.of(readBits(chunk, start, chunk.length, at, bits)), 0, 1)
  if (first > last) return edge(from, to - from)
  return edge(from, first * 8 - from) + countBits(chunk, start + first, start + last) + edge(last * 8, to - last * 8)
}

/** The first bit of that value in `[from, to)`, or -1. */
function find({ db }: Call, entry: number, from: number, to: number, bit: number): number {
  const chunk = db.stringChunk(entry)
  const start = db.stringStart(entry)
  const bitAt = (at: number): number => (chunk[start + Math.floor(at / 8)]! >> (7 - (at % 8))) & 1
  let at = from
  for (; at < to && at % 8 !== 0; at++) if (bitAt(at) === bit) return at
  const last = Math.floor(to / 8)
  if (at < to && at / 8 < last) {
    const found = findBit(chunk, start + at / 8, start + last, bit)
    if (found >= 0) return found - start * 8
    at = last * 8
  }
  for (; at < to; at++) if (bitAt(at) === bit) return at
  return -1
}
