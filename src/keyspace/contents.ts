/** What is in a database, apart from what may be done with it: FLUSHDB lets a database go on with new contents.
 *
 *  A key is an entry of the map; everything else of it stands at the entry's index. */
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { Accesses, type AccessRules } from './accesses.ts'
import { createEntryTable, entryWords, kindBits, kindMask, kindWord, valueAddressWord } from './entry-table.ts'
import { Expiries } from './expiries.ts'
import { HashTimers } from './field-expiry.ts'
import { Hazards } from './hazards.ts'
import { ObjectSizes, objectBytes } from './object-sizes.ts'
import type { StoredObject } from './stored-object.ts'
import { StringValues } from './string-values.ts'

/** What a key takes besides its bytes and its value's: a row, and its share of the slots at their usual filling. */
const keyBytes = entryWords * 4 + 12
/** What a time to live takes: a time and an entry. */
const expiryBytes = 12
/** What is there before there is any key, by and large. */
export const emptyBytes = 1500

export class Contents {
  readonly #arena = new Arena()
  readonly #table = createEntryTable()
  readonly map: ByteMap
  readonly strings = new StringValues(this.#arena, this.#table)
  readonly objects: (StoredObject | undefined)[] = []
  readonly expiries = new Expiries(this.#table)
  readonly hashTimers = new HashTimers(this.objects)
  readonly hazards = new Hazards(this.#table)
  readonly sizes = new ObjectSizes(this.#table, this.objects)
  readonly accesses: Accesses

  constructor(hashSeed: number, rules: AccessRules) {
    this.accesses = new Accesses(this.#table, rules)
    this.map = new ByteMap(this.#arena, hashSeed, this.#table)
  }

  /** Adds a key that is not there; returns its entry, which holds nothing yet and never expires. */
  insert(bytes: Uint8Array, start: number, end: number): number {
    return this.map.insert(bytes, start, end)
  }

  /** Reads a little of all that commands on these keys will read (`bytes[starts[i], ends[i])`), each kind of it for all
   *  keys in a row: none of a row's reads waits for another. `entries` is room for as many numbers. Returns something that
   *  depends on all of it. */
  touch(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, entries: Int32Array, count: number): number {
    const { map } = this
    const arena = this.#arena
    for (let i = 0; i < count; i++) entries[i] = map.guess(bytes, starts[i]!, ends[i]!)
    const { words } = this.#table
    let sum = 0
    for (let i = 0; i < count; i++) {
      const row = entries[i]! * entryWords
      if (row >= 0) sum += words[row]! ^ words[row + entryWords - 1]!
    }
    for (let i = 0; i < count; i++) {
      const row = entries[i]! * entryWords
      if (row < 0) continue
      const keyAt = words[row]!
      sum ^= arena.chunk(keyAt)[arena.offset(keyAt)]!
      const valueAt = words[row + valueAddressWord]!
      if (valueAt !== 0) sum ^= arena.chunk(valueAt)[arena.offset(valueAt)]!
    }
    return sum | 0
  }

  /** One of `storedKind`. */
  kind(entry: number): number {
    return this.#table.words[entry * entryWords + kindWord]! & kindMask
  }

  setKind(entry: number, kind: number): void {
    const { words } = this.#table
    const at = entry * entryWords + kindWord
    words[at] = (words[at]! & ~kindMask) | kind
  }

  /** What all keys and values take, in bytes. What was freed counts no more, though it waits here to be used again. */
  get dataBytes(): number {
    return this.#arena.usedBytes + this.tableBytes + this.expiryBytes + this.sizes.bytes
  }

  /** The share of the tables in `dataBytes`. */
  get tableBytes(): number {
    return this.map.size * keyBytes
  }

  get expiryBytes(): number {
    return this.expiries.count * expiryBytes
  }

  /** The share of one key with its value in `dataBytes`. */
  dataBytesOf(entry: number): number {
    const arena = this.#arena
    const { words } = this.#table
    const row = entry * entryWords
    const bytes =
      keyBytes +
      arena.recordBytes(words[row]!, this.map.keySize(entry)) +
      (this.expiries.atMs(entry) > 0 ? expiryBytes : 0)
    const object = this.objects[entry]
    if (object !== undefined) return bytes + objectBytes(object)
    return bytes + arena.recordBytes(words[row + valueAddressWord]!, this.strings.wireSize(entry))
  }

  /** The checkpoint that needs the key no more, because it is younger or already written. */
  checkpointed(entry: number): number {
    return this.#table.words[entry * entryWords + kindWord]! >>> kindBits
  }

  setCheckpointed(entry: number, generation: number): void {
    const { words } = this.#table
    const at = entry * entryWords + kindWord
    words[at] = (generation << kindBits) | (words[at]! & kindMask)
  }
}
