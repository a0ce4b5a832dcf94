/** A session of the broker without a socket of its own: what HTTP requests, event streams and subscriptions speak
 *  through. Durability, rights, blocking and order are those of any other client; it speaks RESP3. */
import assert from 'node:assert'
import { Args, encodeRequest } from '../../protocol/resp/args.ts'
import type { User } from '../server/acl/user.ts'
import type { Broker } from '../server/broker.ts'
import type { Connection, Session } from '../server/session.ts'
import { AnswerTooLong, answerBytesMax, JsonWriter } from './json/json-writer.ts'
import { isError, isPush, type ReplyFault, readError, skipReply, writeReply } from './json/reply-json.ts'
import type { Argument } from './json/request-json.ts'

/** The session was closed before it answered: by CLIENT KILL, by its user's end, or since the broker turned it away. */
export class SessionClosed extends Error {
  override readonly name = 'SessionClosed'
}

/** The command can't be asked for through a session that answers each request once. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused'
}

export interface InnerSessionOptions {
  /** Whose rights it has. Without one it is what any new connection is: the default user, who may have to give a password. */
  readonly user?: User | undefined
  /** As CLIENT LIST shows them: `host:port`. An empty remote address is of this machine. */
  readonly remoteAddress?: string
  readonly localAddress?: string
  readonly name?: string
  readonly libraryName?: string
  /** Hears of a pushed message: `bytes[start, end)`, which stay as they are until it returns. It must not call the broker. */
  readonly onPush?: (bytes: Buffer, start: number, end: number) => void
  /** The session was closed by the broker, not by `close`. */
  readonly onClose?: () => void
}

/** Takes the reply `bytes[start, end)`, which stays as it is until this returns. It must not call the broker. */
export type TakeReply = (bytes: Buffer, start: number, end: number) => void

interface Pending {
  readonly take: TakeReply
  readonly fail: (error: Error) => void
}

/** A reply as JSON, and what it says when it is an error. */
export interface JsonReply {
  /** The value, or `{"error":…}`. */
  readonly json: string
  readonly fault: ReplyFault | undefined
}

/** Commands by their own names after which a connection no longer answers each request with one reply of RESP3. */
const conversational = new Set(
  'subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe monitor hello reset quit sync psync'.split(
    ' ',
  ),
)

const writer = new JsonWriter(answerBytesMax)

export class InnerSession {
  readonly session: Session
  readonly #broker: Broker
  readonly #options: InnerSessionOptions
  /** Who waits for a reply, in the order of the requests. */
  #pending: Pending[] = []
  #isClosed = false
  /** With what the broker turned it away. */
  #refusal: ReplyFault | undefined

  private constructor(broker: Broker, options: InnerSessionOptions) {
    this.#broker = broker
    this.#options = options
    this.session = broker.connect(this.#connection())
    this.#isClosed = this.session.isClosed
    this.session.protocol = 3
    this.session.name = options.name ?? ''
    this.session.libraryName = options.libraryName ?? ''
    if (options.user !== undefined && !this.#isClosed) broker.acl.assume(this.session, options.user)
  }

  static open(broker: Broker, options: InnerSessionOptions = {}): InnerSession {
    return new InnerSession(broker, options)
  }

  /** Why the broker did not let it in (too many clients, protected mode), undefined when it did. */
  get refusal(): ReplyFault | undefined {
    return this.#refusal
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Requests that have not been answered. */
  get pendingCount(): number {
    return this.#pending.length
  }

  /** Runs a command; `take` gets its reply, which may be before this returns: a long turn is cut. What is not answered before
   *  the session closes goes to `fail`. Throws CommandRefused, and SessionClosed when it is closed already. */
  request(values: readonly Argument[], take: TakeReply, fail: (error: Error) => void): void {
    this.#refuseClosed()
    const request = encodeRequest(values)
    refuseConversational(this.#broker, values)
    this.#pending.push({ take, fail })
    this.#broker.receive(this.session, request)
  }

  /** Runs a command; resolves with the bytes of its reply, errors included. Rejects with SessionClosed or CommandRefused. */
  call(values: readonly Argument[]): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.request(values, (bytes, start, end) => resolve(Buffer.from(bytes.subarray(start, end))), reject)
    })
  }

  /** Runs a command; resolves with its reply as JSON. Rejects with SessionClosed or CommandRefused. */
  callJson(values: readonly Argument[]): Promise<JsonReply> {
    return new Promise((resolve, reject) => {
      this.request(values, (bytes, start) => resolve(toJson(bytes, start)), reject)
    })
  }

  /** Starts hearing a channel or pattern: messages go to `onPush`. Resolves with what the broker refuses it with. */
  subscribe(kind: 'SUBSCRIBE' | 'PSUBSCRIBE', name: Argument): Promise<ReplyFault | undefined> {
    return this.#confirm([kind, name])
  }

  /** The opposite. */
  unsubscribe(kind: 'UNSUBSCRIBE' | 'PUNSUBSCRIBE', name: Argument): Promise<ReplyFault | undefined> {
    return this.#confirm([kind, name])
  }

  /** Whether it waits for something to happen before it goes on. */
  get isBlocked(): boolean {
    return this.session.waiter !== undefined || this.session.postponed !== undefined
  }

  /** Leaves the broker. What was not answered fails, with the reason if there is one. */
  close(reason?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#broker.disconnect(this.session)
    this.#failAll(reason)
  }

  /** A confirmation is pushed in RESP3; a refusal is a reply. */
  #confirm(values: readonly Argument[]): Promise<ReplyFault | undefined> {
    this.#refuseClosed()
    assert(this.session.transaction === undefined, 'a session in MULTI does not subscribe')
    return new Promise((resolve, reject) => {
      const take: TakeReply = (bytes, start) => resolve(isError(bytes, start) ? readError(bytes, start) : undefined)
      this.#pending.push({ take, fail: reject })
      this.#broker.receive(this.session, encodeRequest(values))
    })
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new SessionClosed(this.#refusal?.message ?? 'the session is closed')
  }

  #receive(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const end = skipReply(bytes, at)
      if (!isPush(bytes, at)) this.#answer(bytes, at, end)
      else if (this.#pending.length > 0 && isConfirmation(bytes, at)) this.#answer(bytes, at, end)
      else this.#options.onPush?.(bytes, at, end)
      at = end
    }
  }

