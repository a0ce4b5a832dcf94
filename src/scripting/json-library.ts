/** The library `cjson`: the two directions, and the functions that set how they work. */

import { untilNul } from '../lib/bytes.ts'
import { JsonDecoder } from './json-decoder.ts'
import { JsonEncoder, type JsonSettings } from './json-encoder.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'

const int32Max = 0x7fffffff

/** Pushes the table, with settings of its own. */
export function pushJson(lua: Lua): void {
  const settings: JsonSettings = {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeDepthMax: 1000,
    decodeDepthMax: 1000,
    precision: 14,
    encodeInvalid: 'off',
    decodeInvalid: true,
    keepBuffer: true,
  }
  const encoder = new JsonEncoder(lua, settings)
  const decoder = new JsonDecoder(lua, settings)
  lua.pushTable()
  const add = (name: string, run: () => number): void => {
    lua.pushFunction(run)
    lua.setField(-2, name)
  }
  add('encode', () => encoder.encode())
  add('decode', () => decoder.decode())
  add('new', () => {
    pushJson(lua)
    return 1
  })
  addIntegers(lua, settings, add)
  addSwitches(lua, settings, add)
  lua.api.lua_pushlightuserdata(lua.state, 0)
  lua.setField(-2, 'null')
  lua.setTextField(-1, '_NAME', 'cjson')
  lua.setTextField(-1, '_VERSION', '2.1.0')
}

/** Lets `tostring` call null what C calls a null pointer: a metatable that light userdata share, and nothing else is. */
export function describeNull(lua: Lua): void {
  lua.api.lua_pushlightuserdata(lua.state, 0)
  lua.pushTable()
  lua.pushFunction(() => {
    lua.pushText('userdata: (nil)')
    return 1
  })
  lua.setField(-2, '__tostring')
  lua.api.lua_setmetatable(lua.state, -2)
  lua.pop()
}

type Add = (name: string, run: () => number) => void

function addIntegers(lua: Lua, settings: JsonSettings, add: Add): void {
  const integer = (argument: number, least: number, most: number, old: number): number => {
    if (lua.type(argument) <= luaType.nil) return old
    const value = Math.trunc(lua.api.luaL_checknumber(lua.state, argument))
    if (value < least || value > most) lua.failArgument(argument, `expected integer between ${least} and ${most}`)
    return value
  }
  const addOne = (name: string, key: 'encodeDepthMax' | 'decodeDepthMax' | 'precision', most: number): void =>
    add(name, () => {
      if (lua.top > 1) lua.failArgument(2, 'found too many arguments')
      settings[key] = integer(1, 1, most, settings[key])
      lua.pushNumber(settings[key])
      return 1
    })
  addOne('encode_max_depth', 'encodeDepthMax', int32Max)
  addOne('decode_max_depth', 'decodeDepthMax', int32Max)
  addOne('encode_number_precision', 'precision', 14)
  add('encode_sparse_array', () => {
    if (lua.top > 3) lua.failArgument(4, 'found too many arguments')
    settings.sparseConvert = readSwitch(lua, settings.sparseConvert)
    settings.sparseRatio = integer(2, 0, int32Max, settings.sparseRatio)
    settings.sparseSafe = integer(3, 0, int32Max, settings.sparseSafe)
    lua.pushBoolean(settings.sparseConvert)
    lua.pushNumber(settings.sparseRatio)
    lua.pushNumber(settings.sparseSafe)
    return 3
  })
}

/** What the first argument chooses, as C compares it; undefined when there is none or it is nil. */
function readOption(lua: Lua, more?: string): string | undefined {
  if (lua.type(1) <= luaType.nil) return undefined
  if (lua.type(1) === luaType.boolean) return lua.api.lua_toboolean(lua.state, 1) !== 0 ? 'on' : 'off'
  lua.checkBytes(1)
  const word = untilNul(lua.text(1))
  if (word !== 'on' && word !== 'off' && word !== more) lua.failArgument(1, `invalid option '${word}'`)
  return word
}

function readSwitch(lua: Lua, old: boolean): boolean {
  const word = readOption(lua)
  return word === undefined ? old : word === 'on'
}

function addSwitches(lua: Lua, settings: JsonSettings, add: Add): void {
  const addOne = (name: string, key: 'keepBuffer' | 'decodeInvalid'): void =>
    add(name, () => {
      if (lua.top > 1) lua.failArgument(2, 'found too many arguments')
      settings[key] = readSwitch(lua, settings[key])
      lua.pushBoolean(settings[key])
      return 1
    })
  addOne('encode_keep_buffer', 'keepBuffer')
  addOne('decode_invalid_numbers', 'decodeInvalid')
  add('encode_invalid_numbers', () => {
    if (lua.top > 1) lua.failArgument(2, 'found too many arguments')
    const word = readOption(lua, 'null')
    if (word !== undefined) settings.encodeInvalid = word as JsonSettings['encodeInvalid']
    if (settings.encodeInvalid === 'null') lua.pushText('null')
    else lua.pushBoolean(settings.encodeInvalid === 'on')
    return 1
  })
}
