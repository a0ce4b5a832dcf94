/** Streams in the format of RDB: entries in listpacks of some hundred, each with the id and the fields of its first
 *  entry in front, on which the others lean; then the counters, the groups and what they have pending.
 *
 *      listpack:  live, deleted, fields, names …, 0, then entries
 *      entry:     flags, ms and seq less the first id's, [fields, names and] values …, elements of this entry */
import { ListpackWriter, readListpack } from '../../protocol/rdb/listpack.ts'
import { RdbError } from '../../protocol/rdb/rdb-error.ts'
import type { RdbReader } from '../../protocol/rdb/rdb-reader.ts'
import type { RdbWriter } from '../../protocol/rdb/rdb-writer.ts'
import type { Consumer, ConsumerGroup } from '../broker/consumer-group.ts'
import type { EntryRun } from '../broker/entry-run.ts'
import { elementEnd } from '../broker/list-chunk.ts'
import { Stream } from '../broker/stream.ts'
import { StreamId, smallestId } from '../broker/stream-id.ts'
import { Idempotency } from '../broker/stream-idempotency.ts'
import { equalBytes, parseInt64, sliceBytes } from '../lib/bytes.ts'
import { WireRun } from '../lib/wire-run.ts'
import { readIdempotency, writeIdempotency } from './rdb-idempotency.ts'
import { idBytes, idOf, msOf, readId, readRawId, seqOf, writeId } from './rdb-stream-ids.ts'

/** The type's byte says which Redis brought the form: 5.0, 7.0, 7.2 (times of consumers), 8.6 (producers and their ids),
 *  8.8 (what was handed back to a group). */
const formOfType: Readonly<Record<number, number>> = { 15: 1, 19: 2, 21: 3, 26: 4, 27: 5 }
const plainType = 19
const producersType = 26
const handedBackType = 27
/** The versions of the format that have these types. */
const producersVersion = 13
const handedBackVersion = 14

const entryFlag = { deleted: 1, sameFields: 2 } as const
/** A listpack that we write has so many entries and, but for a large one, so many bytes at the most. */
const nodeEntriesMax = 100
const nodeBytesMax = 4096

// Writing.

/** The type's byte and the content: in the form of Redis 7.0, unless producers are remembered or entries were handed back, for
 *  which that has no place. */
export function writeStream(writer: RdbWriter, stream: Stream): void {
  const groups = stream.groups()
  const hasHandedBack = groups.some((group) => group.handedBack().length > 0)
  const idempotency = stream.idempotency ?? (hasHandedBack ? new Idempotency() : undefined)
  const type = hasHandedBack ? handedBackType : idempotency === undefined ? plainType : producersType
  writer.byte(type)
  const packs = packEntries(stream)
  writer.length(packs.length)
  for (const { id, listpack } of packs) {
    writer.string(idBytes(id))
    writer.string(listpack)
  }
  const first = new StreamId()
  stream.firstId(first)
  writer.length(stream.length)
  for (const id of [stream.lastId, first, stream.maxDeletedId]) writeId(writer, id)
  writer.length(BigInt.asUintN(64, stream.entriesAdded))
  writer.length(groups.length)
  for (const group of groups) writeGroup(writer, group, type)
  if (idempotency === undefined) return
  writer.version = hasHandedBack ? handedBackVersion : producersVersion
  writeIdempotency(writer, idempotency)
}

interface Pack {
  readonly id: StreamId
  readonly listpack: Uint8Array
}

function packEntries(stream: Stream): Pack[] {
  const runs: EntryRun[] = []
  const last = StreamId.of(0)
  last.msHigh = last.msLow = last.seqHigh = last.seqLow = 2 ** 32 - 1
  stream.range(smallestId, last, Number.POSITIVE_INFINITY, runs)
  const packs: Pack[] = []
  let open: OpenPack | undefined
  const id = new StreamId()
  for (const { segment, start, end } of runs) {
    for (let i = start; i < end; i++) {
      segment.id(i, id)
      const pairs = bulks(segment.bytes, segment.idWireEnd(i), segment.offsets[i + 1]!)
      if (open?.isFull) {
        packs.push(open.finish())
        open = undefined
      }
      open ??= new OpenPack(id.copy(), pairs)
      open.add(id, pairs)
    }
  }
  if (open !== undefined) packs.push(open.finish())
  return packs
}

/** Entries of one listpack. How many they are stands in front of them, so they are gathered first. */
class OpenPack {
  readonly #id: StreamId
  readonly #names: readonly Uint8Array[]
  readonly #entries: { readonly id: StreamId; readonly pairs: readonly Uint8Array[] }[] = []
  #bytes = 0

  constructor(id: StreamId, pairs: readonly Uint8Array[]) {
    this.#id = id
    this.#names = namesOf(pairs)
  }

  get isFull(): boolean {
    return this.#entries.length === nodeEntriesMax || this.#bytes >= nodeBytesMax
  }

