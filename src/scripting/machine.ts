/** One Lua with everything scripts find in it, and the way a compiled function is run: arguments in, answer out, errors
 *  as Redis words them. EVAL has one; functions have another, as in Redis. */

import type { Args } from '../../protocol/resp/args.ts'
import type { Reply } from '../../protocol/resp/reply.ts'
import { scriptFailed } from '../broker/scripting-errors.ts'
import { copyBytes } from '../lib/bytes.ts'
import { addLibraries } from './libraries.ts'
import { Lua } from './lua.ts'
import { registryIndex } from './lua-exports.ts'
import { LuaToReply } from './lua-to-reply.ts'
import { replaceNumberFunctions } from './numbers.ts'
import { RedisLibrary } from './redis-library.ts'
import { compile, Sandbox } from './sandbox.ts'
import type { ScriptHost } from './script-host.ts'
import { TableParts } from './table-parts.ts'

/** The host is asked after so many instructions whether the script may go on. */
const instructionsPerLook = 100_000

/** `lua_Debug` of Lua 5.1 on 32 bits: where its fields are. */
const debugBytes = 100
const debugWhat = 12
const debugSource = 16
const debugLine = 20

/** When a hook is called, as `lua_sethook` takes it. */
const onEveryLine = 4
const onCount = 8

/** Where the main stack has what every run needs. */
const globalsSlot = 1
const handlerSlot = 2

/** How an error of a script is told. */
export interface ScriptError {
  readonly message: string
  /** The error came from a command and was counted there. */
  readonly isCounted: boolean
  /** There was no memory for it. */
  readonly isMemoryShort: boolean
}

/** KEYS or ARGV: the table that scripts find there now, and how many arguments it was given. */
interface ArgumentGlobal {
  readonly name: string
  reference: number
  count: number
}

/** The Lua state can't be used any more: it ran out of memory or stack where nothing could catch that. */
export class LuaBroken extends Error {
  override readonly name = 'LuaBroken'
}

export class Machine {
  readonly lua: Lua
  readonly redis: RedisLibrary
  readonly sandbox: Sandbox
  readonly #host: ScriptHost
  readonly #tables: TableParts
  readonly #answers: LuaToReply
  readonly #debug: number
  readonly #hook: number
  #wasInterrupted = false
  readonly #keys: ArgumentGlobal = { name: 'KEYS', reference: 0, count: -1 }
  readonly #argv: ArgumentGlobal = { name: 'ARGV', reference: 0, count: -1 }

