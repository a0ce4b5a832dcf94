import { expect, test } from 'vitest'
import { luaCode } from '../../src/cli/lua-code.ts'
import { Lua } from '../../src/scripting/lua.ts'
import { luaType } from '../../src/scripting/lua-exports.ts'

test('what is read on the stack and put there is what the compiled program sees', () => {
  const lua = new Lua(luaCode())
  const { api } = lua
  lua.pushNil()
  lua.pushNumber(-0.1)
  lua.pushBoolean(false)
  lua.pushBoolean(true)
  lua.pushText('a\0b')
  lua.pushText('')
  lua.pushTable()
  expect(lua.top).toBe(api.lua_gettop(lua.state))
  const places = [1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2, -3, -4, -5, -6, -7]
  expect(places.map((at) => lua.type(at))).toEqual(places.map((at) => api.lua_type(lua.state, at)))
  expect(lua.type(8)).toBe(luaType.none)
  expect([3, 4].map((at) => api.lua_toboolean(lua.state, at))).toEqual([0, 1])
  expect([lua.number(2), api.lua_tonumber(lua.state, 2), lua.number(5)]).toEqual([-0.1, -0.1, 0])
  expect([lua.text(5), lua.text(-2), lua.bytes(5)]).toEqual(['a\0b', '', api.lua_tolstring(lua.state, 5, 0)])
  lua.pop(2)
  expect([lua.top, api.lua_gettop(lua.state)]).toEqual([5, 5])
})

test('a number is read as text, and a text as a number, as Lua takes them', () => {
  const lua = new Lua(luaCode())
  lua.pushText(' 0x10 ')
  lua.pushNumber(12)
  expect(lua.number(1)).toBe(16)
  expect([lua.text(2), lua.type(2)]).toEqual(['12', luaType.string])
})
