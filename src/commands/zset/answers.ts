/** Members of sorted sets as answers: with scores they are flat in RESP2 and pairs in RESP3. */
import type { Reply } from '../../../protocol/resp/reply.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'
import type { Range } from './zrange.ts'

/** Answers with the range of the set at argument `key`. */
export function answerMembers({ args, db, reply }: Call, key: number, range: Range): void {
  const set = db.read(SortedSet, args, key)
  if (set === undefined) return reply.array(0)
  const { first, count } = range.find(set.members)
  const emit = beginMembers(reply, count, range.withScores)
  set.members.visit(first, count, range.backwards, emit)
}

/** Begins an answer of `count` members; returns what takes them. */
export function beginMembers(
  reply: Reply,
  count: number,
  withScores: boolean,
): (bytes: Uint8Array, start: number, end: number, score: number) => void {
  if (!withScores) {
    reply.array(count)
    return (bytes, start, end) => reply.bulk(bytes, start, end)
  }
  const inPairs = reply.protocol > 2
  reply.array(inPairs ? count : count * 2)
  return (bytes, start, end, score) => {
    if (inPairs) reply.array(2)
    reply.bulk(bytes, start, end)
    reply.double(score)
  }
}
