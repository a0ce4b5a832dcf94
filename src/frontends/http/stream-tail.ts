/** Follows a stream for one client from a cursor on, and tells it what it has missed. */
import type { InnerSession } from '../inner-session.ts'
import { writeEntry } from '../json/entries-json.ts'
import { answerBytesMax, JsonWriter } from '../json/json-writer.ts'
import { type Gap, StreamCursor } from '../stream-cursor.ts'
import { type EntryBatch, readCommand, readStreamReply } from '../stream-read.ts'
import { ask } from './ask.ts'

/** What is read at a time, and so what a client that reads slowly costs beyond its socket. */
const limits = { count: 100, sizeBytes: 256 * 1024 }

export interface TailEntry {
  readonly id: string
  /** `{"id":…,"fields":…}` */
  readonly json: string
}

/** What is to be told, in this order. */
export interface News {
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
  readonly #writer = new JsonWriter(answerBytesMax)
  readonly #cursor: StreamCursor

  private constructor(session: InnerSession, key: string, cursor: StreamCursor) {
    this.#session = session
    this.#key = key
    this.#cursor = cursor
  }

  /** Throws CommandFailed when the stream can't be read. */
  static async open(
    session: InnerSession,
    key: string,
    { after = '$', isResumed = false }: Start,
  ): Promise<StreamTail> {
    const { bounds, batch } = readStreamReply(await ask(session, readCommand(key, after, { ...limits, count: 1 })))
    return new StreamTail(session, key, StreamCursor.at(after, isResumed, bounds, batch.ids[0]))
  }

  /** The id behind which it goes on. */
  get cursor(): string {
    return this.#cursor.after
  }

  /** What comes next; nothing when nothing came for so long. Throws CommandFailed and SessionClosed. */
  async next(blockMs: number): Promise<News> {
    const command = readCommand(this.#key, this.cursor, { ...limits, blockMs })
    const { bounds, batch } = readStreamReply(await ask(this.#session, command))
    const gap = bounds && this.#cursor.note(bounds, batch.ids.length > 0)
    return { gap, entries: this.#take(batch) }
  }

  #take({ bytes, ids, starts }: EntryBatch): TailEntry[] {
    return ids.map((id, i) => {
      writeEntry(this.#writer, bytes, starts[i]!)
      this.#cursor.take(id)
      return { id, json: this.#writer.takeText() }
    })
  }
}
