/** Keyspace events as messages: `__keyspace@0__:key` is told the event, `__keyevent@0__:event` the key. */
import type { Args } from '../../protocol/resp/args.ts'
import { copyBytes, latin1Bytes } from '../lib/bytes.ts'
import type { Channels } from './channels.ts'

const initialBytes = 256
const onKeyspace = 1 << 0
const onKeyevent = 1 << 1

export class ChannelEvents {
  readonly #channels: Channels
  /** The channel's name under construction. */
  #name = new Uint8Array(initialBytes)
  /** Event names as bytes. */
  readonly #events = new Map<string, Uint8Array>()

  constructor(channels: Channels) {
    this.#channels = channels
  }

  /** Publishes that `event` happened to the key in argument `i`, on the kinds of channel that `notifyFlags` ask for
   *  (bits 0 and 1, as `notify-keyspace-events` has them). */
  publish(notifyFlags: number, db: number, event: string, keys: Args, i: number): void {
    if (this.#channels.isSilent) return
    const key = keys.bytes
    const start = keys.starts[i]!
    const end = keys.ends[i]!
    const name = this.#eventBytes(event)
    if ((notifyFlags & onKeyspace) !== 0) {
      const size = this.#compose(`__keyspace@${db}__:`, key, start, end)
      this.#channels.publish(this.#name, 0, size, name, 0, name.length)
    }
    if ((notifyFlags & onKeyevent) !== 0) {
      const size = this.#compose(`__keyevent@${db}__:`, name, 0, name.length)
      this.#channels.publish(this.#name, 0, size, key, start, end)
    }
  }

  #eventBytes(event: string): Uint8Array {
    let bytes = this.#events.get(event)
    if (bytes === undefined) {
      bytes = latin1Bytes(event)
      this.#events.set(event, bytes)
    }
    return bytes
  }

  #compose(prefix: string, rest: Uint8Array, start: number, end: number): number {
    const size = prefix.length + end - start
    if (this.#name.length < size) this.#name = new Uint8Array(size * 2)
    for (let i = 0; i < prefix.length; i++) this.#name[i] = prefix.charCodeAt(i)
    return copyBytes(rest, start, end, this.#name, prefix.length)
  }
}