  /** `isForEval`: with KEYS and ARGV among the globals; otherwise they are arguments. */
  constructor(code: Uint8Array, host: ScriptHost, isForEval: boolean) {
    this.#host = host
    this.lua = new Lua(code)
    const { lua } = this
    lua.api.lua_atpanic(
      lua.main,
      lua.addFunction(() => {
        throw new LuaBroken(lua.isString(-1) ? lua.text(-1) : 'a Lua error that nobody caught')
      }),
    )
    this.#debug = lua.api.malloc(debugBytes)
    this.sandbox = new Sandbox(lua)
    this.redis = new RedisLibrary(lua, host)
    this.#tables = new TableParts(lua)
    this.#answers = new LuaToReply(lua, this.#tables)
    lua.api.lua_rawgeti(lua.main, registryIndex, this.sandbox.globals)
    replaceNumberFunctions(lua, globalsSlot)
    this.redis.push(isForEval)
    lua.setField(globalsSlot, 'redis')
    addLibraries(lua, globalsSlot)
    lua.pushFunction(() => this.#describeError())
    lua.api.lua_pushvalue(lua.main, -1)
    lua.setField(globalsSlot, '__redis__err__handler')
    this.sandbox.close()
    this.#hook = lua.addHook(() => this.#look())
    lua.api.lua_sethook(lua.main, this.#hook, onCount, instructionsPerLook)
  }

  /** Compiles source; a reference to the function, or the error's text. */
  compile(bytes: Uint8Array, start: number, end: number, name: string): number | string {
    const { lua } = this
    lua.state = lua.main
    const failed = compile(lua, bytes, start, end, name)
    if (failed === 0) return lua.api.luaL_ref(lua.main, registryIndex)
    const message = lua.text(-1)
    lua.pop()
    return message
  }

  forget(reference: number): void {
    this.lua.api.luaL_unref(this.lua.main, registryIndex, reference)
  }

  /** Makes KEYS and ARGV of arguments: `keyCount` of them from `first` on, then the rest. */
  setGlobals(args: Args, first: number, keyCount: number): void {
    this.lua.state = this.lua.main
    this.#setGlobal(this.#keys, args, first, first + keyCount)
    this.#setGlobal(this.#argv, args, first + keyCount, args.count)
  }

  /** Runs a compiled function; what it returns is left on the stack for `answer`. With `args` it gets the keys and the
   *  other arguments as two tables. `name` is the function's, for errors. */
  run(reference: number, name: string, args?: Args, first = 0, keyCount = 0): ScriptError | undefined {
    const { lua } = this
    const { api, main } = lua
    lua.state = main
    api.lua_settop(main, handlerSlot)
    api.lua_rawgeti(main, registryIndex, reference)
    if (args !== undefined) {
      this.#pushArguments(args, first, first + keyCount)
      this.#pushArguments(args, first + keyCount, args.count)
    }
    const failed = api.lua_pcall(main, args === undefined ? 0 : 2, 1, handlerSlot)
    lua.state = main
    this.#settle()
    return failed === 0 ? undefined : this.#takeError(name)
  }

  /** Runs a compiled function that takes and gives nothing, and whose errors say nothing of where they were raised.
   *  Returns the error's text. */
  runPlain(reference: number): string | undefined {
    const { lua } = this
    const { api, main } = lua
    lua.state = main
    api.lua_settop(main, handlerSlot)
    api.lua_rawgeti(main, registryIndex, reference)
    const failed = api.lua_pcall(main, 0, 0, 0)
    lua.state = main
    this.#settle()
    if (failed === 0) return undefined
    if (!lua.isTable(-1)) return `ERR ${lua.isString(-1) ? lua.text(-1) : 'unknown error'}`
    lua.pushField(-1, 'err')
    return lua.isString(-1) ? lua.text(-1) : 'ERR unknown error'
  }

  /** Writes what the function returned as the answer. `booleans`: the script speaks RESP3. */
  answer(reply: Reply, booleans: boolean): void {
    this.#answers.write(reply, booleans)
  }

  /** Bytes that Lua's values take. */
  get usedBytes(): number {
    const countKilobytes = 3
    const countRest = 4
    const { api, main } = this.lua
    return api.lua_gc(main, countKilobytes, 0) * 1024 + api.lua_gc(main, countRest, 0)
  }

  /** Puts the arguments into the table that the last script found under the global's name, where that has as many as are
   *  wanted and nothing else, and into a new one otherwise. A table costs more than all of the checks (0.2 us), and no
   *  script can keep one: there is nothing that it could leave it in. */
  #setGlobal(global: ArgumentGlobal, args: Args, first: number, end: number): void {
    const { lua } = this
    const count = end - first
    if (count === global.count && this.#pushIfPlain(global)) {
      this.#fill(args, first, count)
      lua.pop()
      return
    }
    if (global.reference !== 0) this.forget(global.reference)
    this.#pushArguments(args, first, end)
    lua.api.lua_pushvalue(lua.main, -1)
    global.reference = lua.api.luaL_ref(lua.main, registryIndex)
    global.count = count
    lua.setField(globalsSlot, global.name)
  }

  /** Pushes the global's table if it has room for its arguments and no more, and no metatable; false, and nothing is
   *  pushed, if it has. */
  #pushIfPlain({ reference, count }: ArgumentGlobal): boolean {
    const { lua } = this
    lua.api.lua_rawgeti(lua.main, registryIndex, reference)
    if (this.#tables.arraySlots(-1) === count) return true
    lua.pop()
    return false
  }

  #pushArguments(args: Args, first: number, end: number): void {
    this.lua.pushTable(end - first, 0)
    this.#fill(args, first, end - first)
  }

