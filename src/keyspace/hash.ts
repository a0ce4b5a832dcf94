/** A hash: fields with values, each a bulk string in wire form.
 *
 *  A small one is a run of field, value, field, value … that is searched from end to end, so that HGETALL is one copy; a
 *  large one is a table, and so is one with fields that expire. It never goes back from the table to the run.
 *
 *  A field is known by its place, a number that is valid until the next change. A request that has field and value side by side has the
 *  pair in the form in which it is kept. */
import type { Reply } from '../../protocol/resp/reply.ts'
import type { KeyBatch } from '../lib/key-batch.ts'
import { ByteRange, contentStart, WireItems, wireEnd } from '../lib/wire-items.ts'
import type { CollectionSettings } from './collection-settings.ts'
import { FieldTable } from './field-table.ts'
import type { Collection } from './stored-object.ts'

/** Bytes of the objects around the fields, by and large. */
const objectBytes = 64
/** More than that is not got at once: it will be a table. */
const expectedBytesMax = 8192
const colon = 58
/** The last point in time at which a field may expire: Redis has 46 bits for it. */
export const fieldExpiryMsMax = 2 ** 46 - 1

export class Hash implements Collection {
  readonly kind = 'hash'
  readonly #settings: CollectionSettings
  /** While there is no table: pairs in the order in which the fields came. */
  #pairs: WireItems | undefined
  #pairCount = 0
  #table: FieldTable | undefined
  /** Whether it never had more fields or longer ones than the compact form allows. */
  #isSmall = true
  /** When the database will look for fields that have expired (see `HashTimers`). */
  scheduledAtMs = Number.POSITIVE_INFINITY
  readonly #range = new ByteRange()

  /** `expectedBytes` is what the fields that are about to come take in wire form, where that is known: they get their
   *  memory at once. A hash of six fields that grows with each allocates four times, which is half of its HSET. */
  constructor(settings: CollectionSettings, expectedBytes = 0) {
    this.#settings = settings
    this.#pairs = expectedBytes === 0 ? new WireItems() : new WireItems(Math.min(expectedBytes, expectedBytesMax))
  }

  /** How many fields there are. */
  get length(): number {
    return this.#table?.length ?? this.#pairCount
  }

