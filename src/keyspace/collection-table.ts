/** The table under a large collection: byte strings in a `ByteMap` with memory of its own, so that to delete the
 *  collection is to let go of it while a picture that a checkpoint takes of it goes on.
 *
 *  Beside the map it keeps the entries in a row without gaps, in no particular order: to draw one at random takes
 *  one number, however many were removed before. */
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { EntryRows, mapWords } from '../lib/entry-rows.ts'
import type { KeyBatch } from '../lib/key-batch.ts'
import type { WireRun } from '../lib/wire-run.ts'
import { Picture, type PicturedTable } from './picture.ts'

const positionWord = mapWords
const markWord = mapWords + 1
/** Words of a row that the table itself uses; its kin may have more behind them. */
export const tableWords = mapWords + 2

const firstPositions = 64
/** What the objects of an empty table take. */
const objectBytes = 600

export abstract class CollectionTable implements PicturedTable {
  protected readonly arena: Arena
  protected readonly rows: EntryRows
  readonly #map: ByteMap
  /** Entry by position. */
  #entries = new Uint32Array(firstPositions)
  #picture: Picture | undefined
  #pictureCount = 0

  /** `firstBytes` is about what it holds to begin with; `extraWords` are those of its kin in each row, an even number. */
  constructor(hashSeed: number, firstBytes: number, extraWords = 0) {
    this.arena = new Arena(firstBytes)
    this.rows = new EntryRows(tableWords + extraWords)
    this.#map = new ByteMap(this.arena, hashSeed, this.rows)
  }

  /** How many keys there are. */
  get size(): number {
    return this.#map.size
  }

  get memoryBytes(): number {
    return objectBytes + this.arena.reservedBytes + this.#map.memoryBytes + this.#entries.byteLength
  }

  /** All entries are below this number; it never becomes smaller. */
  get entryLimit(): number {
    return this.#map.entryLimit
  }

  has(entry: number): boolean {
    return this.#map.has(entry)
  }

  /** The key's entry, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#map.find(bytes, start, end)
  }

  touch(keys: KeyBatch): number {
    return this.#map.touch(keys)
  }

  /** Adds a key that is not there; returns its entry. */
  insert(bytes: Uint8Array, start: number, end: number): number {
    const position = this.#map.size
    const entry = this.#map.insert(bytes, start, end)
    if (position === this.#entries.length) {
      const larger = new Uint32Array(position * 2)
      larger.set(this.#entries)
      this.#entries = larger
    }
    this.#entries[position] = entry
    this.rows.words[entry * this.rows.rowWords + positionWord] = position
    this.#picture?.added(entry)
    return entry
  }

  /** The kin's words of the entry are about to change. */
  beforeChange(entry: number): void {
    this.#picture?.beforeChange(entry)
  }

  remove(entry: number): void {
    this.#picture?.beforeChange(entry)
    const { words, rowWords } = this.rows
    const position = words[entry * rowWords + positionWord]!
    const last = this.#entries[this.#map.size - 1]!
    this.#entries[position] = last
    words[last * rowWords + positionWord] = position
    this.#map.remove(entry)
  }

  /** The entry at a position below `size`; positions change with every removal. */
  entryAt(position: number): number {
    return this.#entries[position]!
  }

  keyChunk(entry: number): Uint8Array {
    return this.#map.keyChunk(entry)
  }

  keyOffset(entry: number): number {
    return this.#map.keyOffset(entry)
  }

  keySize(entry: number): number {
    return this.#map.keySize(entry)
  }

  /** See `ByteMap.scan`. */
  scan(position: number, count: number, visit: (entry: number) => void): number {
    return this.#map.scan(position, count, visit)
  }

  /** See `Collection.freeze`. */
  freeze(): Iterable<Uint8Array> {
    this.#pictureCount++
    this.#picture = new Picture(this, this.#pictureCount)
    return this.#picture
  }

  mark(entry: number): number {
    return this.rows.words[entry * this.rows.rowWords + markWord]!
  }

  setMark(entry: number, picture: number): void {
    this.rows.words[entry * this.rows.rowWords + markWord] = picture
  }

  abstract write(entry: number, run: WireRun): void
}
