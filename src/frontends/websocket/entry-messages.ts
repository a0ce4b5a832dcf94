/** Entries of a stream as the frames of those who hear them. */
import { writeEntry } from '../json/entries-json.ts'
import { JsonWriter } from '../json/json-writer.ts'
import type { EntryBatch } from '../stream-read.ts'
import { frameOf, textFrame } from './frames.ts'

const writer = new JsonWriter()

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
