/** A run of neighbouring elements of a list: their wire form (`$5\r\nhello\r\n`) back to back in one buffer.
 *
 *  The elements lie at `bytes[start, end)` with room on either side, so both ends grow and shrink in constant time and
 *  any part of the run leaves in one copy. `table` says where each element begins; a small chunk has none and finds its
 *  elements by their sizes, because the table would cost more than the elements. A chunk holds `chunkBytesMax` bytes at
 *  most; a larger element has a chunk of its own.
 *
 *  Chunks are copied on write: a snapshot or another list may share `bytes` and `table`, and then the first method
 *  that would write to them makes copies first. Positions (`start`, `count`, …) are each chunk's own, so taking
 *  elements away never copies.
 *
 *  A chunk in a list is never empty; who takes the last element away drops the chunk. */
import { copyBytes, equalRanges } from '../lib/bytes.ts'
import { BufferPool } from './buffer-pool.ts'

/** The most that a chunk of several elements holds; also what keeps the table's positions within 16 bits. */
export const chunkBytesMax = 8192
const chunkBytesMin = 64
/** Full-sized buffers that wait for new chunks, of all lists: a megabyte. */
const spareBuffersMax = 128
const fullBuffers = new BufferPool(chunkBytesMax, spareBuffersMax)
/** A chunk of full size slides its elements to make room at an end only when it is this empty at the other one. */
const slideBytesMin = chunkBytesMax / 4
const tableSizeMin = 8
/** Chunks with buffers up to this size have no table. */
const scanBytesMax = 256
const noTable = new Uint16Array(0)
const carriageReturn = 13

/** Where an element lies in wire form: `bytes[start, end)`. Filled by the methods of lists; valid until the next
 *  change of the list. */
export class ListElement {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }
}

export class ListChunk {
  bytes: Uint8Array
  /** Where the first element begins and the last one ends. */
  start: number
  end: number
  /** How many elements there are. */
  count = 0
  /** `table[first + k]` is where element `k` begins. Empty, with `first` 0, while the buffer is small or there has been
   *  one element only. */
  table: Uint16Array = noTable
  first = 0
  /** Whether somebody else reads `bytes` and `table` too. */
  isShared = false
  /** What its list counts it for. */
  measuredBytes = 0
  previous: ListChunk | undefined = undefined
  next: ListChunk | undefined = undefined

  /** An empty chunk that keeps its room before (`atFront`) or behind the elements to come. */
  constructor(capacity: number, atFront: boolean) {
    this.bytes = bufferOf(capacity)
    this.start = atFront ? capacity : 0
    this.end = this.start
  }

  /** How many bytes the elements take. */
  get size(): number {
    return this.end - this.start
  }

  /** The memory it takes, by and large. */
  get memoryBytes(): number {
    return 400 + this.bytes.length + (this.table.length > 0 ? 200 + this.table.byteLength : 0)
  }

  /** Where element `k` begins. */
  startOf(k: number): number {
    if (k === 0) return this.start
    return this.table.length > 0 ? this.table[this.first + k]! : this.#scan(k)
  }

  /** Behind element `k`. */
  endOf(k: number): number {
    return k + 1 === this.count ? this.end : this.startOf(k + 1)
  }

