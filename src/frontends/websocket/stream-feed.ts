/** A subscription to a stream: a cursor, and so many entries that may still come.
 *
 *  It reads by itself until it has everything, then waits at the stream's head with the others (`StreamTail`). Without
 *  credit, or while its socket does not take what it was sent, it is a cursor and nothing else. */
import type { User } from '../../server/acl/user.ts'
import { compareIds } from '../entry-ids.ts'
import type { ReplyFault } from '../json/reply-json.ts'
import type { Argument } from '../json/request-json.ts'
import { type StreamState, zeroId } from '../stream-state.ts'
import { type EntryBatch, entriesFrame } from './entry-messages.ts'
import type { Feed, FeedSocket } from './feed.ts'
import { faultOf, type StreamReads } from './stream-reads.ts'
import type { StreamTail } from './stream-tail.ts'

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
  #cursor = zeroId
  #credit = 0
  /** How many of the stream's entries it has passed, be it that they were sent or that it knows they are gone. At least:
   *  where it began in the midst nobody knows how many were before. */
  #passed = 0
  #tail: StreamTail | undefined
  #isReading = false
  #isEnded = false

  constructor(options: StreamFeedOptions) {
    this.#options = options
    this.name = options.name
  }

  /** Takes its place behind the id, `$` for the newest; returns the id, or why it may not. Nothing is sent before `addCredit`. */
  async place(after: string): Promise<{ after: string } | { fault: ReplyFault }> {
    const { reads, user, db, key } = this.#options
    try {
      this.#cursor = after === '$' ? await reads.lastId(db, key) : after
      const { state } = await reads.read(user, db, key, this.#cursor, 1)
      // From the beginning means from what there is.
      if (this.#cursor === zeroId && state !== undefined) this.#passed = state.added - state.length
    } catch (error) {
      return { fault: faultOf(error) }
    }
    return { after: this.#cursor }
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
    this.#leaveTail()
  }

  end(fault: ReplyFault): void {
    if (this.#isEnded) return
    this.close()
    this.#options.socket.feedEnded(this, fault)
  }

  // As a member of a tail.

  /** Whether all of what came behind `cursor` can be sent as it is. */
  takesAll(cursor: string, count: number): boolean {
    return this.#cursor === cursor && this.#credit > count && !this.#options.socket.isBehind
  }

  takeFrame(frame: Buffer, last: string, count: number): void {
    this.#cursor = last
    this.#passed += count
    this.#credit -= count
    this.#options.socket.send(frame)
  }

  /** Takes what it lacks and may take, and goes on by itself. */
  takeSome(batch: EntryBatch): void {
    const { socket } = this.#options
    const from = batch.ids.findIndex((id) => compareIds(id, this.#cursor) > 0)
    if (from < 0) return
    if (!socket.isBehind) this.#send(batch, from, Math.min(batch.ids.length, from + this.#credit))
    const isWhole = this.#cursor === batch.ids.at(-1)
    if (isWhole && this.#credit > 0) return
    this.#leaveTail()
    queueMicrotask(() => void this.#read())
  }

  /** Looks whether the stream was trimmed past the cursor; if so it is told. */
  noteState({ lastId, added, length, firstId }: StreamState): void {
    if (compareIds(lastId, this.#cursor) <= 0) {
      this.#passed = added
      return
    }
    const lost = added - length
    if (lost <= this.#passed || (firstId !== undefined && compareIds(firstId, this.#cursor) <= 0)) return
    this.#passed = lost
    const gap = { subscription: this.name, from: this.#cursor, to: firstId ?? null }
    this.#options.socket.notify('stream.gap', gap)
  }

  /** Its tail is no more. */
  leftBehind(): void {
    this.#tail = undefined
    void this.#read()
  }

  async #read(): Promise<void> {
    if (this.#isReading || this.#tail !== undefined) return
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
    // When nothing is found, nothing is missing up to where the others were before.
    const reached = reads.tail(user, db, this.name)?.cursor
    const { state, batch } = await reads.read(user, db, key, this.#cursor, this.#credit)
    if (this.#isEnded) return true
    if (state !== undefined) this.noteState(state)
    if (batch.ids.length > 0) {
      this.#send(batch, 0, Math.min(batch.ids.length, this.#credit))
      return false
    }
    if (reached !== undefined && compareIds(reached, this.#cursor) > 0) this.#cursor = reached
    return this.#join()
  }

  /** False when the others have gone on meanwhile. */
  #join(): boolean {
    const { reads, user, db, key } = this.#options
    const known = reads.tail(user, db, this.name)
    if (known !== undefined && compareIds(known.cursor, this.#cursor) > 0) return false
    this.#tail = known ?? reads.openTail(user, db, key, this.name, this.#cursor)
    this.#tail.add(this)
    return true
  }

  #leaveTail(): void {
    const tail = this.#tail
    this.#tail = undefined
    tail?.remove(this)
  }

  #send(batch: EntryBatch, from: number, to: number): void {
    if (to <= from) return
    this.#cursor = batch.ids[to - 1]!
    this.#passed += to - from
    this.#credit -= to - from
    this.#options.socket.send(entriesFrame('stream.entries', this.name, batch, from, to))
  }
}
