/** The library `bit`: operations on 32 bits. */
import type { Lua } from './lua.ts'

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

const wide = new DataView(new ArrayBuffer(8))

/** A number to 32 bits. Adding 2^52 + 2^51 leaves the integer, rounded to the nearest with halves to even, in the lowest
 *  bits of the double; what is too large for that gives the bits that Redis' library finds there. */
function wrap(value: number): number {
  wide.setFloat64(0, value + 6755399441055744)
  return wide.getInt32(4)
}
