/** A Lua state, and the few operations on its stack that everything else is made of.
 *
 *  Bytes go in and out by ranges of the program's memory; a JavaScript string is made only where a name or a message is
 *  needed. What is on the stack is read there rather than asked for, and what needs no memory is put there: a call into the
 *  program costs more than such an operation does. A function of ours that Lua calls may raise a Lua error (`fail`, `failWith`): that unwinds through its
 *  frames as an exception that is a number. Nobody on the way may swallow it. */
import { copyBytes, latin1Text } from '../lib/bytes.ts'
import { type LuaExports, luaType, registryIndex } from './lua-exports.ts'
import { type LuaProgram, startLua } from './lua-program.ts'

const scratchBytes = 64 * 1024
const scratchBytesKept = 1024 * 1024

/** `lua_State`, `TValue` and `TString` of Lua 5.1 on 32 bits: where their fields are, and how long they are, in bytes. */
const stateTop = 8
const stateBase = 12
const slotBytes = 16
const slotType = 8
const stringSize = 12
const stringHeaderBytes = 16

export class Lua {
  readonly api: LuaExports
  /** The main state: the stack that scripts are started on. */
  readonly main: number
  /** The running state: the main one or a coroutine's. Functions of ours find it set when they are called. */
  state: number
  /** All of the program's memory; made anew whenever it grows. */
  heap: Uint8Array
  /** How many bytes the string has that `bytes` or `checkBytes` found last. */
  size = 0
  /** Where `lua_tolstring` says how long a string is. */
  readonly #sizePointer: number
  #words: Int32Array
  #doubles: Float64Array
  #scratch: number
  #scratchSize = scratchBytes
  readonly #program: LuaProgram
  readonly #names = new Map<string, number>()
  readonly #nameReferences = new Map<string, number>()

  constructor(code: Uint8Array) {
    this.#program = startLua(code, () => this.#view())
    this.api = this.#program.exports
    this.heap = new Uint8Array(this.api.memory.buffer)
    this.#words = new Int32Array(this.api.memory.buffer)
    this.#doubles = new Float64Array(this.api.memory.buffer)
    this.#sizePointer = this.api.malloc(8)
    this.#scratch = this.api.malloc(scratchBytes)
    this.main = this.api.lua_newstate(this.#program.allocator, 0)
    this.state = this.main
    if (this.main === 0) throw new Error('no memory for Lua')
    this.#checkLayout()
  }

  /** Throws when values do not lie in memory as this file says. */
  #checkLayout(): void {
    const { api, main } = this
    this.pushNumber(0.5)
    this.pushBoolean(true)
    this.pushText('text')
    const seen = [api.lua_gettop(main), api.lua_tonumber(main, 1), api.lua_type(main, 2), api.lua_toboolean(main, 2)]
    const read = [this.top, this.number(1), this.type(2), 1]
    const pointer = api.lua_tolstring(main, 3, this.#sizePointer)
    const isText = this.bytes(3) === pointer && this.size === 4 && this.type(3) === luaType.string
    this.pop(3)
    const isAsSaid = seen.every((value, i) => value === read[i]) && isText && api.lua_gettop(main) === 0
    if (!isAsSaid) throw new Error('this Lua keeps its values otherwise than it is read here')
  }

  #view(): void {
    this.heap = new Uint8Array(this.api.memory.buffer)
    this.#words = new Int32Array(this.api.memory.buffer)
    this.#doubles = new Float64Array(this.api.memory.buffer)
  }

