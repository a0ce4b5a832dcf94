/** What XREADGROUP CLAIM gives before new entries: pending ones that have been idle for long enough, longest idle first. */
import type { Args } from '../../../protocol/resp/args.ts'
import { type Consumer, oneMore } from '../../broker/consumer-group.ts'
import type { EntryRun } from '../../broker/entry-run.ts'
import type { Stream } from '../../broker/stream.ts'
import type { StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { logAcknowledge, logClaim } from './claim-effects.ts'
import type { GroupAt } from './deliver.ts'
import type { ReadBudget } from './read-budget.ts'

/** Bytes that a claimed entry's two numbers add to it, by and large. */
export const claimNumbersBytes = 12

/** `*2\r\n`, which a stored entry begins with. */
const entryHeaderBytes = 4

/** Finds up to `countMax` pending entries that have been idle for so long, in order. Those whose entries were deleted are
 *  pending no more, as after XCLAIM: the caller has told the database that the stream changes. */
export function findIdle(
  call: Call,
  args: Args,
  { key, stream, group }: GroupAt,
  minIdleMs: number,
  countMax: number,
): StreamId[] {
  const found: StreamId[] = []
  const gone: StreamId[] = []
  group.visitByTime((id, record) => {
    if (found.length >= countMax || !group.isIdle(record, call.nowMs, minIdleMs)) return false
    if (stream.has(id)) found.push(id.copy())
    else gone.push(id.copy())
    return true
  })
  for (const id of gone) {
    group.acknowledge(id)
    logAcknowledge(call, args, key, group, id)
  }
  call.keyspace.dirty += gone.length
  return found
}

/** How many of the ids fit the budget, which they take. */
export function takeIdle(stream: Stream, ids: readonly StreamId[], budget: ReadBudget): number {
  let taken = 0
  for (const id of ids) {
    const { segment, start, end } = stream.find(id)!
    if (!budget.take(segment.offsets[end]! - segment.offsets[start]! + claimNumbersBytes)) break
    taken++
  }
  return taken
}

/** Gives an idle entry to the consumer and answers it: id, fields, milliseconds since it was delivered (since 1970 for one
 *  that was handed back), how often. */
export function claimIdle(
  call: Call,
  args: Args,
  { key, stream, group }: GroupAt,
  consumer: Consumer,
  id: StreamId,
): void {
  const record = group.find(id)
  const count = group.deliveredCount(record)
  const idleMs = Math.max(0, call.nowMs - group.deliveredAtMs(record))
  replyWithNumbers(call, stream.find(id)!, idleMs, count)
  group.give(id, consumer, call.nowMs, oneMore(count))
  logClaim(call, args, key, group, consumer, id, call.nowMs, oneMore(count))
}

/** Answers the run's entries, each with two numbers behind its fields. */
export function replyWithNumbers(
  { reply }: Call,
  { segment, start, end }: EntryRun,
  idleMs: number,
  count: bigint,
): void {
  for (let i = start; i < end; i++) {
    reply.array(4)
    reply.wire(segment.bytes, segment.offsets[i]! + entryHeaderBytes, segment.offsets[i + 1]!)
    reply.integer(idleMs)
    reply.integer(count)
  }
}