  #answer(bytes: Buffer, start: number, end: number): void {
    const pending = this.#pending.shift()
    if (pending !== undefined) return pending.take(bytes, start, end)
    // Nothing was asked: it is turned away.
    if (isError(bytes, start)) this.#refusal = readError(bytes, start)
  }

  #connection(): Connection {
    const closed = (): void => this.#closedByBroker()
    // What is written has been taken when `write` returns, so nothing ever waits.
    return {
      write: (bytes) => this.#receive(bytes),
      isDrained: true,
      pendingBytes: 0,
      cork() {},
      uncork() {},
      pause() {},
      resume() {},
      end: closed,
      finish: async () => closed(),
      destroy: closed,
      remoteAddress: this.#options.remoteAddress ?? '',
      localAddress: this.#options.localAddress ?? '',
    }
  }

  #closedByBroker(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    // The broker is in the midst of something.
    queueMicrotask(() => {
      if (this.session !== undefined) this.#broker.disconnect(this.session)
      this.#failAll()
      this.#options.onClose?.()
    })
  }

  #failAll(reason?: Error): void {
    const pending = this.#pending
    this.#pending = []
    const failure = reason ?? new SessionClosed(this.#refusal?.message ?? 'the session was closed')
    for (const { fail } of pending) fail(failure)
  }
}

/** Throws CommandRefused for a command that changes how the connection answers: by whatever name it goes. */
export function refuseConversational(broker: Broker, values: readonly Argument[]): void {
  const args = Args.of(...values.slice(0, 3))
  const command = broker.dispatcher.index.find(args, 0)?.command
  if (command === undefined) return
  const isReplyMode = command.name === 'client' && args.count > 1 && args.is(1, 'REPLY')
  if (!isReplyMode && !conversational.has(command.name)) return
  throw new CommandRefused(`${isReplyMode ? 'CLIENT REPLY' : command.name.toUpperCase()} needs a connection of RESP`)
}

/** The reply at `at` as JSON; when that is too long, an error that says so. */
export function toJson(bytes: Uint8Array, at: number, to = writer): JsonReply {
  try {
    writeReply(to, bytes, at)
    return { json: to.takeText(), fault: isError(bytes, at) ? readError(bytes, at) : undefined }
  } catch (error) {
    if (!(error instanceof AnswerTooLong)) throw error
    const fault = { code: 'LIMIT', message: error.message }
    return { json: JSON.stringify({ error: fault }), fault }
  }
}

const confirmations = ['subscribe', 'psubscribe', 'unsubscribe', 'punsubscribe'].map(
  (word) => `>3\r\n$${word.length}\r\n${word}\r\n`,
)

/** Whether the pushed message confirms a subscription or its end. */
export function isConfirmation(bytes: Buffer, at: number): boolean {
  return confirmations.some((head) => bytes.toString('latin1', at, at + head.length) === head)
}
