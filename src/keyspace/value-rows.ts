/** Values as rows of a checkpoint and back.
 *
 *  A value is one row or several, in order; what it is shows in the row's kind:
 *
 *  | kind      | payload |
 *  |-----------|---------|
 *  | `strings` | many small strings; no key (see `string-pack.ts`) |
 *  | `string`  | the content |
 *  | `large`   | a RESP array: the size of a string whose content follows |
 *  | `part`    | the large string's next bytes |
 *  | `list`    | elements in wire form; further rows of the key go on with the list |
 *  | `hash`, `set`, `zset` | likewise, in the form that the collection's class describes |
 *  | `stream`  | a RESP array: last id, highest deleted id, entries ever added, highest trimmed id (left out by the first files) |
 *  | `entries` | the stream's next entries in wire form |
 *  | `group`   | a RESP array: name, last id, entries read, then name and time seen of each consumer |
 *  | `idempotency` | a RESP array: seconds and ids that the stream remembers, ids ever added |
 *  | `producer` | a RESP array: name of a producer, then idempotent id, entry's id, time of each of its ids, oldest first |
 *  | `unacked` | a RESP array of what the group before has pending, longest idle first: number of the consumer (-1 for nobody), id, time, count of each |
 *  | `pending` | the same as version 0.1 wrote it: number of the consumer once, then id, time, count of each entry |
 *  | `library` | the source of a library of functions; no key |
 *
 *  The rows of a value are made lazily from a frozen value: taking the picture is quick, writing it out may take many
 *  turns, and what changes meanwhile does not show. */
import { Args, encodeRequest } from '../../protocol/resp/args.ts'
import { RequestParser } from '../../protocol/resp/request-parser.ts'
import type { Consumer, ConsumerGroup, FrozenGroup } from '../broker/consumer-group.ts'
import { List, type ListSnapshot } from '../broker/list.ts'
import { type FrozenStream, Stream } from '../broker/stream.ts'
import { parseId, StreamId, smallestId } from '../broker/stream-id.ts'
import { type FrozenIdempotency, Idempotency } from '../broker/stream-idempotency.ts'
import { latin1Bytes, sliceBytes } from '../lib/bytes.ts'
import { newCollection } from './collections.ts'
import type { Database } from './database.ts'
import { Hash } from './hash.ts'
import type { Keyspace } from './keyspace.ts'
import type { Collection, CollectionKind } from './stored-object.ts'
import { unpackStrings } from './string-pack.ts'

/** A row holds about so many bytes; only a single large element or entry makes it longer. */
const rowBytesMax = 64 * 1024
/** Pending entries in a row. */
const pendingPerRow = 1000
/** Idempotent ids in a row. */
const idsPerRow = 1000

/** One row: the shape in which the log keeps and returns it, without looking inside. */
export interface ValueRow {
  readonly db: number
  readonly key: Uint8Array
  readonly kind: string
  /** Absolute time in milliseconds, or -1 for none. */
  readonly expiresAtMs: number
  readonly payload: Uint8Array
}

/** The rows of the key's value as it is now, whatever becomes of it. A large string is not copied here, nor is a list or
 *  a stream: who changes them first moves the string, or copies the piece of the list or stream that changes. Whoever does
 *  not read all rows calls `return`, so that a collection keeps no picture for nobody. */
export function freezeValue(db: Database, entry: number, dbIndex: number): Iterator<ValueRow> {
  const base = { db: dbIndex, key: db.key(entry), expiresAtMs: db.expiresAtMs(entry) }
  const object = db.objectAt(entry)
  if (object === undefined) {
    const content = db.frozenString(entry)
    if (content.length <= rowBytesMax) return [{ ...base, kind: 'string', payload: content }].values()
    return largeStringRows(base, content)
  }
  if (object instanceof List) return listRows(base, object.freeze())
  if (object instanceof Stream) return streamRows(base, object.freeze())
  return collectionRows(base, object.kind, (object as Collection).freeze())
}

/** A library of functions. It belongs to no database. */
export function libraryRow(code: Uint8Array): ValueRow {
  return { db: 0, key: new Uint8Array(0), kind: 'library', expiresAtMs: -1, payload: code }
}

type RowBase = Pick<ValueRow, 'db' | 'key' | 'expiresAtMs'>

