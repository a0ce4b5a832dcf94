/** The library `struct`: numbers and strings to bytes and back by a format, as Redis' scripts have it (Lua's struct 0.2,
 *  with C's sizes on 64 bits). */
import { ByteOutput } from './byte-output.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'
import { toInt64, toUint64 } from './numbers.ts'

const integerBytesMax = 32
const alignmentDefault = 8
const int32Max = 2 ** 31 - 1

/** What an option takes, but for those that say it by a number. */
const sizes: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 }

/** A format on its way: where it is read, and what it has said so far. */
class Format {
  /** The option that was read last, and the size it has or says. */
  option = ''
  size = 0
  readonly #lua: Lua
  readonly #text: string
  #at = 0
  isBig = false
  #alignment = 1

  constructor(lua: Lua, text: string) {
    this.#lua = lua
    this.#text = text
  }

  /** Reads the next option; false at the end. */
  next(): boolean {
    if (this.#at >= this.#text.length) return false
    this.option = this.#text[this.#at++]!
    this.size = sizes[this.option] ?? 0
    if (this.option === 'c') this.size = this.#number(1)
    else if (this.isInteger && this.size === 0) {
      this.size = this.#number(4)
      if (this.size > integerBytesMax) {
        this.#lua.fail(`integral size ${this.size} is larger than limit of ${integerBytesMax}`)
      }
    }
    return true
  }

  get isInteger(): boolean {
    return 'bBhHlLTiI'.includes(this.option)
  }

  /** Bytes to skip before the option at an offset. Sizes that are no power of 2 are aligned by the same arithmetic. */
  padding(offset: number): number {
    if (this.size === 0 || this.option === 'c') return 0
    const size = Math.min(this.size, this.#alignment)
    return (size - ((offset % 2 ** 31) & (size - 1))) & (size - 1)
  }

  /** Does what an option says that takes no bytes; refuses all others. */
  control(): void {
    switch (this.option) {
      case ' ':
        return
      case '>':
        this.isBig = true
        return
      case '<':
        this.isBig = false
        return
      case '!': {
        const alignment = this.#number(alignmentDefault)
        if (alignment === 0 || (alignment & (alignment - 1)) !== 0) {
          this.#lua.fail(`alignment ${alignment} is not a power of 2`)
        }
        this.#alignment = alignment
        return
      }
      default:
        this.#lua.failArgument(1, `invalid format option '${this.option}'`)
    }
  }

  #number(otherwise: number): number {
    if (!isDigit(this.#text[this.#at])) return otherwise
    let value = 0
    for (; isDigit(this.#text[this.#at]); this.#at++) {
      value = value * 10 + Number(this.#text[this.#at])
      if (value > int32Max) this.#lua.fail('integral size overflow')
    }
    return value
  }
}

export class Struct {
  readonly #lua: Lua
  readonly #out = new ByteOutput()
  readonly #view = new DataView(new ArrayBuffer(8))

  constructor(lua: Lua) {
    this.#lua = lua
  }

  /** Pushes the table. */
  push(): void {
    const lua = this.#lua
    lua.pushTable()
    lua.pushFunction(() => this.#pack())
    lua.setField(-2, 'pack')
    lua.pushFunction(() => this.#unpack())
    lua.setField(-2, 'unpack')
    lua.pushFunction(() => this.#size())
    lua.setField(-2, 'size')
  }

  #format(): Format {
    return new Format(this.#lua, this.#lua.cString(this.#lua.checkBytes(1)))
  }

  #pack(): number {
    const lua = this.#lua
    const format = this.#format()
    // An argument that is missing is nil, as a mark behind the arguments has it in C.
    lua.pushNil()
    this.#out.begin()
    let argument = 2
    while (format.next()) {
      this.#zeros(format.padding(this.#out.size))
      if (format.isInteger) this.#packInteger(lua.api.luaL_checknumber(lua.state, argument++), format)
      else if (format.option === 'f' || format.option === 'd') {
        this.#packFloat(lua.api.luaL_checknumber(lua.state, argument++), format)
      } else if (format.option === 'c' || format.option === 's') this.#packText(argument++, format)
      else if (format.option === 'x') this.#zeros(1)
      else format.control()
    }
    lua.pushBytes(this.#out.bytes, 0, this.#out.size)
    return 1
  }

  #zeros(count: number): void {
    for (let i = 0; i < count; i++) this.#out.byte(0)
  }

  #packInteger(value: number, { size, isBig }: Format): void {
    const bits = toUint64(value)
    for (let i = 0; i < size; i++) {
      const place = isBig ? size - 1 - i : i
      this.#out.byte(place < 8 ? Number((bits >> BigInt(place * 8)) & 255n) : 0)
    }
  }

  #packFloat(value: number, { size, isBig }: Format): void {
    if (size === 4) this.#view.setFloat32(0, value, !isBig)
    else this.#view.setFloat64(0, value, !isBig)
    for (let i = 0; i < size; i++) this.#out.byte(this.#view.getUint8(i))
  }

  #packText(argument: number, { option, size }: Format): void {
    const lua = this.#lua
    const from = lua.checkBytes(argument)
    // The number of the argument after it, as in C.
    if (lua.size < size) lua.failArgument(argument + 1, 'string too short')
    this.#out.copy(lua.heap, from, from + (size === 0 ? lua.size : size))
    if (option === 's') this.#out.byte(0)
  }

  #unpack(): number {
    const lua = this.#lua
    const format = this.#format()
    const start = lua.checkBytes(2)
    const end = lua.size
    let at = this.#offset()
    let count = 0
    const need = (size: number): void => {
      if (at < 0 || size > end || at > end - size) lua.failArgument(2, 'data string too short')
    }
    while (format.next()) {
      at += format.padding(at)
      need(format.size)
      if (lua.api.lua_checkstack(lua.state, 2) === 0) lua.fail('stack overflow (too many results)')
      let { size } = format
      if (format.isInteger) lua.pushNumber(this.#readInteger(start + at, format))
      else if (format.option === 'f' || format.option === 'd') lua.pushNumber(this.#readFloat(start + at, format))
      else if (format.option === 'c') {
        if (size === 0) {
          size = this.#takeSize(count)
          count--
          need(size)
        }
        lua.api.lua_pushlstring(lua.state, start + at, size)
      } else if (format.option === 's') {
        size = lua.heap.subarray(start + at, start + end).indexOf(0) + 1
        if (size === 0) lua.fail('unfinished string in data')
        lua.api.lua_pushlstring(lua.state, start + at, size - 1)
      } else {
        if (format.option !== 'x') format.control()
        at += size
        continue
      }
      count++
      at += size
    }
    lua.pushNumber(at + 1)
    return count + 1
  }

  /** Where to begin, from 0: argument 3 says it from 1. Negative is beyond every end. */
  #offset(): number {
    const lua = this.#lua
    if (lua.type(3) === luaType.none || lua.type(3) === luaType.nil) return 0
    const position = Number(toInt64(lua.api.luaL_checknumber(lua.state, 3)))
    if (position === 0) lua.failArgument(3, 'offset must be 1 or greater')
    return position - 1
  }

  /** The number that was read last, which says how long a string is. */
  #takeSize(count: number): number {
    const lua = this.#lua
    if (count === 0 || lua.api.lua_isnumber(lua.state, -1) === 0) lua.fail("format 'c0' needs a previous size")
    const size = Number(toUint64(lua.number(-1)))
    lua.pop()
    return size
  }

  #readInteger(from: number, { option, size, isBig }: Format): number {
    const { heap } = this.#lua
    let bits = 0n
    for (let i = 0; i < size; i++) bits = (bits << 8n) | BigInt(heap[from + (isBig ? i : size - 1 - i)]!)
    bits = BigInt.asUintN(64, bits)
    if (option === option.toUpperCase()) return Number(bits)
    // Beyond 64 bits the sign's place wraps round, as a shift does on x86-64.
    const mask = BigInt.asUintN(64, -1n << BigInt((size * 8 - 1) & 63))
    return Number(BigInt.asIntN(64, (bits & mask) === 0n ? bits : bits | mask))
  }

  #readFloat(from: number, { size, isBig }: Format): number {
    for (let i = 0; i < size; i++) this.#view.setUint8(i, this.#lua.heap[from + i]!)
    return size === 4 ? this.#view.getFloat32(0, !isBig) : this.#view.getFloat64(0, !isBig)
  }

  #size(): number {
    const lua = this.#lua
    const format = this.#format()
    let size = 0
    while (format.next()) {
      size += format.padding(size)
      if (format.option === 's') lua.failArgument(1, "option 's' has no fixed size")
      if (format.option === 'c' && format.size === 0) lua.failArgument(1, "option 'c0' has no fixed size")
      if (!/[A-Za-z0-9]/.test(format.option)) format.control()
      size += format.size
    }
    lua.pushNumber(size)
    return 1
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9'
}
