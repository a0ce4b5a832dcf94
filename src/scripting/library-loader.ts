/** Libraries on their way into a Lua: their code runs once, to register functions, and all it sees meanwhile is a small
 *  `redis`: no data, no other library, no chance and no clock. So the same code always registers the same functions. */
import { libraryNotCompiled, libraryNotRegistered, nameRule } from '../broker/function-errors.ts'
import type { LibraryFunction } from './library.ts'
import { luaType, registryIndex } from './lua-exports.ts'
import type { Machine } from './machine.ts'
import { flagNames } from './script-host.ts'
import { isName } from './shebang.ts'

/** Where the code of a library comes from, as errors tell it. */
const chunkName = '@user_function'

const ofTable = 'given to redis.register_function must be a'

export class LibraryLoader {
  readonly #machine: Machine
  /** Reference to what libraries see of the globals while they load. */
  readonly #globals: number
  /** What the library that is loading has registered; undefined while none is. */
  #functions: Map<string, LibraryFunction> | undefined
  /** All functions that it gave, registered or refused. */
  #references: number[] = []

  constructor(machine: Machine) {
    this.#machine = machine
    const { lua, redis, sandbox } = machine
    lua.state = lua.main
    lua.pushTable(0, 1)
    redis.pushForLoading(() => this.#register())
    sandbox.seal()
    lua.setField(-2, 'redis')
    this.#globals = sandbox.otherGlobals()
  }

  /** Runs a library's code, which is `bytes` from `start` on. Returns what it registered, or what is wrong with it; then
   *  nothing of it stays. */
  load(bytes: Uint8Array, start: number): readonly LibraryFunction[] | string {
    const machine = this.#machine
    const chunk = machine.compile(bytes, start, bytes.length, chunkName)
    if (typeof chunk === 'string') return libraryNotCompiled(chunk)
    const functions = new Map<string, LibraryFunction>()
    this.#functions = functions
    this.#references = []
    machine.sandbox.showGlobals(this.#globals)
    const error = machine.runPlain(chunk)
    this.#functions = undefined
    machine.lua.state = machine.lua.main
    machine.sandbox.showGlobals()
    machine.forget(chunk)
    if (error === undefined) return [...functions.values()]
    for (const reference of this.#references) machine.forget(reference)
    return libraryNotRegistered(error)
  }

  /** `redis.register_function(name, function)`, or with one table of named arguments. */
  #register(): number {
    const { lua, redis } = this.#machine
    const functions = this.#functions
    if (functions === undefined)
      return redis.fail('redis.register_function can only be called on FUNCTION LOAD command')
    const count = lua.top
    if (count !== 1 && count !== 2) redis.fail('wrong number of arguments to redis.register_function')
    const made = count === 1 ? this.#named() : this.#positional()
    if (!isName(made.name)) redis.fail(nameRule)
    if (functions.has(made.name)) redis.fail('Function already exists in the library')
    functions.set(made.name, made)
    return 0
  }

  #positional(): LibraryFunction {
    const { lua, redis } = this.#machine
    if (!lua.isString(1)) redis.fail('first argument to redis.register_function must be a string')
    if (lua.type(2) !== luaType.function) redis.fail('second argument to redis.register_function must be a function')
    return { name: lua.text(1), description: undefined, flags: 0, reference: this.#keep() }
  }

  #named(): LibraryFunction {
    const { lua, redis } = this.#machine
    if (!lua.isTable(1)) {
      redis.fail(
        'calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).',
      )
    }
    let name: string | undefined
    let description: string | undefined
    let reference = 0
    let flags = 0
    for (lua.pushNil(); lua.api.lua_next(lua.state, 1) !== 0; lua.pop()) {
      if (!lua.isString(-2)) redis.fail('named argument key given to redis.register_function is not a string')
      switch (lua.cString(lua.bytes(-2)).toLowerCase()) {
        case 'function_name':
          name = this.#text(`function_name argument ${ofTable} string`)
          break
        case 'description':
          description = this.#text(`description argument ${ofTable} string`)
          break
        case 'callback':
          if (lua.type(-1) !== luaType.function) redis.fail(`callback argument ${ofTable} function`)
          lua.api.lua_pushvalue(lua.state, -1)
          reference = this.#keep()
          break
        case 'flags':
          flags = this.#flags()
          break
        default:
          redis.fail('unknown argument given to redis.register_function')
      }
    }
    if (name === undefined) return redis.fail('redis.register_function must get a function name argument')
    if (reference === 0) redis.fail('redis.register_function must get a callback argument')
    return { name, description, flags, reference }
  }

  /** The string on top of the stack. */
  #text(complaint: string): string {
    const { lua, redis } = this.#machine
    if (!lua.isString(-1)) redis.fail(complaint)
    return lua.text(-1)
  }

  /** The flags in the table on top of the stack, up to its first nil. */
  #flags(): number {
    const { lua, redis } = this.#machine
    if (!lua.isTable(-1)) {
      redis.fail('flags argument to redis.register_function must be a table representing function flags')
    }
    let flags = 0
    for (let i = 1; ; i++) {
      lua.api.lua_rawgeti(lua.state, -1, i)
      const isEnd = lua.type(-1) === luaType.nil
      const flag = lua.isString(-1) ? flagNames[lua.cString(lua.bytes(-1)).toLowerCase()] : undefined
      lua.pop()
      if (isEnd) return flags
      if (flag === undefined) return redis.fail('unknown flag given')
      flags |= flag
    }
  }

  /** Takes the function from the top of the stack; a reference to it. */
  #keep(): number {
    const { api, state } = this.#machine.lua
    const reference = api.luaL_ref(state, registryIndex)
    this.#references.push(reference)
    return reference
  }
}
