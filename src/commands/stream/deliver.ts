/** A group's next entries become a consumer's. */
import type { Args } from '../../../protocol/resp/args.ts'
import { type Consumer, type ConsumerGroup, entriesReadUnknown } from '../../broker/consumer-group.ts'
import type { Stream } from '../../broker/stream.ts'
import { StreamId } from '../../broker/stream-id.ts'
import type { Call } from '../call.ts'
import { beginClaim, endClaim, logGroupPosition } from './claim-effects.ts'
import { runs } from './entries.ts'

/** Deliveries of entries that were never delivered before. */
const firstDelivery = 1n

const scratch = new StreamId()

/** The key argument, and the group of the stream there. */
export interface GroupAt {
  readonly key: number
  readonly stream: Stream
  readonly group: ConsumerGroup
}

/** The `count` entries in `runs` are the consumer's, unless nobody is to acknowledge them, and the group has read them. */
export function deliverRuns(
  call: Call,
  args: Args,
  { key, stream, group }: GroupAt,
  consumer: Consumer,
  count: number,
  isUnacknowledged: boolean,
): void {
  if (!isUnacknowledged) makePending(call, args, key, group, consumer, count)
  advance(stream, group, count)
  logGroupPosition(call, args, key, group)
}

/** Makes the `count` entries in `runs` the consumer's, and logs it. */
function makePending(
  call: Call,
  args: Args,
  key: number,
  group: ConsumerGroup,
  consumer: Consumer,
  count: number,
): void {
  const { effects, nowMs } = call
  const isLogged = beginClaim(call, args, key, group, consumer, count)
  for (const { segment, start, end } of runs) {
    for (let i = start; i < end; i++) {
      segment.id(i, scratch)
      group.give(scratch, consumer, nowMs, firstDelivery)
      if (isLogged) effects.wire(segment.bytes, segment.idWireStart(i), segment.idWireEnd(i))
    }
  }
  if (isLogged) endClaim(call, nowMs, firstDelivery)
  call.keyspace.keyDue(call.db, args, key)
}

/** The group has now read the `count` entries in `runs`. Its counter goes along entry by entry as long as it is not
 *  sure where it is; from then on it just counts (Redis 7.0, `streamReplyWithRange`). */
function advance(stream: Stream, group: ConsumerGroup, count: number): void {
  let left = count
  for (const { segment, start, end } of runs) {
    for (let i = start; i < end; i++) {
      segment.id(i, scratch)
      if (group.entriesRead !== entriesReadUnknown && !stream.hasTombstonesAfter(scratch)) {
        group.countRead(left)
        const last = runs.at(-1)!
        last.segment.id(last.end - 1, group.lastId)
        return
      }
      if (stream.entriesAdded !== 0n) group.entriesRead = stream.entriesReadAt(scratch)
      left--
    }
  }
  group.lastId.set(scratch)
}