function* largeStringRows(base: RowBase, content: Uint8Array): Generator<ValueRow> {
  yield { ...base, kind: 'large', payload: encodeRequest([String(content.length)]) }
  for (let start = 0; start < content.length; start += rowBytesMax) {
    yield { ...base, kind: 'part', payload: content.subarray(start, start + rowBytesMax) }
  }
}

function* listRows(base: RowBase, list: ListSnapshot): Generator<ValueRow> {
  let parts: Uint8Array[] = []
  let size = 0
  for (const { bytes, start, end } of list.chunks) {
    parts.push(bytes.subarray(start, end))
    size += end - start
    if (size < rowBytesMax) continue
    yield { ...base, kind: 'list', payload: joined(parts) }
    parts = []
    size = 0
  }
  if (size > 0) yield { ...base, kind: 'list', payload: joined(parts) }
}

function collectionRows(base: RowBase, kind: string, runs: Iterable<Uint8Array>): Iterator<ValueRow> {
  const reader = runs[Symbol.iterator]()
  return {
    next() {
      const { done, value } = reader.next()
      return done === true ? { done, value: undefined } : { value: { ...base, kind, payload: value } }
    },
    return() {
      reader.return?.()
      return { done: true, value: undefined }
    },
  }
}

/** One huge part is not copied. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function* streamRows(base: RowBase, stream: FrozenStream): Generator<ValueRow> {
  const { lastId, maxDeletedId, entriesAdded, trimmedId } = stream
  const header = [String(lastId), String(maxDeletedId), String(entriesAdded), String(trimmedId)]
  yield { ...base, kind: 'stream', payload: encodeRequest(header) }
  for (const segment of stream.segments) {
    for (const run of segment.runs()) yield { ...base, kind: 'entries', payload: run }
  }
  for (const group of stream.groups) yield* groupRows(base, group)
  if (stream.idempotency !== undefined) yield* idempotencyRows(base, stream.idempotency)
}

function* idempotencyRows(
  base: RowBase,
  { durationS, idsMax, added, producers }: FrozenIdempotency,
): Generator<ValueRow> {
  yield { ...base, kind: 'idempotency', payload: encodeRequest([String(durationS), String(idsMax), String(added)]) }
  for (const [name, mentions] of producers) {
    let words: (string | Uint8Array)[] = [latin1Bytes(name)]
    for (const [iid, { id, atMs }] of mentions) {
      words.push(latin1Bytes(iid), id.toString(), String(atMs))
      if (words.length <= idsPerRow * 3) continue
      yield { ...base, kind: 'producer', payload: encodeRequest(words) }
      words = [latin1Bytes(name)]
    }
    if (words.length > 1) yield { ...base, kind: 'producer', payload: encodeRequest(words) }
  }
}

function* groupRows(base: RowBase, group: FrozenGroup): Generator<ValueRow> {
  const header: (string | Uint8Array)[] = [group.name, group.lastId.toString(), String(group.entriesRead)]
  for (const { name, seenAtMs } of group.consumers) header.push(name, String(seenAtMs))
  yield { ...base, kind: 'group', payload: encodeRequest(header) }
  const from = smallestId.copy()
  let isMore = group.pendingCount > 0
  while (isMore) {
    const words: string[] = []
    isMore = false
    group.visitPending(from, (place, id, consumer, atMs, count) => {
      if (words.length === pendingPerRow * 4) {
        from.set(place)
        isMore = true
        return false
      }
      words.push(String(consumer), id.toString(), String(atMs), String(count))
      return true
    })
    yield { ...base, kind: 'unacked', payload: encodeRequest(words) }
  }
}

/** Puts the rows of a checkpoint back into an empty keyspace, in the order in which they were written. */
export class RowLoader {
  readonly #keyspace: Keyspace
  readonly #addLibrary: (code: Uint8Array) => void
  /** The stream that rows go on with. */
  #streamAt: { readonly db: Database; readonly entry: number; readonly isTrimKnown: boolean } | undefined
  #group: ConsumerGroup | undefined
  /** Of the group, in the order of their numbers. */
  #consumers: readonly Consumer[] = []
  /** The large string whose parts come: where it is, and how much of it is there. */
  #large: { readonly db: Database; readonly entry: number; size: number } | undefined
  /** Bytes of all rows so far. */
  bytes = 0

