import { expect, test } from 'vitest'
import { luaCode } from '../../src/cli/lua-code.ts'
import { Lua } from '../../src/scripting/lua.ts'
import { TableParts } from '../../src/scripting/table-parts.ts'

test('an array is told from a table with anything else, in the Lua that is installed', () => {
  const lua = new Lua(luaCode())
  const parts = new TableParts(lua)
  expect(parts.isKnown).toBe(true)
  expect(lua.top).toBe(0)
  lua.pushTable(2)
  for (const slot of [1, 2]) {
    lua.pushNumber(slot)
    lua.api.lua_rawseti(lua.state, -2, slot)
  }
  expect(parts.arraySlots(-1)).toBe(2)
  lua.pushNil()
  lua.api.lua_rawseti(lua.state, -2, 1)
  expect(parts.arraySlots(-1)).toBe(2)
  lua.pushBoolean(true)
  lua.setField(-2, 'name')
  expect(parts.arraySlots(-1)).toBe(-1)
  lua.pushTable()
  lua.pushTable()
  lua.api.lua_setmetatable(lua.state, -2)
  expect(parts.arraySlots(-1)).toBe(-1)
})
