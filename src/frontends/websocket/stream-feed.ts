/** A subscription to a stream: a cursor, and so many entries that may still come.
 *
 *  It reads by itself until it has everything, then waits at the stream's head with the others (`StreamHead`). Without
 *  credit, or while its socket does not take what it was sent, it is a cursor and nothing else. */
import type { User } from '../../server/acl/user.ts'
import { compareIds } from '../entry-ids.ts'
import type { ReplyFault } from '../json/reply-json.ts'
import type { Argument } from '../json/request-json.ts'
import { type StreamBounds, StreamCursor, zeroId } from '../stream-cursor.ts'
import type { EntryBatch } from '../stream-read.ts'
import { entriesFrame } from './entry-messages.ts'
import type { Feed, FeedSocket } from './feed.ts'
import type { StreamHead } from './stream-head.ts'
import { faultOf, type StreamReads } from './stream-reads.ts'

export interface StreamFeedOptions {
  readonly reads: StreamReads
  readonly socket: FeedSocket
  readonly user: User
  readonly db: number
  readonly key: Argument
  readonly name: string
}

export class StreamFeed implements Feed {
  readonly name: string
  readonly #options: StreamFeedOptions
  #cursor = new StreamCursor(zeroId)
  #credit = 0
  #head: StreamHead | undefined
  #isReading = false
  #isEnded = false

  constructor(options: StreamFeedOptions) {
    this.#options = options
    this.name = options.name
  }

  /** Takes its place behind the id, `$` for the newest; `resumes` tells that somebody stood there before. Nothing is sent
   *  before `addCredit`. Rejects with ReadRefused or SessionClosed. */
  async place(after: string, resumes: boolean): Promise<void> {
    const { reads, user, db, key } = this.#options
    const { bounds, batch } = await reads.read(user, db, key, after, 1)
    this.#cursor = StreamCursor.at(after, resumes, bounds, batch.ids[0])
  }

  /** The id behind which it goes on. */
  get after(): string {
    return this.#cursor.after
  }

  /** So many entries more may come. */
  addCredit(count: number): void {
    this.#credit = Math.min(this.#credit + count, Number.MAX_SAFE_INTEGER)
    void this.#read()
  }

  /** The socket takes something again. */
  drained(): void {
    void this.#read()
  }

  close(): void {
    this.#isEnded = true
    this.#leaveHead()
  }

  end(fault: ReplyFault): void {
    if (this.#isEnded) return
    this.close()
    this.#options.socket.feedEnded(this, fault)
  }

  /** Notes what a read from where it stands says of the stream; of a gap it is told. */
  note(bounds: StreamBounds, hasEntries: boolean): void {
    const gap = this.#cursor.note(bounds, hasEntries)
    if (gap !== undefined) this.#options.socket.notify('stream.gap', { subscription: this.name, ...gap })
  }

  // At the head.

  /** Whether so many entries can be sent, and others then. */
  takesAll(count: number): boolean {
    return this.#credit > count && !this.#options.socket.isBehind
  }

  takeFrame(frame: Buffer, last: string, count: number): void {
    this.#cursor.take(last)
    this.#credit -= count
    this.#options.socket.send(frame)
  }

  /** Takes what it may take, and goes on by itself. */
  takeSome(batch: EntryBatch): void {
    if (!this.#options.socket.isBehind) this.#send(batch)
    this.readOn()
  }

  /** Leaves the head and goes on by itself. */
  readOn(): void {
    this.#leaveHead()
    // The broker is in the midst of writing.
    queueMicrotask(() => void this.#read())
  }

  /** Nobody waits at the head any more: it goes on by itself. */
  leftBehind(): void {
    this.#head = undefined
    void this.#read()
  }

  async #read(): Promise<void> {
    if (this.#isReading || this.#head !== undefined) return
    this.#isReading = true
    try {
      while (this.#mayRead && !(await this.#readOnce()));
    } catch (error) {
      if (!this.#isEnded) this.end(faultOf(error))
    } finally {
      this.#isReading = false
    }
  }

  get #mayRead(): boolean {
    return !this.#isEnded && this.#credit > 0 && !this.#options.socket.isBehind
  }

  /** Reads what is next; true when there is nothing and it waits with the others. */
  async #readOnce(): Promise<boolean> {
    const { reads, user, db, key } = this.#options
    const head = reads.head(user, db, this.name)
    const headAfter = head?.after
    const { bounds, batch } = await reads.read(user, db, key, this.after, this.#credit)
    if (this.#isEnded) return true
    if (bounds !== undefined) this.note(bounds, batch.ids.length > 0)
    this.#send(batch)
    // It is at the end when it stands at the newest id, or there is no stream.
    if (batch.ids.length > 0 || (bounds !== undefined && bounds.lastId !== this.after)) return false
    const known = reads.head(user, db, this.name)
    // The others have gone on meanwhile.
    if (known !== undefined && (known !== head || known.after !== headAfter)) return false
    this.#join(known)
    return true
  }

  /** Waits with the others, who were at their place when it read that nothing more is there. */
  #join(known: StreamHead | undefined): void {
    const { reads, user, db, key } = this.#options
    // They are behind an id that the stream does not have any more: it began anew, or will.
    const isStale = known !== undefined && compareIds(known.after, this.after) > 0
    if (isStale) known.dissolve()
    this.#head = known === undefined || isStale ? reads.openHead(user, db, key, this.name, this.after) : known
    this.#head.add(this)
  }

  #leaveHead(): void {
    const head = this.#head
    this.#head = undefined
    head?.remove(this)
  }

  /** Sends entries as far as the credit goes. */
  #send(batch: EntryBatch): void {
    const count = Math.min(batch.ids.length, this.#credit)
    if (count === 0) return
    this.#cursor.take(batch.ids[count - 1]!)
    this.#credit -= count
    this.#options.socket.send(entriesFrame('stream.entries', this.name, batch, 0, count))
  }
}
