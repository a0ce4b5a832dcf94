/** Bulk strings in wire form, one behind the other in one array of bytes: what a small collection is kept in.
 *
 *  An item is known by the offset where it begins, which is valid until the next change. Searching reads one item after
 *  the other, which beats any table as long as there are few; a run of neighbours is answered by one copy. */
import { copyBytes, digitCount, equalRanges, writeDecimal } from './bytes.ts'

const firstBytes = 32
/** Bytes of the objects around the items, by and large. */
const objectBytes = 160
const nothing = new Uint8Array(0)

/** A range of bytes; filled in by whoever is asked for one. */
export class ByteRange {
  bytes: Uint8Array = nothing
  start = 0
  end = 0

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }
}

export class WireItems {
  /** The items fill `bytes[0, size)`. */
  bytes: Uint8Array
  size = 0

  /** Has room for about so many bytes to begin with. */
  constructor(capacity = firstBytes) {
    this.bytes = new Uint8Array(capacity)
  }

  get memoryBytes(): number {
    return objectBytes + this.bytes.length
  }

  /** Where the content of the item at `at` begins. It ends 2 before the item does. */
  contentStart(at: number): number {
    return contentStart(this.bytes, at)
  }

  /** The offset behind the item at `at`. */
  end(at: number): number {
    return wireEnd(this.bytes, at)
  }

  /** The first item from `from` on with that content, looking at every `step`-th one; -1 when there is none. */
  find(source: Uint8Array, start: number, end: number, step = 1, from = 0): number {
    const { bytes, size: behind } = this
    const wanted = end - start
    // Items often begin alike, so the last byte is looked at first.
    const last = wanted === 0 ? 0 : source[end - 1]
    let skip = 0
    for (let at = from; at < behind; ) {
      let i = at + 1
      let size = bytes[i++]! - 48
      for (let byte = bytes[i++]!; byte !== 13; byte = bytes[i++]!) size = size * 10 + byte - 48
      if (skip > 0) skip--
      else {
        if (
          size === wanted &&
          (size === 0 || (bytes[i + size] === last && equalRanges(bytes, i + 1, source, start, size)))
        ) {
          return at
        }
        skip = step - 1
      }
      at = i + size + 3
    }
    return -1
  }

  /** The offset of the item that `count` items stand before. */
  nth(count: number): number {
    let at = 0
    for (let i = 0; i < count; i++) at = this.end(at)
    return at
  }

  /** Adds items in wire form at the end. The source may be these bytes themselves. */
  append(source: Uint8Array, start: number, end: number): void {
    this.splice(this.size, this.size, source, start, end)
  }

  /** Adds an item with that content at the end. The source must not be these bytes. */
  appendContent(source: Uint8Array, start: number, end: number): void {
    const size = end - start
    const itemSize = size + digitCount(size) + 5
    if (this.size + itemSize > this.bytes.length) {
      // A quarter more than needed, as below.
      const needed = this.size + itemSize
      const larger = new Uint8Array((needed + (needed >>> 2) + 15) & ~7)
      copyBytes(this.bytes, 0, this.size, larger, 0)
      this.bytes = larger
    }
    const { bytes } = this
    let at = this.size
    bytes[at++] = 36
    at = writeDecimal(size, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    at = copyBytes(source, start, end, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    this.size = at
  }

  /** Puts items in wire form in place of those in `[from, to)`. */
  splice(from: number, to: number, source: Uint8Array, start: number, end: number): void {
    const growth = end - start - (to - from)
    const size = this.size + growth
    if (size > this.bytes.length) {
      // A quarter more than needed: small collections are many.
      const larger = new Uint8Array((size + (size >>> 2) + 15) & ~7)
      copyBytes(this.bytes, 0, from, larger, 0)
      copyBytes(this.bytes, to, this.size, larger, to + growth)
      this.bytes = larger
    } else if (growth !== 0 && to < this.size) this.bytes.copyWithin(to + growth, to, this.size)
    copyBytes(source, start, end, this.bytes, from)
    this.size = size
  }

  /** Takes out the items in `[from, to)`. */
  remove(from: number, to: number): void {
    this.splice(from, to, nothing, 0, 0)
  }

  /** A copy of the items, of no more memory than they need. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.size)
  }

  clone(): WireItems {
    const twin = new WireItems(0)
    twin.bytes = this.copy()
    twin.size = this.size
    return twin
  }
}

/** Where the content of the bulk string in wire form at `at` begins. */
export function contentStart(bytes: Uint8Array, at: number): number {
  let i = at + 2
  while (bytes[i] !== 13) i++
  return i + 2
}

/** The offset behind the bulk string in wire form at `at`. */
export function wireEnd(bytes: Uint8Array, at: number): number {
  let i = at + 1
  let size = bytes[i++]! - 48
  for (let byte = bytes[i++]!; byte !== 13; byte = bytes[i++]!) size = size * 10 + byte - 48
  // Behind the CR: LF, the content, CRLF.
  return i + size + 3
}
