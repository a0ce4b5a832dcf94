/** Library functions where a 32-bit Lua would answer otherwise than Redis' 64-bit one, and Redis' own `math.random`. */
import { latin1Text } from '../lib/bytes.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'

const int32Max = 0x7fffffff
const int64Bound = 2 ** 63

/** A double as C makes a 64-bit integer of it on x86-64: what does not fit becomes the least one. */
export function toInt64(value: number): bigint {
  if (!(value >= -int64Bound && value < int64Bound)) return -0x8000000000000000n
  return BigInt(Math.trunc(value))
}

/** A double as C makes an unsigned 64-bit integer of it there: what does not fit becomes 0. */
export function toUint64(value: number): bigint {
  if (!(value >= int64Bound)) return BigInt.asUintN(64, toInt64(value))
  return BigInt.asUintN(64, toInt64(value - int64Bound) - 0x8000000000000000n)
}

/** Replaces functions of the globals' tables, which are at `globals` on the stack. */
export function replaceNumberFunctions(lua: Lua, globals: number): void {
  const replace = (library: string | undefined, name: string, run: (original: number) => number): void => {
    if (library === undefined) lua.api.lua_pushvalue(lua.state, globals)
    else lua.pushField(globals, library)
    lua.pushField(-1, name)
    const original = lua.api.lua_tocfunction(lua.state, -1)
    lua.pop()
    lua.pushFunction(() => run(original))
    lua.setField(-2, name)
    lua.pop()
  }
  const random = new Random()
  replace('math', 'random', () => randomNumber(lua, random))
  replace('math', 'randomseed', () => {
    random.seed(Number(BigInt.asIntN(32, toInt64(lua.api.luaL_checknumber(lua.state, 1)))))
    return 0
  })
  replace('string', 'format', (original) => format(lua, original))
  replace('string', 'gfind', (original) => lua.tailCall(original))
  replace(undefined, 'tonumber', (original) => toNumber(lua, original))
}

/** The 48-bit linear congruential generator of `lrand48`, begun as C begins it. */
class Random {
  #state = 0x1234abcd330en

  seed(value: number): void {
    this.#state = (BigInt(value >>> 0) << 16n) | 0x330en
  }

