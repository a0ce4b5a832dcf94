/** `cjson.encode`: JSON as Redis' lua-cjson writes it. */
import { ByteOutput } from './byte-output.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'

const typeNames = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function', 'userdata', 'thread']

/** Beyond this JavaScript's own stack would end. */
const depthBound = 2000

const int32Max = 0x7fffffff

export interface JsonSettings {
  sparseConvert: boolean
  sparseRatio: number
  sparseSafe: number
  encodeDepthMax: number
  decodeDepthMax: number
  precision: number
  /** What to do with numbers that JSON does not have: refuse, write them, or write null. */
  encodeInvalid: 'off' | 'on' | 'null'
  decodeInvalid: boolean
  keepBuffer: boolean
}

export class JsonEncoder {
  readonly #lua: Lua
  readonly #settings: JsonSettings
  readonly #out = new ByteOutput()

  constructor(lua: Lua, settings: JsonSettings) {
    this.#lua = lua
    this.#settings = settings
  }

  encode(): number {
    const lua = this.#lua
    if (lua.top !== 1) lua.failArgument(1, 'expected 1 argument')
    this.#out.begin()
    this.#value(0)
    lua.pushBytes(this.#out.bytes, 0, this.#out.size)
    return 1
  }

  /** Writes what is on top of the stack and leaves it there. */
  #value(depth: number): void {
    const lua = this.#lua
    const type = lua.type(-1)
    switch (type) {
      case luaType.string:
        return this.#text()
      case luaType.number:
        return this.#number(lua.number(-1))
      case luaType.boolean:
        return this.#out.text(lua.api.lua_toboolean(lua.state, -1) !== 0 ? 'true' : 'false')
      case luaType.table:
        return this.#table(depth + 1)
      case luaType.nil:
        return this.#out.text('null')
      case luaType.lightUserdata:
        if (lua.api.lua_touserdata(lua.state, -1) === 0) return this.#out.text('null')
    }
    this.#refuse(type, 'type not supported')
  }

  #refuse(type: number, reason: string): never {
    return this.#lua.fail(`Cannot serialise ${typeNames[type]}: ${reason}`)
  }

  #text(): void {
    const lua = this.#lua
    const from = lua.bytes(-1)
    const { size } = lua
    const out = this.#out
    out.reserve(size * 6 + 2)
    const { bytes } = out
    const { heap } = lua
    let at = out.size
    bytes[at++] = 34
    for (let i = from; i < from + size; i++) {
      const byte = heap[i]!
      if (byte >= 32 && byte !== 34 && byte !== 92 && byte !== 47 && byte !== 127) bytes[at++] = byte
      else {
        const written = escapes[byte]!
        for (let k = 0; k < written.length; k++) bytes[at++] = written.charCodeAt(k)
      }
    }
    bytes[at++] = 34
    out.size = at
  }

  #number(value: number): void {
    const { encodeInvalid, precision } = this.#settings
    if (!Number.isFinite(value)) {
      if (encodeInvalid === 'off') this.#refuse(luaType.number, 'must not be NaN or Inf')
      if (encodeInvalid === 'null') return this.#out.text('null')
      return this.#out.text(Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf')
    }
    this.#out.text(formatNumber(value, precision))
  }

  #table(depth: number): void {
    const lua = this.#lua
    if (depth > Math.min(depthBound, this.#settings.encodeDepthMax) || lua.api.lua_checkstack(lua.state, 3) === 0) {
      lua.fail(`Cannot serialise, excessive nesting (${depth})`)
    }
    const size = this.#arraySize()
    if (size > 0) this.#array(size, depth)
    else this.#object(depth)
  }

  #array(size: number, depth: number): void {
    const { api, state } = this.#lua
    for (let i = 1; i <= size; i++) {
      this.#out.byte(i === 1 ? 91 : 44)
      api.lua_rawgeti(state, -1, i)
      this.#value(depth)
      this.#lua.pop()
    }
    this.#out.byte(93)
  }

  #object(depth: number): void {
    const lua = this.#lua
    const { api, state } = lua
    let isFirst = true
    this.#out.byte(123)
    api.lua_pushnil(state)
    while (api.lua_next(state, -2) !== 0) {
      if (!isFirst) this.#out.byte(44)
      isFirst = false
      api.lua_pushvalue(state, -2)
      this.#key()
      lua.pop()
      this.#out.byte(58)
      this.#value(depth)
      lua.pop()
    }
    this.#out.byte(125)
  }

  #key(): void {
    const lua = this.#lua
    const type = lua.type(-1)
    if (type === luaType.string) return this.#text()
    if (type !== luaType.number) this.#refuse(type, 'table key must be a number or string')
    this.#out.byte(34)
    this.#number(lua.number(-1))
    this.#out.byte(34)
  }

  /** The array's size; it is not positive when the table on top of the stack is an object. Redis keeps the largest key
   *  in an int: one that does not fit is the least int, which any key that follows is larger than. */
  #arraySize(): number {
    const lua = this.#lua
    const { api, state } = lua
    const { sparseConvert, sparseRatio, sparseSafe } = this.#settings
    let largest = 0
    let count = 0
    api.lua_pushnil(state)
    while (api.lua_next(state, -2) !== 0) {
      lua.pop()
      const key = lua.type(-1) === luaType.number ? lua.number(-1) : 0
      if (!(key >= 1 && Math.floor(key) === key)) {
        lua.pop()
        return -1
      }
      if (key > largest) largest = key > int32Max ? ~int32Max : key
      count++
    }
    if (sparseRatio > 0 && largest > count * sparseRatio && largest > sparseSafe) {
      if (!sparseConvert) this.#refuse(luaType.table, 'excessively sparse array')
      return -1
    }
    return largest
  }
}

