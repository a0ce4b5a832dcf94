/** A member of a consumer group: entries are delivered to it as long as it holds fewer than its credit, and what it still
 *  holds when it goes is handed back to the others at once. */
import type { NackMode } from '../../../protocol/websocket/messages.ts'
import type { User } from '../../server/acl/user.ts'
import { special } from '../../server/session.ts'
import { normalId } from '../entry-ids.ts'
import { type InnerSession, SessionClosed } from '../inner-session.ts'
import { isError, isNull, type ReplyFault, readError, readHeader } from '../json/reply-json.ts'
import type { Argument } from '../json/request-json.ts'
import { readBatch } from '../stream-read.ts'
import { entriesFrame } from './entry-messages.ts'
import type { Feed, FeedSocket } from './feed.ts'
import { faultOf, type StreamReads } from './stream-reads.ts'

export interface GroupFeedOptions {
  readonly reads: StreamReads
  readonly socket: FeedSocket
  readonly user: User
  readonly db: number
  readonly key: Argument
  readonly group: Argument
  readonly consumer: Argument
  readonly name: string
  readonly credit: number
  /** Others' entries are taken over when they have been held for so long. */
  readonly claimAfterMs: number | undefined
}

/** Nothing is pending for so long: only what was handed back is taken over. */
const claimNeverMs = Number.MAX_SAFE_INTEGER
/** Ids of one XNACK. */
const nackedIdsMax = 1000

/** So often is it tried to remove a consumer of a stream that is changed all the time; one that stays harms nobody. */
const removalTriesMax = 5

export class GroupFeed implements Feed {
  readonly name: string
  readonly #options: GroupFeedOptions
  /** Delivered and neither acknowledged nor handed back. */
  readonly #held = new Set<string>()
  #session: InnerSession | undefined
  #isEnded = false
  #isStarted = false
  #wake: () => void = () => {}
  /** Resolves when what it held has been handed back. */
  #running: Promise<void> = Promise.resolve()

  constructor(options: GroupFeedOptions) {
    this.#options = options
    this.name = options.name
  }

  /** Becomes a member. Entries come after `start`. Rejects with ReadRefused or SessionClosed. */
  async place(): Promise<void> {
    const { reads, user, db, key, group, consumer } = this.#options
    // Reads what it has pending: nothing is delivered, and everything is checked.
    await reads.ask(user, db, ['XREADGROUP', 'GROUP', group, consumer, 'COUNT', '1', 'STREAMS', key, '0'])
    this.#session = reads.openSession(user, db, 'millrace-consumer')
  }

  start(): void {
    if (this.#isEnded) return
    this.#isStarted = true
    this.#running = this.#run(this.#session!)
  }

  async ack(ids: readonly string[]): Promise<number> {
    return this.#settle(['XACK', this.#options.key, this.#options.group, ...ids], ids)
  }

  async nack(ids: readonly string[], mode: NackMode): Promise<number> {
    const { key, group } = this.#options
    const held = ids.map(normalId).filter((id) => id !== undefined && this.#held.has(id))
    if (held.length === 0) return 0
    return this.#settle(
      ['XNACK', key, group, mode.toUpperCase(), 'IDS', String(held.length), ...(held as string[])],
      ids,
    )
  }

  drained(): void {
    this.#wake()
  }

  close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#wake()
    // Who waits was given nothing. Otherwise an answer is on its way and tells what was delivered.
    const session = this.#session
    if (!this.#isStarted) this.#running = this.#handBack()
    if (session !== undefined && (session.pendingCount === 0 || session.session.has(special.blocked))) session.close()
  }

  /** Resolves when everything has been handed back. */
  released(): Promise<void> {
    return this.#running
  }

  async #settle(command: readonly Argument[], ids: readonly string[]): Promise<number> {
    const { reads, user, db } = this.#options
    const reply = await reads.ask(user, db, command)
    for (const id of ids) this.#held.delete(normalId(id) ?? id)
    this.#wake()
    return Number(reply.toString('latin1', 1, reply.length - 2))
  }

  async #run(session: InnerSession): Promise<void> {
    let fault: ReplyFault | undefined
    try {
      while (!this.#isEnded && fault === undefined) {
        if (this.#room > 0) fault = await this.#readOnce(session)
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } catch (error) {
      if (!(error instanceof SessionClosed)) throw error
      if (!this.#isEnded) fault = faultOf(error)
    }
    const hasEndedItself = !this.#isEnded
    this.#isEnded = true
    session.close()
    await this.#handBack()
    if (hasEndedItself && fault !== undefined) this.#options.socket.feedEnded(this, fault)
  }

  get #room(): number {
    const { credit, socket } = this.#options
    return socket.isBehind ? 0 : credit - this.#held.size
  }

  /** Waits for entries and sends them; resolves with the broker's refusal, if it is one. */
  async #readOnce(session: InnerSession): Promise<ReplyFault | undefined> {
    const { reads, socket, key, group, consumer, claimAfterMs } = this.#options
    const { entriesPerMessageMax, entryBytesPerMessage } = reads.limits
    const count = String(Math.min(this.#room, entriesPerMessageMax))
    const reply = await session.call([
      ...['XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'MAXSIZE', String(entryBytesPerMessage)],
      ...['BLOCK', '0', 'CLAIM', String(claimAfterMs ?? claimNeverMs), 'STREAMS', key, '>'],
    ])
    if (isError(reply, 0)) return readError(reply, 0)
    const batch = readBatch(reply)
    for (const id of batch.ids) this.#held.add(id)
    if (batch.ids.length > 0 && !this.#isEnded) socket.send(entriesFrame('group.entries', this.name, batch))
    return undefined
  }

  /** What it holds goes to the others as if it had not been delivered, and the consumer goes if nothing is left of it. */
  async #handBack(): Promise<void> {
    const { reads, db, key, group } = this.#options
    const held = [...this.#held]
    this.#held.clear()
    try {
      for (let at = 0; at < held.length; at += nackedIdsMax) {
        const ids = held.slice(at, at + nackedIdsMax)
        await reads.observe(db, ['XNACK', key, group, 'SILENT', 'IDS', String(ids.length), ...ids])
      }
      await this.#removeConsumer(reads.openObserver(db))
    } catch (error) {
      // The group or its stream is gone, and with it what was held; or the broker takes no writes and no clients.
      faultOf(error)
    }
  }

  /** Removes the consumer if it holds nothing; nothing can be delivered to it in between. */
  async #removeConsumer(session: InnerSession): Promise<void> {
    const { key, group, consumer } = this.#options
    try {
      for (let tries = 0; tries < removalTriesMax; tries++) {
        const watched = session.call(['WATCH', key])
        const pending = await session.call(['XPENDING', key, group, '-', '+', '1', consumer])
        await watched
        if (isError(pending, 0) || readHeader(pending, 0).count > 0) return
        const removed = [['MULTI'], ['XGROUP', 'DELCONSUMER', key, group, consumer], ['EXEC']].map((command) =>
          session.call(command),
        )
        if (!isNull((await Promise.all(removed)).at(-1)!, 0)) return
      }
    } finally {
      session.close()
    }
  }
}
