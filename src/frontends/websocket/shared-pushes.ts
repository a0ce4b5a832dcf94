/** What the broker pushes to many sessions, as frames that are made once.
 *
 *  The outbox hands each session the same range of the same buffer, within one round of writes: the range is the name
 *  under which its frames are found again. */
import type { Outbox } from '../../server/outbox.ts'
import { JsonWriter } from '../json/json-writer.ts'
import { readHeader, readString, skipReply } from '../json/reply-json.ts'
import { binaryFrame, frameOf, textFrame } from './frames.ts'

/** A message of a channel, for one way of hearing it. */
export interface ChannelMessage {
  /** The subscription's name, as JSON. */
  readonly subscription: string
  readonly channel: string
  readonly frame: Buffer
}

/** The messages of a range. */
export interface ChannelMessages {
  readonly messages: readonly ChannelMessage[]
  /** All of their frames. */
  readonly frames: Buffer
}

/** What is kept of one range. */
interface Shared {
  rpc: ChannelMessages | undefined
  isRpcKnown: boolean
  resp: Buffer | undefined
}

const writer = new JsonWriter()

export class SharedPushes {
  readonly #outbox: Outbox
  #round = -1
  #buffer: ArrayBufferLike | undefined
  readonly #ranges = new Map<string, Shared>()
  /** What was asked for last: most often it is asked for again. */
  #lastBytes: Buffer | undefined
  #last: Shared | undefined

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  /** The frames for `millrace.v1` of a range that has messages of channels and nothing else; undefined for another. */
  rpcFrames(bytes: Buffer): ChannelMessages | undefined {
    const shared = this.#find(bytes)
    if (!shared.isRpcKnown) {
      shared.rpc = toChannelMessages(bytes)
      shared.isRpcKnown = true
    }
    return shared.rpc
  }

  /** The frame for `resp` of a range. */
  respFrame(bytes: Buffer): Buffer {
    const shared = this.#find(bytes)
    shared.resp ??= frameOf(binaryFrame, bytes)
    return shared.resp
  }

  #find(bytes: Buffer): Shared {
    if (this.#lastBytes === bytes && this.#round === this.#outbox.round) return this.#last!
    if (this.#round !== this.#outbox.round || this.#buffer !== bytes.buffer) {
      this.#ranges.clear()
      this.#round = this.#outbox.round
      this.#buffer = bytes.buffer
    }
    const { byteOffset, length } = bytes
    const name = `${byteOffset}+${length}`
    let shared = this.#ranges.get(name)
    if (shared === undefined) {
      shared = { rpc: undefined, isRpcKnown: false, resp: undefined }
      this.#ranges.set(name, shared)
    }
    this.#lastBytes = bytes
    this.#last = shared
    return shared
  }
}

function toChannelMessages(bytes: Buffer): ChannelMessages | undefined {
  const messages: ChannelMessage[] = []
  for (let at = 0; at < bytes.length; at = skipReply(bytes, at)) {
    const message = toChannelMessage(bytes, at)
    if (message === undefined) return undefined
    messages.push(message)
  }
  const [first] = messages
  return { messages, frames: messages.length === 1 ? first!.frame : Buffer.concat(messages.map(({ frame }) => frame)) }
}

/** The pushed message at `at` if it is one of a channel. */
export function toChannelMessage(bytes: Buffer, at: number): ChannelMessage | undefined {
  const header = readHeader(bytes, at)
  const kind = readString(bytes, header.next)
  if (kind === undefined) return undefined
  const word = bytes.toString('latin1', kind.start, kind.end)
  if (word !== 'message' && word !== 'pmessage') return undefined
  const heard = readString(bytes, kind.next)!
  const channel = word === 'message' ? heard : readString(bytes, heard.next)!
  const content = readString(bytes, channel.next)!
  const subscription = channelSubscription(
    word === 'message' ? 'channel' : 'pattern',
    bytes.subarray(heard.start, heard.end),
  )
  writer.raw('{"jsonrpc":"2.0","method":"channel.message","params":{"subscription":')
  writer.text(subscription)
  writer.raw(',"channel":')
  writer.string(bytes, channel.start, channel.end)
  writer.raw(',"message":')
  writer.string(bytes, content.start, content.end)
  writer.raw('}}')
  const frame = frameOf(textFrame, writer.bytes, 0, writer.at)
  writer.clear()
  return { subscription, channel: bytes.toString('latin1', channel.start, channel.end), frame }
}

/** The name of a subscription says what it is to: everybody who has it has the same, and so the same frames. */
export function channelSubscription(kind: 'channel' | 'pattern', name: Uint8Array): string {
  return `${kind}:${nameText(name)}`
}

/** A name as text: as it is when it is UTF-8, otherwise in base64. No two names have the same text. */
export function nameText(name: Uint8Array): string {
  const bytes = Buffer.from(name)
  const text = bytes.toString()
  const isPlain = Buffer.from(text).equals(bytes) && !text.startsWith('base64:')
  return isPlain ? text : `base64:${bytes.toString('base64')}`
}
