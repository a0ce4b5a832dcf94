/** Entries of a stream on their way from a reply to the frames of those who hear them. */
import { readEntryId, writeEntry } from '../json/entries-json.ts'
import { JsonWriter } from '../json/json-writer.ts'
import { isNull, readHeader, skipReply } from '../json/reply-json.ts'
import { frameOf, textFrame } from './frames.ts'

const writer = new JsonWriter()

/** The entries of one stream in a reply of XREAD or XREADGROUP. */
export interface EntryBatch {
  readonly bytes: Buffer
  readonly ids: readonly string[]
  /** Where each entry begins in `bytes`. */
  readonly starts: readonly number[]
}

/** The entries of the one stream that was asked for; none when the reply is a null. */
export function readBatch(bytes: Buffer): EntryBatch {
  const ids: string[] = []
  const starts: number[] = []
  if (isNull(bytes, 0)) return { bytes, ids, starts }
  const entries = readHeader(bytes, skipReply(bytes, readHeader(bytes, 0).next))
  let at = entries.next
  for (let i = 0; i < entries.count; i++) {
    ids.push(readEntryId(bytes, at))
    starts.push(at)
    at = skipReply(bytes, at)
  }
  return { bytes, ids, starts }
}

/** The frame that tells a subscription of the entries from `from` up to `to`. */
export function entriesFrame(
  method: 'stream.entries' | 'group.entries',
  subscription: string,
  batch: EntryBatch,
  from = 0,
  to = batch.ids.length,
): Buffer {
  writer.raw(`{"jsonrpc":"2.0","method":"${method}","params":{"subscription":`)
  writer.text(subscription)
  writer.raw(',"entries":[')
  for (let i = from; i < to; i++) {
    if (i > from) writer.raw(',')
    writeEntry(writer, batch.bytes, batch.starts[i]!)
  }
  writer.raw(']}}')
  const frame = frameOf(textFrame, writer.bytes, 0, writer.at)
  writer.clear()
  return frame
}
