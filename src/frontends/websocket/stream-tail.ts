/** The head of one stream, where those who have read everything wait together: one reader of the broker, and each
 *  message framed once for all of them. */
import { type InnerSession, SessionClosed } from '../inner-session.ts'
import { isError, type ReplyFault, readError } from '../json/reply-json.ts'
import type { Argument } from '../json/request-json.ts'
import type { StreamState } from '../stream-state.ts'
import { type EntryBatch, entriesFrame, readBatch } from './entry-messages.ts'
import type { StreamFeed } from './stream-feed.ts'
import type { StreamReads } from './stream-reads.ts'

interface TailOptions {
  readonly reads: StreamReads
  readonly session: InnerSession
  readonly db: number
  readonly key: Argument
  readonly name: string
  readonly cursor: string
  readonly onClose: () => void
}

export class StreamTail {
  readonly #options: TailOptions
  readonly #members = new Set<StreamFeed>()
  #cursor: string
  /** Entries that were ever added up to the cursor, as far as is known. */
  #addedCount = -1
  #isClosed = false

  constructor(options: TailOptions) {
    this.#options = options
    this.#cursor = options.cursor
    void this.#run()
  }

  /** Its members have everything up to here. */
  get cursor(): string {
    return this.#cursor
  }

  add(feed: StreamFeed): void {
    this.#members.add(feed)
  }

  /** Without members it waits for nothing. */
  remove(feed: StreamFeed): void {
    this.#members.delete(feed)
    // The broker may be in the midst of writing, and who leaves may come back at once.
    queueMicrotask(() => {
      if (this.#members.size === 0) this.close()
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#options.session.close()
    this.#options.onClose()
  }

  async #run(): Promise<void> {
    const { reads, session, db, key } = this.#options
    const { entriesPerMessageMax, entryBytesPerMessage } = reads.limits
    const limits = ['COUNT', String(entriesPerMessageMax), 'MAXSIZE', String(entryBytesPerMessage)]
    try {
      while (!this.#isClosed) {
        // What was lost while the last entries were on their way is told before what comes next.
        reads.watchState(db, key, (state) => this.#noteState(state))
        const command = ['XREAD', ...limits, 'BLOCK', '0', 'STREAMS', key, this.#cursor]
        const fault = await this.#take(session, command)
        if (fault !== undefined) return this.#end(fault)
      }
    } catch (error) {
      if (!(error instanceof SessionClosed)) throw error
      // Somebody closed the session: its members look for another.
      this.close()
      for (const feed of this.#members) feed.leftBehind()
    }
  }

  /** Nobody has lost anything when what was added since the last look is what was handed out. */
  #noteState(state: StreamState): void {
    const isExpected = state.lastId === this.#cursor && state.added === this.#addedCount
    this.#addedCount = state.added
    if (isExpected) return
    for (const feed of this.#members) feed.noteState(state)
  }

  /** Waits for entries and hands them out; resolves with the broker's refusal, if it is one. */
  #take(session: InnerSession, command: readonly Argument[]): Promise<ReplyFault | undefined> {
    return new Promise((resolve, reject) => {
      const take = (bytes: Buffer, start: number, end: number): void => {
        if (isError(bytes, start)) return resolve(readError(bytes, start))
        if (!this.#isClosed) this.#deliver(readBatch(bytes.subarray(start, end)))
        resolve(undefined)
      }
      session.request(command, take, reject)
    })
  }

  #deliver(batch: EntryBatch): void {
    const last = batch.ids.at(-1)
    if (last === undefined) return
    const cursor = this.#cursor
    this.#cursor = last
    this.#addedCount += batch.ids.length
    let frame: Buffer | undefined
    for (const feed of this.#members) {
      if (!feed.takesAll(cursor, batch.ids.length)) {
        feed.takeSome(batch)
        continue
      }
      frame ??= entriesFrame('stream.entries', this.#options.name, batch)
      feed.takeFrame(frame, last, batch.ids.length)
    }
  }

  #end(fault: ReplyFault): void {
    const members = [...this.#members]
    this.close()
    for (const feed of members) feed.end(fault)
  }
}
