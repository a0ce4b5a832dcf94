/** A run of stream entries in the very bytes in which readers get them:
 *
 *      *2\r\n $15\r\n1700000000000-0\r\n *4\r\n $5\r\nfield\r\n $5\r\nvalue\r\n …
 *
 *  Entries are only ever added at the end, so neighbours that are not deleted are one range of bytes. An entry is
 *  known by its ordinal in the segment; `offsets` says where each begins, its id is read from its bytes when needed.
 *  Trimmed entries lie before `first`, deleted ones are bits. The memory goes when the last entry goes. */
import { copyBytes, writeDecimal } from '../lib/bytes.ts'
import { readEntryId, StreamId } from './stream-id.ts'

/** Segments grow by doubling up to this; an entry that is larger has a segment of its own. */
export const segmentBytesMax = 256 * 1024
const initialBytes = 256
const initialEntries = 8
/** Of the objects around the bytes, by and large. */
const objectBytes = 400
/** Bytes of `*2\r\n$NN\r\n`, an id, `\r\n` and `*N\r\n` at the most. */
export const entryHeaderBytesMax = 80

/** A segment's live entries as they were at one time. */
export interface FrozenSegment {
  /** Ranges of neighbouring entries in wire form. */
  runs(): Generator<Uint8Array>
}

const scratch = new StreamId()

export class StreamSegment {
  bytes: Uint8Array
  /** Where entry `i` begins; one more than there are entries, the last being the end. */
  offsets = new Uint32Array(initialEntries)
  /** Entries ever added, and the first that was not trimmed. */
  count = 0
  first = 0
  /** Entries that are neither trimmed nor deleted. */
  live = 0
  /** A bit for each deleted entry, undefined while there is none. */
  deleted: Uint8Array | undefined
  /** The highest id added. */
  readonly lastId = new StreamId()
  /** What its stream counts it for. */
  measuredBytes = 0
  /** Entries dropped from the front when the memory was compacted. */
  #dropped = 0

  constructor(bytes: Uint8Array = new Uint8Array(initialBytes)) {
    this.bytes = bytes
  }

  get size(): number {
    return this.offsets[this.count]!
  }

  /** The memory it takes, by and large. */
  get memoryBytes(): number {
    return objectBytes + this.bytes.length + this.offsets.byteLength + (this.deleted?.length ?? 0)
  }

  /** Whether an entry of so many bytes can be added here. */
  hasRoom(size: number): boolean {
    return this.size + size <= segmentBytesMax || this.count === 0
  }

  /** Adds an entry; its fields are `fieldCount` bulk strings in wire form. The caller asked `hasRoom`. */
  append(id: StreamId, source: Uint8Array, start: number, end: number, fieldCount: number): void {
    this.#reserve(this.size + end - start + entryHeaderBytesMax)
    const { bytes } = this
    let at = this.size
    bytes[at++] = 42
    bytes[at++] = 50
    bytes[at++] = 13
    bytes[at++] = 10
    bytes[at++] = 36
    // The id's length is known once it is written: two digits for all but the shortest.
    const idStart = at + 4
    const idEnd = id.write(bytes, idStart)
    const idSize = idEnd - idStart
    if (idSize >= 10) {
      writeDecimal(idSize, bytes, at)
      at = idEnd
    } else {
      bytes[at] = 48 + idSize
      bytes.copyWithin(at + 3, idStart, idEnd)
      at = idEnd - 1
    }
    const lineAt = idSize >= 10 ? idStart - 2 : idStart - 3
    bytes[lineAt] = 13
    bytes[lineAt + 1] = 10
    bytes[at++] = 13
    bytes[at++] = 10
    bytes[at++] = 42
    at = writeDecimal(fieldCount, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    at = copyBytes(source, start, end, bytes, at)
    this.#close(at, id)
  }

  /** Adds the last entry's end after its bytes were written. */
  #close(end: number, id: StreamId): void {
    this.count++
    this.live++
    if (this.count === this.offsets.length) this.#growOffsets()
    this.offsets[this.count] = end
    this.lastId.set(id)
  }

