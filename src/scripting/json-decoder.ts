/** `cjson.decode`: reads JSON with the tokens and complaints of Redis' lua-cjson. */
import { latin1Text } from '../lib/bytes.ts'
import { readNumber } from './c-number.ts'
import type { JsonSettings } from './json-encoder.ts'
import type { Lua } from './lua.ts'

/** Beyond this JavaScript's own stack would end. */
const depthBound = 2000

const single: Readonly<Record<number, string>> = {
  123: 'T_OBJ_BEGIN',
  125: 'T_OBJ_END',
  91: 'T_ARR_BEGIN',
  93: 'T_ARR_END',
  44: 'T_COMMA',
  58: 'T_COLON',
}

/** What may begin a word or a number, and what one may be made of. */
const isFirstOfWord = bytesOf('+-0123456789fiIntN')
const isOfWord = bytesOf('+-.()_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')

/** So many digits are a number that a double has exactly. */
const exactDigitsMax = 15

const wordPattern = /^(?:true|false|null)/
/** Numbers that JSON does not have, as far as Redis looks: `1.` and `-.5` pass. */
const foreignPattern = /^(?:\+|-?(?:0[x\d]|inf|nan))/i

export class JsonDecoder {
  readonly #lua: Lua
  readonly #settings: JsonSettings
  #start = 0
  #at = 0
  #end = 0
  /** The token that was read: its kind, where it began, its number, or its text, which is a range of Lua's memory unless
   *  there were escapes to decode. */
  #kind = ''
  #kindAt = 0
  #number = 0
  #textStart = 0
  #textEnd = 0
  #decoded: Uint8Array | undefined

  constructor(lua: Lua, settings: JsonSettings) {
    this.#lua = lua
    this.#settings = settings
  }

  decode(): number {
    const lua = this.#lua
    if (lua.top !== 1) lua.failArgument(1, 'expected 1 argument')
    this.#start = lua.checkBytes(1)
    this.#at = 0
    this.#end = lua.size
    if (this.#end >= 2 && (this.#byte(0) === 0 || this.#byte(1) === 0)) {
      lua.fail('JSON parser does not support UTF-16 or UTF-32')
    }
    // To C the text ends at a NUL.
    const nul = lua.heap.subarray(this.#start, this.#start + this.#end).indexOf(0)
    if (nul >= 0) this.#end = nul
    this.#next()
    this.#value(0)
    this.#next()
    if (this.#kind !== 'T_END') this.#unexpected('the end')
    return 1
  }

  #byte(at: number): number {
    return at < this.#end ? this.#lua.heap[this.#start + at]! : 0
  }

  #expect(kind: string, name: string): void {
    if (this.#kind !== kind) this.#unexpected(name)
  }

  #unexpected(expected: string): never {
    return this.#lua.fail(`Expected ${expected} but found ${this.#kind} at character ${this.#kindAt + 1}`)
  }