  add(id: StreamId, pairs: readonly Uint8Array[]): void {
    this.#entries.push({ id: id.copy(), pairs })
    for (const each of pairs) this.#bytes += each.length
  }

  finish(): Pack {
    const listpack = new ListpackWriter()
    listpack.integer(this.#entries.length)
    listpack.integer(0)
    listpack.integer(this.#names.length)
    for (const name of this.#names) listpack.bytes(name)
    listpack.integer(0)
    for (const { id, pairs } of this.#entries) this.#write(listpack, id, pairs)
    return { id: this.#id, listpack: listpack.finish() }
  }

  #write(listpack: ListpackWriter, id: StreamId, pairs: readonly Uint8Array[]): void {
    const names = namesOf(pairs)
    const isSame = names.length === this.#names.length && names.every((name, i) => equalBytes(name, this.#names[i]!))
    listpack.integer(isSame ? entryFlag.sameFields : 0)
    listpack.integer(BigInt.asIntN(64, msOf(id) - msOf(this.#id)))
    listpack.integer(BigInt.asIntN(64, seqOf(id) - seqOf(this.#id)))
    if (!isSame) listpack.integer(names.length)
    for (const [i, each] of pairs.entries()) if (!isSame || i % 2 === 1) listpack.bytes(each)
    listpack.integer(isSame ? names.length + 3 : names.length * 2 + 4)
  }
}

function namesOf(pairs: readonly Uint8Array[]): Uint8Array[] {
  return pairs.filter((_, i) => i % 2 === 0)
}

function writeGroup(writer: RdbWriter, group: ConsumerGroup, type: number): void {
  writer.string(group.name)
  writeId(writer, group.lastId)
  writer.length(BigInt.asUintN(64, group.entriesRead))
  writer.length(group.pending.size)
  group.pending.visit(smallestId, (id, record) => {
    writer.raw(idBytes(id))
    writer.int64(BigInt(group.deliveredAtMs(record)))
    writer.length(BigInt.asUintN(64, group.deliveredCount(record)))
    return true
  })
  const consumers = group.consumers()
  writer.length(consumers.length)
  for (const { name, seenAtMs, pending } of consumers) {
    writer.string(name)
    writer.int64(BigInt(seenAtMs))
    // When it last got something is not noted here.
    if (type !== plainType) writer.int64(BigInt(seenAtMs))
    writer.length(pending.size)
    pending.visit(smallestId, (id) => {
      writer.raw(idBytes(id))
      return true
    })
  }
  if (type !== handedBackType) return
  const handedBack = group.handedBack()
  writer.length(handedBack.length)
  for (const id of handedBack) writer.raw(idBytes(id))
}

/** The bulk strings of an array in wire form whose header begins at `start`, as copies. */
function bulks(bytes: Uint8Array, start: number, end: number): Uint8Array[] {
  const found: Uint8Array[] = []
  let at = bytes.indexOf(10, start) + 1
  while (at < end) {
    const from = bytes.indexOf(10, at) + 1
    const next = elementEnd(bytes, at)
    found.push(sliceBytes(bytes, from, next - 2))
    at = next
  }
  return found
}

// Reading.

/** The stream behind its type's byte; undefined when the type is none of a stream. Throws RdbError. */
export function readStream(reader: RdbReader, type: number): Stream | undefined {
  const form = formOfType[type]
  if (form === undefined) return undefined
  const stream = new Stream()
  const packCount = reader.count()
  for (let i = 0; i < packCount; i++) {
    const id = readRawId(reader.string())
    readPack(stream, id, readListpack(reader.string()))
  }
  if (reader.length() !== stream.length) throw new RdbError('a stream counts its entries wrong')
  const lastId = readId(reader)
  if (lastId.compare(stream.lastId) < 0) throw new RdbError('a stream has entries behind its last id')
  let entriesAdded = BigInt(stream.length)
  if (form >= 2) {
    readId(reader)
    stream.maxDeletedId.set(readId(reader))
    entriesAdded = BigInt.asIntN(64, reader.bigLength())
  }
  stream.lastId.set(lastId)
  stream.entriesAdded = entriesAdded
  // The format has no place for what was trimmed, and that of Redis 5 none for what was ever added.
  if (form === 1 || entriesAdded > stream.length) stream.presumeTrimmed()
  const groupCount = reader.count()
  for (let i = 0; i < groupCount; i++) readGroup(stream, reader, form)
  if (form >= 4) stream.idempotency = readIdempotency(reader)
  return stream
}

/** Takes elements of a listpack one after the other. */
class Elements {
  readonly #elements: readonly Uint8Array[]
  #at = 0

  constructor(elements: readonly Uint8Array[]) {
    this.#elements = elements
  }

  get left(): number {
    return this.#elements.length - this.#at
  }

  next(): Uint8Array {
    const element = this.#elements[this.#at++]
    if (element === undefined) throw new RdbError("a stream's listpack is cut off")
    return element
  }

  integer(): bigint {
    const element = this.next()
    const value = parseInt64(element, 0, element.length)
    if (value === undefined) throw new RdbError("a stream's listpack has a string in place of a number")
    return value
  }

  /** A number of elements that are still there. */
  count(): number {
    const value = this.integer()
    if (value < 0n || value > BigInt(this.left)) throw new RdbError("a stream's listpack is cut off")
    return Number(value)
  }
}

function readPack(stream: Stream, first: StreamId, packed: readonly Uint8Array[]): void {
  const elements = new Elements(packed)
  const live = elements.integer()
  const deleted = elements.integer()
  const names = Array.from({ length: elements.count() }, () => elements.next())
  if (elements.integer() !== 0n) throw new RdbError("a stream's first entry has no end")
  let liveSeen = 0n
  let deletedSeen = 0n
  while (elements.left > 0) {
    if (readEntry(stream, first, names, elements)) liveSeen++
    else deletedSeen++
  }
  if (liveSeen !== live || deletedSeen !== deleted) throw new RdbError("a stream's listpack counts wrong")
  if (live === 0n) throw new RdbError("a stream's listpack has no entries")
}

/** Reads an entry and, unless it was deleted, adds it; returns whether it was added. */
function readEntry(stream: Stream, first: StreamId, names: readonly Uint8Array[], elements: Elements): boolean {
  const before = elements.left
  const flags = Number(elements.integer())
  const ms = BigInt.asUintN(64, msOf(first) + elements.integer())
  const seq = BigInt.asUintN(64, seqOf(first) + elements.integer())
  const isSame = (flags & entryFlag.sameFields) !== 0
  const count = isSame ? names.length : elements.count()
  const run = new WireRun()
  for (let i = 0; i < count; i++) {
    for (const each of isSame ? [names[i]!, elements.next()] : [elements.next(), elements.next()]) {
      run.bulk(each, 0, each.length)
    }
  }
  const size = before - elements.left
  if (elements.integer() !== BigInt(size)) throw new RdbError("a stream's entry has another size than it says")
  if ((flags & entryFlag.deleted) !== 0) return false
  if (count === 0) throw new RdbError("a stream's entry has no fields")
  const id = idOf(ms, seq)
  if (id.compare(stream.lastId) <= 0) throw new RdbError("a stream's entries are out of order")
  const wire = run.take()
  stream.append(id, wire, 0, wire.length, count * 2)
  return true
}

function readGroup(stream: Stream, reader: RdbReader, form: number): void {
  const name = ownBytes(reader)
  const lastId = readId(reader)
  const entriesRead = form >= 2 ? BigInt.asIntN(64, reader.bigLength()) : stream.entriesReadAt(lastId)
  if (stream.group(name, 0, name.length) !== undefined) throw new RdbError('a stream has a group twice')
  const group = stream.addGroup(name, lastId, entriesRead)
  const deliveries = new Map<string, { readonly atMs: number; readonly count: bigint }>()
  const pendingCount = reader.count()
  for (let i = 0; i < pendingCount; i++) {
    const id = readRawId(reader.raw(16)).toString()
    if (deliveries.has(id)) throw new RdbError('an entry is pending twice')
    deliveries.set(id, { atMs: Number(reader.int64()), count: BigInt.asIntN(64, reader.bigLength()) })
  }
  const consumerCount = reader.count()
  for (let i = 0; i < consumerCount; i++) {
    const consumerName = ownBytes(reader)
    const seenAtMs = Number(reader.int64())
    // When it last got something, which nobody asks here.
    if (form >= 3) reader.int64()
    if (group.consumer(consumerName, 0, consumerName.length) !== undefined) {
      throw new RdbError('a group has a consumer twice')
    }
    readPending(reader, group, group.addConsumer(consumerName, seenAtMs), deliveries)
  }
  if (form >= 5) readPending(reader, group, undefined, deliveries)
  if (group.pending.size !== deliveries.size) throw new RdbError('an entry is pending for nobody')
}

/** Gives the consumer what it has pending; without a consumer, what was handed back. */
function readPending(
  reader: RdbReader,
  group: ConsumerGroup,
  consumer: Consumer | undefined,
  deliveries: ReadonlyMap<string, { readonly atMs: number; readonly count: bigint }>,
): void {
  const count = reader.count()
  for (let i = 0; i < count; i++) {
    const id = readRawId(reader.raw(16))
    const delivery = deliveries.get(id.toString())
    if (delivery === undefined) throw new RdbError('an entry is pending that the group does not know')
    if (group.find(id) >= 0) throw new RdbError('an entry is pending for two')
    group.give(id, consumer, delivery.atMs, delivery.count)
  }
}

/** The next string as bytes that stay when the input goes. */
function ownBytes(reader: RdbReader): Uint8Array {
  const bytes = reader.string()
  return sliceBytes(bytes, 0, bytes.length)
}