  /** Reads entry `i`'s id. */
  id(i: number, target: StreamId): void {
    const at = this.offsets[i]!
    // `*2\r\n$` is five bytes; the length has one digit or two.
    readEntryId(this.bytes, this.bytes[at + 6] === 13 ? at + 8 : at + 9, target)
  }

  /** Where entry `i`'s id in wire form (`$15\r\n…\r\n`) begins and ends. */
  idWireStart(i: number): number {
    return this.offsets[i]! + 4
  }

  idWireEnd(i: number): number {
    const { bytes } = this
    const at = this.offsets[i]! + 5
    // Its length has one digit or two.
    const size = bytes[at]! - 48
    return bytes[at + 1] === 13 ? at + 3 + size + 2 : at + 4 + size * 10 + bytes[at + 1]! - 48 + 2
  }

  /** Ordinal of the first entry whose id is not before `id`; `count` when all are. Trimmed entries are not looked at. */
  lowerBound(id: StreamId): number {
    let low = this.first
    let high = this.count
    if (this.lastId.compare(id) < 0) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      this.id(middle, scratch)
      if (scratch.compare(id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Ordinal of the first entry behind `id`. */
  upperBound(id: StreamId): number {
    const i = this.lowerBound(id)
    return this.#hasId(i, id) ? i + 1 : i
  }

  /** Ordinal of the live entry with that id, -1 when there is none. */
  find(id: StreamId): number {
    const i = this.lowerBound(id)
    return this.isLive(i) && this.#hasId(i, id) ? i : -1
  }

  /** Ordinal of the first live entry; there must be one. */
  firstLive(): number {
    let i = this.first
    while (!this.isLive(i)) i++
    return i
  }

  /** Ordinal of the last live entry before `end`; there must be one. */
  lastLive(end = this.count): number {
    let i = end - 1
    while (!this.isLive(i)) i--
    return i
  }

  #hasId(i: number, id: StreamId): boolean {
    if (i >= this.count) return false
    this.id(i, scratch)
    return scratch.compare(id) === 0
  }

  isLive(i: number): boolean {
    if (i < this.first || i >= this.count) return false
    return this.deleted === undefined || ((this.deleted[i >>> 3] ?? 0) & (1 << (i & 7))) === 0
  }

  /** Deletes a live entry. */
  delete(i: number): void {
    const bytesNeeded = (this.count + 7) >>> 3
    if (this.deleted === undefined || this.deleted.length < bytesNeeded) {
      const larger = new Uint8Array(Math.max(bytesNeeded, (this.deleted?.length ?? 0) * 2))
      if (this.deleted !== undefined) larger.set(this.deleted)
      this.deleted = larger
    }
    this.deleted[i >>> 3]! |= 1 << (i & 7)
    this.live--
  }

  /** Gives the deleted entries behind the last live one its id, and no fields, so that what is added next may have a lower id
   *  than they had. Their ordinals count for approximate trimming still. What a checkpoint holds stays as it is. */
  lowerTail(): void {
    const end = this.lastLive() + 1
    const dead = this.count - end
    const id = new StreamId()
    this.id(end - 1, id)
    this.bytes = this.bytes.slice()
    this.offsets = this.offsets.slice()
    this.count = end
    for (let i = 0; i < dead; i++) {
      this.append(id, this.bytes, 0, 0, 0)
      this.delete(this.count - 1)
    }
  }

  /** Trims everything before ordinal `end`. */
  trimTo(end: number): void {
    for (let i = this.first; i < end; i++) if (this.isLive(i)) this.live--
    this.first = end
  }

  /** How many of the entries [start, end) are live. */
  liveBetween(start: number, end: number): number {
    if (this.deleted === undefined) return end - start
    if (start === this.first && end === this.count) return this.live
    let count = 0
    for (let i = start; i < end; i++) if (this.isLive(i)) count++
    return count
  }

  /** Ordinal behind the node of `grain` entries that the entry `from` belongs to. */
  nodeEnd(grain: number, from = this.first): number {
    const next = (Math.floor((this.#dropped + from) / grain) + 1) * grain
    return Math.min(this.count, next - this.#dropped)
  }

  /** The same entries in a segment of its own. */
  clone(): StreamSegment {
    const copy = new StreamSegment(this.bytes.slice(0, this.size))
    copy.offsets = this.offsets.slice(0, this.count + 1)
    copy.count = this.count
    copy.first = this.first
    copy.live = this.live
    copy.deleted = this.deleted?.slice()
    copy.lastId.set(this.lastId)
    return copy
  }

  /** The live entries as they are now; entries added or deleted later do not show. */
  freeze(): FrozenSegment {
    const { bytes, offsets, count, first } = this
    const deleted = this.deleted?.slice()
    return {
      *runs() {
        let start = first
        while (start < count) {
          while (start < count && isDeleted(deleted, start)) start++
          let end = start
          while (end < count && !isDeleted(deleted, end)) end++
          if (end > start) yield bytes.subarray(offsets[start]!, offsets[end]!)
          start = end
        }
      },
    }
  }

  /** A segment over entries in wire form, back to back, that we wrote ourselves. */
  static load(bytes: Uint8Array): StreamSegment {
    const segment = new StreamSegment(bytes)
    let at = 0
    while (at < bytes.length) {
      segment.#noteEntry(at)
      at = entryEnd(bytes, at)
    }
    segment.offsets[segment.count] = at
    if (segment.count > 0) segment.id(segment.count - 1, segment.lastId)
    return segment
  }

  #noteEntry(at: number): void {
    if (this.count + 1 === this.offsets.length) this.#growOffsets()
    this.offsets[this.count++] = at
    this.live++
  }

  #growOffsets(): void {
    const offsets = new Uint32Array(this.offsets.length * 2)
    offsets.set(this.offsets)
    this.offsets = offsets
  }

  #reserve(size: number): void {
    if (size <= this.bytes.length) return
    if (this.first > 0 && this.offsets[this.first]! * 2 >= this.bytes.length) {
      const dead = this.offsets[this.first]!
      this.#compact()
      if (size - dead <= this.bytes.length) return
      size -= dead
    }
    const larger = new Uint8Array(Math.max(size, Math.min(this.bytes.length * 2, segmentBytesMax)))
    larger.set(this.bytes.subarray(0, this.size))
    this.bytes = larger
  }

  /** Drops the trimmed entries' memory. What a checkpoint holds of the old arrays stays as it is. */
  #compact(): void {
    const { first } = this
    const dead = this.offsets[first]!
    const bytes = new Uint8Array(this.bytes.length)
    bytes.set(this.bytes.subarray(dead, this.size))
    const offsets = new Uint32Array(this.offsets.length)
    for (let i = first; i <= this.count; i++) offsets[i - first] = this.offsets[i]! - dead
    if (this.deleted !== undefined) {
      const deleted = new Uint8Array(this.deleted.length)
      for (let i = first; i < this.count; i++) {
        if (!this.isLive(i)) deleted[(i - first) >>> 3]! |= 1 << ((i - first) & 7)
      }
      this.deleted = deleted
    }
    this.bytes = bytes
    this.offsets = offsets
    this.count -= first
    this.first = 0
    this.#dropped += first
  }
}

function isDeleted(deleted: Uint8Array | undefined, i: number): boolean {
  return deleted !== undefined && ((deleted[i >>> 3] ?? 0) & (1 << (i & 7))) !== 0
}

/** Offset behind the entry that begins at `at`: `*2`, the id, `*n` and n bulk strings. */
function entryEnd(bytes: Uint8Array, at: number): number {
  let position = at + 5
  const number = (): number => {
    let value = 0
    for (; bytes[position] !== 13; position++) value = value * 10 + bytes[position]! - 48
    position += 2
    return value
  }
  const idSize = number()
  position += idSize + 3
  const count = number()
  for (let i = 0; i < count; i++) {
    position++
    const size = number()
    position += size + 2
  }
  return position
}
