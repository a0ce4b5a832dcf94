/** The library `cmsgpack`: MessagePack as Redis' lua-cmsgpack writes and reads it. */
import { ByteOutput } from './byte-output.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'

/** Deeper tables are packed as nil. */
const depthMax = 16

/** Deeper input is not read: a stack of JavaScript's own has its end. */
const unpackDepthMax = 1000

const int64Bound = 2 ** 63

export class MessagePack {
  readonly #lua: Lua
  readonly #out = new ByteOutput()
  readonly #view = new DataView(new ArrayBuffer(8))
  /** What is being read: address, offset, end. */
  #start = 0
  #at = 0
  #end = 0

  constructor(lua: Lua) {
    this.#lua = lua
  }

  /** Pushes the table. */
  push(): void {
    const lua = this.#lua
    lua.pushTable()
    const add = (name: string, run: () => number): void => {
      lua.pushFunction(run)
      lua.setField(-2, name)
    }
    add('pack', () => this.#pack())
    add('unpack', () => this.#unpack(0, 0))
    add('unpack_one', () => this.#unpack(1, this.#offset(2)))
    add('unpack_limit', () => this.#unpackLimit())
    lua.setTextField(-1, '_NAME', 'cmsgpack')
    lua.setTextField(-1, '_VERSION', 'lua-cmsgpack 0.4.0')
    lua.setTextField(-1, '_COPYRIGHT', 'Copyright (C) 2012, Salvatore Sanfilippo')
    lua.setTextField(-1, '_DESCRIPTION', 'MessagePack C implementation for Lua')
  }

  #pack(): number {
    const lua = this.#lua
    const count = lua.top
    if (count === 0) lua.failArgument(0, 'MessagePack pack needs input.')
    if (lua.api.lua_checkstack(lua.state, depthMax * 4) === 0)
      lua.failArgument(0, 'Too many arguments for MessagePack pack.')
    this.#out.begin()
    for (let i = 1; i <= count; i++) {
      lua.api.lua_pushvalue(lua.state, i)
      this.#packValue(0)
    }
    lua.pushBytes(this.#out.bytes, 0, this.#out.size)
    return 1
  }

  /** Packs what is on top of the stack and pops it. */
  #packValue(depth: number): void {
    const lua = this.#lua
    const type = lua.type(-1)
    if (type === luaType.string) this.#packText()
    else if (type === luaType.number) this.#packNumber(lua.number(-1))
    else if (type === luaType.boolean) this.#out.byte(lua.api.lua_toboolean(lua.state, -1) !== 0 ? 0xc3 : 0xc2)
    else if (type === luaType.table && depth < depthMax) this.#packTable(depth)
    else this.#out.byte(0xc0)
    lua.pop()
  }

  #packText(): void {
    const lua = this.#lua
    const from = lua.bytes(-1)
    const { size } = lua
    if (size < 32) this.#out.byte(0xa0 | size)
    else if (size <= 0xff) this.#header(0xd9, size, 1)
    else if (size <= 0xffff) this.#header(0xda, size, 2)
    else this.#header(0xdb, size, 4)
    this.#out.copy(lua.heap, from, from + size)
  }

  #header(code: number, value: number | bigint, size: number): void {
    this.#out.byte(code)
    this.#out.integer(value, size)
  }

  #packNumber(value: number): void {
    if (!Number.isInteger(value) || value < -int64Bound || value >= int64Bound) return this.#packDouble(value)
    if (value >= 0) {
      if (value <= 127) this.#out.byte(value)
      else if (value <= 0xff) this.#header(0xcc, value, 1)
      else if (value <= 0xffff) this.#header(0xcd, value, 2)
      else if (value <= 0xffffffff) this.#header(0xce, value, 4)
      else this.#header(0xcf, BigInt(value), 8)
    } else if (value >= -32) this.#out.byte(value & 0xff)
    else if (value >= -0x80) this.#header(0xd0, value, 1)
    else if (value >= -0x8000) this.#header(0xd1, value, 2)
    else if (value >= -0x80000000) this.#header(0xd2, value, 4)
    else this.#header(0xd3, BigInt(value), 8)
  }

