/** A large sorted set: a table from members to entries with the score in the entry's row, and the entries in order as a
 *  sequence ordered by their scores. All of it lies outside V8's heap, so deleting it is letting go of it.
 *
 *  A place is the member's entry. */
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { EntryRows, mapWords } from '../lib/entry-rows.ts'
import type { KeyBatch } from '../lib/key-batch.ts'
import { OrderedSequence } from '../lib/ordered-sequence.ts'
import type { WireRun } from '../lib/wire-run.ts'
import { Picture } from './picture.ts'
import { compareRanges, type MemberVisitor, type SortedSetForm, writeMember } from './sorted-set-form.ts'

/** A row: the map's words, the score, the mark of the last picture, and a word to keep rows of whole doubles. */
const rowWords = 6
const rowDoubles = rowWords / 2
const scoreDouble = mapWords / 2
const markWord = mapWords + 2
const firstChunkBytes = 4096
/** Entries that are read from the sequence at a time. */
const visitBatch = 64
/** Where they go, unless a visit is under way: new memory for each was a tenth of a ZRANGE of a hundred members. */
let spareBatch: Int32Array | undefined
/** Slots of the map at their usual filling, for each member. */
const slotBytes = 12
const objectBytes = 1500

export class TableSortedSet implements SortedSetForm {
  readonly #arena = new Arena(firstChunkBytes)
  readonly #rows = new EntryRows(rowWords)
  readonly #map: ByteMap
  readonly #order = new OrderedSequence()
  readonly #hashSeed: number
  #picture: Picture | undefined
  #pictures = 0
  /** What a search looks for: kept here so that searching makes no closures. */
  #soughtBytes: Uint8Array = new Uint8Array(0)
  #soughtStart = 0
  #soughtEnd = 0
  #andEqual = false

  constructor(hashSeed: number) {
    this.#hashSeed = hashSeed
    this.#map = new ByteMap(this.#arena, hashSeed, this.#rows)
  }

  get size(): number {
    return this.#order.length
  }

  get memoryBytes(): number {
    return (
      objectBytes +
      this.#arena.reservedBytes +
      this.#rows.words.byteLength +
      this.#order.bytes +
      this.#map.size * slotBytes
    )
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#map.find(bytes, start, end)
  }

  touch(members: KeyBatch): number {
    return this.#map.touch(members)
  }

  score(place: number): number {
    return this.#rows.doubles[place * rowDoubles + scoreDouble]!
  }

  rank(place: number): number {
    const start = this.#map.keyOffset(place)
    const end = start + this.#map.keySize(place)
    return this.#indexFor(this.#map.keyChunk(place), start, end, this.score(place))
  }

  add(bytes: Uint8Array, start: number, end: number, score: number): void {
    const index = this.#indexFor(bytes, start, end, score)
    const entry = this.#map.insert(bytes, start, end)
    this.#rows.doubles[entry * rowDoubles + scoreDouble] = score
    this.#picture?.added(entry)
    this.#order.insert(index, score, entry)
  }

  setScore(place: number, score: number): void {
    this.#picture?.beforeChange(place)
    this.#order.remove(this.rank(place))
    this.#rows.doubles[place * rowDoubles + scoreDouble] = score
    this.#order.insert(this.rank(place), score, place)
  }

  removeRange(first: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const entry = this.#order.at(first)
      this.#picture?.beforeChange(entry)
      this.#order.remove(first)
      this.#map.remove(entry)
    }
  }

  countBelow(score: number, andEqual: boolean): number {
    if (andEqual && score === Number.POSITIVE_INFINITY) return this.size
    return this.#order.search(score, andEqual ? always : never)
  }

  countBefore(bytes: Uint8Array, start: number, end: number, andEqual: boolean): number {
    this.#seek(bytes, start, end)
    this.#andEqual = andEqual
    return this.#order.search(Number.NaN, this.#isBeforeName)
  }

  visit(first: number, count: number, backwards: boolean, visitor: MemberVisitor): void {
    const entries = spareBatch ?? new Int32Array(visitBatch)
    // A visitor may visit another set.
    spareBatch = undefined
    for (let visited = 0; visited < count; ) {
      const wanted = Math.min(visitBatch, count - visited)
      const from = backwards ? first + count - visited - wanted : first + visited
      let read = 0
      while (read < wanted) read += this.#order.read(from + read, entries, read, wanted)
      for (let i = 0; i < wanted; i++) this.#visitEntry(entries[backwards ? wanted - 1 - i : i]!, visitor)
      visited += wanted
    }
    spareBatch = entries
  }

  scan(position: number, count: number, visitor: MemberVisitor): number {
    return this.#map.scan(position, count, (entry) => this.#visitEntry(entry, visitor))
  }

  clone(): TableSortedSet {
    const copy = new TableSortedSet(this.#hashSeed)
    this.visit(0, this.size, false, (bytes, start, end, score) => copy.#append(bytes, start, end, score))
    return copy
  }

  /** See `Collection.freeze`. */
  freeze(): Iterable<Uint8Array> {
    this.#picture = new Picture(
      { map: this.#map, rows: this.#rows, markWord, write: (entry, run) => this.#write(entry, run) },
      ++this.#pictures,
    )
    return this.#picture
  }

  #write(entry: number, run: WireRun): void {
    this.#visitEntry(entry, (bytes, start, end, score) => writeMember(run, bytes, start, end, score))
  }

  /** Adds a member that comes behind all others. */
  #append(bytes: Uint8Array, start: number, end: number, score: number): void {
    const entry = this.#map.insert(bytes, start, end)
    this.#rows.doubles[entry * rowDoubles + scoreDouble] = score
    this.#order.insert(this.#order.length, score, entry)
  }

  #visitEntry(entry: number, visitor: MemberVisitor): void {
    const start = this.#map.keyOffset(entry)
    visitor(this.#map.keyChunk(entry), start, start + this.#map.keySize(entry), this.score(entry))
  }

  /** How many members come before one of this name and score. */
  #indexFor(bytes: Uint8Array, start: number, end: number, score: number): number {
    this.#seek(bytes, start, end)
    this.#andEqual = false
    return this.#order.search(score, this.#isBeforeName)
  }

  #seek(bytes: Uint8Array, start: number, end: number): void {
    this.#soughtBytes = bytes
    this.#soughtStart = start
    this.#soughtEnd = end
  }

  readonly #isBeforeName = (entry: number): boolean => {
    const start = this.#map.keyOffset(entry)
    const order = compareRanges(
      this.#map.keyChunk(entry),
      start,
      start + this.#map.keySize(entry),
      this.#soughtBytes,
      this.#soughtStart,
      this.#soughtEnd,
    )
    return order < 0 || (this.#andEqual && order === 0)
  }
}

const always = (): boolean => true
const never = (): boolean => false
