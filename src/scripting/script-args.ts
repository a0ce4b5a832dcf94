/** The arguments of `redis.call`, copied from Lua's memory into one request in wire form. */
import { Args, writeHeader } from '../../protocol/resp/args.ts'
import { formatDouble } from '../../protocol/resp/reply-writer.ts'
import { copyBytes, digitCount, writeDecimal } from '../lib/bytes.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'

const bufferBytes = 4096
const bufferBytesKept = 1024 * 1024
const headerBytesMax = 24
const minus = 45

export class ScriptArgs {
  /** The request; good until the next one is taken. */
  readonly args = new Args()
  readonly #lua: Lua
  #at = 0

  constructor(lua: Lua) {
    this.#lua = lua
    this.args.bytes = new Uint8Array(bufferBytes)
  }

  /** Takes all arguments of the running function; false when one is neither a string nor a number. */
  take(count: number): boolean {
    const { args } = this
    if (args.bytes.length > bufferBytesKept) args.bytes = new Uint8Array(bufferBytes)
    args.reserve(count)
    args.count = count
    args.position = 1
    this.#at = 0
    this.#reserve(headerBytesMax)
    this.#at = writeHeader(42, count, args.bytes, 0)
    for (let i = 0; i < count; i++) if (!this.#takeOne(i)) return false
    args.requestStart = 0
    args.requestEnd = this.#at
    return true
  }

  #takeOne(i: number): boolean {
    const lua = this.#lua
    const type = lua.type(i + 1)
    if (type === luaType.string) {
      const from = lua.bytes(i + 1)
      this.#begin(i, lua.size)
      this.#at = copyBytes(lua.heap, from, from + lua.size, this.args.bytes, this.#at)
    } else if (type === luaType.number) this.#number(i, lua.number(i + 1))
    else return false
    this.#end(i)
    return true
  }

  #number(i: number, value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return this.#integer(i, value)
    const text = numberText(value)
    this.#begin(i, text.length)
    for (let k = 0; k < text.length; k++) this.args.bytes[this.#at++] = text.charCodeAt(k)
  }

  #integer(i: number, value: number): void {
    const magnitude = Math.abs(value)
    this.#begin(i, digitCount(magnitude) + (value < 0 ? 1 : 0))
    if (value < 0) this.args.bytes[this.#at++] = minus
    this.#at = writeDecimal(magnitude, this.args.bytes, this.#at)
  }

  #begin(i: number, size: number): void {
    this.#reserve(size + headerBytesMax)
    this.#at = writeHeader(36, size, this.args.bytes, this.#at)
    this.args.starts[i] = this.#at
  }

  #end(i: number): void {
    const { args } = this
    args.ends[i] = this.#at
    args.bytes[this.#at++] = 13
    args.bytes[this.#at++] = 10
  }

  #reserve(size: number): void {
    const { bytes } = this.args
    if (this.#at + size <= bytes.length) return
    const larger = new Uint8Array(Math.max(bytes.length * 2, this.#at + size))
    larger.set(bytes.subarray(0, this.#at))
    this.args.bytes = larger
  }
}

const signs = new DataView(new ArrayBuffer(8))

/** A number as C's `%.17g` prints it, the sign of what is not a number included. */
export function numberText(value: number): string {
  if (!Number.isNaN(value)) return formatDouble(value)
  signs.setFloat64(0, value)
  return signs.getUint8(0) >= 128 ? '-nan' : 'nan'
}
