/** A small set as one run of bulk strings in wire form: SMEMBERS is one copy, and looking for a member passes over a
 *  few lines of memory. */
import type { Reply } from '../../protocol/resp/reply.ts'
import { digitCount } from '../lib/bytes.ts'
import { type ByteRange, WireItems } from '../lib/wire-items.ts'
import { addition, type MemberVisitor, type SetMembers } from './set-members.ts'

export const bulksMax = 64
/** The longest member of a small set, and the most that all of its members take in wire form. */
const memberBytesMax = 256
const bytesMax = 4096

export class SetBulks implements SetMembers {
  readonly #items: WireItems
  #size: number

  constructor(items = new WireItems(), size = 0) {
    this.#items = items
    this.#size = size
  }

  get size(): number {
    return this.#size
  }

  get memoryBytes(): number {
    return this.#items.memoryBytes
  }

  includes(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#items.find(bytes, start, end) >= 0
  }

  /** Refuses a member that makes the set too large for this form. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (this.#items.find(bytes, start, end) >= 0) return addition.present
    const size = end - start
    if (this.#size >= bulksMax || size > memberBytesMax) return addition.refused
    if (this.#items.size + size + digitCount(size) + 5 > bytesMax) return addition.refused
    this.#items.appendContent(bytes, start, end)
    this.#size++
    return addition.added
  }

  delete(bytes: Uint8Array, start: number, end: number): boolean {
    const at = this.#items.find(bytes, start, end)
    if (at >= 0) this.#removeItem(at)
    return at >= 0
  }

  at(position: number, member: ByteRange): void {
    const at = this.#items.nth(position)
    member.set(this.#items.bytes, this.#items.contentStart(at), this.#items.end(at) - 2)
  }

  deleteAt(position: number): void {
    this.#removeItem(this.#items.nth(position))
  }

  visit(visit: MemberVisitor): boolean {
    const items = this.#items
    for (let at = 0; at < items.size; ) {
      const end = items.end(at)
      if (!visit(items.bytes, items.contentStart(at), end - 2)) return false
      at = end
    }
    return true
  }

  answer(reply: Reply): void {
    reply.wire(this.#items.bytes, 0, this.#items.size)
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
    return [this.#items.copy()]
  }

  clone(): SetBulks {
    return new SetBulks(this.#items.clone(), this.#size)
  }

  #removeItem(at: number): void {
    this.#items.remove(at, this.#items.end(at))
    this.#size--
  }
}
