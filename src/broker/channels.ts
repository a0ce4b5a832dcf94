/** Publish and subscribe: who hears which channel, and how a message reaches them.
 *
 *  A message is framed once for each version of RESP that anybody speaks who hears it; every subscriber then gets the
 *  same range of bytes through the `Post`. Channels, patterns and shard channels are three directories of one kind:
 *  a byte map from the name to its subscribers in the order in which they came. Publishing to a channel that nobody
 *  hears is one look into the map. */
import type { Args } from '../../protocol/resp/args.ts'
import type { ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { latin1Bytes } from '../lib/bytes.ts'
import { globMatches, globMatchesRange } from '../lib/glob.ts'

/** A pattern's subscribers hear every channel that matches; shard channels are a world of their own. */
export type ChannelKind = 'channel' | 'pattern' | 'shard'

/** Who can subscribe: a client, as far as the hub is concerned. */
export interface Subscriber {
  /** 2 or 3: which RESP it speaks. */
  readonly protocol: number
  /** What it hears: kept by the hub, undefined before the first subscription. */
  subscriptions: Subscriptions | undefined
  /** Called when it hears something for the first time, and when it hears nothing any more. */
  setSubscribed(isSubscribed: boolean): void
}

/** Where messages are written and handed over. */
export interface Post {
  readonly writer: ReplyWriter
  /** Sends the range of `writer` to the subscriber. */
  push(subscriber: Subscriber, start: number, end: number): void
}

/** What is published where, as ranges of bytes. The hub has one and fills it anew for each message. */
class Message {
  channel: Uint8Array = new Uint8Array(0)
  channelStart = 0
  channelEnd = 0
  content: Uint8Array = new Uint8Array(0)
  contentStart = 0
  contentEnd = 0
}

/** What one subscriber hears, as entries of the directories, in the order in which it subscribed. */
export class Subscriptions {
  readonly channel = new Set<number>()
  readonly pattern = new Set<number>()
  readonly shard = new Set<number>()

  get count(): number {
    return this.channel.size + this.pattern.size + this.shard.size
  }

  /** The count that answers a subscription: shard channels are counted by themselves. */
  countLike(kind: ChannelKind): number {
    return kind === 'shard' ? this.shard.size : this.channel.size + this.pattern.size
  }
}

/** Names of one kind and who subscribed to them. */
class Directory {
  readonly map: ByteMap
  /** By entry of the map; never an empty set. */
  readonly subscribers: (Set<Subscriber> | undefined)[] = []

  constructor(arena: Arena, seed: number) {
    this.map = new ByteMap(arena, seed)
  }

  /** The entry of the name, made if it is not there. */
  entry(args: Args, i: number): number {
    const found = this.map.find(args.bytes, args.starts[i]!, args.ends[i]!)
    if (found >= 0) return found
    const entry = this.map.insert(args.bytes, args.starts[i]!, args.ends[i]!)
    this.subscribers[entry] = new Set()
    return entry
  }

  /** Takes the subscriber off a name it is subscribed to; a name without subscribers goes. */
  leave(entry: number, subscriber: Subscriber): void {
    const subscribers = this.subscribers[entry]!
    subscribers.delete(subscriber)
    if (subscribers.size > 0) return
    this.subscribers[entry] = undefined
    this.map.remove(entry)
  }
}

/** How a message begins, by the version of RESP. */
interface Head {
  readonly resp2: Uint8Array
  readonly resp3: Uint8Array
}

const headOf = (size: number, word: string): Head => ({
  resp2: latin1Bytes(`*${size}\r\n$${word.length}\r\n${word}\r\n`),
  resp3: latin1Bytes(`>${size}\r\n$${word.length}\r\n${word}\r\n`),
})

const messageHead = headOf(3, 'message')
const shardMessageHead = headOf(3, 'smessage')
const patternMessageHead = headOf(4, 'pmessage')

export class Channels {
  readonly #post: Post
  readonly #directories: Readonly<Record<ChannelKind, Directory>>
  readonly #channels: Directory
  readonly #shards: Directory
  /** The patterns as bytes, by entry of their directory. */
  readonly #patterns = new Map<number, Uint8Array>()
  readonly #message = new Message()

  /** `seed` as for `ByteMap`. */
  constructor(post: Post, seed: number) {
    this.#post = post
    const arena = new Arena()
    this.#channels = new Directory(arena, seed)
    this.#shards = new Directory(arena, seed)
    this.#directories = { channel: this.#channels, pattern: new Directory(arena, seed), shard: this.#shards }
  }

  /** Whether a message published now could reach anybody (shard channels aside). */
  get isSilent(): boolean {
    return this.#channels.map.size === 0 && this.#patterns.size === 0
  }

  /** How many patterns have subscribers. */
  get patternCount(): number {
    return this.#patterns.size
  }

  /** How many names of a kind have subscribers. */
  nameCount(kind: ChannelKind): number {
    return this.#directories[kind].map.size
  }

  /** Lets the subscriber hear what argument `i` names, if it does not already. Returns the count for the answer. */
  subscribe(kind: ChannelKind, subscriber: Subscriber, args: Args, i: number): number {
    const directory = this.#directories[kind]
    const entry = directory.entry(args, i)
    if (kind === 'pattern' && !this.#patterns.has(entry)) this.#patterns.set(entry, args.copy(i))
    directory.subscribers[entry]!.add(subscriber)
    let { subscriptions } = subscriber
    if (subscriptions === undefined) {
      subscriptions = new Subscriptions()
      subscriber.subscriptions = subscriptions
    }
    subscriptions[kind].add(entry)
    if (subscriptions.count === 1) subscriber.setSubscribed(true)
    return subscriptions.countLike(kind)
  }

  /** The opposite; a name it does not hear is answered the same way. */
  unsubscribe(kind: ChannelKind, subscriber: Subscriber, args: Args, i: number): number {
    const { subscriptions } = subscriber
    if (subscriptions === undefined) return 0
    const entry = this.#directories[kind].map.find(args.bytes, args.starts[i]!, args.ends[i]!)
    if (subscriptions[kind].has(entry)) this.#leave(kind, subscriber, subscriptions, entry)
    return subscriptions.countLike(kind)
  }

  /** Takes the subscriber off all names of a kind; `report` is told of each with the count that is left. */
  unsubscribeAll(kind: ChannelKind, subscriber: Subscriber, report: (name: Uint8Array, count: number) => void): void {
    const { subscriptions } = subscriber
    if (subscriptions === undefined) return
    for (const entry of [...subscriptions[kind]]) {
      const name = this.#directories[kind].map.key(entry)
      this.#leave(kind, subscriber, subscriptions, entry)
      report(name, subscriptions.countLike(kind))
    }
  }

  /** Takes the subscriber off everything without a word. */
  forget(subscriber: Subscriber): void {
    if (subscriber.subscriptions === undefined) return
    for (const kind of ['channel', 'pattern', 'shard'] as const) this.unsubscribeAll(kind, subscriber, () => {})
  }

  /** Sends a message to the channel's subscribers, then to those of matching patterns; returns how many it was sent to
   *  (a client counts once for each of its subscriptions that hears it). */
  publish(
    channel: Uint8Array,
    channelStart: number,
    channelEnd: number,
    content: Uint8Array,
    contentStart: number,
    contentEnd: number,
  ): number {
    const entry = this.#channels.map.find(channel, channelStart, channelEnd)
    if (entry < 0 && this.#patterns.size === 0) return 0
    const message = this.#message
    message.channel = channel
    message.channelStart = channelStart
    message.channelEnd = channelEnd
    message.content = content
    message.contentStart = contentStart
    message.contentEnd = contentEnd
    let count = entry < 0 ? 0 : this.#send(this.#channels.subscribers[entry]!, messageHead, undefined)
    for (const [patternEntry, pattern] of this.#patterns) {
      if (!globMatchesRange(pattern, channel, channelStart, channelEnd)) continue
      count += this.#send(this.#directories.pattern.subscribers[patternEntry]!, patternMessageHead, pattern)
    }
    return count
  }

  /** The same for a shard channel, which no pattern matches: argument `i` names it and `i + 1` is the message. */
  publishShard(args: Args, i: number): number {
    const { bytes, starts, ends } = args
    const entry = this.#shards.map.find(bytes, starts[i]!, ends[i]!)
    if (entry < 0) return 0
    const message = this.#message
    message.channel = bytes
    message.channelStart = starts[i]!
    message.channelEnd = ends[i]!
    message.content = bytes
    message.contentStart = starts[i + 1]!
    message.contentEnd = ends[i + 1]!
    return this.#send(this.#shards.subscribers[entry]!, shardMessageHead, undefined)
  }

  /** How many subscribers the name in argument `i` has. */
  subscriberCount(kind: 'channel' | 'shard', args: Args, i: number): number {
    const { map, subscribers } = this.#directories[kind]
    const entry = map.find(args.bytes, args.starts[i]!, args.ends[i]!)
    return entry < 0 ? 0 : subscribers[entry]!.size
  }

  /** The names of a kind that the subscriber hears. */
  namesOf(kind: ChannelKind, { subscriptions }: Subscriber): Uint8Array[] {
    const { map } = this.#directories[kind]
    return [...(subscriptions?.[kind] ?? [])].map((entry) => map.key(entry))
  }

  /** The names that have subscribers, those that match the pattern if there is one. */
  names(kind: 'channel' | 'shard', pattern?: Uint8Array): Uint8Array[] {
    const { map } = this.#directories[kind]
    const names: Uint8Array[] = []
    map.scan(0, Number.POSITIVE_INFINITY, (entry) => {
      const name = map.key(entry)
      if (pattern === undefined || globMatches(pattern, name)) names.push(name)
    })
    return names
  }

  #leave(kind: ChannelKind, subscriber: Subscriber, subscriptions: Subscriptions, entry: number): void {
    const directory = this.#directories[kind]
    directory.leave(entry, subscriber)
    if (kind === 'pattern' && directory.subscribers[entry] === undefined) this.#patterns.delete(entry)
    subscriptions[kind].delete(entry)
    if (subscriptions.count === 0) subscriber.setSubscribed(false)
  }

  /** Frames the message for the versions of RESP that are spoken, each once, and posts it; returns to how many. */
  #send(hearers: ReadonlySet<Subscriber>, head: Head, pattern: Uint8Array | undefined): number {
    const post = this.#post
    const { writer } = post
    let start2 = -1
    let end2 = -1
    let start3 = -1
    let end3 = -1
    for (const hearer of hearers) {
      if (hearer.protocol === 2) {
        if (start2 < 0) {
          start2 = writer.at
          frame(writer, head.resp2, pattern, this.#message)
          end2 = writer.at
        }
        post.push(hearer, start2, end2)
        continue
      }
      if (start3 < 0) {
        start3 = writer.at
        frame(writer, head.resp3, pattern, this.#message)
        end3 = writer.at
      }
      post.push(hearer, start3, end3)
    }
    return hearers.size
  }
}

function frame(writer: ReplyWriter, head: Uint8Array, pattern: Uint8Array | undefined, message: Message): void {
  writer.wire(head, 0, head.length)
  if (pattern !== undefined) writer.bulk(pattern)
  writer.bulk(message.channel, message.channelStart, message.channelEnd)
  writer.bulk(message.content, message.contentStart, message.contentEnd)
}
