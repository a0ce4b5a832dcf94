/** Entries and the groups that still need them.
 *
 *  A group refers to an entry that it was not given yet, and to one that it has pending. Each group is asked by id, so what
 *  else a group has pending plays no part. */
import type { Stream } from './stream.ts'
import { StreamId } from './stream-id.ts'
import type { StreamSegment } from './stream-segment.ts'

/** What becomes of the groups' references when an entry is deleted: they dangle, they go too, or they forbid it. */
export type ReferencePolicy = 'keepref' | 'delref' | 'acked'

const scratch = new StreamId()

/** Whether some group has still to be given the entry, or to acknowledge it. */
export function isReferenced(stream: Stream, id: StreamId): boolean {
  for (const group of stream.groupsUnsorted) if (id.compare(group.lastId) > 0) return true
  return isPending(stream, id)
}

/** Whether every group was given the entry; false when there is none that it could have been given to. */
export function wasGivenToAll(stream: Stream, id: StreamId): boolean {
  if (stream.groupCount === 0) return false
  for (const group of stream.groupsUnsorted) if (id.compare(group.lastId) > 0) return false
  return true
}

function isPending(stream: Stream, id: StreamId): boolean {
  for (const group of stream.groupsUnsorted) if (group.find(id) >= 0) return true
  return false
}

/** The id is pending in no group any more; false when it was in none. */
export function dropReferences(stream: Stream, id: StreamId): boolean {
  let wasPending = false
  for (const group of stream.groupsUnsorted) if (group.acknowledge(id)) wasPending = true
  return wasPending
}

/** Drops the references to the live entries [start, end) of a segment. */
export function dropReferencesTo(stream: Stream, segment: StreamSegment, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    if (!segment.isLive(i)) continue
    segment.id(i, scratch)
    dropReferences(stream, scratch)
  }
}

/** Trims as `Stream.trim` does, but leaves entries that are referenced; returns how many went. It looks at entries up to
 *  the first that some group was not given yet, and not again at those that it has left before and that are pending still:
 *  a consumer that died with a hundred thousand does not make every XADD walk over them. */
export function trimAcknowledged(
  stream: Stream,
  lengthMax: number,
  minId: StreamId | undefined,
  grain: number,
  limit: number,
): number {
  const id = new StreamId()
  const { keptBefore } = stream
  for (const group of stream.groupsUnsorted) {
    const ended = group.takeLowestEnded()
    if (ended !== undefined && ended.compare(keptBefore) < 0) keptBefore.set(ended)
  }
  let trimmed = 0
  let hasKept = stream.firstId(id) && id.compare(keptBefore) < 0
  for (const segment of [...stream.segments]) {
    if (segment.lastId.compare(keptBefore) < 0) continue
    for (let start = segment.lowerBound(keptBefore); start < segment.count; ) {
      const end = grain === 0 ? segment.count : segment.nodeEnd(grain, start)
      if (grain !== 0) {
        const inNode = segment.liveBetween(start, end)
        if (limit > 0 && trimmed + inNode > limit) return trimmed
        segment.id(end - 1, id)
        if (minId === undefined ? stream.length - inNode < lengthMax : id.compare(minId) >= 0) return trimmed
      }
      for (let i = start; i < end; i++) {
        if (!segment.isLive(i)) continue
        segment.id(i, id)
        if (minId === undefined ? stream.length <= lengthMax : id.compare(minId) >= 0) return trimmed
        if (!wasGivenToAll(stream, id) && stream.groupCount > 0) return trimmed
        if (isPending(stream, id)) {
          hasKept = true
          keptBefore.set(id).increment()
        } else {
          stream.trimAt(segment, i, hasKept)
          trimmed++
        }
      }
      start = end
    }
  }
  return trimmed
}
