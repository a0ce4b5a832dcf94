/** A sorted set: members with scores, in order of the scores and, where these are equal, of the members' bytes.
 *
 *  A small one is compact; once it has more members, or a longer one, than the limits allow it becomes a table, and
 *  stays one. In a checkpoint it is pairs of bulk strings, the score (eight bytes) and the member, in any order. */
import type { KeyBatch } from '../lib/key-batch.ts'
import { WireRun } from '../lib/wire-run.ts'
import type { CollectionSettings } from './collection-settings.ts'
import { CompactSortedSet } from './sorted-set-compact.ts'
import { readScore, type SortedSetForm, writeMember } from './sorted-set-form.ts'
import { TableSortedSet } from './sorted-set-table.ts'
import type { Collection } from './stored-object.ts'

export class SortedSet implements Collection {
  readonly kind = 'zset'
  readonly #settings: CollectionSettings
  #form: CompactSortedSet | TableSortedSet
  /** Whether SORT went through it, which lets Redis make a skiplist of it. */
  wasSorted = false

  constructor(settings: CollectionSettings) {
    this.#settings = settings
    this.#form = new CompactSortedSet()
  }

  /** One that is a table however small it is. */
  static table(settings: CollectionSettings): SortedSet {
    const set = new SortedSet(settings)
    set.#form = new TableSortedSet(settings.hashSeed)
    return set
  }

  get size(): number {
    return this.#form.size
  }

  get isCompact(): boolean {
    return this.#form instanceof CompactSortedSet
  }

  get memoryBytes(): number {
    return this.#form.memoryBytes
  }

  /** The set as it is for reading; valid until the next change. */
  get members(): SortedSetForm {
    return this.#form
  }

  /** The member's place, -1 when it is not there; valid until the next change. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#form.find(bytes, start, end)
  }

  touch(members: KeyBatch): number {
    return this.#form instanceof TableSortedSet ? this.#form.touch(members) : 0
  }

  score(place: number): number {
    return this.#form.score(place)
  }

  /** Adds a member that is not there (`find` said so). */
  add(bytes: Uint8Array, start: number, end: number, score: number): void {
    if (this.#form instanceof CompactSortedSet) this.#outgrow(this.#form, end - start)
    this.#form.add(bytes, start, end, score)
  }

  setScore(place: number, score: number): void {
    this.#form.setScore(place, score)
  }

  /** Adds the member or gives it another score. */
  put(bytes: Uint8Array, start: number, end: number, score: number): void {
    const place = this.#form.find(bytes, start, end)
    if (place < 0) this.add(bytes, start, end, score)
    else if (this.#form.score(place) !== score) this.#form.setScore(place, score)
  }

  remove(place: number): void {
    this.#form.removeRange(this.#form.rank(place), 1)
  }

  /** Removes the members of these ranks. */
  removeRange(first: number, count: number): void {
    this.#form.removeRange(first, count)
  }

  /** Becomes compact where the limits allow it: for one that was made as a table. */
  settle(): void {
    const { sortedSetCompactBytesMax, sortedSetCompactEntriesMax } = this.#settings
    if (this.isCompact || this.size > sortedSetCompactEntriesMax) return
    const compact = new CompactSortedSet()
    let isShort = true
    this.#form.visit(0, this.size, false, (bytes, start, end, score) => {
      isShort &&= end - start <= sortedSetCompactBytesMax
      if (isShort) compact.add(bytes, start, end, score)
    })
    if (isShort) this.#form = compact
  }

  clone(): SortedSet {
    const copy = new SortedSet(this.#settings)
    copy.#form = this.#form.clone()
    copy.wasSorted = this.wasSorted
    return copy
  }

  freeze(): Iterable<Uint8Array> {
    if (this.#form instanceof TableSortedSet) return this.#form.freeze()
    const run = new WireRun()
    this.#form.visit(0, this.size, false, (bytes, start, end, score) => writeMember(run, bytes, start, end, score))
    return [run.take()]
  }

  appendWire(run: Uint8Array): void {
    for (let at = 0; at < run.length; ) {
      const score = readScore(run, at + scoreHeaderBytes)
      at += scoreWireBytes + 1
      let size = 0
      for (; run[at] !== carriageReturn; at++) size = size * 10 + run[at]! - zero
      at += 2
      this.add(run, at, at + size, score)
      at += size + 2
    }
  }

  #outgrow(form: CompactSortedSet, memberBytes: number): void {
    const { hashSeed, sortedSetCompactBytesMax, sortedSetCompactEntriesMax } = this.#settings
    if (form.size < sortedSetCompactEntriesMax && memberBytes <= sortedSetCompactBytesMax) return
    const table = new TableSortedSet(hashSeed)
    form.visit(0, form.size, false, (bytes: Uint8Array, start: number, end: number, score: number) =>
      table.add(bytes, start, end, score),
    )
    this.#form = table
  }
}

/** `$8\r\n`, and a score in wire form. */
const scoreHeaderBytes = 4
const scoreWireBytes = scoreHeaderBytes + 8 + 2
const carriageReturn = 13
const zero = 48