  /** 31 bits. */
  next(): number {
    this.#state = (this.#state * 0x5deece66dn + 0xbn) & 0xffffffffffffn
    return Number(this.#state >> 17n)
  }
}

function randomNumber(lua: Lua, random: Random): number {
  const fraction = (random.next() % int32Max) / int32Max
  const count = lua.top
  if (count > 2) lua.fail('wrong number of arguments')
  if (count === 0) {
    lua.pushNumber(fraction)
    return 1
  }
  const low = count === 1 ? 1 : int32(lua, 1)
  const high = int32(lua, count)
  if (low > high) lua.failArgument(count, 'interval is empty')
  lua.pushNumber(Math.floor(fraction * ((high - low + 1) | 0)) + low)
  return 1
}

function int32(lua: Lua, argument: number): number {
  return Number(BigInt.asIntN(32, toInt64(lua.api.luaL_checknumber(lua.state, argument))))
}

/** `string.format` with integers of 64 bits: those that do not fit 32 are formatted here, each by an argument that is a
 *  string in its place; everything else is the original's. */
function format(lua: Lua, original: number): number {
  const { api, state, top } = lua
  for (let i = 2; i <= top; i++) {
    if (api.lua_isnumber(state, i) !== 0 && !(Math.abs(lua.number(i)) < int32Max)) return formatLarge(lua, original)
  }
  if (top >= 2 && hasNegativeHex(lua)) return formatLarge(lua, original)
  return lua.tailCall(original)
}

const integerFormat = /%([-+ #0]*)(\d{0,2})(?:\.(\d{0,2}))?([diouxX])/y

function hasNegativeHex(lua: Lua): boolean {
  for (let i = 2; i <= lua.top; i++) if (lua.api.lua_isnumber(lua.state, i) !== 0 && lua.number(i) < 0) return true
  return false
}

function formatLarge(lua: Lua, original: number): number {
  const { api, state } = lua
  if (!lua.isString(1)) return lua.tailCall(original)
  const source = lua.text(1)
  let pattern = ''
  let argument = 1
  for (let i = 0; i < source.length; ) {
    if (source[i] !== '%' || source[i + 1] === '%') {
      const size = source[i] === '%' ? 2 : 1
      pattern += source.slice(i, i + size)
      i += size
      continue
    }
    argument++
    integerFormat.lastIndex = i
    const match = integerFormat.exec(source)
    if (match === null || argument > lua.top || api.lua_isnumber(state, argument) === 0) {
      pattern += '%'
      i++
      continue
    }
    const isSigned = match[4] === undefined || match[4] === 'd' || match[4] === 'i'
    const value = lua.number(argument)
    lua.pushText(formatInteger(match, isSigned ? toInt64(value) : toUint64(value)))
    api.lua_replace(state, argument)
    pattern += '%s'
    i += match[0].length
  }
  lua.pushText(pattern)
  api.lua_replace(state, 1)
  return lua.tailCall(original)
}

const radixes: Readonly<Record<string, number>> = { d: 10, i: 10, u: 10, o: 8, x: 16, X: 16 }

/** One integer as C's printf writes it. */
export function formatInteger(match: readonly (string | undefined)[], value: bigint): string {
  const [, flags = '', width = '', precision, kind = 'd'] = match
  const isSigned = kind === 'd' || kind === 'i'
  const magnitude = isSigned ? (value < 0n ? -value : value) : BigInt.asUintN(64, value)
  let digits = magnitude.toString(radixes[kind])
  if (kind === 'X') digits = digits.toUpperCase()
  if (precision !== undefined) digits = precision === '' && value === 0n ? '' : digits.padStart(Number(precision), '0')
  let prefix = ''
  if (isSigned) prefix = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  else if (flags.includes('#') && magnitude !== 0n) prefix = kind === 'o' ? '0' : kind === 'u' ? '' : `0${kind}`
  const size = Number(width)
  if (flags.includes('-')) return (prefix + digits).padEnd(size)
  if (flags.includes('0') && precision === undefined) return prefix + digits.padStart(size - prefix.length, '0')
  return (prefix + digits).padStart(size)
}

/** `tonumber` with a base: like C's `strtoul` with 64 bits. */
function toNumber(lua: Lua, original: number): number {
  const { api, state } = lua
  if (lua.top < 2 || lua.type(2) !== luaType.number || lua.number(2) === 10) return lua.tailCall(original)
  const base = Math.trunc(lua.number(2))
  if (!(base >= 2 && base <= 36) || !lua.isString(1)) return lua.tailCall(original)
  const at = lua.bytes(1)
  const text = latin1Text(lua.heap, at, at + lua.size)
  const prefix = base === 16 ? '(?:0[xX](?=[0-9a-fA-F]))?' : ''
  const match = new RegExp(`^[ \\t-\\r]*([-+]?)${prefix}([0-9a-zA-Z]+)[ \\t-\\r]*$`).exec(text)
  const value = match === null ? undefined : parseDigits(match[2]!, base)
  if (value === undefined) api.lua_pushnil(state)
  else {
    const bounded = value > 0xffffffffffffffffn ? 0xffffffffffffffffn : value
    // A minus sign wraps round, as in C.
    lua.pushNumber(Number(match![1] === '-' && value === bounded ? BigInt.asUintN(64, -bounded) : bounded))
  }
  return 1
}

function parseDigits(digits: string, base: number): bigint | undefined {
  let value = 0n
  for (const digit of digits) {
    const number = Number.parseInt(digit, 36)
    if (number >= base) return undefined
    value = value * BigInt(base) + BigInt(number)
  }
  return value
}