  /** Pushes the value that begins with the token that was read. */
  #value(depth: number): void {
    const lua = this.#lua
    switch (this.#kind) {
      case 'T_STRING':
        return this.#pushText()
      case 'T_NUMBER':
        return lua.pushNumber(this.#number)
      case 'T_BOOLEAN':
        return lua.pushBoolean(this.#number !== 0)
      case 'T_OBJ_BEGIN':
        return this.#object(depth + 1)
      case 'T_ARR_BEGIN':
        return this.#array(depth + 1)
      case 'T_NULL':
        return lua.api.lua_pushlightuserdata(lua.state, 0)
      default:
        this.#unexpected('value')
    }
  }

  #pushText(): void {
    const lua = this.#lua
    const decoded = this.#decoded
    if (decoded !== undefined) lua.pushBytes(decoded, 0, decoded.length)
    else lua.api.lua_pushlstring(lua.state, this.#textStart, this.#textEnd - this.#textStart)
  }

  #descend(depth: number): void {
    const { api, state } = this.#lua
    if (depth <= Math.min(depthBound, this.#settings.decodeDepthMax) && api.lua_checkstack(state, 3) !== 0) return
    this.#lua.fail(`Found too many nested data structures (${depth}) at character ${this.#at}`)
  }

  #object(depth: number): void {
    const lua = this.#lua
    this.#descend(depth)
    lua.pushTable()
    this.#next()
    if (this.#kind === 'T_OBJ_END') return
    for (;;) {
      this.#expect('T_STRING', 'object key string')
      this.#pushText()
      this.#next()
      this.#expect('T_COLON', 'colon')
      this.#next()
      this.#value(depth)
      lua.api.lua_rawset(lua.state, -3)
      this.#next()
      if (this.#kind === 'T_OBJ_END') return
      if (this.#kind !== 'T_COMMA') this.#unexpected('comma or object end')
      this.#next()
    }
  }

  #array(depth: number): void {
    const lua = this.#lua
    this.#descend(depth)
    lua.pushTable()
    this.#next()
    if (this.#kind === 'T_ARR_END') return
    for (let i = 1; ; i++) {
      this.#value(depth)
      lua.api.lua_rawseti(lua.state, -2, i)
      this.#next()
      if (this.#kind === 'T_ARR_END') return
      if (this.#kind !== 'T_COMMA') this.#unexpected('comma or array end')
      this.#next()
    }
  }

  #next(): void {
    let byte = this.#byte(this.#at)
    while (this.#at < this.#end && (byte === 32 || byte === 9 || byte === 10 || byte === 13))
      byte = this.#byte(++this.#at)
    this.#kindAt = this.#at
    if (this.#at >= this.#end) {
      this.#kind = 'T_END'
      return
    }
    const kind = single[byte]
    if (kind !== undefined) {
      this.#at++
      this.#kind = kind
    } else if (byte === 34) this.#readText()
    else this.#readWord()
  }

  #readWord(): void {
    const first = this.#byte(this.#at)
    if (isFirstOfWord[first] === 0) return this.#bad(this.#at, 'invalid token')
    if (this.#readInteger()) return
    let end = this.#at + 1
    while (isOfWord[this.#byte(end)] !== 0) end++
    const text = latin1Text(this.#lua.heap, this.#start + this.#at, this.#start + end)
    const word = wordPattern.exec(text)?.[0]
    if (word === undefined) return this.#readNumber(text, first === 45 || (first >= 48 && first <= 57))
    this.#kind = word === 'null' ? 'T_NULL' : 'T_BOOLEAN'
    this.#number = word === 'true' ? 1 : 0
    this.#at += word.length
  }

  /** Reads a number that is nothing but digits and a sign, not too many for a double: most are, and need no closer look. */
  #readInteger(): boolean {
    const isNegative = this.#byte(this.#at) === 45
    const from = this.#at + (isNegative ? 1 : 0)
    const last = from + exactDigitsMax
    let value = 0
    let at = from
    for (; at < last; at++) {
      const digit = this.#byte(at) - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const startsWithZero = this.#byte(from) === 48 && at - from > 1
    if (at === from || startsWithZero || isOfWord[this.#byte(at)] !== 0) return false
    this.#kind = 'T_NUMBER'
    this.#number = isNegative ? -value : value
    this.#at = at
    return true
  }

  /** `isPlain`: it begins as a number of JSON does. Any other is looked at only where such numbers are allowed. */
  #readNumber(text: string, isPlain: boolean): void {
    const { decodeInvalid } = this.#settings
    if (isPlain && !decodeInvalid && foreignPattern.test(text)) return this.#bad(this.#at, 'invalid number')
    if (!isPlain && !(decodeInvalid && foreignPattern.test(text))) return this.#bad(this.#at, 'invalid token')
    const number = readNumber(text)
    if (number === undefined) return this.#bad(this.#at, 'invalid number')
    this.#kind = 'T_NUMBER'
    this.#number = number.value
    this.#at += number.size
  }

  #readText(): void {
    const { heap } = this.#lua
    let at = this.#start + this.#at + 1
    const end = this.#start + this.#end
    const first = at
    while (at < end && heap[at] !== 34 && heap[at] !== 92) at++
    if (at < end && heap[at] === 34) {
      this.#textStart = first
      this.#textEnd = at
      return this.#take(undefined, at + 1)
    }
    const bytes: number[] = []
    for (at = first; at < end && heap[at] !== 34; ) {
      if (heap[at] !== 92) bytes.push(heap[at++]!)
      else {
        const used = decodeEscape(heap, at, end, bytes)
        if (used === 0)
          return this.#bad(
            at - this.#start,
            heap[at + 1] === 117 ? 'invalid unicode escape code' : 'invalid escape code',
          )
        at += used
      }
    }
    if (at >= end) return this.#bad(this.#end, 'unexpected end of string')
    this.#take(Uint8Array.from(bytes), at + 1)
  }

  #take(decoded: Uint8Array | undefined, behind: number): void {
    this.#kind = 'T_STRING'
    this.#decoded = decoded
    this.#at = behind - this.#start
  }

  #bad(at: number, complaint: string): void {
    this.#kind = complaint
    this.#kindAt = at
  }
}

const plainEscapes: Readonly<Record<number, number>> = {
  34: 34,
  92: 92,
  47: 47,
  98: 8,
  102: 12,
  110: 10,
  114: 13,
  116: 9,
}

/** Decodes the escape at `at`; returns how many bytes it takes, 0 when it is none. */
function decodeEscape(heap: Uint8Array, at: number, end: number, out: number[]): number {
  const plain = plainEscapes[heap[at + 1] ?? 0]
  if (plain !== undefined) {
    out.push(plain)
    return 2
  }
  if (heap[at + 1] !== 117) return 0
  const high = hexadecimal(heap, at + 2, end)
  if (high < 0 || (high >= 0xdc00 && high <= 0xdfff)) return 0
  if (high < 0xd800 || high > 0xdfff) {
    out.push(...Buffer.from(String.fromCharCode(high)))
    return 6
  }
  const low = heap[at + 6] === 92 && heap[at + 7] === 117 ? hexadecimal(heap, at + 8, end) : -1
  if (low < 0xdc00 || low > 0xdfff) return 0
  out.push(...Buffer.from(String.fromCharCode(high, low)))
  return 12
}

function hexadecimal(heap: Uint8Array, at: number, end: number): number {
  const text = latin1Text(heap, at, Math.min(end, at + 4))
  return /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : -1
}

/** A table of 256: 1 for bytes that are among the characters. */
function bytesOf(characters: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (characters.includes(String.fromCharCode(byte)) ? 1 : 0))
}