  constructor(keyspace: Keyspace, addLibrary: (code: Uint8Array) => void) {
    this.#keyspace = keyspace
    this.#addLibrary = addLibrary
  }

  /** Takes the next row; its bytes are copied. Throws Error for what no checkpoint of ours has. */
  load(row: ValueRow): void {
    this.bytes += row.payload.length
    this.#keyspace.settleSizes()
    const db = this.#keyspace.databases[row.db]
    if (db === undefined) {
      throw new Error(
        `the checkpoint has keys in database ${row.db}, but 'databases' is ${this.#keyspace.databases.length}`,
      )
    }
    switch (row.kind) {
      case 'library':
        return this.#addLibrary(sliceBytes(row.payload, 0, row.payload.length))
      case 'strings':
        return unpackStrings(db, row.payload)
      case 'string':
        return this.#addString(db, row)
      case 'large':
        return this.#addLarge(db, row)
      case 'part':
        return this.#addPart(row)
      case 'list':
        return this.#addElements(db, row)
      case 'stream':
        return this.#addStream(db, row)
      case 'entries':
        return this.#addEntries(row)
      case 'group':
        return this.#addGroup(row)
      case 'idempotency':
        return this.#addIdempotency(row)
      case 'producer':
        return this.#addProducer(row)
      case 'unacked':
        return this.#addUnacked(row)
      case 'pending':
        return this.#addPending(row)
      case 'hash':
      case 'set':
      case 'zset':
        return this.#addRun(db, row, row.kind)
      default:
        throw new Error(`the checkpoint has a row of the unknown kind '${row.kind}'`)
    }
  }

