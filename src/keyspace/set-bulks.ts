/** A small set as one run of bulk strings in wire form: SMEMBERS is one copy, and looking for a member passes over a
 *  few cache lines. */
import type { Reply } from '../../protocol/resp/reply.ts'
import { BulkCursor } from '../lib/bulk-cursor.ts'
import { copyBytes, digitCount, equalRanges, writeDecimal } from '../lib/bytes.ts'
import { addition, type Member, type MemberVisitor, type SetMembers } from './set-members.ts'

export const bulksMax = 64
/** The longest member of a small set, and the most that all of its members take in wire form. */
const memberBytesMax = 256
const bytesMax = 4096
const firstBytes = 48
const objectBytes = 120

/** The member at hand; only within one call. */
const cursor = new BulkCursor()

export class SetBulks implements SetMembers {
  #bytes: Uint8Array
  #end: number
  #size: number

  constructor(bytes = new Uint8Array(firstBytes), end = 0, size = 0) {
    this.#bytes = bytes
    this.#end = end
    this.#size = size
  }

  get size(): number {
    return this.#size
  }

  get memoryBytes(): number {
    return objectBytes + this.#bytes.length
  }

  includes(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#find(bytes, start, end)
  }

  /** Refuses a member that makes the set too large for this form. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (this.#find(bytes, start, end)) return addition.present
    const size = end - start
    const wireSize = size + digitCount(size) + 5
    if (this.#size >= bulksMax || size > memberBytesMax || this.#end + wireSize > bytesMax) return addition.refused
    if (this.#end + wireSize > this.#bytes.length) this.#grow(this.#end + wireSize)
    let at = this.#end
    this.#bytes[at++] = 36
    at = writeDecimal(size, this.#bytes, at)
    this.#bytes[at++] = 13
    this.#bytes[at++] = 10
    at = copyBytes(bytes, start, end, this.#bytes, at)
    this.#bytes[at++] = 13
    this.#bytes[at++] = 10
    this.#end = at
    this.#size++
    return addition.added
  }

  delete(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#find(bytes, start, end)) return false
    this.#cut()
    return true
  }

  at(position: number, member: Member): void {
    this.#go(position)
    member.set(this.#bytes, cursor.start, cursor.end)
  }

  deleteAt(position: number): void {
    this.#go(position)
    this.#cut()
  }

  visit(visit: MemberVisitor): boolean {
    // A cursor of its own: the visitor may look into other sets.
    const own = new BulkCursor()
    own.begin(this.#bytes, 0, this.#end)
    while (own.next()) if (!visit(own.bytes, own.start, own.end)) return false
    return true
  }

  answer(reply: Reply): void {
    reply.wire(this.#bytes, 0, this.#end)
  }

  scanMembers(
    _position: number,
    _count: number,
    visit: (bytes: Uint8Array, start: number, end: number) => void,
  ): number {
    this.visit((bytes, start, end) => {
      visit(bytes, start, end)
      return true
    })
    return 0
  }

  freeze(): Iterable<Uint8Array> {
    return [this.#bytes.slice(0, this.#end)]
  }

  clone(): SetBulks {
    return new SetBulks(this.#bytes.slice(0, this.#end), this.#end, this.#size)
  }

  /** Lets the cursor go to the member of these bytes; false when there is none. Members often begin alike, so the last
   *  byte is looked at first. */
  #find(bytes: Uint8Array, start: number, end: number): boolean {
    const own = this.#bytes
    const wanted = end - start
    const lastByte = wanted === 0 ? 0 : bytes[end - 1]
    for (let at = 0; at < this.#end; ) {
      let i = at + 1
      let size = own[i++]! - 48
      for (let byte = own[i++]!; byte !== 13; byte = own[i++]!) size = size * 10 + byte - 48
      const next = i + size + 3
      if (
        size === wanted &&
        (size === 0 || own[next - 3] === lastByte) &&
        equalRanges(own, i + 1, bytes, start, size)
      ) {
        cursor.begin(own, at, next)
        return cursor.next()
      }
      at = next
    }
    return false
  }

  #go(position: number): void {
    cursor.begin(this.#bytes, 0, this.#end)
    for (let i = 0; i <= position; i++) cursor.next()
  }

  /** Takes out the member that the cursor is at. */
  #cut(): void {
    this.#bytes.copyWithin(cursor.wireStart, cursor.wireEnd, this.#end)
    this.#end -= cursor.wireEnd - cursor.wireStart
    this.#size--
  }

  #grow(sizeMin: number): void {
    const larger = new Uint8Array(Math.max(sizeMin, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = larger
  }
}
