/** SRANDMEMBER: members by chance, which stay. */
import { notSymmetricInt64, outOfRange } from '../../broker/collection-errors.ts'
import { notInteger, syntaxError } from '../../broker/errors.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { ByteRange } from '../../lib/wire-items.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { drawPositions } from '../draw-positions.ts'
import { ofSet } from './set-facts.ts'

/** The member at hand; only within one call. */
const member = new ByteRange()
/** Members that may be asked for when each may come several times: an answer has to fit into memory. */
const repeatedMembersMax = 10_000_000

/** SRANDMEMBER key [count] */
export const srandmember = defineCommand({
  ...ofSet,
  name: 'srandmember',
  arity: -2,
  flags: ['readonly'],
  since: '1.0.0',
  summary: 'Answers with members of a set by chance: different ones, or any ones if the count is negative.',
  complexity: 'O(N) with N members answered',
  syntax: 'key [count]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    if (args.count > 3) throw syntaxError()
    if (args.left > 0) return answerMany(call, key, readCount(call))
    const set = db.read(SetValue, args, key)
    if (set === undefined) return reply.null()
    answerAt(call, set, Math.floor(call.random() * set.size))
  },
})

function readCount({ args }: Call): number {
  const count = args.int64(args.next())
  if (count === undefined) throw notInteger()
  if (count === -0x8000000000000000n) throw notSymmetricInt64()
  return Number(count)
}

function answerMany(call: Call, key: number, count: number): void {
  const { args, db, reply } = call
  const set = db.read(SetValue, args, key)
  if (set === undefined || count === 0) return reply.array(0)
  const { size } = set
  if (count < 0) {
    if (-count > repeatedMembersMax) throw outOfRange()
    reply.array(-count)
    for (let i = 0; i < -count; i++) answerAt(call, set, Math.floor(call.random() * size))
    return
  }
  reply.array(Math.min(count, size))
  if (count >= size) return set.answer(reply)
  for (const position of drawPositions(call, count, size)) answerAt(call, set, position)
}

function answerAt({ reply }: Call, set: SetValue, position: number): void {
  set.at(position, member)
  reply.bulk(member.bytes, member.start, member.end)
}
