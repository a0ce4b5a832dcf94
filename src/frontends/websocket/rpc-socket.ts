/** The subprotocol `millrace.v1`: JSON-RPC 2.0 in text frames. A session of the broker runs the commands; what goes beyond
 *  commands is in `OwnMethods`. */
import { encodeRequest } from '../../../protocol/resp/args.ts'
import {
  closeCode,
  isOwnMethod,
  type Member,
  MessageFault,
  type NotificationMethod,
  type OwnMethod,
  type RpcError,
  type RpcRequest,
  readRpcRequest,
  rpcErrorCode,
} from '../../../protocol/websocket/messages.ts'
import type { Broker } from '../../server/broker.ts'
import type { Session } from '../../server/session.ts'
import { Refused } from '../http/refused.ts'
import { CommandRefused, isConfirmation, refuseConversational } from '../inner-session.ts'
import { JsonWriter } from '../json/json-writer.ts'
import { isError, isPush, type ReplyFault, readError, skipReply, writeReply } from '../json/reply-json.ts'
import { type Argument, NotRequest, readArguments } from '../json/request-json.ts'
import { ChannelFeeds } from './channel-feeds.ts'
import type { Feed, FeedSocket } from './feed.ts'
import { frameOf, textFrame } from './frames.ts'
import type { WebSocketHost } from './host.ts'
import type { BrokerBytes, Link } from './link.ts'
import { OwnMethods } from './own-methods.ts'
import { AnswerBatch, AnswerPlace, refusedWith } from './rpc-answers.ts'
import { toChannelMessage } from './shared-pushes.ts'
import { ReadRefused } from './stream-reads.ts'

/** Who waits for the next reply: a request, or a subscription for its confirmation. */
type Pending = { readonly place: AnswerPlace } | { readonly confirm: (fault: ReplyFault | undefined) => void }

const writer = new JsonWriter()

export class RpcSocket implements BrokerBytes, FeedSocket {
  readonly session: Session
  readonly link: Link
  readonly channels: ChannelFeeds
  readonly #broker: Broker
  readonly #host: WebSocketHost
  readonly #pending: Pending[] = []
  readonly #methods: OwnMethods

  constructor(host: WebSocketHost, link: Link) {
    this.#host = host
    this.#broker = host.broker
    this.link = link
    this.channels = new ChannelFeeds(link, host.limits)
    link.receiver = this
    this.session = host.broker.connect(link)
    this.session.protocol = 3
    link.isAdmitted = !this.session.isClosed
    this.#methods = new OwnMethods(host, this)
    link.onDrain = () => {
      this.channels.drained()
      this.#methods.drained()
    }
  }

  get isBehind(): boolean {
    return this.link.pendingBytes > this.#host.limits.streamBytesHigh
  }

  /** As others on its channels see it. */
  get member(): Member {
    const { id, name, user } = this.session
    return { client: id, user: user?.name ?? '', name }
  }

  message(data: Buffer, isBinary: boolean): void {
    if (this.session.isClosed) return
    if (isBinary) return this.link.close(closeCode.wrongKind, 'millrace.v1 is text')
    let value: unknown
    try {
      value = JSON.parse(data.toString())
    } catch {
      return this.#refuse({ code: rpcErrorCode.parse, message: 'The message is not JSON' })
    }
    if (!Array.isArray(value)) return this.#request(value, undefined)
    if (value.length === 0 || value.length > this.#host.limits.batchRequestsMax) {
      return this.#refuse({ code: rpcErrorCode.request, message: 'A batch has one request at least, and not too many' })
    }
    const batch = new AnswerBatch(value.length)
    for (const each of value) this.#request(each, batch)
  }

  /** The socket is gone. */
  closed(): void {
    this.#methods.close()
    this.#broker.disconnect(this.session)
  }

  /** Resolves when what its groups held has been handed back. */
  released(): Promise<void> {
    return this.#methods.released()
  }

  send(frame: Buffer | undefined): void {
    if (frame !== undefined) this.link.send(frame)
  }

  notify(method: NotificationMethod, params: object): void {
    this.send(frameOf(textFrame, Buffer.from(JSON.stringify({ jsonrpc: '2.0', method, params }))))
  }

