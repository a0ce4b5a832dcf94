/** What is in a database, apart from what may be done with it: FLUSHDB lets a database go on with new contents.
 *
 *  A key is an entry of the map; everything else of it stands at the entry's index. */
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import type { KeyBatch } from '../lib/key-batch.ts'
import { bytesOfKeyText } from '../lib/key-text.ts'
import { Accesses, type AccessRules } from './accesses.ts'
import {
  checkpointShift,
  createEntryTable,
  entryWords,
  formMask,
  kindMask,
  kindWord,
  valueAddressWord,
} from './entry-table.ts'
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

/** A smaller database is in the cache anyway. */
const touchedKeysMin = 4096

/** The arguments of requests that are about to be run. */
export interface Pipeline {
  readonly keys: KeyBatch
  /** The arguments behind the keys, as far as every request before has one; then those behind these, since the members
   *  of a sorted set stand behind their scores. */
  readonly seconds: KeyBatch
  readonly thirds: KeyBatch
}

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

  /** Whether there is a key of this name, as `keyText` writes it. */
  hasKey(name: string): boolean {
    const key = bytesOfKeyText(name)
    return this.map.find(key, 0, key.length) >= 0
  }

  /** Fetches the memory that these requests will read: their keys, and where they all go to one large collection its
   *  members. Changes nothing. Returns something that depends on what was read, undefined when nothing was worth it. */
  lookAhead({ keys, seconds, thirds }: Pipeline): number | undefined {
    const sum = this.map.size < touchedKeysMin ? undefined : this.map.touch(keys, valueAddressWord)
    if (seconds.count < keys.count || !keys.isUniform) return sum
    const object = this.objects[this.map.find(keys.bytes, keys.starts[0]!, keys.ends[0]!)]
    if (object?.touch === undefined) return sum
    const areScored = object.kind === 'zset' && thirds.count === keys.count
    return (sum ?? 0) ^ object.touch(areScored ? thirds : seconds)
  }

  /** One of `storedKind`. */
  kind(entry: number): number {
    return this.#table.words[entry * entryWords + kindWord]! & kindMask
  }

  /** A string begins in its shortest form. */
  setKind(entry: number, kind: number): void {
    const { words } = this.#table
    const at = entry * entryWords + kindWord
    words[at] = (words[at]! & ~(kindMask | formMask)) | kind
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
    return this.#table.words[entry * entryWords + kindWord]! >>> checkpointShift
  }

  setCheckpointed(entry: number, generation: number): void {
    const { words } = this.#table
    const at = entry * entryWords + kindWord
    words[at] = (generation << checkpointShift) | (words[at]! & (kindMask | formMask))
  }
}
