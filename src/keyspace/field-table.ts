/** The fields of a large hash: a byte map, and each field's value in wire form in an arena that is the hash's own, so
 *  that deleting the hash is dropping it. */
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { copyBytes, latin1Bytes } from '../lib/bytes.ts'
import { EntryRows, mapWords } from '../lib/entry-rows.ts'
import type { KeyBatch } from '../lib/key-batch.ts'
import { ByteRange, contentStart, wireEnd } from '../lib/wire-items.ts'
import { WireRun } from '../lib/wire-run.ts'
import { FieldTimes } from './field-times.ts'
import { Picture } from './picture.ts'

const valueAddressWord = mapWords
const valueSizeWord = mapWords + 1
const markWord = mapWords + 2
/** A row has whole doubles. */
const rowWords = mapWords + 4
/** A clone is filled in pieces of about so many bytes. */
const cloneRunBytes = 64 * 1024
const colon = 58

export class FieldTable {
  readonly #seed: number
  readonly #arena: Arena
  readonly #rows = new EntryRows(rowWords)
  readonly #map: ByteMap
  #picture: Picture | undefined
  /** How many pictures were taken. */
  #pictures = 0
  readonly #range = new ByteRange()
  /** Undefined until a field gets a time. */
  #times: FieldTimes | undefined

  /** `contentBytes` is about what the first fields and values take. */
  constructor(seed: number, contentBytes: number) {
    this.#seed = seed
    this.#arena = new Arena(contentBytes)
    this.#map = new ByteMap(this.#arena, seed, this.#rows)
  }

  get length(): number {
    return this.#map.size
  }

  get memoryBytes(): number {
    return this.#arena.reservedBytes + this.#map.memoryBytes + (this.#times?.memoryBytes ?? 0)
  }

  /** The entry of the field with that name, or -1. */
  find(source: Uint8Array, start: number, end: number): number {
    return this.#map.find(source, start, end)
  }

  touch(fields: KeyBatch): number {
    return this.#map.touch(fields, valueAddressWord)
  }

  /** Adds a field that is not there: `[start, end)` holds field and value in wire form. */
  add(source: Uint8Array, start: number, end: number): number {
    const valueStart = wireEnd(source, start)
    const entry = this.#map.insert(source, contentStart(source, start), valueStart - 2)
    this.#store(entry, source, valueStart, end)
    this.#picture?.added(entry)
    return entry
  }

  /** Replaces a value by that in wire form in `[start, end)`. */
  setValue(entry: number, source: Uint8Array, start: number, end: number): void {
    this.#picture?.beforeChange(entry)
    const { words } = this.#rows
    const at = entry * rowWords
    const address = words[at + valueAddressWord]!
    const size = words[at + valueSizeWord]!
    if (this.#arena.fits(address, size, end - start)) {
      copyBytes(source, start, end, this.#arena.chunk(address), this.#arena.offset(address))
      words[at + valueSizeWord] = end - start
      return
    }
    this.#arena.free(address, size)
    this.#store(entry, source, start, end)
  }

  remove(entry: number): void {
    this.#picture?.beforeChange(entry)
    this.#times?.clear(entry)
    const at = entry * rowWords
    this.#arena.free(this.#rows.words[at + valueAddressWord]!, this.#rows.words[at + valueSizeWord]!)
    this.#map.remove(entry)
  }

  /** Lets `range` be the field's name. */
  readField(entry: number, range: ByteRange): void {
    range.bytes = this.#map.keyChunk(entry)
    range.start = this.#map.keyOffset(entry)
    range.end = range.start + this.#map.keySize(entry)
  }

  /** Lets `range` be the value in wire form. */
  readValue(entry: number, range: ByteRange): void {
    const at = entry * rowWords
    const address = this.#rows.words[at + valueAddressWord]!
    range.bytes = this.#arena.chunk(address)
    range.start = this.#arena.offset(address)
    range.end = range.start + this.#rows.words[at + valueSizeWord]!
  }

  /** The first entry from `entry` on that is there, or -1. */
  nextFrom(entry: number): number {
    for (let i = entry; i < this.#map.entryLimit; i++) if (this.#map.has(i)) return i
    return -1
  }

  /** See `ByteMap.scan`. */
  scan(position: number, count: number, visit: (entry: number) => void): number {
    return this.#map.scan(position, count, visit)
  }

  /** See `ByteMap.random`. */
  random(draw: () => number): number {
    return this.#map.random(draw)
  }

  clone(): FieldTable {
    const twin = new FieldTable(this.#seed, this.#arena.usedBytes)
    const run = new WireRun()
    for (let entry = this.nextFrom(0); entry >= 0; entry = this.nextFrom(entry + 1)) {
      this.#write(entry, run)
      if (run.size > cloneRunBytes) twin.addRun(run.take())
    }
    twin.addRun(run.take())
    return twin
  }

  // Times.

  /** When the next field expires, Infinity for never. */
  get nextExpiryAtMs(): number {
    return this.#times?.nextAtMs ?? Number.POSITIVE_INFINITY
  }

  /** The field that expires next; only when there is one. */
  get nextExpiringEntry(): number {
    return this.#times!.nextEntry
  }

  /** When the field expires, 0 for never. */
  expiresAtMs(entry: number): number {
    return this.#times?.atMs(entry) ?? 0
  }

  /** Lets the field expire at a point in time; 0 for never. */
  setExpiry(entry: number, atMs: number): void {
    if (this.expiresAtMs(entry) === atMs) return
    this.#picture?.beforeChange(entry)
    this.#times ??= new FieldTimes()
    if (atMs === 0) this.#times.clear(entry)
    else this.#times.set(entry, atMs)
  }

  /** Adds fields that are not there: each a field and its value in wire form, behind `:time` if it expires. */
  addRun(run: Uint8Array): void {
    for (let start = 0; start < run.length; ) {
      let atMs = 0
      if (run[start] === colon) {
        const line = run.indexOf(13, start)
        for (let i = start + 1; i < line; i++) atMs = atMs * 10 + run[i]! - 48
        start = line + 2
      }
      const end = wireEnd(run, wireEnd(run, start))
      const entry = this.add(run, start, end)
      if (atMs > 0) this.setExpiry(entry, atMs)
      start = end
    }
  }

  freeze(): Picture {
    this.#picture = new Picture(
      { map: this.#map, rows: this.#rows, markWord, write: (entry, run) => this.#write(entry, run) },
      ++this.#pictures,
    )
    return this.#picture
  }

  #write(entry: number, run: WireRun): void {
    const range = this.#range
    const atMs = this.expiresAtMs(entry)
    if (atMs > 0) {
      const line = latin1Bytes(`:${atMs}\r\n`)
      run.wire(line, 0, line.length)
    }
    this.readField(entry, range)
    run.bulk(range.bytes, range.start, range.end)
    this.readValue(entry, range)
    run.wire(range.bytes, range.start, range.end)
  }

  #store(entry: number, source: Uint8Array, start: number, end: number): void {
    const { words } = this.#rows
    const size = end - start
    const address = this.#arena.allocate(size)
    copyBytes(source, start, end, this.#arena.chunk(address), this.#arena.offset(address))
    words[entry * rowWords + valueAddressWord] = address
    words[entry * rowWords + valueSizeWord] = size
  }
}
