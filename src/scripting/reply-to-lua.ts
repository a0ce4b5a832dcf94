/** A command's answer, in wire form, as the Lua value that `redis.call` returns. */
import { copyBytes, latin1Text } from '../lib/bytes.ts'
import type { Lua } from './lua.ts'

const carriageReturn = 13
const minus = 45

/** The bytes that answers begin with. */
const mark = {
  set: 126,
  boolean: 35,
  bulk: 36,
  map: 37,
  bigNumber: 40,
  array: 42,
  simple: 43,
  double: 44,
  error: 45,
  integer: 58,
  verbatim: 61,
  null: 95,
} as const

/** How deep answers may be nested: a guard, since no command answers so deep. */
const depthMax = 1000

export class ReplyToLua {
  readonly #lua: Lua
  /** Where the answer was copied to, and how far it was read, as places in Lua's memory. */
  #at = 0
  #depth = 0

  constructor(lua: Lua) {
    this.#lua = lua
  }

  /** Pushes the answer in the range, which must be a whole one. It is copied into Lua's memory as it is; strings are
   *  made of pieces of that. */
  push(bytes: Uint8Array, start: number, end: number): void {
    this.#at = this.#lua.scratch(end - start)
    copyBytes(bytes, start, end, this.#lua.heap, this.#at)
    this.#depth = 0
    this.#push()
  }

  #push(): void {
    const lua = this.#lua
    const kind = lua.heap[this.#at++]!
    switch (kind) {
      case mark.bulk:
        return this.#pushBulk()
      case mark.integer:
        return lua.pushNumber(this.#number())
      case mark.array:
        return this.#pushArray()
      case mark.simple:
        lua.pushTable(0, 1)
        return this.#setLine('ok')
      case mark.error:
        return this.#pushError()
      case mark.null:
        this.#line()
        return lua.pushNil()
      case mark.boolean:
        return lua.pushBoolean(this.#line() === 't')
      case mark.double:
        return this.#wrap('double', () => lua.pushNumber(parseDouble(this.#line())))
      case mark.bigNumber:
        lua.pushTable(0, 1)
        return this.#setLine('big_number')
      case mark.verbatim:
        return this.#wrap('verbatim_string', () => this.#pushVerbatim())
      case mark.map:
        return this.#wrap('map', () => this.#pushPairs(this.#number()))
      case mark.set:
        return this.#wrap('set', () => this.#pushMembers(this.#number()))
      default:
        throw new Error(`an answer of the unknown kind ${String.fromCharCode(kind)}`)
    }
  }

  #wrap(field: string, push: () => void): void {
    this.#lua.pushTable(0, 1)
    push()
    this.#lua.setField(-2, field)
  }

  #setLine(field: string): void {
    const lua = this.#lua
    const start = this.#at
    const end = lua.heap.indexOf(carriageReturn, start)
    this.#at = end + 2
    lua.api.lua_pushlstring(lua.state, start, end - start)
    lua.setField(-2, field)
  }

  #pushBulk(): void {
    const size = this.#number()
    if (size < 0) return this.#lua.pushBoolean(false)
    const start = this.#at
    this.#at += size + 2
    this.#pushRange(start, start + size)
  }

  #pushRange(start: number, end: number): void {
    this.#lua.api.lua_pushlstring(this.#lua.state, start, end - start)
  }

  #pushArray(): void {
    const lua = this.#lua
    const count = this.#number()
    if (count < 0) return lua.pushBoolean(false)
    this.#enter()
    lua.pushTable(count, 0)
    for (let i = 1; i <= count; i++) {
      this.#push()
      lua.api.lua_rawseti(lua.state, -2, i)
    }
    this.#depth--
  }

  /** Errors within an answer (EXEC cannot be called, so there are none that a script could meet but its own). */
  #pushError(): void {
    const lua = this.#lua
    lua.pushTable(0, 2)
    this.#setLine('err')
    lua.pushBoolean(true)
    lua.setField(-2, 'ignore_error_stats_update')
  }

  #pushPairs(count: number): void {
    const lua = this.#lua
    this.#enter()
    lua.pushTable(0, count)
    for (let i = 0; i < count; i++) {
      this.#push()
      this.#push()
      lua.api.lua_rawset(lua.state, -3)
    }
    this.#depth--
  }

  #pushMembers(count: number): void {
    const lua = this.#lua
    this.#enter()
    lua.pushTable(0, count)
    for (let i = 0; i < count; i++) {
      this.#push()
      lua.pushBoolean(true)
      lua.api.lua_rawset(lua.state, -3)
    }
    this.#depth--
  }

  #pushVerbatim(): void {
    const lua = this.#lua
    const size = this.#number()
    const start = this.#at
    this.#at += size + 2
    lua.pushTable(0, 2)
    this.#pushRange(start + 4, start + size)
    lua.setField(-2, 'string')
    this.#pushRange(start, start + 3)
    lua.setField(-2, 'format')
  }

  #enter(): void {
    if (++this.#depth > depthMax || this.#lua.api.lua_checkstack(this.#lua.state, 8) === 0) {
      this.#lua.fail('reached lua stack limit')
    }
  }

  /** The number up to the end of the line, which is read. */
  #number(): number {
    const bytes = this.#lua.heap
    let at = this.#at
    const isNegative = bytes[at] === minus
    if (isNegative) at++
    let value = 0
    for (; bytes[at] !== carriageReturn; at++) value = value * 10 + bytes[at]! - 48
    if (value > Number.MAX_SAFE_INTEGER) value = Number(latin1Text(bytes, this.#at + (isNegative ? 1 : 0), at))
    this.#at = at + 2
    return isNegative ? -value : value
  }

  #line(): string {
    const { heap } = this.#lua
    const end = heap.indexOf(carriageReturn, this.#at)
    const line = latin1Text(heap, this.#at, end)
    this.#at = end + 2
    return line
  }
}

function parseDouble(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY
  if (text === '-inf') return Number.NEGATIVE_INFINITY
  return Number(text)
}
