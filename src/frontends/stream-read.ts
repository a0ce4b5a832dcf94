/** Reading one stream: the command, and what is in its answer. */
import { readEntryId } from './json/entries-json.ts'
import { isNull, readHeader, readString, skipReply } from './json/reply-json.ts'
import type { Argument } from './json/request-json.ts'
import type { StreamBounds } from './stream-cursor.ts'

/** Entries of one stream, found in the bytes of a reply. */
export interface EntryBatch {
  readonly bytes: Buffer
  readonly ids: readonly string[]
  /** Where each entry begins in `bytes`. */
  readonly starts: readonly number[]
}

/** What a read found. */
export interface StreamRead {
  /** Undefined when there is no such stream. */
  readonly bounds: StreamBounds | undefined
  readonly batch: EntryBatch
}

export interface ReadLimits {
  readonly count: number
  readonly sizeBytes?: number
  /** How long to wait for something new, 0 for ever; left out for not at all. */
  readonly blockMs?: number
}

/** Reads what comes behind the id, or with `$` nothing but the bounds. */
export function readCommand(key: Argument, after: string, { count, sizeBytes, blockMs }: ReadLimits): Argument[] {
  return [
    ...['XREAD', 'COUNT', String(count)],
    ...(sizeBytes === undefined ? [] : ['MAXSIZE', String(sizeBytes)]),
    ...(blockMs === undefined ? [] : ['BLOCK', String(blockMs)]),
    ...['WITHBOUNDS', 'STREAMS', key, after],
  ]
}

/** What the reply to `readCommand` has. */
export function readStreamReply(bytes: Buffer): StreamRead {
  if (isNull(bytes, 0)) return { bounds: undefined, batch: noEntries(bytes) }
  const parts = readHeader(bytes, streamAt(bytes)).next
  const last = readString(bytes, readHeader(bytes, parts).next)!
  const trimmed = readString(bytes, last.next)!
  const first = readString(bytes, trimmed.next)
  const textOf = ({ start, end }: { start: number; end: number }): string => bytes.toString('latin1', start, end)
  return {
    bounds: { lastId: textOf(last), trimmedId: textOf(trimmed), firstId: first === undefined ? null : textOf(first) },
    batch: batchAt(bytes, skipReply(bytes, parts)),
  }
}

/** The entries in a reply of XREADGROUP about one stream; none when the reply is a null. */
export function readBatch(bytes: Buffer): EntryBatch {
  return isNull(bytes, 0) ? noEntries(bytes) : batchAt(bytes, streamAt(bytes))
}

/** Where what a reply says of the one stream begins, behind its key. */
function streamAt(bytes: Buffer): number {
  return skipReply(bytes, readHeader(bytes, 0).next)
}

function batchAt(bytes: Buffer, at: number): EntryBatch {
  const ids: string[] = []
  const starts: number[] = []
  const { count, next } = readHeader(bytes, at)
  at = next
  for (let i = 0; i < count; i++) {
    ids.push(readEntryId(bytes, at))
    starts.push(at)
    at = skipReply(bytes, at)
  }
  return { bytes, ids, starts }
}

function noEntries(bytes: Buffer): EntryBatch {
  return { bytes, ids: [], starts: [] }
}
