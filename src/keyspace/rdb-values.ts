/** Values in the format of RDB, as DUMP hands them out and RESTORE takes them in.
 *
 *  Written is, of the forms that Redis 7.0 loads, the one that is nearest to ours, or the oldest that has room for all
 *  there is; read is every form of these types that Redis has written since 2.0, up to 8.8. What is read is checked to the last byte: a value is either whole or an `RdbError`. */
import { ListpackWriter, readListpack } from '../../protocol/rdb/listpack.ts'
import { readZiplist } from '../../protocol/rdb/packed-forms.ts'
import { RdbError } from '../../protocol/rdb/rdb-error.ts'
import type { RdbReader } from '../../protocol/rdb/rdb-reader.ts'
import { RdbWriter } from '../../protocol/rdb/rdb-writer.ts'
import { List } from '../broker/list.ts'
import { elementEnd } from '../broker/list-chunk.ts'
import { Stream } from '../broker/stream.ts'
import { digitCount } from '../lib/bytes.ts'
import { WireRun } from '../lib/wire-run.ts'
import type { CollectionSettings } from './collection-settings.ts'
import type { Database } from './database.ts'
import { Hash } from './hash.ts'
import { readCollection, writeHash, writeSet, writeSortedSet } from './rdb-collections.ts'
import { readStream, writeStream } from './rdb-streams.ts'
import { SetValue } from './set-value.ts'
import { SortedSet } from './sorted-set.ts'
import type { StoredObject } from './stored-object.ts'

/** The byte before a value says what it is and in which form (Redis 7.0, `rdb.h: RDB_TYPE_*`). */
const valueType = {
  string: 0,
  list: 1,
  listZiplist: 10,
  listQuicklist: 14,
  listQuicklist2: 18,
} as const

/** How a node of `listQuicklist2` keeps what it has. */
const nodeForm = { plain: 1, packed: 2 } as const
/** A packed node of a list that we write has so many bytes at the most, a plain one is larger. */
const nodeBytesMax = 8192

/** The value of an entry. */
export function writeValue(db: Database, entry: number): RdbWriter {
  const writer = new RdbWriter()
  const object = db.objectAt(entry)
  if (object === undefined) {
    const start = db.stringStart(entry)
    writer.byte(valueType.string)
    writer.string(db.stringChunk(entry), start, start + db.stringSize(entry))
  } else if (object instanceof List) {
    writer.byte(valueType.listQuicklist2)
    writeList(writer, object)
  } else if (object instanceof Stream) {
    writeStream(writer, object)
  } else if (object instanceof Hash) writeHash(writer, object)
  else if (object instanceof SetValue) writeSet(writer, object)
  else if (object instanceof SortedSet) writeSortedSet(writer, object)
  else throw new Error(`a value of the kind '${object.kind}' cannot be written`)
  return writer
}

/** Reads a value that is all there is: a string's bytes, or an object of its own. Throws RdbError. */
export function readValue(reader: RdbReader, settings: CollectionSettings): Uint8Array | StoredObject {
  const type = reader.byte()
  const value = readCollection(reader, type, settings) ?? readStream(reader, type) ?? readTyped(reader, type)
  if (reader.left > 0) throw new RdbError('there is more behind the value')
  return value
}

function readTyped(reader: RdbReader, type: number): Uint8Array | StoredObject {
  switch (type) {
    case valueType.string:
      return reader.string()
    case valueType.list:
      return listOf(strings(reader, reader.count()))
    case valueType.listZiplist:
      return listOf(readZiplist(reader.string()))
    case valueType.listQuicklist:
      return listOf(nodes(reader, readZiplist))
    case valueType.listQuicklist2:
      return listOf(quicklist2(reader))
    default:
      throw new RdbError('a value is of an unknown type')
  }
}

/** The elements in nodes: those of a list are strings in wire form one after the other. */
function writeList(writer: RdbWriter, list: List): void {
  const packed: (ListpackWriter | Uint8Array)[] = []
  let open = new ListpackWriter()
  const close = (): void => {
    if (open.count > 0) packed.push(open)
    open = new ListpackWriter()
  }
  for (const { bytes, start, end } of list.ranges()) {
    for (let at = start; at < end; ) {
      const last = elementEnd(bytes, at)
      const from = contentStart(last - at) + at
      const size = last - 2 - from
      if (open.size + size > nodeBytesMax) close()
      if (size > nodeBytesMax) packed.push(bytes.subarray(from, last - 2))
      else open.bytes(bytes, from, last - 2)
      at = last
    }
  }
  close()
  writer.length(packed.length)
  for (const node of packed) {
    const isPlain = node instanceof Uint8Array
    writer.length(isPlain ? nodeForm.plain : nodeForm.packed)
    writer.string(isPlain ? node : node.finish())
  }
}

/** Where the content of a bulk string of so many bytes in wire form begins. */
function contentStart(wireSize: number): number {
  const digits = digitCount(wireSize)
  // The frame counts itself: what has one digit less leaves room for its size.
  for (let width = Math.max(1, digits - 1); ; width++) {
    if (digitCount(wireSize - 5 - width) === width) return width + 3
  }
}

function* strings(reader: RdbReader, count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield reader.string()
}

function* nodes(reader: RdbReader, unpack: (bytes: Uint8Array) => Uint8Array[]): Generator<Uint8Array> {
  const count = reader.count()
  for (let i = 0; i < count; i++) yield* unpack(reader.string())
}

function* quicklist2(reader: RdbReader): Generator<Uint8Array> {
  const count = reader.count()
  for (let i = 0; i < count; i++) {
    const form = reader.length()
    const node = reader.string()
    if (node.length === 0) throw new RdbError("a list's node is empty")
    if (form === nodeForm.plain) yield node
    else if (form === nodeForm.packed) yield* readListpack(node)
    else throw new RdbError("a list's node has an unknown form")
  }
}

function listOf(elements: Iterable<Uint8Array>): List {
  const run = new WireRun()
  for (const element of elements) run.bulk(element, 0, element.length)
  const list = new List()
  const wire = run.take()
  list.appendWire(wire, 0, wire.length)
  if (list.length === 0) throw new RdbError('a list has no elements')
  return list
}