const escapes = Array.from({ length: 128 }, (_, byte) => `\\u${byte.toString(16).padStart(4, '0')}`)
for (const [byte, text] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
  [34, '"'],
  [47, '/'],
  [92, '\\'],
] as const) {
  escapes[byte] = `\\${text}`
}

const moreDigits = 50

/** A finite number as C's `%.<precision>g` prints it. */
export function formatNumber(value: number, precision: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 10 ** Math.min(precision, 15)) {
    return Object.is(value, -0) ? '-0' : String(value)
  }
  const [mantissa, exponent] = round(value, precision)
  const digits = mantissa.replace(/0+$/, '')
  const sign = value < 0 ? '-' : ''
  if (exponent >= precision || exponent < -4) {
    const power = `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
    return sign + withPoint(digits, 1) + power
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  return sign + withPoint(digits.padEnd(exponent + 1, '0'), exponent + 1)
}

function withPoint(digits: string, at: number): string {
  return digits.length > at ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits
}

/** The number's first digits, rounded as C does it, and its power of ten. C takes the even one of two that are equally
 *  near, JavaScript the larger. */
function round(value: number, precision: number): [digits: string, exponent: number] {
  const size = Math.abs(value)
  // A number in the midst of two has exactly one digit more than they have, and that is a 5.
  const [shortest, power] = splitExponential(size.toExponential())
  const isTie = shortest.length === precision + 1 && shortest.endsWith('5') && isExact(size, precision)
  if (isTie && Number(shortest[precision - 1]) % 2 === 0) return [shortest.slice(0, -1), power]
  return splitExponential(size.toExponential(precision - 1))
}

/** Whether so many digits behind the first say exactly what the number is. The next fifty tell: a double that is so near
 *  to so short a number is that number. */
function isExact(size: number, fractionDigits: number): boolean {
  return size.toExponential(fractionDigits + moreDigits).includes(`${'0'.repeat(moreDigits)}e`)
}

function splitExponential(text: string): [digits: string, exponent: number] {
  const [mantissa = '', power = '0'] = text.split('e')
  return [mantissa.replace('.', ''), Number(power)]
}
