/** What a script returned, as the answer to its client. The table's fields decide, in Redis' order. */
import type { Reply } from '../../protocol/resp/reply.ts'
import { untilNul } from '../lib/bytes.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'
import { toInt64 } from './numbers.ts'
import type { TableParts } from './table-parts.ts'

export class LuaToReply {
  readonly #lua: Lua
  readonly #tables: TableParts

  constructor(lua: Lua, tables: TableParts) {
    this.#lua = lua
    this.#tables = tables
  }

  /** Writes the value on top of the stack and pops it. `booleans` says whether the script speaks RESP3, which has
   *  true and false. */
  write(reply: Reply, booleans: boolean): void {
    const lua = this.#lua
    if (lua.api.lua_checkstack(lua.state, 4) === 0) {
      reply.error('ERR reached lua stack limit')
      return lua.pop()
    }
    switch (lua.type(-1)) {
      case luaType.string: {
        const at = lua.bytes(-1)
        reply.bulk(lua.heap, at, at + lua.size)
        break
      }
      case luaType.number:
        writeInteger(reply, lua.number(-1))
        break
      case luaType.boolean:
        this.#writeBoolean(reply, lua.api.lua_toboolean(lua.state, -1) !== 0, booleans)
        break
      case luaType.table:
        this.#writeTable(reply, booleans)
        break
      default:
        reply.null()
    }
    lua.pop()
  }

  #writeBoolean(reply: Reply, value: boolean, booleans: boolean): void {
    if (booleans) reply.boolean(value)
    else if (value) reply.integer(1)
    else reply.null()
  }

  #writeTable(reply: Reply, booleans: boolean): void {
    // Most tables are arrays: those have none of the fields.
    if (this.#tables.arraySlots(-1) >= 0) return this.#writeArray(reply, booleans)
    if (
      this.#writeLine(reply, 'err') ||
      this.#writeLine(reply, 'ok') ||
      this.#writeDouble(reply) ||
      this.#writeMap(reply, booleans) ||
      this.#writeSet(reply, booleans) ||
      this.#writeLine(reply, 'big_number') ||
      this.#writeVerbatim(reply)
    ) {
      return
    }
    this.#writeArray(reply, booleans)
  }

  #writeLine(reply: Reply, field: string): boolean {
    const lua = this.#lua
    lua.pushField(-1, field)
    const isThere = lua.type(-1) === luaType.string
    if (isThere) {
      const text = lua.text(-1)
      if (field === 'err') this.#writeError(reply, untilNul(text))
      else if (field === 'ok') writeStatus(reply, untilNul(text))
      else reply.bigNumber(text.replace(/[\r\n]/g, ' '))
    }
    lua.pop()
    return isThere
  }

  /** The error of the table below its text: one that `redis.pcall` has caught is in the statistics already. */
  #writeError(reply: Reply, text: string): void {
    const lua = this.#lua
    lua.pushField(-2, 'ignore_error_stats_update')
    const isCounted = lua.api.lua_toboolean(lua.state, -1) !== 0
    lua.pop()
    if (isCounted) reply.repeatError(text)
    else reply.error(text)
  }

  #writeDouble(reply: Reply): boolean {
    const lua = this.#lua
    lua.pushField(-1, 'double')
    const isThere = lua.type(-1) === luaType.number
    if (isThere) reply.double(lua.number(-1))
    lua.pop()
    return isThere
  }

  #writeMap(reply: Reply, booleans: boolean): boolean {
    const lua = this.#lua
    const { api, state } = lua
    lua.pushField(-1, 'map')
    const isThere = lua.isTable(-1)
    if (isThere) {
      reply.map(this.#count())
      api.lua_pushnil(state)
      while (api.lua_next(state, -2) !== 0) {
        api.lua_pushvalue(state, -2)
        this.write(reply, booleans)
        this.write(reply, booleans)
      }
    }
    lua.pop()
    return isThere
  }

  #writeSet(reply: Reply, booleans: boolean): boolean {
    const lua = this.#lua
    const { api, state } = lua
    lua.pushField(-1, 'set')
    const isThere = lua.isTable(-1)
    if (isThere) {
      reply.set(this.#count())
      api.lua_pushnil(state)
      while (api.lua_next(state, -2) !== 0) {
        lua.pop()
        api.lua_pushvalue(state, -1)
        this.write(reply, booleans)
      }
    }
    lua.pop()
    return isThere
  }

  #writeVerbatim(reply: Reply): boolean {
    const lua = this.#lua
    lua.pushField(-1, 'verbatim_string')
    let isThere = lua.isTable(-1)
    if (isThere) {
      lua.pushField(-1, 'string')
      lua.pushField(-2, 'format')
      isThere = lua.type(-2) === luaType.string && lua.type(-1) === luaType.string
      if (isThere) this.#writeVerbatimText(reply)
      lua.pop(2)
    }
    lua.pop()
    return isThere
  }

  #writeVerbatimText(reply: Reply): void {
    const lua = this.#lua
    if (reply.protocol === 2) {
      const at = lua.bytes(-2)
      reply.bulk(lua.heap, at, at + lua.size)
      return
    }
    const format = lua.text(-1).slice(0, 3).padEnd(3)
    const at = lua.bytes(-2)
    const line = Buffer.from(`=${lua.size + 4}\r\n${format}:`, 'latin1')
    reply.wire(line, 0, line.length)
    reply.wire(lua.heap, at, at + lua.size)
    reply.wire(lineEnd, 0, 2)
  }

  #count(): number {
    const lua = this.#lua
    const { api, state } = lua
    let count = 0
    api.lua_pushnil(state)
    while (api.lua_next(state, -2) !== 0) {
      count++
      lua.pop()
    }
    return count
  }

  /** Elements up to the first nil. */
  #writeArray(reply: Reply, booleans: boolean): void {
    const lua = this.#lua
    const { api, state } = lua
    let count = 0
    for (;;) {
      api.lua_rawgeti(state, -1, count + 1)
      const isEnd = lua.type(-1) === luaType.nil
      lua.pop()
      if (isEnd) break
      count++
    }
    reply.array(count)
    for (let i = 1; i <= count; i++) {
      api.lua_rawgeti(state, -1, i)
      this.write(reply, booleans)
    }
  }
}

const lineEnd = Uint8Array.of(13, 10)

function writeInteger(reply: Reply, value: number): void {
  const whole = Math.trunc(value)
  reply.integer(Number.isSafeInteger(whole) ? (whole === 0 ? 0 : whole) : toInt64(value))
}

function writeStatus(reply: Reply, text: string): void {
  if (text === 'OK') reply.ok()
  else reply.simple(text.replace(/[\r\n]/g, ' '))
}
