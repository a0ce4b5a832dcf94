/** A large set: its members lie in a `ByteMap` with memory of its own, so that to delete the set is to let go of it while
 *  a picture that a checkpoint takes of it goes on.
 *
 *  Beside the map it keeps the entries in a row without gaps, in no particular order: to draw one at random takes
 *  one number, however many were removed before. */
import type { Reply } from '../../protocol/resp/reply.ts'
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { EntryRows, mapWords } from '../lib/entry-rows.ts'
import type { KeyBatch } from '../lib/key-batch.ts'
import type { ByteRange } from '../lib/wire-items.ts'
import type { WireRun } from '../lib/wire-run.ts'
import { Picture } from './picture.ts'
import { addition, type MemberVisitor, type SetMembers } from './set-members.ts'

const positionWord = mapWords
const markWord = mapWords + 1
const rowWords = mapWords + 2

const firstPositions = 64
/** What the objects of an empty table take. */
const objectBytes = 600

export class SetTable implements SetMembers {
  readonly #hashSeed: number
  readonly #arena: Arena
  readonly #rows = new EntryRows(rowWords)
  readonly #map: ByteMap
  /** Entry by position. */
  #entries = new Uint32Array(firstPositions)
  #picture: Picture | undefined
  /** How many were taken. */
  #pictures = 0

  /** `firstBytes` is about what it holds to begin with. */
  constructor(hashSeed: number, firstBytes: number) {
    this.#hashSeed = hashSeed
    this.#arena = new Arena(firstBytes)
    this.#map = new ByteMap(this.#arena, hashSeed, this.#rows)
  }

  get size(): number {
    return this.#map.size
  }

  /** How many there have been at a time. */
  get entryLimit(): number {
    return this.#map.entryLimit
  }

  get memoryBytes(): number {
    return objectBytes + this.#arena.reservedBytes + this.#map.memoryBytes + this.#entries.byteLength
  }

  touch(members: KeyBatch): number {
    return this.#map.touch(members)
  }

  includes(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#map.find(bytes, start, end) >= 0
  }

  /** Refuses nothing. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (this.#map.find(bytes, start, end) >= 0) return addition.present
    this.insert(bytes, start, end)
    return addition.added
  }

  /** Adds a member that is not there. */
  insert(bytes: Uint8Array, start: number, end: number): void {
    const position = this.#map.size
    const entry = this.#map.insert(bytes, start, end)
    if (position === this.#entries.length) {
      const larger = new Uint32Array(position * 2)
      larger.set(this.#entries)
      this.#entries = larger
    }
    this.#entries[position] = entry
    this.#rows.words[entry * rowWords + positionWord] = position
    this.#picture?.added(entry)
  }

  delete(bytes: Uint8Array, start: number, end: number): boolean {
    const entry = this.#map.find(bytes, start, end)
    if (entry >= 0) this.#remove(entry)
    return entry >= 0
  }

  at(position: number, member: ByteRange): void {
    const entry = this.#entries[position]!
    const start = this.#map.keyOffset(entry)
    member.set(this.#map.keyChunk(entry), start, start + this.#map.keySize(entry))
  }

  deleteAt(position: number): void {
    this.#remove(this.#entries[position]!)
  }

  visit(visit: MemberVisitor): boolean {
    for (let i = 0; i < this.size; i++) {
      const entry = this.#entries[i]!
      const start = this.#map.keyOffset(entry)
      if (!visit(this.#map.keyChunk(entry), start, start + this.#map.keySize(entry))) return false
    }
    return true
  }

  answer(reply: Reply): void {
    for (let i = 0; i < this.size; i++) {
      const entry = this.#entries[i]!
      const start = this.#map.keyOffset(entry)
      reply.bulk(this.#map.keyChunk(entry), start, start + this.#map.keySize(entry))
    }
  }

  scanMembers(position: number, count: number, visit: (bytes: Uint8Array, start: number, end: number) => void): number {
    return this.#map.scan(position, count, (entry) => {
      const start = this.#map.keyOffset(entry)
      visit(this.#map.keyChunk(entry), start, start + this.#map.keySize(entry))
    })
  }

  clone(): SetTable {
    const copy = new SetTable(this.#hashSeed, this.#arena.usedBytes)
    this.visit((bytes, start, end) => {
      copy.insert(bytes, start, end)
      return true
    })
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
    const start = this.#map.keyOffset(entry)
    run.bulk(this.#map.keyChunk(entry), start, start + this.#map.keySize(entry))
  }

  /** The last entry takes the place of the one that goes. */
  #remove(entry: number): void {
    this.#picture?.beforeChange(entry)
    const { words } = this.#rows
    const position = words[entry * rowWords + positionWord]!
    const last = this.#entries[this.#map.size - 1]!
    this.#entries[position] = last
    words[last * rowWords + positionWord] = position
    this.#map.remove(entry)
  }
}
