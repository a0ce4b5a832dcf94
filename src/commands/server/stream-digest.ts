/** A stream's part of DEBUG DIGEST-VALUE: its live entries, its counters, its groups with consumers and pending ids. */
import type { Hash } from 'node:crypto'
import type { ConsumerGroup } from '../../broker/consumer-group.ts'
import type { Stream } from '../../broker/stream.ts'
import { smallestId } from '../../broker/stream-id.ts'
import type { FrozenIdempotency } from '../../broker/stream-idempotency.ts'

/** Adds everything a client could learn of the stream to the hash; where it lies in memory plays no part. */
export function hashStream(hash: Hash, stream: Stream): void {
  const { length, lastId, maxDeletedId, trimmedId, entriesAdded } = stream
  hash.update(`${length} ${lastId} ${maxDeletedId} ${trimmedId} ${entriesAdded}\n`)
  for (const segment of stream.segments) {
    for (let i = 0; i < segment.count; i++) {
      if (segment.isLive(i)) hash.update(segment.bytes.subarray(segment.offsets[i]!, segment.offsets[i + 1]!))
    }
  }
  if (stream.idempotency !== undefined) hashIdempotency(hash, stream.idempotency.freeze())
  const groups = stream.groups().toSorted((a, b) => Buffer.compare(a.name, b.name))
  for (const group of groups) hashGroup(hash, group)
}

function hashIdempotency(hash: Hash, { durationS, idsMax, added, producers }: FrozenIdempotency): void {
  hash.update(`idempotency ${durationS} ${idsMax} ${added}\n`)
  for (const [name, mentions] of producers) {
    hash.update(`${name.length} ${name} ${mentions.size}\n`, 'latin1')
    for (const [iid, { id, atMs }] of mentions) hash.update(`${iid.length} ${iid} ${id} ${atMs}\n`, 'latin1')
  }
}

function hashGroup(hash: Hash, group: ConsumerGroup): void {
  hash.update(`${group.name.length} `).update(group.name).update(`${group.lastId} ${group.entriesRead}\n`)
  for (const { name } of group.consumers()) hash.update(`${name.length} `).update(name)
  group.pending.visit(smallestId, (id, record) => {
    hash.update(`${id} ${group.deliveredAtMs(record)} ${group.deliveredCount(record)} `)
    const owner = group.owner(record)
    if (owner === undefined) hash.update('-')
    else hash.update(`${owner.name.length} `).update(owner.name)
    return true
  })
}