  #addString(db: Database, row: ValueRow): void {
    const entry = db.setString(Args.of(row.key), 0, row.payload, 0, row.payload.length)
    if (row.expiresAtMs >= 0) db.setExpiry(entry, row.expiresAtMs)
  }

  #addLarge(db: Database, row: ValueRow): void {
    const [size] = words(row.payload)
    const entry = db.setString(Args.of(row.key), 0, row.payload, 0, 0)
    db.growString(entry, Number(textOf(size)))
    if (row.expiresAtMs >= 0) db.setExpiry(entry, row.expiresAtMs)
    this.#large = { db, entry, size: 0 }
  }

  #addPart(row: ValueRow): void {
    const large = this.#large
    if (large === undefined) throw new Error('the checkpoint has a part of no string')
    const { db, entry } = large
    if (large.size + row.payload.length > db.stringSize(entry)) {
      throw new Error('the checkpoint has a string that is longer than it says')
    }
    db.stringChunk(entry).set(row.payload, db.stringStart(entry) + large.size)
    large.size += row.payload.length
  }

  #addElements(db: Database, row: ValueRow): void {
    const key = Args.of(row.key)
    const entry = db.find(key, 0)
    const list = entry < 0 ? new List() : db.objectForChange(List, entry)
    list.appendWire(row.payload, 0, row.payload.length)
    if (entry >= 0) return
    const added = db.addObject(key, 0, list)
    if (row.expiresAtMs >= 0) db.setExpiry(added, row.expiresAtMs)
  }

  #addRun(db: Database, row: ValueRow, kind: CollectionKind): void {
    const key = Args.of(row.key)
    const entry = db.find(key, 0)
    const collection =
      entry < 0 ? newCollection(kind, this.#keyspace.collectionSettings) : (db.objectAt(entry) as Collection)
    if (entry >= 0) db.beforeChange(entry)
    collection.appendWire(row.payload)
    if (entry >= 0) {
      if (collection instanceof Hash) db.scheduleFields(entry)
      return
    }
    const added = db.addObject(key, 0, collection)
    if (row.expiresAtMs >= 0) db.setExpiry(added, row.expiresAtMs)
  }

  #addStream(db: Database, row: ValueRow): void {
    const [lastId, maxDeletedId, entriesAdded, trimmedId] = words(row.payload)
    const stream = new Stream()
    stream.lastId.set(idOf(lastId))
    stream.maxDeletedId.set(idOf(maxDeletedId))
    stream.entriesAdded = BigInt(textOf(entriesAdded))
    if (trimmedId !== undefined) stream.trimmedId.set(idOf(trimmedId))
    const entry = db.addObject(Args.of(row.key), 0, stream)
    if (row.expiresAtMs >= 0) db.setExpiry(entry, row.expiresAtMs)
    this.#streamAt = { db, entry, isTrimKnown: trimmedId !== undefined }
    this.#group = undefined
    this.#presumeTrimmed(stream)
  }

  #addEntries(row: ValueRow): void {
    const stream = this.#openStream()
    stream.appendWire(row.payload.slice())
    this.#presumeTrimmed(stream)
  }

  /** Of a file that does not tell what was trimmed, as far as its rows have come. */
  #presumeTrimmed(stream: Stream): void {
    if (this.#streamAt?.isTrimKnown) return
    stream.trimmedId.set(smallestId)
    if (stream.entriesAdded > stream.length) stream.presumeTrimmed()
  }

  #addGroup(row: ValueRow): void {
    const [name, lastId, entriesRead, ...consumers] = words(row.payload)
    this.#group = this.#openStream().addGroup(name ?? new Uint8Array(0), idOf(lastId), BigInt(textOf(entriesRead)))
    for (let i = 0; i + 1 < consumers.length; i += 2) {
      this.#group.addConsumer(consumers[i]!, Number(textOf(consumers[i + 1])))
    }
    this.#consumers = this.#group.consumers()
  }

  #addIdempotency(row: ValueRow): void {
    const [durationS, idsMax, added] = words(row.payload)
    const idempotency = new Idempotency()
    idempotency.configure(Number(textOf(durationS)), Number(textOf(idsMax)))
    idempotency.added = Number(textOf(added))
    this.#openStream().idempotency = idempotency
  }

  #addProducer(row: ValueRow): void {
    const { idempotency } = this.#openStream()
    if (idempotency === undefined) throw new Error('the checkpoint has a producer outside of a stream with any')
    const [name, ...mentions] = words(row.payload)
    for (let i = 0; i + 2 < mentions.length; i += 3) {
      idempotency.restore(textOf(name), textOf(mentions[i]), idOf(mentions[i + 1]), Number(textOf(mentions[i + 2])))
    }
  }

  #addUnacked(row: ValueRow): void {
    const entries = words(row.payload)
    for (let i = 0; i + 3 < entries.length; i += 4) {
      this.#givePending(entries[i], entries[i + 1], entries[i + 2], entries[i + 3])
    }
  }

  #addPending(row: ValueRow): void {
    const [index, ...entries] = words(row.payload)
    for (let i = 0; i + 2 < entries.length; i += 3) {
      this.#givePending(index, entries[i], entries[i + 1], entries[i + 2])
    }
  }

  #givePending(index?: Uint8Array, id?: Uint8Array, atMs?: Uint8Array, count?: Uint8Array): void {
    this.#openStream()
    if (this.#group === undefined) throw new Error('the checkpoint has pending entries outside of a group')
    const number = Number(textOf(index))
    const consumer = this.#consumers[number]
    if (consumer === undefined && number !== -1) {
      throw new Error('the checkpoint has pending entries of an unknown consumer')
    }
    this.#group.give(idOf(id), consumer, Number(textOf(atMs)), BigInt(textOf(count)))
  }

  #openStream(): Stream {
    if (this.#streamAt === undefined) throw new Error('the checkpoint has entries outside of a stream')
    const { db, entry } = this.#streamAt
    return db.objectForChange(Stream, entry)
  }
}

/** The bulk strings of a RESP array. */
function words(payload: Uint8Array): Uint8Array[] {
  const parser = new RequestParser({ bulkBytesMax: payload.length, queryBytesMax: payload.length })
  const args = new Args()
  parser.feed(payload)
  if (!parser.next(args)) throw new Error('the checkpoint has a row that is cut off')
  return Array.from({ length: args.count }, (_, i) => args.copy(i))
}

function textOf(word: Uint8Array | undefined): string {
  return Buffer.from(word ?? new Uint8Array(0)).toString('latin1')
}

function idOf(word: Uint8Array | undefined): StreamId {
  const id = new StreamId()
  if (word === undefined || parseId(word, 0, word.length, id) === 'invalid') {
    throw new Error(`the checkpoint has an id that is none: '${textOf(word)}'`)
  }
  return id
}