  /** Puts an element behind the others; false when it does not fit (nothing is changed then). */
  append(source: Uint8Array, from: number, to: number): boolean {
    const size = to - from
    if (this.isShared || this.end + size > this.bytes.length || !this.#hasIndex(false)) {
      if (!this.#makeRoom(size, source, false)) return false
    }
    if (this.table.length > 0) this.table[this.first + this.count] = this.end
    this.end = copyBytes(source, from, to, this.bytes, this.end)
    this.count++
    return true
  }

  /** Puts an element before the others; false when it does not fit. */
  prepend(source: Uint8Array, from: number, to: number): boolean {
    if (this.isShared || this.start < to - from || !this.#hasIndex(true)) {
      if (!this.#makeRoom(to - from, source, true)) return false
    }
    this.start -= to - from
    copyBytes(source, from, to, this.bytes, this.start)
    if (this.table.length > 0) this.table[--this.first] = this.start
    this.count++
    return true
  }

  /** Takes away the first `count` elements, fewer than there are. */
  dropFirst(count: number): void {
    this.start = this.startOf(count)
    if (this.table.length > 0) this.first += count
    this.count -= count
  }

  /** Takes away the last `count` elements, fewer than there are. */
  dropLast(count: number): void {
    this.end = this.startOf(this.count - count)
    this.count -= count
  }

  /** Gives back memory when little is left of what once was here. */
  shrink(): void {
    if (this.size * 8 < this.bytes.length && this.bytes.length > chunkBytesMin) this.#move(capacityFor(this.size))
  }

  /** Which element is the first from `k` on in steps of `step` (1 or -1) that equals the one in wire form, looking at
   *  `countMax` at most; -1 when there is none. */
  find(k: number, step: number, countMax: number, source: Uint8Array, from: number, to: number): number {
    const size = to - from
    const { bytes } = this
    for (let looked = 0; k >= 0 && k < this.count && looked < countMax; k += step, looked++) {
      const at = this.startOf(k)
      if (this.endOf(k) - at === size && equalRanges(bytes, at, source, from, size)) return k
    }
    return -1
  }

  /** Puts an element in the place of elements `[k, k + removed)`; false when it does not fit. */
  replace(k: number, removed: number, source: Uint8Array, from: number, to: number): boolean {
    const cutStart = k === this.count ? this.end : this.startOf(k)
    const cutEnd = removed === 0 ? cutStart : this.endOf(k + removed - 1)
    if (cutEnd - cutStart === to - from && !this.isShared) {
      copyBytes(source, from, to, this.bytes, cutStart)
      return true
    }
    const size = this.size - (cutEnd - cutStart) + to - from
    const count = this.count - removed + 1
    if (size > chunkBytesMax && count > 1) return false
    const bytes = new Uint8Array(capacityFor(size))
    let at = copyBytes(this.bytes, this.start, cutStart, bytes, 0)
    at = copyBytes(source, from, to, bytes, at)
    at = copyBytes(this.bytes, cutEnd, this.end, bytes, at)
    this.adopt(bytes, 0, at, count)
    return true
  }

  /** Takes away the elements with these indexes, in ascending order and fewer than there are. */
  removeAll(indexes: readonly number[]): void {
    // Nothing is looked for behind a single one, so what follows it may move down where it is.
    const bytes = this.isShared || indexes.length > 1 ? new Uint8Array(this.bytes.length) : this.bytes
    const { start } = this
    let at = start
    let kept = start
    for (const k of indexes) {
      at = copyBytes(this.bytes, kept, this.startOf(k), bytes, at)
      kept = this.endOf(k)
    }
    at = copyBytes(this.bytes, kept, this.end, bytes, at)
    this.adopt(bytes, start, at, this.count - indexes.length)
    this.shrink()
  }

  /** Moves elements `[k, count)` to a chunk of their own, which the caller links; both keep at least one. */
  split(k: number): ListChunk {
    const from = this.startOf(k)
    const size = this.end - from
    const rest = new ListChunk(capacityFor(size), false)
    copyBytes(this.bytes, from, this.end, rest.bytes, 0)
    rest.adopt(rest.bytes, 0, size, this.count - k)
    this.dropLast(this.count - k)
    return rest
  }

  /** Copies the other's elements behind its own; the caller saw to it that they fit `chunkBytesMax`. */
  appendAll(other: ListChunk): void {
    const bytes = new Uint8Array(capacityFor(this.size + other.size))
    let at = copyBytes(this.bytes, this.start, this.end, bytes, 0)
    at = copyBytes(other.bytes, other.start, other.end, bytes, at)
    this.adopt(bytes, 0, at, this.count + other.count)
  }

  /** Takes `bytes[start, end)`, `count` elements in wire form, for its own in place of what it held. */
  adopt(bytes: Uint8Array, start: number, end: number, count: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.count = count
    this.first = 0
    this.isShared = false
    this.table = noTable
    if (count > 1 && bytes.length > scanBytesMax) this.#fillTable(new Uint16Array(count), 0)
  }

  /** A chunk with the same elements; both copy on write from now on. */
  share(): ListChunk {
    this.isShared = true
    const twin = new ListChunk(0, false)
    twin.bytes = this.bytes
    twin.start = this.start
    twin.end = this.end
    twin.count = this.count
    twin.table = this.table
    twin.first = this.first
    twin.isShared = true
    return twin
  }

  /** To be called by the list that drops the chunk: its buffer may be used again, but not at once (see `BufferPool`). */
  release(): void {
    if (!this.isShared && this.bytes.length === chunkBytesMax) fullBuffers.giveBack(this.bytes)
  }

  /** Makes room for an element at an end and owns what will be written; false when a new chunk is the better place. */
  #makeRoom(size: number, source: Uint8Array, atFront: boolean): boolean {
    if (this.count === 0) {
      if (size > this.bytes.length) return false
    } else {
      const needed = this.size + size
      if (needed > chunkBytesMax) return false
      const hasRoom = atFront ? this.start >= size : this.end + size <= this.bytes.length
      if (!hasRoom && this.bytes.length >= chunkBytesMax && needed > chunkBytesMax - slideBytesMin) return false
      if (!hasRoom || this.isShared) {
        const capacity = capacityFor(needed)
        // The end that grows gets most of the room.
        const spare = capacity - needed
        const before = atFront ? size + spare - (spare >>> 3) : spare >>> 3
        this.#move(capacity, before, capacity === this.bytes.length && source !== this.bytes)
      }
      if (!this.#hasIndex(atFront)) this.#moveTable(size, atFront)
    }
    return true
  }

  /** Lays the elements out anew, `before` bytes from the buffer's beginning; what was shared is its own then. */
  #move(capacity: number, before = 0, mayReuse = false): void {
    const { start, end } = this
    if (mayReuse && !this.isShared) this.bytes.copyWithin(before, start, end)
    else {
      const bytes = bufferOf(capacity)
      copyBytes(this.bytes, start, end, bytes, before)
      this.bytes = bytes
    }
    this.start = before
    this.end = before + end - start
    if (this.bytes.length <= scanBytesMax) {
      this.table = noTable
      this.first = 0
    } else if (this.table.length > 0) {
      const table = this.isShared ? this.table.slice() : this.table
      for (let i = this.first; i < this.first + this.count; i++) table[i] = table[i]! + before - start
      this.table = table
    }
    this.isShared = false
  }

  /** Makes room in the table at an end: for as many elements as are likely to fit the buffer still. */
  #moveTable(size: number, atFront: boolean): void {
    const { count } = this
    const fitting = Math.ceil((this.bytes.length - this.size) / Math.max(size, this.size / count))
    const capacity = Math.max(tableSizeMin, count + 2 + Math.max(fitting, count >>> 1))
    const table = new Uint16Array(capacity)
    const spare = capacity - count
    const first = atFront ? spare - (spare >>> 3) : spare >>> 3
    if (this.table.length === 0) return this.#fillTable(table, first)
    for (let k = 0; k < count; k++) table[first + k] = this.table[this.first + k]!
    this.table = table
    this.first = first
  }