  /** A function for Lua to call: takes its arguments from the stack, pushes results and returns how many. */
  addFunction(run: () => number): number {
    return this.#program.addFunction((state) => {
      this.state = state
      return run()
    })
  }

  /** A hook for `lua_sethook`. */
  addHook(run: () => void): number {
    return this.#program.addHook((state) => {
      this.state = state
      run()
    })
  }

  /** Calls another C function as if it were the one that is running, with its arguments and upvalues. */
  tailCall(pointer: number): number {
    return (this.api.__indirect_function_table.get(pointer) as (state: number) => number)(this.state)
  }

  /** A pointer to the text as a C string, for good: for names and messages of ours, not for data. */
  name(text: string): number {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    const pointer = this.api.malloc(text.length + 1)
    for (let i = 0; i < text.length; i++) this.heap[pointer + i] = text.charCodeAt(i)
    this.heap[pointer + text.length] = 0
    this.#names.set(text, pointer)
    return pointer
  }

  /** Memory for `size` bytes that are soon copied elsewhere: valid until the next call. */
  scratch(size: number): number {
    if (size > this.#scratchSize || (this.#scratchSize > scratchBytesKept && size < scratchBytes)) {
      this.api.free(this.#scratch)
      this.#scratchSize = Math.max(scratchBytes, size)
      this.#scratch = this.api.malloc(this.#scratchSize)
      if (this.#scratch === 0) {
        this.#scratchSize = scratchBytes
        this.#scratch = this.api.malloc(scratchBytes)
        this.failWith('not enough memory')
      }
    }
    return this.#scratch
  }

  // Pushing.

  pushBytes(bytes: Uint8Array, start: number, end: number): void {
    const pointer = this.scratch(end - start)
    copyBytes(bytes, start, end, this.heap, pointer)
    this.api.lua_pushlstring(this.state, pointer, end - start)
  }

  /** Pushes Latin-1 text. */
  pushText(text: string): void {
    const pointer = this.scratch(text.length)
    const { heap } = this
    for (let i = 0; i < text.length; i++) heap[pointer + i] = text.charCodeAt(i)
    this.api.lua_pushlstring(this.state, pointer, text.length)
  }

  pushNumber(value: number): void {
    this.#doubles[this.#push(luaType.number) >> 3] = value
  }

  pushBoolean(value: boolean): void {
    this.#words[this.#push(luaType.boolean) >> 2] = value ? 1 : 0
  }

  pushNil(): void {
    this.#push(luaType.nil)
  }

  /** Takes a slot for a value of that type and says where it is. Room for it is the caller's business, as in Lua's own API. */
  #push(type: number): number {
    const words = this.#words
    const top = (this.state + stateTop) >> 2
    const slot = words[top]!
    words[(slot + slotType) >> 2] = type
    words[top] = slot + slotBytes
    return slot
  }

  pushTable(arraySize = 0, recordSize = 0): void {
    this.api.lua_createtable(this.state, arraySize, recordSize)
  }

  /** Pushes a function of ours; `upvalues` of them are taken from the stack. */
  pushFunction(run: () => number, upvalues = 0): void {
    this.api.lua_pushcclosure(this.state, this.addFunction(run), upvalues)
  }

  /** Pushes what the table at `at` (an index that pushing does not move) has under the name, asking no metatable. */
  pushField(at: number, name: string): void {
    this.#pushName(name)
    this.api.lua_rawget(this.state, at < 0 && at > registryIndex ? at - 1 : at)
  }

  /** Takes a value from the stack into the table at `at`, which is one of ours: a metatable would be asked. */
  setField(at: number, name: string): void {
    this.api.lua_setfield(this.state, at, this.name(name))
  }

  setTextField(at: number, name: string, text: string): void {
    this.pushText(text)
    this.setField(at < 0 && at > registryIndex ? at - 1 : at, name)
  }

  /** Pushes a name that was made a Lua string once: cheaper than making it again. */
  #pushName(name: string): void {
    let reference = this.#nameReferences.get(name)
    if (reference === undefined) {
      this.pushText(name)
      reference = this.api.luaL_ref(this.state, registryIndex)
      this.#nameReferences.set(name, reference)
    }
    this.api.lua_rawgeti(this.state, registryIndex, reference)
  }

  // Looking. Here `at` is a place on the stack, and none of the indices that stand for something else.

  get top(): number {
    return (this.#words[(this.state + stateTop) >> 2]! - this.#words[(this.state + stateBase) >> 2]!) / slotBytes
  }

  type(at: number): number {
    const slot = this.#slot(at)
    return slot < this.#words[(this.state + stateTop) >> 2]! ? this.#words[(slot + slotType) >> 2]! : luaType.none
  }

  isTable(at: number): boolean {
    return this.type(at) === luaType.table
  }

  /** Where the slot is: counted from the running function's first argument, or (below 0) from the top. */
  #slot(at: number): number {
    const from = at > 0 ? stateBase : stateTop
    return this.#words[(this.state + from) >> 2]! + (at > 0 ? at - 1 : at) * slotBytes
  }

  /** Whether it is a string or a number, which Lua takes for one. */
  isString(at: number): boolean {
    return this.api.lua_isstring(this.state, at) !== 0
  }

  number(at: number): number {
    if (this.type(at) === luaType.number) return this.#doubles[this.#slot(at) >> 3]!
    return this.api.lua_tonumber(this.state, at)
  }

  /** Where the bytes of a string (or of a number, which becomes one) are in the heap; `size` is how many. */
  bytes(at: number): number {
    if (this.type(at) === luaType.string) {
      const string = this.#words[this.#slot(at) >> 2]!
      this.size = this.#words[(string + stringSize) >> 2]!
      return string + stringHeaderBytes
    }
    const pointer = this.api.lua_tolstring(this.state, at, this.#sizePointer)
    this.size = pointer === 0 ? 0 : this.#words[this.#sizePointer >> 2]!
    return pointer
  }

  /** The same for an argument of a function, with an error when it is no string. */
  checkBytes(argument: number): number {
    const pointer = this.api.luaL_checklstring(this.state, argument, this.#sizePointer)
    this.size = this.#words[this.#sizePointer >> 2]!
    return pointer
  }

  /** A string as Latin-1 text: for names and messages. */
  text(at: number): string {
    const pointer = this.bytes(at)
    return latin1Text(this.heap, pointer, pointer + this.size)
  }

  word(pointer: number): number {
    return this.#words[pointer >> 2]!
  }

  /** The C string at a pointer as Latin-1 text. */
  cString(pointer: number): string {
    return Buffer.from(this.heap.buffer, pointer, this.heap.indexOf(0, pointer) - pointer).toString('latin1')
  }

  pop(count = 1): void {
    this.#words[(this.state + stateTop) >> 2]! -= count * slotBytes
  }

  // Errors.

  /** Raises a Lua error that says where the running function was called, as Lua's own errors do. */
  fail(message: string): never {
    this.api.luaL_where(this.state, 1)
    this.pushText(message)
    this.api.lua_concat(this.state, 2)
    return this.raise()
  }

  /** Raises the text alone. */
  failWith(message: string): never {
    this.pushText(message)
    return this.raise()
  }

  /** Raises a complaint about an argument of the running function. */
  failArgument(argument: number, message: string): never {
    const pointer = this.scratch(message.length + 1)
    for (let i = 0; i < message.length; i++) this.heap[pointer + i] = message.charCodeAt(i)
    this.heap[pointer + message.length] = 0
    this.api.luaL_argerror(this.state, argument, pointer)
    throw new Error('an argument error returned')
  }

  /** Raises what is on top of the stack. */
  raise(): never {
    this.api.lua_error(this.state)
    throw new Error('lua_error returned')
  }
}
