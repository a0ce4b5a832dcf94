/** The methods of `millrace.v1` that are no commands: subscriptions to streams, groups and channels, and who one is. */
import {
  type Bytes,
  type ChannelSubscribe,
  type GroupConsume,
  MessageFault,
  type OwnMethod,
  readParams,
  type StreamSubscribe,
} from '../../../protocol/websocket/messages.ts'
import type { User } from '../../server/acl/user.ts'
import { type Session, special } from '../../server/session.ts'
import { normalId } from '../entry-ids.ts'
import { SessionClosed } from '../inner-session.ts'
import type { ReplyFault } from '../json/reply-json.ts'
import { type Argument, readArgument } from '../json/request-json.ts'
import type { Feed } from './feed.ts'
import { GroupFeed } from './group-feed.ts'
import type { WebSocketHost } from './host.ts'
import type { PresentSocket } from './presence.ts'
import type { AnswerPlace } from './rpc-answers.ts'
import type { RpcSocket } from './rpc-socket.ts'
import { channelSubscription, nameText } from './shared-pushes.ts'
import { StreamFeed } from './stream-feed.ts'
import { faultOf, ReadRefused } from './stream-reads.ts'

/** A result, and what happens once it has been sent. */
export interface OwnAnswer {
  readonly result: unknown
  readonly afterwards?: () => void
}

export class OwnMethods {
  readonly #host: WebSocketHost
  readonly #socket: RpcSocket
  readonly #feeds = new Map<string, Feed>()
  /** Names that are being subscribed to. */
  readonly #coming = new Set<string>()
  /** Channels that are being left; who comes again comes behind that. */
  readonly #going = new Set<string>()
  /** With whose rights it has subscribed. */
  readonly #users = new Set<User>()
  readonly #presences = new Map<string, PresentSocket>()
  readonly #leaving = new Set<Promise<void>>()
  #isClosed = false

  constructor(host: WebSocketHost, socket: RpcSocket) {
    this.#host = host
    this.#socket = socket
  }

