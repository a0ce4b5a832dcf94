/** A small sorted set: one byte array, member after member in order. Each is its score (eight bytes), the size of its
 *  name (seven bits a byte, the lowest first, the last without the eighth) and the name.
 *
 *  Everything walks from the front. A place is a member's offset. */
import { copyBytes, equalRanges } from '../lib/bytes.ts'
import {
  compareRanges,
  type MemberVisitor,
  readScore,
  type SortedSetForm,
  scoreBytes,
  writeScore,
} from './sorted-set-form.ts'

const initialBytes = 48
/** The object itself and its array's header. */
const objectBytes = 120

export class CompactSortedSet implements SortedSetForm {
  #bytes = new Uint8Array(initialBytes)
  #end = 0
  #size = 0
  /** Where the name at hand begins and ends, after `#name`. */
  #nameStart = 0
  #nameEnd = 0

  get size(): number {
    return this.#size
  }

  get memoryBytes(): number {
    return objectBytes + this.#bytes.length
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    const size = end - start
    for (let at = 0; at < this.#end; at = this.#nameEnd) {
      this.#name(at)
      if (this.#nameEnd - this.#nameStart !== size) continue
      if (equalRanges(this.#bytes, this.#nameStart, bytes, start, size)) return at
    }
    return -1
  }

  score(place: number): number {
    return readScore(this.#bytes, place)
  }

  rank(place: number): number {
    let rank = 0
    for (let at = 0; at < place; at = this.#nameEnd) {
      this.#name(at)
      rank++
    }
    return rank
  }

  add(bytes: Uint8Array, start: number, end: number, score: number): void {
    const size = end - start
    let sizeBytes = 1
    for (let rest = size; rest >= 128; rest = Math.floor(rest / 128)) sizeBytes++
    // As in Redis, whose small form keeps whole numbers as integers, there is but one zero.
    const kept = score + 0
    const at = this.#placeFor(bytes, start, end, kept)
    this.#open(at, scoreBytes + sizeBytes + size)
    writeScore(kept, this.#bytes, at)
    let to = at + scoreBytes
    let rest = size
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[to++] = (rest % 128) | 128
    this.#bytes[to++] = rest
    copyBytes(bytes, start, end, this.#bytes, to)
    this.#size++
  }

  setScore(place: number, score: number): void {
    this.#name(place)
    const name = this.#bytes.slice(this.#nameStart, this.#nameEnd)
    this.#close(place, this.#nameEnd)
    this.#size--
    this.add(name, 0, name.length, score)
  }

  removeRange(first: number, count: number): void {
    const start = this.#offset(first)
    let end = start
    for (let i = 0; i < count; i++) {
      this.#name(end)
      end = this.#nameEnd
    }
    this.#close(start, end)
    this.#size -= count
  }

  countBelow(score: number, andEqual: boolean): number {
    let count = 0
    for (let at = 0; at < this.#end; at = this.#nameEnd) {
      const other = readScore(this.#bytes, at)
      if (andEqual ? other > score : other >= score) break
      this.#name(at)
      count++
    }
    return count
  }

  countBefore(bytes: Uint8Array, start: number, end: number, andEqual: boolean): number {
    let count = 0
    for (let at = 0; at < this.#end; at = this.#nameEnd) {
      this.#name(at)
      const order = compareRanges(this.#bytes, this.#nameStart, this.#nameEnd, bytes, start, end)
      if (andEqual ? order > 0 : order >= 0) break
      count++
    }
    return count
  }

  visit(first: number, count: number, backwards: boolean, visitor: MemberVisitor): void {
    if (count === 0) return
    let at = this.#offset(first)
    if (!backwards) {
      for (let i = 0; i < count; i++) at = this.#visitOne(at, visitor)
      return
    }
    const offsets = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      offsets[i] = at
      this.#name(at)
      at = this.#nameEnd
    }
    for (let i = count - 1; i >= 0; i--) this.#visitOne(offsets[i]!, visitor)
  }

  /** All at once, as Redis does with small ones. */
  scan(_position: number, _count: number, visitor: MemberVisitor): number {
    this.visit(0, this.#size, false, visitor)
    return 0
  }

  clone(): CompactSortedSet {
    const copy = new CompactSortedSet()
    copy.#bytes = this.#bytes.slice()
    copy.#end = this.#end
    copy.#size = this.#size
    return copy
  }

  #visitOne(at: number, visitor: MemberVisitor): number {
    this.#name(at)
    const end = this.#nameEnd
    visitor(this.#bytes, this.#nameStart, end, readScore(this.#bytes, at))
    return end
  }

  /** Finds the name of the member at an offset. */
  #name(at: number): void {
    const bytes = this.#bytes
    let from = at + scoreBytes
    let byte = bytes[from++]!
    let size = byte & 127
    for (let unit = 128; byte >= 128; unit *= 128) {
      byte = bytes[from++]!
      size += (byte & 127) * unit
    }
    this.#nameStart = from
    this.#nameEnd = from + size
  }

  #offset(rank: number): number {
    let at = 0
    for (let i = 0; i < rank; i++) {
      this.#name(at)
      at = this.#nameEnd
    }
    return at
  }

  /** Where a member that is not there belongs. */
  #placeFor(bytes: Uint8Array, start: number, end: number, score: number): number {
    let at = 0
    for (; at < this.#end; at = this.#nameEnd) {
      const other = readScore(this.#bytes, at)
      if (other > score) break
      this.#name(at)
      if (other < score) continue
      if (compareRanges(this.#bytes, this.#nameStart, this.#nameEnd, bytes, start, end) > 0) break
    }
    return at
  }

  #open(at: number, size: number): void {
    if (this.#end + size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#end + size, Math.ceil(this.#bytes.length * 1.5)))
      larger.set(this.#bytes.subarray(0, at))
      larger.set(this.#bytes.subarray(at, this.#end), at + size)
      this.#bytes = larger
    } else {
      this.#bytes.copyWithin(at + size, at, this.#end)
    }
    this.#end += size
  }

  #close(start: number, end: number): void {
    this.#bytes.copyWithin(start, end, this.#end)
    this.#end -= end - start
    // An array that is mostly empty now is given back.
    if (this.#end < this.#bytes.length / 4 && this.#bytes.length > initialBytes) {
      this.#bytes = this.#bytes.slice(0, Math.max(initialBytes, this.#end * 2))
    }
  }
}
