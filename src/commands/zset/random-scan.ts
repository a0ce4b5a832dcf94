/** ZRANDMEMBER and ZSCAN: members in no order to rely on. */
import type { Args } from '../../../protocol/resp/args.ts'
import { formatDouble } from '../../../protocol/resp/reply-writer.ts'
import { notSymmetricInt64, outOfRange } from '../../broker/collection-errors.ts'
import { syntaxError } from '../../broker/errors.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import { WireRun } from '../../lib/wire-run.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { drawPositions } from '../draw-positions.ts'
import { matchesPattern, readScanCursor, readScanOptions } from '../scan-options.ts'
import { beginMembers } from './answers.ts'
import { ofSortedSet } from './zset-facts.ts'

/** Members that may be asked for when each may come several times: an answer has to fit into memory. */
const repeatedMembersMax = 10_000_000
const int64Max = 0x7fffffffffffffffn

/** ZRANDMEMBER key [count [WITHSCORES]] */
export const zrandmember = defineCommand({
  ...ofSortedSet,
  name: 'zrandmember',
  arity: -2,
  flags: ['readonly'],
  since: '6.2.0',
  summary: 'Answers with members by chance: different ones, or any ones if the count is negative.',
  complexity: 'O(M*log(N)) with N members and M of them answered',
  syntax: 'key [count [WITHSCORES]]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    if (args.left > 0) return answerMany(call, key)
    const set = db.read(SortedSet, args, key)
    if (set === undefined) return reply.null()
    const rank = Math.floor(call.random() * set.size)
    set.members.visit(rank, 1, false, (bytes, start, end) => reply.bulk(bytes, start, end))
  },
})

/** ZSCAN key cursor [MATCH pattern] [COUNT count] */
export const zscan = defineCommand({
  ...ofSortedSet,
  name: 'zscan',
  arity: -3,
  flags: ['readonly'],
  since: '2.8.0',
  summary: 'Lists some members and a cursor to go on from; a member that stays is listed by the time the cursor is 0.',
  complexity: 'O(1) for every call, O(N) for all N members',
  syntax: 'key cursor [MATCH pattern] [COUNT count]',
  run({ args, db, reply }) {
    const key = args.next()
    const position = readScanCursor(args, args.next())
    const set = db.read(SortedSet, args, key)
    const members = new WireRun()
    let next = 0
    let met = 0
    if (set !== undefined) {
      // Whoever finds no set is not told of wrong options.
      const { count, pattern } = readScanOptions(args, false)
      next = set.members.scan(position, count, (bytes, start, end, score) => {
        if (!matchesPattern(pattern, bytes, start, end)) return
        members.bulk(bytes, start, end)
        const text = latin1Bytes(formatDouble(score))
        members.bulk(text, 0, text.length)
        met++
      })
    }
    reply.array(2)
    reply.text(String(next))
    reply.array(met * 2)
    const { size } = members
    reply.wire(members.take(), 0, size)
  },
})

function answerMany(call: Call, key: number): void {
  const { args, db, reply } = call
  const { count, withScores } = readCount(args)
  const set = db.read(SortedSet, args, key)
  if (set === undefined || count === 0) return reply.array(0)
  const { members } = set
  const { size } = members
  if (count < 0 && -count > repeatedMembersMax) throw outOfRange()
  const emit = beginMembers(reply, count < 0 ? -count : Math.min(count, size), withScores)
  if (count >= size) return members.visit(0, size, true, emit)
  const ranks =
    count > 0
      ? drawPositions(call, count, size)
      : Array.from({ length: -count }, () => Math.floor(call.random() * size))
  for (const rank of ranks) members.visit(rank, 1, false, emit)
}

function readCount(args: Args): { count: number; withScores: boolean } {
  const count = args.nextInt64()
  if (count < -int64Max) throw notSymmetricInt64()
  const withScores = args.token('WITHSCORES')
  if (args.left > 0) throw syntaxError()
  if (withScores && (count > int64Max / 2n || count < -(int64Max / 2n))) throw outOfRange()
  return { count: Number(count), withScores }
}
