/** HRANDFIELD: one field by chance, several different ones, or several of which some may be the same. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import { countNotInt64, countOutOfRange } from '../../broker/hash-errors.ts'
import { Hash } from '../../keyspace/hash.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofHash } from './hash-facts.ts'

const int64Max = 0x7fffffffffffffffn
/** How many fields are drawn at most when the same may come again: beyond that no answer would fit into memory. */
const repeatedFieldsMax = 1 << 24
/** Up to this share of a hash different fields are drawn one by one; beyond it, a hash is read and left out of. */
const drawnShareMax = 1 / 3

/** HRANDFIELD key [count [WITHVALUES]] */
export const hrandfield = defineCommand({
  ...ofHash,
  name: 'hrandfield',
  arity: -2,
  flags: ['readonly'],
  since: '6.2.0',
  summary: 'Answers with fields of a hash, drawn by chance.',
  complexity: 'O(N) with N fields answered',
  syntax: 'key [count [WITHVALUES]]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    if (args.left === 0) {
      const hash = db.read(Hash, args, key)
      if (hash === undefined) return reply.null()
      return hash.answerField(reply, hash.random(call.random))
    }
    const { count, withValues } = readCount(args)
    const hash = db.read(Hash, args, key)
    if (hash === undefined || count === 0) return reply.array(0)
    answer(call, hash, count < 0 ? repeated(call, hash, -count) : different(call, hash, count), withValues)
  },
})

function readCount(args: Args): { count: number; withValues: boolean } {
  const count = args.nextInt64()
  if (count < -int64Max) throw countNotInt64()
  if (args.left === 0) return { count: allowed(count), withValues: false }
  if (args.left > 1 || !args.token('WITHVALUES')) throw syntaxError()
  if (count < -int64Max / 2n || count > int64Max / 2n) throw countOutOfRange()
  return { count: allowed(count), withValues: true }
}

function allowed(count: bigint): number {
  if (count < BigInt(-repeatedFieldsMax)) throw countOutOfRange()
  return Number(count)
}

function repeated(call: Call, hash: Hash, count: number): number[] {
  return Array.from({ length: count }, () => hash.random(call.random))
}

/** The places of `count` different fields, of all if there are no more. */
function different(call: Call, hash: Hash, count: number): Iterable<number> {
  if (count <= hash.length * drawnShareMax) {
    const drawn = new Set<number>()
    while (drawn.size < count) drawn.add(hash.random(call.random))
    return drawn
  }
  const places: number[] = []
  for (let place = hash.first(); place >= 0; place = hash.next(place)) places.push(place)
  // Whoever is left out makes room for the last.
  for (let i = places.length; i > count; i--) {
    const at = Math.floor(call.random() * i)
    places[at] = places[i - 1]!
    places.pop()
  }
  return places
}

/** Pairs are arrays of their own in RESP3. */
function answer({ reply }: Call, hash: Hash, places: Iterable<number>, withValues: boolean): void {
  const all = [...places]
  reply.array(withValues && reply.protocol === 2 ? 2 * all.length : all.length)
  for (const place of all) {
    if (withValues && reply.protocol === 3) reply.array(2)
    hash.answerField(reply, place)
    if (withValues) hash.answerValue(reply, place)
  }
}
