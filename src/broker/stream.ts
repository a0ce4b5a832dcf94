/** A stream: entries by ascending id in segments, and the consumer groups that read it.
 *
 *  Deleting never moves entries; a segment goes when nothing in it is live. `nodes` of `nodeEntries` neighbouring
 *  ordinals are the grain of approximate trimming, as Redis' radix tree nodes are (`stream-node-max-entries`). */
import { compareKeyTexts, keyText } from '../lib/key-text.ts'
import { ConsumerGroup, entriesReadUnknown, type FrozenGroup, GroupMemory } from './consumer-group.ts'
import { collectRuns, type EntryRun } from './entry-run.ts'
import { largestId, StreamId, smallestId } from './stream-id.ts'
import type { FrozenIdempotency, Idempotency } from './stream-idempotency.ts'
import { entryHeaderBytesMax, type FrozenSegment, StreamSegment, segmentBytesMax } from './stream-segment.ts'

/** A stream as it was at one time. */
export interface FrozenStream {
  readonly lastId: StreamId
  readonly maxDeletedId: StreamId
  readonly trimmedId: StreamId
  readonly entriesAdded: bigint
  readonly segments: readonly FrozenSegment[]
  readonly groups: readonly FrozenGroup[]
  readonly idempotency: FrozenIdempotency | undefined
}

const scratch = new StreamId()

/** Of the objects around segments and groups, by and large. */
const streamBytes = 200

export class Stream {
  readonly kind = 'stream'
  /** In order; none is empty. */
  segments: StreamSegment[] = []
  /** Live entries. */
  length = 0
  /** The highest id ever added (or set by XSETID). */
  readonly lastId = new StreamId()
  /** The highest id ever deleted. As in Redis trimming from the front does not count. */
  readonly maxDeletedId = new StreamId()
  /** The highest id of an entry that was trimmed, never above `lastId`: who has everything up to it has lost nothing to
   *  trimming. What was deleted by its id does not count. */
  readonly trimmedId = new StreamId()
  /** Entries added before the counter was last set, and since then: a sum of 64 bits, cheap to count on. */
  #addedBefore = 0n
  #addedSince = 0
  /** What producers added under ids of their own; undefined until one does. */
  idempotency: Idempotency | undefined
  /** Every live entry before it was pending when a trim last looked, and no group that had it has gone since. */
  readonly keptBefore = new StreamId()
  readonly #groups = new Map<string, ConsumerGroup>()
  readonly #groupMemory = new GroupMemory()
  /** Of all segments, as far as they were measured. */
  #segmentBytes = 0