  feedEnded(feed: Feed, fault: ReplyFault): void {
    this.#methods.forget(feed)
    this.notify('subscription.closed', { subscription: feed.name, error: fault })
  }

  /** Runs a command whose reply goes there. */
  run(values: readonly Argument[], place: AnswerPlace): void {
    this.#pending.push({ place })
    this.#broker.receive(this.session, encodeRequest(values))
  }

  /** Runs a command that is confirmed by a push; `confirmed` hears whether it was. It must not call the broker. */
  confirm(values: readonly Argument[], confirmed: (fault: ReplyFault | undefined) => void): void {
    this.#pending.push({ confirm: confirmed })
    this.#broker.receive(this.session, encodeRequest(values))
  }

  #refuse(error: RpcError): void {
    this.send(new AnswerPlace(null, undefined).error(error))
  }

  #request(value: unknown, batch: AnswerBatch | undefined): void {
    let request: RpcRequest
    try {
      request = readRpcRequest(value)
    } catch (error) {
      if (!(error instanceof MessageFault)) throw error
      return this.send(new AnswerPlace(null, batch).error({ code: rpcErrorCode.request, message: error.message }))
    }
    const { id, method, params = [] } = request
    const place = new AnswerPlace(id, batch)
    if (isOwnMethod(method)) void this.#runOwn(method, params, place)
    else this.#runCommand(method, params, place)
  }

  #runCommand(method: string, params: object, place: AnswerPlace): void {
    try {
      if (!Array.isArray(params)) throw new NotRequest('the params of a command are an array')
      const command = readArguments([method, ...params])
      refuseConversational(this.#broker, command)
      this.run(command, place)
    } catch (error) {
      this.send(place.error(errorOf(error)))
    }
  }

  async #runOwn(method: OwnMethod, params: unknown, place: AnswerPlace): Promise<void> {
    try {
      const answer = await this.#methods.run(method, params, place)
      if (answer === undefined) return
      this.send(place.result(answer.result))
      answer.afterwards?.()
    } catch (error) {
      this.send(place.error(errorOf(error)))
    }
  }

  /** What the broker writes: replies, and pushes amid them. */
  take(bytes: Buffer): void {
    if (isPush(bytes, 0)) {
      const messages = this.#host.pushes.rpcFrames(bytes)
      if (messages !== undefined) {
        return this.link.isFree ? this.link.send(messages.frames) : this.channels.deliver(messages)
      }
    }
    for (let at = 0; at < bytes.length; at = skipReply(bytes, at)) {
      if (isPush(bytes, at)) this.#push(bytes, at)
      else this.#answer(bytes, at)
    }
  }

  #push(bytes: Buffer, at: number): void {
    const message = toChannelMessage(bytes, at)
    if (message !== undefined) return this.channels.deliver({ messages: [message], frames: message.frame })
    if (isConfirmation(bytes, at)) return this.#answer(bytes, at)
    writer.raw('{"jsonrpc":"2.0","method":"push","params":{"push":')
    writeReply(writer, bytes, at)
    writer.raw('}}')
    this.send(frameOf(textFrame, writer.bytes, 0, writer.at))
    writer.clear()
  }

  #answer(bytes: Buffer, at: number): void {
    const pending = this.#pending.shift()
    if (pending === undefined) return
    if ('place' in pending) return this.send(pending.place.reply(bytes, at))
    if (isPush(bytes, at)) return pending.confirm(undefined)
    const isRefused = isError(bytes, at)
    pending.confirm(isRefused ? readError(bytes, at) : { code: 'ERR', message: 'ERR not possible inside MULTI' })
  }
}

/** What a request is answered with that could not be run. What is no refusal is a bug. */
function errorOf(error: unknown): RpcError {
  if (error instanceof ReadRefused) return refusedWith(error.fault)
  if (error instanceof Refused) return refusedWith({ code: error.code, message: `${error.code} ${error.message}` })
  if (error instanceof CommandRefused) return refusedWith({ code: 'ERR', message: `ERR ${error.message}` })
  if (error instanceof MessageFault || error instanceof NotRequest) {
    return { code: rpcErrorCode.params, message: error.message }
  }
  throw error
}