  /** Sets the table on top of the stack to `count` arguments. */
  #fill(args: Args, first: number, count: number): void {
    if (count <= 0) return
    const { lua } = this
    const { api, main } = lua
    const start = args.starts[first]!
    const size = args.ends[first + count - 1]! - start
    // One copy for all of them: neighbours in the request are neighbours in Lua's memory.
    const pointer = lua.scratch(size) - start
    copyBytes(args.bytes, start, start + size, lua.heap, pointer + start)
    for (let i = 0; i < count; i++) {
      const at = args.starts[first + i]!
      api.lua_pushlstring(main, pointer + at, args.ends[first + i]! - at)
      api.lua_rawseti(main, -2, i + 1)
    }
  }

  /** The error handler: makes a table of what was raised, with the place where it was. */
  #describeError(): number {
    const { lua } = this
    const { api, state } = lua
    if (!lua.isTable(1)) {
      const text = this.#errorText()
      lua.pushTable(0, 3)
      lua.setTextField(-1, 'err', `ERR ${text}`)
      api.lua_replace(state, 1)
    }
    const place = this.#place()
    if (place !== undefined) {
      lua.setTextField(1, 'source', place.source)
      lua.pushNumber(place.line)
      lua.setField(1, 'line')
    }
    api.lua_settop(state, 1)
    return 1
  }

  #errorText(): string {
    const { lua } = this
    const { state } = lua
    if (lua.isString(1)) return lua.text(1)
    lua.api.lua_rawgeti(state, registryIndex, this.sandbox.globals)
    lua.pushField(-1, 'tostring')
    lua.api.lua_pushvalue(state, 1)
    lua.api.lua_call(state, 1, 1)
    lua.state = state
    return lua.text(-1)
  }

  /** The innermost function that is running, or its caller if it is not Lua code. */
  #place(): { source: string; line: number } | undefined {
    const { lua } = this
    for (const level of [1, 2]) {
      if (lua.api.lua_getstack(lua.state, level, this.#debug) === 0) return undefined
      lua.api.lua_getinfo(lua.state, lua.name('nSl'), this.#debug)
      if (level === 2 || lua.cString(lua.word(this.#debug + debugWhat)) !== 'C') break
    }
    const source = lua.cString(lua.word(this.#debug + debugSource))
    return { source, line: lua.word(this.#debug + debugLine) }
  }

  /** The error on top of the stack, which is popped. */
  #takeError(name: string): ScriptError {
    const { lua } = this
    if (!lua.isTable(-1)) {
      const message = lua.isString(-1) ? lua.text(-1) : 'execution failure'
      lua.pop()
      return {
        message: scriptFailed(name, message),
        isCounted: false,
        isMemoryShort: message === 'not enough memory',
      }
    }
    lua.pushField(-1, 'err')
    lua.pushField(-2, 'source')
    lua.pushField(-3, 'line')
    lua.pushField(-4, 'ignore_error_stats_update')
    let message = lua.isString(-4) ? lua.text(-4) : 'ERR unknown error'
    if (lua.isString(-3) && lua.isString(-2)) message += ` script: ${name}, on ${lua.text(-3)}:${lua.text(-2)}.`
    const isCounted = lua.api.lua_toboolean(lua.state, -1) !== 0
    lua.pop(5)
    return { message, isCounted, isMemoryShort: false }
  }

  #look(): void {
    const message = this.#host.interrupt()
    if (message === undefined) return
    const { lua } = this
    if (!this.#wasInterrupted) {
      this.#wasInterrupted = true
      // From now on every line fails, so that a script can't go on by catching the error.
      lua.api.lua_sethook(lua.main, this.#hook, onEveryLine, 0)
      if (lua.state !== lua.main) lua.api.lua_sethook(lua.state, this.#hook, onEveryLine, 0)
    }
    this.redis.fail(message)
  }

  /** Undoes what a script that has ended may have changed for others. */
  #settle(): void {
    this.sandbox.resetCollector()
    if (!this.#wasInterrupted) return
    this.#wasInterrupted = false
    this.lua.api.lua_sethook(this.lua.main, this.#hook, onCount, instructionsPerLook)
  }
}