  get memoryBytes(): number {
    return objectBytes + (this.#table?.memoryBytes ?? this.#pairs!.memoryBytes)
  }

  /** Redis' name for the form it would have there. */
  get encoding(): string {
    if (!this.#isSmall) return 'hashtable'
    return this.#table === undefined ? 'listpack' : 'listpackex'
  }

  // Fields.

  /** The place of the field with that name, or -1. */
  find(source: Uint8Array, start: number, end: number): number {
    return this.#table?.find(source, start, end) ?? this.#pairs!.find(source, start, end, 2)
  }

  touch(fields: KeyBatch): number {
    return this.#table?.touch(fields) ?? 0
  }

  /** The first place, or -1. */
  first(): number {
    return this.#table?.nextFrom(0) ?? (this.#pairCount > 0 ? 0 : -1)
  }

  /** The place behind that one, or -1. */
  next(place: number): number {
    if (this.#table !== undefined) return this.#table.nextFrom(place + 1)
    const pairs = this.#pairs!
    const next = pairs.end(pairs.end(place))
    return next < pairs.size ? next : -1
  }

  /** The place of some field, drawn by numbers in [0, 1), or -1. */
  random(draw: () => number): number {
    if (this.#table !== undefined) return this.#table.random(draw)
    return this.#pairCount === 0 ? -1 : this.#pairs!.nth(2 * Math.floor(draw() * this.#pairCount))
  }

  /** See `ByteMap.scan`. A compact hash is visited as a whole. */
  scan(position: number, count: number, visit: (place: number) => void): number {
    if (this.#table !== undefined) return this.#table.scan(position, count, visit)
    for (let place = this.first(); place >= 0; place = this.next(place)) visit(place)
    return 0
  }

  // What is at a place.

  /** Lets `range` be the field's name. */
  readField(place: number, range: ByteRange): void {
    if (this.#table !== undefined) return this.#table.readField(place, range)
    const pairs = this.#pairs!
    range.bytes = pairs.bytes
    range.start = pairs.contentStart(place)
    range.end = pairs.end(place) - 2
  }

  /** Lets `range` be the value's content. */
  readValue(place: number, range: ByteRange): void {
    this.#readWire(place, range)
    range.start = contentStart(range.bytes, range.start)
    range.end -= 2
  }

  answerField(reply: Reply, place: number): void {
    const range = this.#range
    this.readField(place, range)
    reply.bulk(range.bytes, range.start, range.end)
  }

  answerValue(reply: Reply, place: number): void {
    const range = this.#range
    this.#readWire(place, range)
    reply.wire(range.bytes, range.start, range.end)
  }

  /** Answers all fields and values in turn, without a header. */
  answerPairs(reply: Reply): void {
    if (this.#pairs !== undefined) return reply.wire(this.#pairs.bytes, 0, this.#pairs.size)
    for (let place = this.first(); place >= 0; place = this.next(place)) {
      this.answerField(reply, place)
      this.answerValue(reply, place)
    }
  }

  // Changes.

  /** Adds a field that is not there: `[start, end)` holds field and value in wire form. */
  add(source: Uint8Array, start: number, end: number): void {
    const fieldEnd = wireEnd(source, start)
    this.#checkSize(fieldEnd - 2 - contentStart(source, start))
    this.#checkSize(end - 2 - contentStart(source, fieldEnd))
    if (this.#table !== undefined) this.#table.add(source, start, end)
    else {
      this.#pairs!.append(source, start, end)
      this.#pairCount++
    }
    this.#checkLength()
  }

  /** Replaces the value at a place by that in wire form in `[start, end)`. */
  setValue(place: number, source: Uint8Array, start: number, end: number): void {
    const pairs = this.#pairs
    if (pairs === undefined) this.#table!.setValue(place, source, start, end)
    else {
      const valueStart = pairs.end(place)
      const fieldBytes = valueStart - 2 - pairs.contentStart(place)
      pairs.splice(valueStart, pairs.end(valueStart), source, start, end)
      // The field was short enough when it came, but the limit may be another by now.
      this.#checkSize(fieldBytes)
    }
    this.#checkSize(end - 2 - contentStart(source, start))
    this.#checkLength()
  }

  remove(place: number): void {
    const pairs = this.#pairs
    if (pairs === undefined) return this.#table!.remove(place)
    pairs.remove(place, pairs.end(pairs.end(place)))
    this.#pairCount--
  }

  // Times.

  /** When the next field expires, Infinity for never. */
  get nextExpiryAtMs(): number {
    return this.#table?.nextExpiryAtMs ?? Number.POSITIVE_INFINITY
  }

  /** The place of the field that expires next; only when there is one. */
  get nextExpiringPlace(): number {
    return this.#table!.nextExpiringEntry
  }

  /** When the field at a place expires, 0 for never. */
  expiresAtMs(place: number): number {
    return this.#table?.expiresAtMs(place) ?? 0
  }

  /** To be called before places are found that `setExpiry` is to be called with. */
  prepareExpiry(): void {
    this.#leaveCompactForm()
  }

  /** Lets the field at a place expire at a point in time; 0 for never. Other places stay valid. */
  setExpiry(place: number, atMs: number): void {
    this.#table?.setExpiry(place, atMs)
  }

  // Collection.

  clone(): Hash {
    const twin = new Hash(this.#settings)
    twin.#pairs = this.#pairs?.clone()
    twin.#pairCount = this.#pairCount
    twin.#table = this.#table?.clone()
    twin.#isSmall = this.#isSmall
    return twin
  }

  freeze(): Iterable<Uint8Array> {
    return this.#table?.freeze() ?? [this.#pairs!.copy()]
  }

  /** A run is field, value, field, value … in wire form; a field that expires stands behind `:time`. */
  appendWire(run: Uint8Array): void {
    let start = 0
    while (this.#table === undefined && start < run.length) {
      if (run[start] === colon) {
        // A time among fields without one, as in the table that the run was written from.
        this.#leaveCompactForm()
        break
      }
      const end = wireEnd(run, wireEnd(run, start))
      this.add(run, start, end)
      start = end
    }
    if (start < run.length) this.#appendToTable(run.subarray(start))
  }

  #appendToTable(run: Uint8Array): void {
    this.#table!.addRun(run)
    this.#checkLength()
  }

  #readWire(place: number, range: ByteRange): void {
    if (this.#table !== undefined) return this.#table.readValue(place, range)
    const pairs = this.#pairs!
    range.bytes = pairs.bytes
    range.start = pairs.end(place)
    range.end = pairs.end(range.start)
  }

  #checkSize(size: number): void {
    if (!this.#isSmall || size <= this.#settings.hashCompactBytesMax) return
    this.#isSmall = false
    this.#leaveCompactForm()
  }

  #checkLength(): void {
    if (!this.#isSmall || this.length <= this.#settings.hashCompactEntriesMax) return
    this.#isSmall = false
    this.#leaveCompactForm()
  }

  #leaveCompactForm(): void {
    const pairs = this.#pairs
    if (pairs === undefined) return
    this.#table = new FieldTable(this.#settings.hashSeed, 2 * pairs.size)
    this.#table.addRun(pairs.bytes.subarray(0, pairs.size))
    this.#pairs = undefined
    this.#pairCount = 0
  }
}