  /** Whether the table has room for one more at an end, or there need be none. */
  #hasIndex(atFront: boolean): boolean {
    if (this.bytes.length <= scanBytesMax) return true
    return atFront ? this.first > 0 : this.first + this.count < this.table.length
  }

  #fillTable(table: Uint16Array, first: number): void {
    let at = this.start
    for (let k = 0; k < this.count; k++) {
      table[first + k] = at
      at = elementEnd(this.bytes, at)
    }
    this.table = table
    this.first = first
  }

  /** Where element `k` begins, found from the first one on. */
  #scan(k: number): number {
    let at = this.start
    for (; k > 0; k--) at = elementEnd(this.bytes, at)
    return at
  }
}

/** A buffer whose content is of no interest. */
function bufferOf(capacity: number): Uint8Array {
  return capacity === chunkBytesMax ? fullBuffers.take() : new Uint8Array(capacity)
}

/** Behind the element in wire form that begins at `at`. */
export function elementEnd(bytes: Uint8Array, at: number): number {
  let size = 0
  for (at++; bytes[at] !== carriageReturn; at++) size = size * 10 + bytes[at]! - 48
  return at + size + 4
}

/** The buffer for `size` bytes of elements: half as much again, as a power of two within the limits. What outgrows the
 *  smallest one has the largest that needs no table, because a step costs more than the bytes. An element that is larger
 *  than a chunk has exactly what it needs. */
export function capacityFor(size: number): number {
  if (size > chunkBytesMax) return size
  const wanted = Math.min(size + (size >>> 1), chunkBytesMax)
  if (wanted <= scanBytesMax) return wanted <= chunkBytesMin ? chunkBytesMin : scanBytesMax
  return 1 << (32 - Math.clz32(wanted - 1))
}
