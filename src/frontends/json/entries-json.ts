/** Entries of streams as JSON, from the bytes of a reply: `{"id":"1-0","fields":[["sku","A-1"]]}`. Pairs, since names may
 *  come twice and their order counts. */
import assert from 'node:assert'
import type { JsonWriter } from './json-writer.ts'
import { readHeader, readInteger, readString, skipReply, writeReply } from './reply-json.ts'

/** Writes a list of entries, as XRANGE answers it, as an array; returns the offset behind it. An entry that was deleted meanwhile (XREADGROUP and XCLAIM tell
 *  of such) has `null` for its fields. */
export function writeEntries(writer: JsonWriter, bytes: Uint8Array, at: number): number {
  const { count, next } = readHeader(bytes, at)
  at = next
  writer.raw('[')
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.raw(',')
    at = writeEntry(writer, bytes, at)
  }
  writer.raw(']')
  return at
}

/** Writes one entry as an object; returns the offset behind it. XREADGROUP with CLAIM tells how long ago and how often each
 *  was delivered before: `deliveries` has how often it is with this time. */
export function writeEntry(writer: JsonWriter, bytes: Uint8Array, at: number): number {
  const parts = readHeader(bytes, at)
  const id = readString(bytes, parts.next)
  assert(id !== undefined, 'an entry begins with its id')
  writer.raw('{"id":')
  writer.string(bytes, id.start, id.end)
  writer.raw(',"fields":')
  let next = writeFields(writer, bytes, id.next)
  if (parts.count > 2) next = writeDeliveries(writer, bytes, skipReply(bytes, next))
  writer.raw('}')
  return next
}

/** The id of the entry at this offset. */
export function readEntryId(bytes: Buffer, at: number): string {
  const id = readString(bytes, readHeader(bytes, at).next)
  assert(id !== undefined, 'an entry begins with its id')
  return bytes.toString('latin1', id.start, id.end)
}

/** The largest count of deliveries, which stays as it is. */
const deliveriesMax = 2n ** 63n - 1n

function writeDeliveries(writer: JsonWriter, bytes: Uint8Array, at: number): number {
  const { value, next } = readInteger(bytes, at)
  const all = value === deliveriesMax ? value : value + 1n
  writer.raw(`,"deliveries":${all <= Number.MAX_SAFE_INTEGER ? all : `"${all}"`}`)
  return next
}

/** Writes names and values, which a reply has in one list, as pairs. */
function writeFields(writer: JsonWriter, bytes: Uint8Array, at: number): number {
  const { count, next } = readHeader(bytes, at)
  if (count === 0) {
    writer.raw('null')
    return next
  }
  writer.raw('[')
  let item = next
  for (let i = 0; i < count; i += 2) {
    writer.raw(i > 0 ? ',[' : '[')
    item = writeReply(writer, bytes, item)
    writer.raw(',')
    item = writeReply(writer, bytes, item)
    writer.raw(']')
  }
  writer.raw(']')
  return item
}