  /** Runs a method; undefined when its answer comes by itself. Throws MessageFault, ReadRefused or Refused. */
  async run(method: OwnMethod, params: unknown, place: AnswerPlace): Promise<OwnAnswer | undefined> {
    if (method === 'auth') return this.#authenticate(readParams.auth(params, 'params'), place)
    if (method === 'alive') {
      readParams.alive(params, 'params')
      return { result: true }
    }
    if (this.#session.has(special.unauthenticated)) throw refused('NOAUTH', 'NOAUTH Authentication required.')
    try {
      return await this.#subscriptionMethod(method, params, place)
    } catch (error) {
      // What was closed under it is told as the broker's refusal.
      if (error instanceof SessionClosed) throw new ReadRefused(faultOf(error))
      throw error
    }
  }

  drained(): void {
    for (const feed of this.#feeds.values()) feed.drained()
  }

  forget(feed: Feed): void {
    if (this.#feeds.get(feed.name) === feed) this.#feeds.delete(feed.name)
    this.#noteFeeds()
  }

  close(): void {
    this.#isClosed = true
    for (const feed of this.#feeds.values()) this.#leave(feed)
    this.#feeds.clear()
    for (const [subscription, present] of this.#presences) this.#host.presence.leave(subscription, present)
    this.#presences.clear()
    for (const user of this.#users) this.#host.reads.release(user)
    this.#users.clear()
  }

  async released(): Promise<void> {
    await Promise.all(this.#leaving)
  }

  get #session(): Session {
    return this.#socket.session
  }

  async #subscriptionMethod(
    method: Exclude<OwnMethod, 'auth' | 'alive'>,
    params: unknown,
    place: AnswerPlace,
  ): Promise<OwnAnswer | undefined> {
    switch (method) {
      case 'stream.subscribe':
        return this.#subscribeStream(readParams[method](params, 'params'))
      case 'stream.credit': {
        const { subscription, credit } = readParams[method](params, 'params')
        const feed = this.#feed(subscription, StreamFeed)
        return { result: true, afterwards: () => feed.addCredit(credit) }
      }
      case 'group.consume':
        return this.#consume(readParams[method](params, 'params'))
      case 'group.ack': {
        const { subscription, ids } = readParams[method](params, 'params')
        return { result: await this.#feed(subscription, GroupFeed).ack(ids) }
      }
      case 'group.nack': {
        const { subscription, ids, mode = 'fail' } = readParams[method](params, 'params')
        return { result: await this.#feed(subscription, GroupFeed).nack(ids, mode) }
      }
      case 'channel.subscribe':
        return this.#subscribeChannel(readParams[method](params, 'params'), place)
      case 'unsubscribe':
        return this.#unsubscribe(readParams[method](params, 'params').subscription)
    }
  }

  async #authenticate(params: ReturnType<typeof readParams.auth>, place: AnswerPlace): Promise<OwnAnswer | undefined> {
    const { user, password, token } = params
    if (token === undefined && password === undefined)
      throw new MessageFault('params.password must be given, or a token')
    if (this.#session.transaction !== undefined) throw refused('ERR', 'ERR AUTH inside MULTI is not possible')
    if (token === undefined) {
      this.#socket.run(user === undefined ? ['AUTH', password!] : ['AUTH', user, password!], place)
      return undefined
    }
    const { authenticator } = this.#host
    const identity = await authenticator.ofToken(token).catch((error: unknown) => {
      authenticator.note(error, this.#session)
      throw error
    })
    if (this.#isClosed) return undefined
    this.#host.broker.acl.assume(this.#session, identity.user, identity.expiresAtMs)
    return { result: 'OK' }
  }

  async #subscribeStream({ key, after = '$', resumes = false, credit, db }: StreamSubscribe): Promise<OwnAnswer> {
    const database = this.#database(db)
    const keyBytes = bytesOf(key, 'params.key')
    const id = after === '$' ? after : normalId(after)
    if (id === undefined) throw new MessageFault('params.after must be the id of an entry or $')
    const name = `stream:${database}:${nameText(keyBytes)}`
    const { reads } = this.#host
    const feed = new StreamFeed({ reads, socket: this.#socket, user: this.#user(), db: database, key: keyBytes, name })
    await this.#place(feed, () => feed.place(id, resumes))
    return { result: { subscription: name, after: feed.after }, afterwards: () => feed.addCredit(credit) }
  }

  async #consume({ key, group, consumer, credit, db, claimAfterMs }: GroupConsume): Promise<OwnAnswer> {
    const database = this.#database(db)
    const { groupCreditMax } = this.#host.limits
    if (credit > groupCreditMax) throw refused('ERR', `ERR credit is ${groupCreditMax} at most`)
    const names = {
      key: bytesOf(key, 'params.key'),
      group: bytesOf(group, 'params.group'),
      consumer: bytesOf(consumer, 'params.consumer'),
    }
    const texts = [names.key, names.group, names.consumer].map((each) => encodeURIComponent(nameText(each)))
    const name = `group:${database}:${texts.join(':')}`
    const { reads } = this.#host
    const shared = { reads, socket: this.#socket, user: this.#user(), db: database }
    const feed = new GroupFeed({ ...shared, ...names, name, credit, claimAfterMs })
    await this.#place(feed, () => feed.place())
    return { result: { subscription: name }, afterwards: () => feed.start() }
  }

  /** Lets a feed take its place under its name, as one of the socket's feeds. */
  async #place(feed: Feed, place: () => Promise<void>): Promise<void> {
    this.#reserve(feed.name)
    try {
      await place()
      if (this.#isClosed) this.#leave(feed)
      else this.#feeds.set(feed.name, feed)
    } finally {
      this.#coming.delete(feed.name)
      this.#noteFeeds()
    }
  }

  /** Answers by itself, before the first message. */
  #subscribeChannel(
    { channel, pattern, presence = false, slow = 'cut' }: ChannelSubscribe,
    place: AnswerPlace,
  ): Promise<undefined> {
    const name = channel ?? pattern
    if (name === undefined || (channel !== undefined && pattern !== undefined)) {
      throw new MessageFault('params must have a channel or a pattern')
    }
    if (presence && channel === undefined) throw new MessageFault('params.presence must be left out for a pattern')
    this.#refuseInTransaction()
    const bytes = bytesOf(name, channel === undefined ? 'params.pattern' : 'params.channel')
    const subscription = channelSubscription(channel === undefined ? 'pattern' : 'channel', bytes)
    this.#reserve(subscription)
    return new Promise((resolve, reject) => {
      this.#socket.confirm([channel === undefined ? 'PSUBSCRIBE' : 'SUBSCRIBE', bytes], (fault) => {
        this.#coming.delete(subscription)
        this.#noteFeeds()
        if (fault !== undefined) return reject(new ReadRefused(fault))
        this.#socket.channels.add(subscription, slow)
        if (channel !== undefined) this.#appear(subscription, presence)
        const members = presence ? this.#host.presence.membersOf(subscription) : {}
        this.#socket.send(place.result({ subscription, ...members }))
        resolve(undefined)
      })
    })
  }

  /** It is on the channel from here on, as who it is now. */
  #appear(subscription: string, isWatching: boolean): void {
    if (this.#isClosed) return
    const { member } = this.#socket
    const present: PresentSocket = { member, send: (frame) => this.#socket.send(frame) }
    this.#presences.set(subscription, present)
    this.#host.presence.join(subscription, present, isWatching)
  }

  async #unsubscribe(subscription: string): Promise<OwnAnswer> {
    const feed = this.#feeds.get(subscription)
    if (feed !== undefined) {
      this.forget(feed)
      await this.#leave(feed)
      return { result: true }
    }
    if (!this.#socket.channels.has(subscription) || this.#going.has(subscription)) throw unknownSubscription()
    this.#refuseInTransaction()
    this.#going.add(subscription)
    const isPattern = subscription.startsWith('pattern:')
    const name = nameOf(subscription.slice(isPattern ? 'pattern:'.length : 'channel:'.length))
    return new Promise((resolve, reject) => {
      this.#socket.confirm([isPattern ? 'PUNSUBSCRIBE' : 'UNSUBSCRIBE', name], (fault) => {
        this.#going.delete(subscription)
        if (fault !== undefined) return reject(new ReadRefused(fault))
        this.#socket.channels.remove(subscription)
        const present = this.#presences.get(subscription)
        this.#presences.delete(subscription)
        if (present !== undefined) this.#host.presence.leave(subscription, present)
        resolve({ result: true })
      })
    })
  }

  /** Closes the feed; resolves when it has handed back what it held. */
  #leave(feed: Feed): Promise<void> {
    feed.close()
    if (!(feed instanceof GroupFeed)) return Promise.resolve()
    const released = feed.released().finally(() => this.#leaving.delete(released))
    this.#leaving.add(released)
    return released
  }

  /** Takes a name that nobody has. */
  #reserve(name: string): void {
    const { channels } = this.#socket
    if (this.#feeds.has(name) || this.#coming.has(name) || (channels.has(name) && !this.#going.has(name))) {
      throw refused('ERR', 'ERR already subscribed')
    }
    if (this.#feeds.size + this.#coming.size + channels.count >= this.#host.limits.subscriptionsMax) {
      throw refused('ERR', 'ERR too many subscriptions')
    }
    this.#coming.add(name)
    this.#noteFeeds()
  }

  /** A feed counts from when it is asked for. */
  #noteFeeds(): void {
    this.#session.hasFeeds = this.#feeds.size + this.#coming.size > 0
  }

  #feed<T extends Feed>(subscription: string, kind: abstract new (...options: never[]) => T): T {
    const feed = this.#feeds.get(subscription)
    if (!(feed instanceof kind)) throw unknownSubscription()
    return feed
  }

  #database(db: number | undefined): number {
    const database = db ?? this.#session.dbIndex
    if (database >= this.#host.broker.config.settings.databaseCount)
      throw refused('ERR', 'ERR DB index is out of range')
    return database
  }

  /** With whose rights it subscribes from here on. */
  #user(): User {
    const { user } = this.#session
    if (user === undefined) throw refused('NOAUTH', 'NOAUTH Authentication required.')
    if (!this.#users.has(user)) {
      this.#users.add(user)
      this.#host.reads.hold(user)
    }
    return user
  }

  #refuseInTransaction(): void {
    if (this.#session.transaction !== undefined) throw refused('ERR', 'ERR not possible inside MULTI')
  }
}

function refused(code: string, message: string): ReadRefused {
  const fault: ReplyFault = { code, message }
  return new ReadRefused(fault)
}

function unknownSubscription(): ReadRefused {
  return refused('ERR', 'ERR no such subscription')
}

function bytesOf(name: Bytes, what: string): Uint8Array {
  const value = readArgument(name, what)
  return typeof value === 'string' ? Buffer.from(value) : value
}

/** The opposite of `nameText`. */
function nameOf(text: string): Argument {
  return text.startsWith('base64:') ? Buffer.from(text.slice('base64:'.length), 'base64') : text
}
