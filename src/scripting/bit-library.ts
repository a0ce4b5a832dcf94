/** The library `bit`: operations on 32 bits. */
import type { Lua } from './lua.ts'

const two32 = 2 ** 32

/** Pushes the table. */
export function pushBit(lua: Lua): void {
  const bits = (argument: number): number => {
    const value = lua.api.luaL_checknumber(lua.state, argument)
    return wrap(value)
  }
  const add = (name: string, run: () => number): void => {
    lua.pushFunction(() => {
      lua.pushNumber(run())
      return 1
    })
    lua.setField(-2, name)
  }
  const fold = (name: string, join: (a: number, b: number) => number): void =>
    add(name, () => {
      const count = lua.top
      let result = bits(1)
      for (let i = 2; i <= count; i++) result = join(result, bits(i))
      return result | 0
    })
  const shift = (name: string, move: (value: number, count: number) => number): void =>
    add(name, () => move(bits(1), bits(2) & 31) | 0)
  lua.pushTable()
  add('tobit', () => bits(1) | 0)
  add('bnot', () => ~bits(1))
  fold('band', (a, b) => a & b)
  fold('bor', (a, b) => a | b)
  fold('bxor', (a, b) => a ^ b)
  shift('lshift', (value, count) => value << count)
  shift('rshift', (value, count) => value >>> count)
  shift('arshift', (value, count) => value >> count)
  shift('rol', (value, count) => (value << count) | (value >>> (32 - count)))
  shift('ror', (value, count) => (value >>> count) | (value << (32 - count)))
  add('bswap', () => {
    const value = bits(1)
    return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)
  })
  lua.pushFunction(() => {
    const value = bits(1)
    const digits = lua.top < 2 ? 8 : bits(2) | 0
    const text = (value >>> 0)
      .toString(16)
      .padStart(8, '0')
      .slice(-Math.min(8, Math.abs(digits)))
    lua.pushText(digits === 0 ? '' : digits < 0 ? text.toUpperCase() : text)
    return 1
  })
  lua.setField(-2, 'tohex')
}

/** A number to 32 bits: rounded to the nearest, halves to even, then taken modulo 2^32. */
function wrap(value: number): number {
  const floor = Math.floor(value)
  const half = value - floor
  const rounded = half < 0.5 || (half === 0.5 && floor % 2 === 0) ? floor : floor + 1
  return Number.isFinite(rounded) ? (((rounded % two32) + two32) % two32) | 0 : 0
}
