/** The head of one stream, where those who have read everything wait together: one reader of the broker, and each
 *  message framed once for all of them. */
import { type InnerSession, SessionClosed } from '../inner-session.ts'
import { isError, type ReplyFault, readError } from '../json/reply-json.ts'
import type { Argument } from '../json/request-json.ts'
import { isUnsettled, StreamCursor } from '../stream-cursor.ts'
import { readCommand, readStreamReply, type StreamRead } from '../stream-read.ts'
import { entriesFrame } from './entry-messages.ts'
import type { StreamFeed } from './stream-feed.ts'
import type { StreamReads } from './stream-reads.ts'

interface HeadOptions {
  readonly reads: StreamReads
  readonly session: InnerSession
  readonly key: Argument
  readonly name: string
  /** The id behind which it begins to wait. */
  readonly after: string
  readonly onClose: () => void
}

export class StreamHead {
  readonly #options: HeadOptions
  readonly #members = new Set<StreamFeed>()
  readonly #cursor: StreamCursor
  #isClosed = false

  constructor(options: HeadOptions) {
    this.#options = options
    this.#cursor = new StreamCursor(options.after)
    // A request may be answered before it returns; by then its first member is there and has done reading.
    setImmediate(() => void this.#run())
  }

  /** The id behind which it waits. */
  get after(): string {
    return this.#cursor.after
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

  /** Waits no more; its members go on by themselves. */
  dissolve(): void {
    this.close()
    for (const feed of this.#members) feed.leftBehind()
  }

  async #run(): Promise<void> {
    const { reads, session, key } = this.#options
    const { entriesPerMessageMax, entryBytesPerMessage } = reads.limits
    const limits = { count: entriesPerMessageMax, sizeBytes: entryBytesPerMessage, blockMs: 0 }
    try {
      while (!this.#isClosed) {
        const fault = await this.#take(session, readCommand(key, this.after, limits))
        if (fault !== undefined) return this.#end(fault)
      }
    } catch (error) {
      if (!(error instanceof SessionClosed)) throw error
      // Somebody closed the session: its members look for another.
      this.dissolve()
    }
  }

  /** Waits for news and hands them out; resolves with the broker's refusal, if it is one. */
  #take(session: InnerSession, command: readonly Argument[]): Promise<ReplyFault | undefined> {
    return new Promise((resolve, reject) => {
      const take = (bytes: Buffer, start: number, end: number): void => {
        if (isError(bytes, start)) return resolve(readError(bytes, start))
        if (!this.#isClosed) this.#deliver(readStreamReply(bytes.subarray(start, end)))
        resolve(undefined)
      }
      session.request(command, take, reject)
    })
  }

  #deliver({ bounds, batch }: StreamRead): void {
    if (bounds === undefined) return
    const from = this.after
    const last = batch.ids.at(-1)
    // Most times there are entries and nobody has lost any: then members are not asked one by one.
    const isPlain = last !== undefined && !isUnsettled(bounds, from)
    this.#cursor.note(bounds, last !== undefined)
    if (last !== undefined) this.#cursor.take(last)
    let frame: Buffer | undefined
    for (const feed of this.#members) {
      // Who stands elsewhere has read by itself meanwhile.
      if (feed.after !== from) {
        feed.readOn()
        continue
      }
      if (!isPlain) feed.note(bounds, last !== undefined)
      if (last === undefined) continue
      if (feed.takesAll(batch.ids.length)) {
        frame ??= entriesFrame('stream.entries', this.#options.name, batch)
        feed.takeFrame(frame, last, batch.ids.length)
      } else feed.takeSome(batch)
    }
  }

  #end(fault: ReplyFault): void {
    const members = [...this.#members]
    this.close()
    for (const feed of members) feed.end(fault)
  }
}