  #packDouble(value: number): void {
    const isSingle = Math.fround(value) === value
    if (isSingle) this.#view.setFloat32(0, value)
    else this.#view.setFloat64(0, value)
    this.#out.byte(isSingle ? 0xca : 0xcb)
    for (let i = 0; i < (isSingle ? 4 : 8); i++) this.#out.byte(this.#view.getUint8(i))
  }

  #packTable(depth: number): void {
    const lua = this.#lua
    const { api, state } = lua
    const { count, isArray } = this.#shape()
    if (isArray) {
      this.#collection(0x90, 0xdc, count)
      for (let i = 1; i <= count; i++) {
        api.lua_rawgeti(state, -1, i)
        this.#packValue(depth + 1)
      }
      return
    }
    this.#collection(0x80, 0xde, count)
    api.lua_pushnil(state)
    while (api.lua_next(state, -2) !== 0) {
      api.lua_pushvalue(state, -2)
      this.#packValue(depth + 1)
      this.#packValue(depth + 1)
    }
  }

  #collection(small: number, large: number, count: number): void {
    if (count <= 15) this.#out.byte(small | count)
    else if (count <= 0xffff) this.#header(large, count, 2)
    else this.#header(large + 1, count, 4)
  }

  /** How many entries the table on top has, and whether their keys are 1, 2, 3 and so on. */
  #shape(): { count: number; isArray: boolean } {
    const lua = this.#lua
    const { api, state } = lua
    let count = 0
    let largest = 0
    let isArray = true
    api.lua_pushnil(state)
    while (api.lua_next(state, -2) !== 0) {
      lua.pop()
      count++
      const key = lua.type(-1) === luaType.number ? lua.number(-1) : 0
      if (!(key > 0 && Number.isInteger(key))) isArray = false
      else if (key > largest) largest = key
    }
    return { count, isArray: isArray && largest === count }
  }

  #offset(argument: number): number {
    const { api, state } = this.#lua
    return this.#lua.top < argument ? 0 : Math.trunc(api.luaL_checknumber(state, argument))
  }

  #unpackLimit(): number {
    const limit = Math.trunc(this.#lua.api.luaL_checknumber(this.#lua.state, 2))
    return this.#unpack(limit, this.#offset(3))
  }

  /** Pushes up to `limit` values (0: all), behind the offset of what follows when there is a limit. */
  #unpack(limit: number, offset: number): number {
    const lua = this.#lua
    const start = lua.checkBytes(1)
    const { size } = lua
    if (offset < 0 || limit < 0) lua.fail(`Invalid request to unpack with offset of ${offset} and limit of ${size}.`)
    if (offset > size) lua.fail(`Start offset ${offset} greater than input length ${size}.`)
    this.#start = start
    this.#at = offset
    this.#end = size
    let count = 0
    while (this.#at < this.#end && (limit === 0 || count < limit)) {
      if (lua.api.lua_checkstack(lua.state, 8) === 0) lua.fail('Bad data format in input.')
      this.#unpackValue(0)
      count++
    }
    if (limit === 0) return count
    lua.pushNumber(this.#at === this.#end ? -1 : this.#at)
    lua.api.lua_insert(lua.state, -count - 1)
    return count + 1
  }

  #need(size: number): number {
    if (this.#end - this.#at < size) this.#lua.fail('Missing bytes in input.')
    const from = this.#start + this.#at
    this.#at += size
    return from
  }

  #unsigned(size: number): number {
    const from = this.#need(size)
    const { heap } = this.#lua
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + heap[from + i]!
    return value
  }

  #signed(size: number): number {
    const from = this.#need(size)
    const { heap } = this.#lua
    let value = 0n
    for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(heap[from + i]!)
    return Number(BigInt.asIntN(size * 8, value))
  }

  #float(size: number): number {
    const from = this.#need(size)
    for (let i = 0; i < size; i++) this.#view.setUint8(i, this.#lua.heap[from + i]!)
    return size === 4 ? this.#view.getFloat32(0) : this.#view.getFloat64(0)
  }

  #unpackValue(depth: number): void {
    const lua = this.#lua
    if (depth > unpackDepthMax || lua.api.lua_checkstack(lua.state, 8) === 0) lua.fail('Bad data format in input.')
    const code = this.#unsigned(1)
    if (code <= 0x7f) lua.pushNumber(code)
    else if (code >= 0xe0) lua.pushNumber(code - 256)
    else if (code <= 0x8f) this.#unpackMap(code & 15, depth)
    else if (code <= 0x9f) this.#unpackArray(code & 15, depth)
    else if (code <= 0xbf) this.#unpackText(code & 31)
    else this.#unpackCoded(code, depth)
  }

  #unpackCoded(code: number, depth: number): void {
    const lua = this.#lua
    if (code === 0xc0) lua.pushNil()
    else if (code === 0xc2 || code === 0xc3) lua.pushBoolean(code === 0xc3)
    else if (code === 0xca || code === 0xcb) lua.pushNumber(this.#float(code === 0xca ? 4 : 8))
    else if (code >= 0xcc && code <= 0xce) lua.pushNumber(this.#unsigned(1 << (code - 0xcc)))
    // 64 bits without a sign are read as if they had one.
    else if (code === 0xcf) lua.pushNumber(this.#signed(8))
    else if (code >= 0xd0 && code <= 0xd3) lua.pushNumber(this.#signed(1 << (code - 0xd0)))
    else if (code >= 0xd9 && code <= 0xdb) this.#unpackText(this.#unsigned(1 << (code - 0xd9)))
    else if (code === 0xdc || code === 0xdd) this.#unpackArray(this.#unsigned(code === 0xdc ? 2 : 4), depth)
    else if (code === 0xde || code === 0xdf) this.#unpackMap(this.#unsigned(code === 0xde ? 2 : 4), depth)
    else lua.fail('Bad data format in input.')
  }

  #unpackText(size: number): void {
    const from = this.#need(size)
    this.#lua.api.lua_pushlstring(this.#lua.state, from, size)
  }

  #unpackArray(count: number, depth: number): void {
    const lua = this.#lua
    lua.pushTable()
    for (let i = 1; i <= count; i++) {
      this.#unpackValue(depth + 1)
      lua.api.lua_rawseti(lua.state, -2, i)
    }
  }

  #unpackMap(count: number, depth: number): void {
    const lua = this.#lua
    lua.pushTable()
    for (let i = 0; i < count; i++) {
      this.#unpackValue(depth + 1)
      this.#unpackValue(depth + 1)
      lua.api.lua_rawset(lua.state, -3)
    }
  }
}
