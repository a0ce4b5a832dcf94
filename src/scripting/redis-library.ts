/** The table `redis` that scripts see. */
import { createHash } from 'node:crypto'
import { untilNul } from '../lib/bytes.ts'
import type { Lua } from './lua.ts'
import { luaType } from './lua-exports.ts'
import { ReplyToLua } from './reply-to-lua.ts'
import { ScriptArgs } from './script-args.ts'
import type { ScriptHost } from './script-host.ts'

const logLevels = { LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3 }
const replications = { REPL_ALL: 3, REPL_AOF: 1, REPL_NONE: 0, REPL_SLAVE: 2, REPL_REPLICA: 2 }

const noArguments = 'Please specify at least one argument for this redis lib call'
const badArguments = 'Lua redis lib command arguments must be strings or integers'
const badReplyArguments = 'wrong number or type of arguments'
const errorMark = 45

export class RedisLibrary {
  readonly #lua: Lua
  readonly #host: ScriptHost
  readonly #args: ScriptArgs
  readonly #answers: ReplyToLua

  constructor(lua: Lua, host: ScriptHost) {
    this.#lua = lua
    this.#host = host
    this.#args = new ScriptArgs(lua)
    this.#answers = new ReplyToLua(lua)
  }

  /** Pushes the table. Functions lack what only scripts of EVAL have. */
  push(isForEval: boolean): void {
    const lua = this.#lua
    lua.pushTable()
    this.#constants({ ...logLevels, ...replications })
    this.#add('call', () => this.#call(true))
    this.#add('pcall', () => this.#call(false))
    this.#add('log', () => this.#log())
    this.#add('setresp', () => this.#setResp())
    this.#add('error_reply', () => this.#errorReply())
    this.#add('status_reply', () => this.#statusReply())
    this.#add('sha1hex', () => this.#sha1())
    this.#add('set_repl', () => this.#setReplication())
    this.#add('acl_check_cmd', () => this.#mayRun())
    if (!isForEval) return
    this.#add('breakpoint', () => {
      lua.pushBoolean(false)
      return 1
    })
    this.#add('debug', () => 0)
    this.#add('replicate_commands', () => {
      lua.pushBoolean(true)
      return 1
    })
  }

  /** Pushes the table as libraries see it while they load: all they may do is to register functions and to log. */
  pushForLoading(register: () => number): void {
    this.#lua.pushTable()
    this.#constants(logLevels)
    this.#add('log', () => this.#log())
    this.#add('register_function', register)
  }

  /** Pushes an error as a table, as scripts know it: `-CODE text` without its mark, anything else behind ERR. */
  pushError(message: string): void {
    const lua = this.#lua
    lua.pushTable(0, 1)
    lua.setTextField(-1, 'err', errorText(message))
  }

  /** Raises an error of this library. */
  fail(message: string): never {
    this.pushError(message)
    return this.#lua.raise()
  }

  #constants(numbers: Readonly<Record<string, number>>): void {
    const lua = this.#lua
    for (const [name, value] of Object.entries(numbers)) {
      lua.pushNumber(value)
      lua.setField(-2, name)
    }
    const { version } = this.#host
    lua.setTextField(-1, 'REDIS_VERSION', version)
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
    lua.pushNumber((major << 16) | (minor << 8) | patch)
    lua.setField(-2, 'REDIS_VERSION_NUM')
  }

  #add(name: string, run: () => number): void {
    this.#lua.pushFunction(run)
    this.#lua.setField(-2, name)
  }

  #call(raises: boolean): number {
    const lua = this.#lua
    const count = lua.top
    if (count === 0) return this.#refuse(noArguments, raises)
    if (!this.#args.take(count)) return this.#refuse(badArguments, raises)
    const refusal = this.#host.run(this.#args.args)
    if (refusal !== undefined) {
      this.pushError(refusal.startsWith('ERR ') ? refusal.slice(4) : `-${refusal}`)
      return this.#counted(raises)
    }
    const { answer, answerStart, answerEnd } = this.#host
    this.#answers.push(answer, answerStart, answerEnd)
    return raises && answer[answerStart] === errorMark ? lua.raise() : 1
  }

  /** The error on top of the stack is one that the statistics know already. */
  #counted(raises: boolean): number {
    this.#lua.pushBoolean(true)
    this.#lua.setField(-2, 'ignore_error_stats_update')
    return raises ? this.#lua.raise() : 1
  }

  #refuse(message: string, raises: boolean): number {
    this.pushError(message)
    return raises ? this.#lua.raise() : 1
  }

  #log(): number {
    const lua = this.#lua
    const count = lua.top
    if (count < 2) this.fail('redis.log() requires two arguments or more.')
    if (lua.api.lua_isnumber(lua.state, 1) === 0) this.fail('First argument must be a number (log level).')
    const level = Math.trunc(lua.number(1))
    if (level < 0 || level > 3) this.fail('Invalid debug level.')
    const words: string[] = []
    for (let i = 2; i <= count; i++) if (lua.isString(i)) words.push(lua.text(i))
    this.#host.log(level, words.join(' '))
    return 0
  }

  #setResp(): number {
    const lua = this.#lua
    if (lua.top !== 1) this.fail('redis.setresp() requires one argument.')
    const protocol = Math.trunc(lua.number(1))
    if (protocol !== 2 && protocol !== 3) this.fail('RESP version must be 2 or 3.')
    this.#host.setProtocol(protocol)
    return 0
  }

  #errorReply(): number {
    const lua = this.#lua
    if (lua.top !== 1 || lua.type(1) !== luaType.string) this.pushError(badReplyArguments)
    else {
      const text = untilNul(lua.text(1))
      this.pushError(text.startsWith('-') ? text : `-${text}`)
    }
    return 1
  }

  #statusReply(): number {
    const lua = this.#lua
    if (lua.top !== 1 || lua.type(1) !== luaType.string) {
      this.pushError(badReplyArguments)
      return 1
    }
    lua.pushTable(0, 1)
    lua.api.lua_pushvalue(lua.state, 1)
    lua.setField(-2, 'ok')
    return 1
  }

  #sha1(): number {
    const lua = this.#lua
    if (lua.top !== 1) this.fail('wrong number of arguments')
    const at = lua.bytes(1)
    lua.pushText(sha1Hex(lua.heap, at, at + lua.size))
    return 1
  }

  /** Accepted and without effect: what a script writes is in the log, always. */
  #setReplication(): number {
    const lua = this.#lua
    if (lua.top !== 1) this.fail('redis.set_repl() requires two arguments.')
    if ((lua.number(1) & ~replications.REPL_ALL) !== 0) {
      this.fail('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.')
    }
    return 0
  }

  #mayRun(): number {
    const lua = this.#lua
    const count = lua.top
    if (count === 0) this.fail(noArguments)
    if (!this.#args.take(count)) this.fail(badArguments)
    const mayRun = this.#host.mayRun(this.#args.args)
    if (mayRun === undefined) this.fail('Invalid command passed to redis.acl_check_cmd()')
    lua.pushBoolean(mayRun === true)
    return 1
  }
}

/** An error's text with its code word. */
function errorText(message: string): string {
  const text = message.replace(/[\r\n]+$/, '')
  if (!text.startsWith('-')) return `ERR ${text}`
  return text.includes(' ') ? text.slice(1) : `ERR ${text.slice(1)}`
}

export function sha1Hex(bytes: Uint8Array, start: number, end: number): string {
  return createHash('sha1').update(bytes.subarray(start, end)).digest('hex')
}
