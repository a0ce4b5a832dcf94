/** A set, in one of three forms: integers in order where Redis would keep an intset, a run of bulk strings while it is
 *  small, a table when it is large. It goes from form to form as it grows; a table of which little is left becomes a
 *  smaller one, or a run, so that what is gone takes no memory. */
import type { Reply } from '../../protocol/resp/reply.ts'
import type { KeyBatch } from '../lib/key-batch.ts'
import { type ByteRange, contentStart, wireEnd } from '../lib/wire-items.ts'
import type { CollectionSettings } from './collection-settings.ts'
import { bulksMax, SetBulks } from './set-bulks.ts'
import { SetIntegers } from './set-integers.ts'
import { addition, type MemberVisitor, type SetMembers } from './set-members.ts'
import { SetTable } from './set-table.ts'
import type { Collection } from './stored-object.ts'

/** Redis' own limit, whatever the directive says. */
const integersMax = 2 ** 30
/** A table that once held so many times what it holds now, and no more than so much now, is made anew. */
const shrinkFactor = 16
const shrinkSizeMax = 1024
const memberBytesGuess = 24
const objectBytes = 64

export class SetValue implements Collection {
  readonly kind = 'set'
  readonly #settings: CollectionSettings
  #members: SetMembers

  constructor(settings: CollectionSettings) {
    this.#settings = settings
    this.#members = settings.intsetEntriesMax > 0 ? new SetIntegers() : new SetBulks()
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.size
  }

  /** The memory it takes, by and large. */
  get memoryBytes(): number {
    return objectBytes + this.#members.memoryBytes
  }

  /** What Redis would call the way it is kept. */
  get encoding(): 'intset' | 'hashtable' {
    return this.#members instanceof SetIntegers ? 'intset' : 'hashtable'
  }

  touch(members: KeyBatch): number {
    return this.#members instanceof SetTable ? this.#members.touch(members) : 0
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#members.includes(bytes, start, end)
  }

  /** Adds the content as a member; false when it is one. The bytes must not be this set's own. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    let added = this.#members.add(bytes, start, end)
    while (added === addition.refused) {
      this.#loosen()
      added = this.#members.add(bytes, start, end)
    }
    if (added === addition.present) return false
    if (this.#members instanceof SetIntegers) {
      const { intsetEntriesMax } = this.#settings
      if (this.#members.size > Math.min(intsetEntriesMax, integersMax)) this.#loosen()
    }
    return true
  }

  /** Removes the content; false when it is no member. */
  remove(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#members.delete(bytes, start, end)) return false
    this.#tighten()
    return true
  }

  /** Fills `member` with the one at a position below `size`, the same one as long as the set stays as it is. */
  at(position: number, member: ByteRange): void {
    this.#members.at(position, member)
  }

  removeAt(position: number): void {
    this.#members.deleteAt(position)
    this.#tighten()
  }

  /** Visits all members, integers of an intset in ascending order; false when the visitor ended it. The visitor must
   *  not change the set. */
  visit(visit: MemberVisitor): boolean {
    return this.#members.visit(visit)
  }

  /** Answers every member as a bulk string; the caller has announced how many. */
  answer(reply: Reply): void {
    this.#members.answer(reply)
  }

  /** As `ByteMap.scan`: visits some members from a position on, and returns the next position, 0 at the end. */
  scan(position: number, count: number, visit: (bytes: Uint8Array, start: number, end: number) => void): number {
    return this.#members.scanMembers(position, count, visit)
  }

  freeze(): Iterable<Uint8Array> {
    return this.#members.freeze()
  }

  /** `run` holds members as bulk strings. */
  appendWire(run: Uint8Array): void {
    for (let at = 0; at < run.length; ) {
      const end = wireEnd(run, at)
      this.add(run, contentStart(run, at), end - 2)
      at = end
    }
  }

  clone(): SetValue {
    const copy = new SetValue(this.#settings)
    copy.#members = this.#members.clone()
    return copy
  }

  /** Goes on in the next form, which takes what this one did not. */
  #loosen(): void {
    const isSmall = this.#members instanceof SetIntegers && this.#members.size <= bulksMax
    const { size } = this.#members
    this.#become(isSmall ? new SetBulks() : new SetTable(this.#settings.hashSeed, size * 2 * memberBytesGuess))
  }

  /** After a removal: lets go of memory that far more members needed. */
  #tighten(): void {
    const { size } = this.#members
    if (!(this.#members instanceof SetTable) || size > shrinkSizeMax) return
    if (this.#members.entryLimit < Math.max(size, 1) * shrinkFactor) return
    this.#become(new SetBulks())
  }

  /** Moves all members into another form. */
  #become(target: SetMembers): void {
    const source = this.#members
    const fits = source.visit((bytes, start, end) => target.add(bytes, start, end) !== addition.refused)
    this.#members = fits ? target : new SetTable(this.#settings.hashSeed, source.size * memberBytesGuess)
    if (!fits) source.visit((bytes, start, end) => this.#members.add(bytes, start, end) !== addition.refused)
  }
}