  /** How many entries were ever added (or were said to be by XSETID). */
  get entriesAdded(): bigint {
    return BigInt.asIntN(64, this.#addedBefore + BigInt(this.#addedSince))
  }

  set entriesAdded(count: bigint) {
    this.#addedBefore = count
    this.#addedSince = 0
  }

  // Entries.

  /** Adds an entry behind all others, as the last of the segment that it returns; its fields are `fieldCount` bulk
   *  strings in wire form. `id` is above `lastId`. */
  append(id: StreamId, source: Uint8Array, start: number, end: number, fieldCount: number): StreamSegment {
    let segment = this.segments.at(-1)
    if (segment === undefined || !segment.hasRoom(end - start + entryHeaderBytesMax)) {
      // A stream that has filled a segment will fill another: it need not grow step by step.
      segment = new StreamSegment(segment && new Uint8Array(Math.min(segment.bytes.length, segmentBytesMax)))
      this.segments.push(segment)
    }
    segment.append(id, source, start, end, fieldCount)
    this.#measure(segment)
    this.length++
    this.#addedSince++
    this.lastId.set(id)
    return segment
  }

  /** Lets the next entry come behind `id`, which is not below the last live one. */
  setLastId(id: StreamId): void {
    const segment = this.segments.at(-1)
    if (segment !== undefined && segment.lastId.compare(id) > 0) {
      segment.lowerTail()
      this.#measure(segment)
    }
    this.lastId.set(id)
  }

  /** Deletes the entry with that id; false when there is none. */
  delete(id: StreamId): boolean {
    const index = this.#segmentOf(id)
    const segment = this.segments[index]
    const i = segment?.find(id) ?? -1
    if (segment === undefined || i < 0) return false
    segment.delete(i)
    this.#settle(segment, index)
    this.length--
    this.maxDeletedId.raiseTo(id)
    return true
  }

  has(id: StreamId): boolean {
    return this.find(id) !== undefined
  }

  /** Where the entry with that id is, undefined when there is none. */
  find(id: StreamId): EntryRun | undefined {
    const segment = this.segments[this.#segmentOf(id)]
    const start = segment?.find(id) ?? -1
    return segment === undefined || start < 0 ? undefined : { segment, start, end: start + 1 }
  }

  /** Reads the id of the first live entry; false when there is none. */
  firstId(target: StreamId): boolean {
    const segment = this.segments[0]
    if (segment === undefined) return false
    segment.id(segment.firstLive(), target)
    return true
  }

  /** Reads the id of the last live entry; false when there is none. */
  lastLiveId(target: StreamId): boolean {
    const segment = this.segments.at(-1)
    if (segment === undefined) return false
    segment.id(segment.lastLive(), target)
    return true
  }

  /** Reads the id of the first live entry behind `id`; false when there is none. */
  idAfter(id: StreamId, target: StreamId): boolean {
    const runs: EntryRun[] = []
    if (!target.set(id).increment() || this.range(target, largestId, 1, runs) === 0) return false
    runs[0]!.segment.id(runs[0]!.start, target)
    return true
  }

  /** Live entries from `start` to `end` (both included), `countMax` at most, as runs in order; returns how many. */
  range(start: StreamId, end: StreamId, countMax: number, runs: EntryRun[]): number {
    let count = 0
    for (let s = this.#segmentOf(start); s < this.segments.length && count < countMax; s++) {
      const segment = this.segments[s]!
      const from = segment.lowerBound(start)
      const to = end.compare(segment.lastId) >= 0 ? segment.count : segment.upperBound(end)
      count += collectRuns(segment, from, to, countMax - count, runs)
      if (to < segment.count) break
    }
    return count
  }

  /** The same from the end backwards: single entries in descending order. */
  reverseRange(start: StreamId, end: StreamId, countMax: number, runs: EntryRun[]): number {
    let count = 0
    let s = Math.min(this.#segmentOf(end), this.segments.length - 1)
    for (; s >= 0 && count < countMax; s--) {
      const segment = this.segments[s]!
      const from = segment.lowerBound(start)
      const to = end.compare(segment.lastId) >= 0 ? segment.count : segment.upperBound(end)
      for (let i = to - 1; i >= from && count < countMax; i--) {
        if (!segment.isLive(i)) continue
        runs.push({ segment, start: i, end: i + 1 })
        count++
      }
      if (from > segment.first) break
    }
    return count
  }

  /** How many live entries come after the id. */
  countAfter(id: StreamId): number {
    let count = 0
    for (let s = this.segments.length - 1; s >= 0; s--) {
      const segment = this.segments[s]!
      const from = segment.upperBound(id)
      if (from >= segment.count) break
      count += segment.liveBetween(from, segment.count)
      if (from > segment.first) break
    }
    return count
  }

  /** Trims the live entry with that ordinal alone; `isInside` tells that older ones stay. */
  trimAt(segment: StreamSegment, i: number, isInside: boolean): void {
    segment.id(i, scratch)
    this.trimmedId.raiseTo(scratch)
    if (isInside) {
      this.maxDeletedId.raiseTo(scratch)
      segment.delete(i)
    } else segment.trimTo(i + 1)
    this.length--
    this.#settle(segment)
  }

  /** Deletes the oldest entries until `lengthMax` are left, or all before `minId`. With a grain, only whole nodes of so
   *  many entries go, and `limit` entries at most (0 for no limit); returns how many went. `onTrim` hears of the ordinals
   *  that are about to go. */
  trim(
    lengthMax: number,
    minId: StreamId | undefined,
    grain: number,
    limit: number,
    onTrim?: (segment: StreamSegment, start: number, end: number) => void,
  ): number {
    let trimmed = 0
    while (this.segments.length > 0) {
      const segment = this.segments[0]!
      const nodeEnd = grain === 0 ? segment.count : segment.nodeEnd(grain)
      const inNode = segment.liveBetween(segment.first, nodeEnd)
      if (limit > 0 && trimmed + inNode > limit) break
      let end = nodeEnd
      if (minId === undefined ? this.length - inNode < lengthMax : !isBefore(segment, nodeEnd - 1, minId)) {
        if (grain !== 0) break
        end = minId === undefined ? ordinalAfter(segment, this.length - lengthMax) : segment.lowerBound(minId)
      }
      if (end === segment.first) break
      const live = segment.liveBetween(segment.first, end)
      onTrim?.(segment, segment.first, end)
      if (live > 0) {
        segment.id(segment.lastLive(end), scratch)
        this.trimmedId.raiseTo(scratch)
      }
      segment.trimTo(end)
      this.length -= live
      trimmed += live
      this.#settle(segment, 0)
      if (end < nodeEnd) break
    }
    return trimmed
  }

  /** Where nobody noted what was trimmed: everything before the first entry may have been. */
  presumeTrimmed(): void {
    if (this.firstId(scratch)) scratch.decrement()
    else scratch.set(this.lastId)
    this.trimmedId.raiseTo(scratch)
  }

  // Groups.

  get groupCount(): number {
    return this.#groups.size
  }

  /** Groups in no order that matters. */
  get groupsUnsorted(): Iterable<ConsumerGroup> {
    return this.#groups.values()
  }

  /** Groups in the order of their names' bytes. */
  groups(): ConsumerGroup[] {
    return [...this.#groups.entries()].sort(([a], [b]) => compareKeyTexts(a, b)).map(([, group]) => group)
  }

  group(bytes: Uint8Array, start: number, end: number): ConsumerGroup | undefined {
    return this.#groups.get(keyText(bytes, start, end))
  }

  addGroup(name: Uint8Array, lastId: StreamId, entriesRead: bigint): ConsumerGroup {
    const group = new ConsumerGroup(name, lastId, entriesRead, this.#groupMemory)
    this.#groups.set(keyText(name), group)
    return group
  }

  removeGroup(group: ConsumerGroup): void {
    this.#groups.delete(keyText(group.name))
    group.leave()
    this.keptBefore.set(smallestId)
  }

  /** What a group's counter is after it has read up to `id`, where that can be known (Redis 7.0,
   *  `streamEstimateDistanceFromFirstEverEntry`). */
  entriesReadAt(id: StreamId): bigint {
    const { entriesAdded } = this
    if (entriesAdded === 0n) return 0n
    const order = id.compare(this.lastId)
    if (order > 0) return entriesReadUnknown
    if (order === 0 || this.length === 0) return entriesAdded
    this.firstId(scratch)
    const isGapBefore = !this.maxDeletedId.isZero && this.maxDeletedId.compare(scratch) >= 0
    if (isGapBefore) return entriesReadUnknown
    const first = id.compare(scratch)
    if (first < 0) return entriesAdded - BigInt(this.length)
    if (first === 0) return entriesAdded - BigInt(this.length) + 1n
    return entriesReadUnknown
  }

  /** Whether entries after `from` may have been deleted from the middle (Redis' `streamRangeHasTombstones`). */
  hasTombstonesAfter(from: StreamId | undefined): boolean {
    if (this.length === 0 || this.maxDeletedId.isZero) return false
    return this.maxDeletedId.compare(from ?? smallestId) >= 0
  }

  /** The memory it takes, by and large. */
  get memoryBytes(): number {
    return streamBytes + this.#segmentBytes + this.#groupMemory.bytes + (this.idempotency?.memoryBytes ?? 0)
  }

  clone(): Stream {
    const copy = new Stream()
    for (const segment of this.segments) copy.#add(segment.clone())
    copy.length = this.length
    copy.lastId.set(this.lastId)
    copy.maxDeletedId.set(this.maxDeletedId)
    copy.trimmedId.set(this.trimmedId)
    copy.entriesAdded = this.entriesAdded
    copy.idempotency = this.idempotency?.clone()
    for (const [name, group] of this.#groups) copy.#groups.set(name, group.clone(copy.#groupMemory))
    return copy
  }

  /** The stream as it is now, in time proportional to its segments and groups. */
  freeze(): FrozenStream {
    return {
      lastId: this.lastId.copy(),
      maxDeletedId: this.maxDeletedId.copy(),
      trimmedId: this.trimmedId.copy(),
      entriesAdded: this.entriesAdded,
      segments: this.segments.map((segment) => segment.freeze()),
      groups: this.groups().map((group) => group.freeze()),
      idempotency: this.idempotency?.freeze(),
    }
  }

  /** Adds entries in wire form, as `FrozenSegment.runs` gives them, behind those that are there. */
  appendWire(bytes: Uint8Array): void {
    const segment = StreamSegment.load(bytes)
    if (segment.count === 0) return
    this.#add(segment)
    this.length += segment.count
  }

  #add(segment: StreamSegment): void {
    this.segments.push(segment)
    this.#measure(segment)
  }

  /** Lets a segment from which entries went go too when nothing in it is live. */
  #settle(segment: StreamSegment, index?: number): void {
    if (segment.live > 0) return this.#measure(segment)
    this.segments.splice(index ?? this.segments.indexOf(segment), 1)
    this.#segmentBytes -= segment.measuredBytes
    segment.measuredBytes = 0
  }

  /** Brings the sum of all segments up to date with one whose memory may have changed. */
  #measure(segment: StreamSegment): void {
    const bytes = segment.memoryBytes
    this.#segmentBytes += bytes - segment.measuredBytes
    segment.measuredBytes = bytes
  }

  /** Index of the first segment whose last id is not before `id`. */
  #segmentOf(id: StreamId): number {
    const { segments } = this
    let low = 0
    let high = segments.length
    if (high === 0 || segments[high - 1]!.lastId.compare(id) < 0) return high
    if (high > 1 && segments[high - 2]!.lastId.compare(id) < 0) return high - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (segments[middle]!.lastId.compare(id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function isBefore(segment: StreamSegment, i: number, id: StreamId): boolean {
  segment.id(i, scratch)
  return scratch.compare(id) < 0
}

/** Ordinal behind the first `count` live entries. */
function ordinalAfter(segment: StreamSegment, count: number): number {
  let i = segment.first
  for (let seen = 0; seen < count; i++) if (segment.isLive(i)) seen++
  return i
}
