/** Reading streams for subscriptions: with the rights of a user, in a database, through inner sessions that many share. */
import type { User } from '../../server/acl/user.ts'
import type { Broker } from '../../server/broker.ts'
import { InnerSession, SessionClosed } from '../inner-session.ts'
import { isError, type ReplyFault, readError } from '../json/reply-json.ts'
import type { Argument } from '../json/request-json.ts'
import { readCommand, readStreamReply, type StreamRead } from '../stream-read.ts'
import type { WebSocketLimits } from './limits.ts'
import { StreamHead } from './stream-head.ts'

/** The broker would not have it. */
export class ReadRefused extends Error {
  override readonly name = 'ReadRefused'
  readonly fault: ReplyFault

  constructor(fault: ReplyFault) {
    super(fault.message)
    this.fault = fault
  }
}

export class StreamReads {
  readonly #broker: Broker
  readonly #limits: WebSocketLimits
  /** For reads that wait for nothing, by user and database. */
  readonly #readers = new Map<User, Map<number, InnerSession>>()
  /** How many sockets subscribe with a user's rights. */
  readonly #holders = new Map<User, number>()
  readonly #heads = new Map<InnerSession, Map<string, StreamHead>>()
  /** For what is the server's own business: who gave back what. */
  readonly #observers = new Map<number, InnerSession>()

  constructor(broker: Broker, limits: WebSocketLimits) {
    this.#broker = broker
    this.#limits = limits
  }

  get limits(): WebSocketLimits {
    return this.#limits
  }

  /** How many readers of heads there are. */
  get headCount(): number {
    let count = 0
    for (const heads of this.#heads.values()) count += heads.size
    return count
  }

  /** Runs a command that never waits, with the user's rights. Rejects with ReadRefused for an error. */
  async ask(user: User, db: number, command: readonly Argument[]): Promise<Buffer> {
    return answerOf(await this.#reader(user, db).call(command))
  }

  /** Runs a command that is the server's own business. Rejects with ReadRefused for an error. */
  async observe(db: number, command: readonly Argument[]): Promise<Buffer> {
    return answerOf(await this.#observer(db).call(command))
  }

  /** Entries behind the id, at most `count`, and the stream's bounds at the same moment; behind `$` there are none. Rejects
   *  with ReadRefused. */
  async read(user: User, db: number, key: Argument, after: string, count: number): Promise<StreamRead> {
    const { entriesPerMessageMax, entryBytesPerMessage } = this.#limits
    const limits = { count: Math.min(count, entriesPerMessageMax), sizeBytes: entryBytesPerMessage }
    return readStreamReply(await this.ask(user, db, readCommand(key, after, limits)))
  }

  /** Who waits at the head of the stream with the user's rights, if anybody does. */
  head(user: User, db: number, name: string): StreamHead | undefined {
    return this.#heads.get(this.#reader(user, db))?.get(name)
  }

  /** Begins to wait behind the id. `name` is the subscription's. */
  openHead(user: User, db: number, key: Argument, name: string, after: string): StreamHead {
    const reader = this.#reader(user, db)
    let heads = this.#heads.get(reader)
    if (heads === undefined) {
      heads = new Map()
      this.#heads.set(reader, heads)
    }
    const known = heads
    const head: StreamHead = new StreamHead({
      reads: this,
      session: this.openSession(user, db, 'millrace-head'),
      key,
      name,
      after,
      onClose: () => {
        if (known.get(name) === head) known.delete(name)
      },
    })
    known.set(name, head)
    return head
  }

  /** A session of its own for who waits. Throws ReadRefused when the broker takes no more. */
  openSession(user: User, db: number, libraryName: string, onClose?: () => void): InnerSession {
    const session = InnerSession.open(this.#broker, { user, libraryName, ...(onClose !== undefined && { onClose }) })
    if (session.refusal !== undefined) throw new ReadRefused(session.refusal)
    session.session.dbIndex = db
    return session
  }

  /** A session that nobody's rights limit, for the server's own business. Throws ReadRefused when the broker takes no more. */
  openObserver(db: number): InnerSession {
    const opened = InnerSession.open(this.#broker, { libraryName: 'millrace-observer' })
    if (opened.refusal !== undefined) throw new ReadRefused(opened.refusal)
    opened.session.dbIndex = db
    this.#broker.acl.exempt(opened.session)
    return opened
  }

  /** Somebody subscribes with this user's rights, until `release`. */
  hold(user: User): void {
    this.#holders.set(user, (this.#holders.get(user) ?? 0) + 1)
  }

  release(user: User): void {
    const left = this.#holders.get(user)! - 1
    if (left > 0) {
      this.#holders.set(user, left)
      return
    }
    this.#holders.delete(user)
    for (const reader of this.#readers.get(user)?.values() ?? []) {
      reader.close()
      this.#heads.delete(reader)
    }
    this.#readers.delete(user)
  }

  close(): void {
    for (const heads of this.#heads.values()) for (const head of [...heads.values()]) head.close()
    for (const byDatabase of this.#readers.values()) for (const reader of byDatabase.values()) reader.close()
    for (const observer of this.#observers.values()) observer.close()
  }

  #reader(user: User, db: number): InnerSession {
    let byDatabase = this.#readers.get(user)
    if (byDatabase === undefined) {
      byDatabase = new Map()
      this.#readers.set(user, byDatabase)
    }
    const known = byDatabase.get(db)
    if (known !== undefined && !known.isClosed) return known
    const readers = byDatabase
    // It is closed without having been opened when the broker takes no more.
    let opened: InnerSession | undefined
    const onClose = (): void => {
      if (opened !== undefined) this.#heads.delete(opened)
      if (readers.get(db) === opened) readers.delete(db)
      if (readers.size === 0) this.#readers.delete(user)
    }
    opened = this.openSession(user, db, 'millrace-reader', onClose)
    readers.set(db, opened)
    return opened
  }

  #observer(db: number): InnerSession {
    const known = this.#observers.get(db)
    if (known !== undefined && !known.isClosed) return known
    const opened = this.openObserver(db)
    this.#observers.set(db, opened)
    return opened
  }
}

/** What is told when a session was closed under a reader. */
export function faultOf(error: unknown): ReplyFault {
  if (error instanceof ReadRefused) return error.fault
  if (error instanceof SessionClosed) return { code: 'ERR', message: `ERR ${error.message}` }
  throw error
}

function answerOf(reply: Buffer): Buffer {
  if (isError(reply, 0)) throw new ReadRefused(readError(reply, 0))
  return reply
}
