/** Follows a stream from a cursor on, and notices what it has missed. */
import { compareIds } from '../entry-ids.ts'
import type { InnerSession } from '../inner-session.ts'
import { readEntryId, writeEntry } from '../json/entries-json.ts'
import { JsonWriter } from '../json/json-writer.ts'
import { isNull, readError, readHeader } from '../json/reply-json.ts'
import { noStream, readStreamState, type StreamState, zeroId } from '../stream-state.ts'
import { ask, CommandFailed } from './ask.ts'
import { readEntries } from './routes/streams.ts'

const entriesPerRead = '100'

export interface TailEntry {
  readonly id: string
  /** `{"id":…,"fields":…}` */
  readonly json: string
}

/** What may be missing: entries behind `from` and before `to` were trimmed, or the stream began anew. */
export interface Gap {
  readonly from: string
  readonly to: string
}

export interface Batch {
  readonly gap: Gap | undefined
  readonly entries: readonly TailEntry[]
}

/** Where a tail begins: at the end, behind an entry, or behind the last one that a client has seen before. */
export interface Start {
  readonly after?: string | undefined
  readonly isResumed?: boolean
}

export class StreamTail {
  readonly #session: InnerSession
  readonly #key: string
  readonly #writer = new JsonWriter()
  #cursor: string
  /** How many entries up to the cursor were ever added, as far as that is known, and where the count is from. */
  #ordinal: number | undefined
  #countedAt: string

  private constructor(session: InnerSession, key: string, cursor: string, ordinal: number | undefined) {
    this.#session = session
    this.#key = key
    this.#cursor = cursor
    this.#countedAt = cursor
    this.#ordinal = ordinal
  }

  /** Throws CommandFailed when the stream can't be read. */
  static async open(session: InnerSession, key: string, { after, isResumed = false }: Start): Promise<StreamTail> {
    const state = await stateOf(session, key)
    const { lastId, added } = state
    // Asked for in any case, so that who may not read is told so at once.
    await ask(session, ['XREAD', 'COUNT', '1', 'STREAMS', key, lastId])
    if (after === undefined) return new StreamTail(session, key, lastId, added)
    // From the beginning means from what there is.
    const isFromStart = !isResumed && !isBefore(zeroId, after)
    return new StreamTail(session, key, after, isFromStart ? goneOf(state) : undefined)
  }

  /** The id of the entry behind which it goes on. */
  get cursor(): string {
    return this.#cursor
  }

  /** What comes next; nothing when nothing came for so long. Throws CommandFailed and SessionClosed. */
  async next(blockMs: number): Promise<Batch> {
    const read = ['XREAD', 'COUNT', entriesPerRead]
    const from = (): string[] => ['STREAMS', this.#key, this.#cursor]
    // Both are run in one turn: nothing is trimmed between them.
    const [state, bytes] = await Promise.all([
      stateOf(this.#session, this.#key),
      ask(this.#session, [...read, ...from()]),
    ])
    const gap = this.#noteState(state)
    const entries = this.#takeEntries(bytes)
    if (gap !== undefined || entries.length > 0) return { gap, entries }
    const later = await ask(this.#session, [...read, 'BLOCK', String(blockMs), ...from()])
    return { gap, entries: this.#takeEntries(later) }
  }

  #takeEntries(bytes: Buffer): TailEntry[] {
    if (isNull(bytes, 0)) return []
    const { count, next } = readHeader(bytes, readEntries(bytes)!)
    let at = next
    if (this.#ordinal !== undefined) this.#ordinal += count
    return Array.from({ length: count }, () => {
      const id = readEntryId(bytes, at)
      at = writeEntry(this.#writer, bytes, at)
      this.#cursor = id
      return { id, json: this.#writer.takeText() }
    })
  }

  /** Compares what there is with what was seen, and moves the cursor over what there is no more. */
  #noteState(state: StreamState): Gap | undefined {
    const { lastId, firstId, added } = state
    const gone = goneOf(state)
    const gap = this.#gap(state)
    if (isBefore(lastId, this.#cursor) && gap !== undefined) this.#count(zeroId, gone)
    else if (gap !== undefined && firstId === undefined) this.#count(lastId, added)
    else if (lastId === this.#cursor) this.#count(lastId, added)
    else if (gap !== undefined) this.#ordinal = gone
    return gap
  }

  #count(cursor: string, ordinal: number): void {
    this.#cursor = cursor
    this.#countedAt = cursor
    this.#ordinal = ordinal
  }

  #gap(state: StreamState): Gap | undefined {
    const { lastId, firstId, maxDeletedId, added } = state
    const cursor = this.#cursor
    // The cursor is of another life of the stream.
    if (isBefore(lastId, cursor)) return lastId === zeroId ? undefined : { from: cursor, to: firstId ?? lastId }
    if (!isBefore(cursor, lastId)) {
      // Everything has been seen, unless some came and went between two looks; deletions confuse the count.
      const isCounted = this.#ordinal !== undefined && !isBefore(this.#countedAt, maxDeletedId)
      return isCounted && added > this.#ordinal! ? { from: this.#countedAt, to: cursor } : undefined
    }
    if (firstId !== undefined && !isBefore(cursor, firstId)) return undefined
    // All that is there comes behind the cursor: where it is not known to be right behind, something may be missing.
    return goneOf(state) > (this.#ordinal ?? 0) ? { from: cursor, to: firstId ?? lastId } : undefined
  }
}

async function stateOf(session: InnerSession, key: string): Promise<StreamState> {
  const reply = await session.call(['XINFO', 'STREAM', key])
  const state = readStreamState(reply)
  if (state !== undefined) return state
  const fault = readError(reply, 0)
  if (fault.message === 'ERR no such key') return noStream
  throw new CommandFailed(fault)
}

/** How many of its entries are not there any more. */
function goneOf({ added, length }: StreamState): number {
  return added - length
}

function isBefore(one: string, other: string): boolean {
  return compareIds(one, other) < 0
}
