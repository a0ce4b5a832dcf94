/** Entries of streams as JSON, from the bytes of a reply: `{"id":"1-0","fields":[["sku","A-1"]]}`. Pairs, since names may
 *  come twice and their order counts. */
import assert from 'node:assert'
import type { JsonWriter } from './json-writer.ts'
import { readHeader, readString, writeReply } from './reply-json.ts'

/** Behind what was written of a reply, and the id of the last entry. */
export interface Written {
  readonly next: number
  readonly lastId: string | undefined
}

/** Writes a list of entries, as XRANGE answers it, as an array. An entry that was deleted meanwhile (XREADGROUP and XCLAIM tell
 *  of such) has `null` for its fields. */
export function writeEntries(writer: JsonWriter, bytes: Uint8Array, at: number): Written {
  const { count, next } = readHeader(bytes, at)
  let lastId: string | undefined
  at = next
  writer.raw('[')
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.raw(',')
    ;({ next: at, lastId } = writeEntry(writer, bytes, at))
  }
  writer.raw(']')
  return { next: at, lastId }
}

/** Writes one entry as an object. */
export function writeEntry(writer: JsonWriter, bytes: Uint8Array, at: number): Written & { readonly lastId: string } {
  const id = readString(bytes, readHeader(bytes, at).next)
  assert(id !== undefined, 'an entry begins with its id')
  writer.raw('{"id":')
  writer.string(bytes, id.start, id.end)
  writer.raw(',"fields":')
  const next = writeFields(writer, bytes, id.next)
  writer.raw('}')
  return { next, lastId: Buffer.from(bytes.subarray(id.start, id.end)).toString() }
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
