/** HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSTRLEN. */
import { Hash } from '../../keyspace/hash.ts'
import { ByteRange } from '../../lib/wire-items.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofHash } from './hash-facts.ts'

/** The value at hand; only within one call. */
const value = new ByteRange()

/** HGET key field */
export const hget = defineCommand({
  ...ofHash,
  name: 'hget',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Answers with the value of a field.',
  complexity: 'O(1)',
  syntax: 'key field',
  run({ args, db, reply }) {
    const hash = db.read(Hash, args, args.next())
    const field = args.next()
    const place = hash?.find(args.bytes, args.starts[field]!, args.ends[field]!) ?? -1
    if (hash === undefined || place < 0) reply.null()
    else hash.answerValue(reply, place)
  },
})

/** HMGET key field [field ...] */
export const hmget = defineCommand({
  ...ofHash,
  name: 'hmget',
  arity: -3,
  flags: ['readonly', 'fast'],
  summary: 'Answers with the values of several fields.',
  complexity: 'O(N) with N fields',
  syntax: 'key field [field ...]',
  run({ args, db, reply }) {
    const hash = db.read(Hash, args, args.next())
    reply.array(args.left)
    for (let i = args.position; i < args.count; i++) {
      const place = hash?.find(args.bytes, args.starts[i]!, args.ends[i]!) ?? -1
      if (hash === undefined || place < 0) reply.null()
      else hash.answerValue(reply, place)
    }
  },
})

/** HGETALL key */
export const hgetall = defineCommand({
  ...ofHash,
  name: 'hgetall',
  arity: 2,
  flags: ['readonly'],
  summary: 'Answers with all fields and their values.',
  complexity: 'O(N) with N fields',
  syntax: 'key',
  run({ args, db, reply }) {
    const hash = db.read(Hash, args, args.next())
    reply.map(hash?.length ?? 0)
    hash?.answerPairs(reply)
  },
})

/** HKEYS key */
export const hkeys = defineCommand({
  ...ofHash,
  name: 'hkeys',
  arity: 2,
  flags: ['readonly'],
  summary: 'Lists the fields of a hash.',
  complexity: 'O(N) with N fields',
  syntax: 'key',
  run(call) {
    answerEach(call, (hash, place) => hash.answerField(call.reply, place))
  },
})

/** HVALS key */
export const hvals = defineCommand({
  ...ofHash,
  name: 'hvals',
  arity: 2,
  flags: ['readonly'],
  summary: 'Lists the values of a hash.',
  complexity: 'O(N) with N fields',
  syntax: 'key',
  run(call) {
    answerEach(call, (hash, place) => hash.answerValue(call.reply, place))
  },
})

/** HLEN key */
export const hlen = defineCommand({
  ...ofHash,
  name: 'hlen',
  arity: 2,
  flags: ['readonly', 'fast'],
  summary: 'Tells how many fields a hash has.',
  complexity: 'O(1)',
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.read(Hash, args, args.next())?.length ?? 0)
  },
})

/** HEXISTS key field */
export const hexists = defineCommand({
  ...ofHash,
  name: 'hexists',
  arity: 3,
  flags: ['readonly', 'fast'],
  summary: 'Tells whether a hash has a field.',
  complexity: 'O(1)',
  syntax: 'key field',
  run({ args, db, reply }) {
    const hash = db.read(Hash, args, args.next())
    const field = args.next()
    const place = hash?.find(args.bytes, args.starts[field]!, args.ends[field]!) ?? -1
    reply.integer(place < 0 ? 0 : 1)
  },
})

/** HSTRLEN key field */
export const hstrlen = defineCommand({
  ...ofHash,
  name: 'hstrlen',
  arity: 3,
  flags: ['readonly', 'fast'],
  since: '3.2.0',
  summary: 'Tells how many bytes the value of a field has.',
  complexity: 'O(1)',
  syntax: 'key field',
  run({ args, db, reply }) {
    const hash = db.read(Hash, args, args.next())
    const field = args.next()
    const place = hash?.find(args.bytes, args.starts[field]!, args.ends[field]!) ?? -1
    if (hash === undefined || place < 0) return reply.integer(0)
    hash.readValue(place, value)
    reply.integer(value.end - value.start)
  },
})

function answerEach({ args, db, reply }: Call, answer: (hash: Hash, place: number) => void): void {
  const hash = db.read(Hash, args, args.next())
  reply.array(hash?.length ?? 0)
  if (hash === undefined) return
  for (let place = hash.first(); place >= 0; place = hash.next(place)) answer(hash, place)
}
