/** What happens to pending entries, as facts that any Redis understands: XCLAIM with the time and count that hold now,
 *  forced, so that running it makes the entry pending whoever had it before. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Consumer, ConsumerGroup } from '../../broker/consumer-group.ts'
import { idBytesMax, type StreamId } from '../../broker/stream-id.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'

const idText = new Uint8Array(idBytesMax)

/** Logs that an id belongs to the consumer since `atMs`, having been delivered `count` times. */
export function logClaim(
  call: Call,
  args: Args,
  key: number,
  group: ConsumerGroup,
  consumer: Consumer,
  id: StreamId,
  atMs: number,
  count: bigint,
): void {
  logClaims(call, args, key, group, consumer, [id], atMs, count)
}

/** The same for several ids, or none. */
export function logClaims(
  call: Call,
  args: Args,
  key: number,
  group: ConsumerGroup,
  consumer: Consumer,
  ids: readonly StreamId[],
  atMs: number,
  count: bigint,
): void {
  if (ids.length === 0 || !beginClaim(call, args, key, group, consumer, ids.length)) return
  for (const id of ids) call.effects.bulk(idText, 0, id.write(idText, 0))
  endClaim(call, atMs, count)
}

/** The same for `idCount` ids, which the caller logs next, and then `endClaim`; false when nothing is to be logged. */
export function beginClaim(
  { db, effects }: Call,
  args: Args,
  key: number,
  group: ConsumerGroup,
  consumer: Consumer,
  idCount: number,
): boolean {
  if (!effects.begin(db.index, 11 + idCount)) return false
  effects.text('XCLAIM')
  effects.argument(args, key)
  effects.bulk(group.name, 0, group.name.length)
  effects.bulk(consumer.name, 0, consumer.name.length)
  effects.text('0')
  return true
}

export function endClaim({ effects }: Call, atMs: number, count: bigint): void {
  effects.text('TIME')
  effects.text(String(atMs))
  effects.text('RETRYCOUNT')
  effects.text(String(count))
  effects.text('FORCE')
  effects.text('JUSTID')
}

/** Logs how far the group has read. */
export function logGroupPosition(call: Call, args: Args, key: number, group: ConsumerGroup): void {
  const { effects, db } = call
  if (!effects.begin(db.index, 7)) return
  effects.text('XGROUP')
  effects.text('SETID')
  effects.argument(args, key)
  effects.bulk(group.name, 0, group.name.length)
  effects.bulk(idText, 0, group.lastId.write(idText, 0))
  effects.text('ENTRIESREAD')
  effects.text(String(group.entriesRead))
}

/** Logs that an id is pending no more. */
export function logAcknowledge(call: Call, args: Args, key: number, group: ConsumerGroup, id: StreamId): void {
  const { effects, db } = call
  if (!effects.begin(db.index, 4)) return
  effects.text('XACK')
  effects.argument(args, key)
  effects.bulk(group.name, 0, group.name.length)
  effects.bulk(idText, 0, id.write(idText, 0))
}

/** The consumer, made (and logged, and told) if it is new; notes that it was seen. */
export function consumerOrNew(
  call: Call,
  args: Args,
  key: number,
  group: ConsumerGroup,
  names: Args,
  nameIndex: number,
): Consumer {
  const { db, effects, keyspace } = call
  const existing = group.consumer(names.bytes, names.starts[nameIndex]!, names.ends[nameIndex]!)
  if (existing !== undefined) {
    existing.seenAtMs = call.nowMs
    return existing
  }
  const consumer = group.addConsumer(names.copy(nameIndex), call.nowMs)
  if (effects.begin(db.index, 5)) {
    effects.text('XGROUP')
    effects.text('CREATECONSUMER')
    effects.argument(args, key)
    effects.bulk(group.name, 0, group.name.length)
    effects.bulk(consumer.name, 0, consumer.name.length)
  }
  keyspace.dirty++
  keyspace.notify(db, notifyClass.stream, 'xgroup-createconsumer', args, key)
  return consumer
}
