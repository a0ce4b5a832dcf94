/** What a table is made of, read in Lua's memory: a part for the elements 1, 2, 3 … and a part for everything else.
 *
 *  No function of Lua tells that there is nothing else, short of walking through all of it: `lua_next` behind the last
 *  element finds the end also where names come before it, as in `t.a, t.b, t.c = 1, 2, 3 t[1] = 4`, which has all four in
 *  the second part. */
import type { Lua } from './lua.ts'

/** `Table` of Lua 5.1 on 32 bits: where its fields are. */
const metatableField = 8
const nodesField = 16
const slotsField = 28

export class TableParts {
  readonly #lua: Lua
  /** Whether tables lie in memory as said above. If they don't, no table is known for an array, which is slower. */
  readonly isKnown: boolean
  /** What tables have for nodes that have none: one that they share. */
  readonly #noNodes: number

  constructor(lua: Lua) {
    this.#lua = lua
    lua.pushTable()
    this.#noNodes = lua.word(this.#pointer(-1) + nodesField)
    lua.pushTable(3)
    lua.pushTable()
    lua.pushBoolean(true)
    lua.setField(-2, 'name')
    const [empty, array, named] = [-3, -2, -1].map((at) => this.#slots(at))
    lua.pushTable()
    lua.api.lua_setmetatable(lua.state, -3)
    this.isKnown = empty === 0 && array === 3 && named === -1 && this.#slots(-2) === -1
    lua.pop(3)
  }

  /** How many elements the table at `at` has room for, when it has neither anything else nor a metatable; -1 otherwise. */
  arraySlots(at: number): number {
    return this.isKnown ? this.#slots(at) : -1
  }

  #slots(at: number): number {
    const lua = this.#lua
    const table = this.#pointer(at)
    const isArray = lua.word(table + nodesField) === this.#noNodes && lua.word(table + metatableField) === 0
    return isArray ? lua.word(table + slotsField) : -1
  }

  #pointer(at: number): number {
    return this.#lua.api.lua_topointer(this.#lua.state, at)
  }
}
