/** Scripts in the turn: which may run, how their commands are run, what becomes of their answers and errors.
 *
 *  The commands of a script run as the commands of a transaction do: in the client's name, one after the other in one
 *  turn, so that all they write is one log record. Their answers are written where the script's own answer will begin,
 *  read from there by Lua, and taken back. */

import type { Args } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import {
  logUnwritable,
  noScript,
  notBusy,
  scriptCommandArity,
  scriptCommandForbidden,
  scriptCommandUnknown,
  scriptFailed,
  scriptIsReadonly,
  scriptKilled,
  scriptMayWrite,
  unkillable,
  writableScriptsRefused,
} from '../broker/scripting-errors.ts'
import type { Call } from '../commands/call.ts'
import type { AclServer } from '../commands/connection/acl-server.ts'
import { readKeyCount } from '../commands/scripting/eval.ts'
import type { RunningProgram } from '../commands/scripting/function-server.ts'
import type { ScriptServer } from '../commands/scripting/script-server.ts'
import { LuaBroken, type Machine, type ScriptError } from '../scripting/machine.ts'
import type { Script } from '../scripting/script-cache.ts'
import { type ScriptHost, scriptFlag } from '../scripting/script-host.ts'
import { declaredFlags, Scripts } from '../scripting/scripts.ts'
import type { Broker } from './broker.ts'
import { BusyScript } from './busy-script.ts'
import { commandBit, hasArity, type IndexedCommand } from './command-index.ts'
import { FunctionPort } from './function-port.ts'
import type { Host } from './host.ts'
import { outOfMemory, requestBytesMax, requestTooLarge } from './refusals.ts'
import { serverFlag } from './server-state.ts'
import { type Session, special } from './session.ts'
import type { TurnCall } from './turn-call.ts'

/** The commands that end a program of each kind: a script of EVAL, or a function. */
export type KillCommand = 'SCRIPT KILL' | 'FUNCTION KILL'

/** What is about to run: a script of EVAL or a function. */
export interface Program {
  readonly endedBy: KillCommand
  /** SHA1 of a script, name of a function. */
  readonly name: string
  readonly flags: number
  readonly isReadonly: boolean
  /** Whose Lua it runs in; `restart` begins with a new one. */
  readonly home: { readonly machine: Machine; restart(): void }
  run(): ScriptError | undefined
}

/** The script that runs. */
interface RunningScript {
  readonly session: Session
  /** The request that began it. */
  readonly args: Args
  readonly endedBy: KillCommand
  readonly acl: AclServer
  readonly name: string
  readonly flags: number
  readonly isReadonly: boolean
  readonly startedUs: number
  /** It has run a command that writes: it can't be ended any more without leaving half of its work. */
  hasWritten: boolean
  isKilled: boolean
}

export class Scripting implements ScriptServer, ScriptHost {
  readonly version = '7.0.15'
  readonly #broker: Broker
  readonly #host: Host
  readonly #scripts: Scripts
  readonly functions: FunctionPort
  readonly #busy: BusyScript
  #running: RunningScript | undefined
  /** Which RESP the script speaks. */
  #protocol = 2
  answerStart = 0
  answerEnd = 0

  constructor(broker: Broker, host: Host) {
    this.#broker = broker
    this.#host = host
    this.#busy = new BusyScript(broker, host.busyDoor)
    this.#scripts = new Scripts(() => host.luaCode(), this)
    this.functions = new FunctionPort(broker, host, this)
  }

  get answer(): Uint8Array {
    return this.#broker.outbox.replies.bytes
  }

  // What commands ask for.

  eval(call: Call, isReadonly: boolean): void {
    this.showToMonitors(call)
    const keyCount = readKeyCount(call.args)
    this.#run(call, this.#scripts.load(call.args, 1), isReadonly, keyCount)
  }

  evalSha(call: Call, isReadonly: boolean): void {
    this.showToMonitors(call)
    const { args } = call
    const isSha = args.size(1) === 40
    const keyCount = isSha ? readKeyCount(args) : 0
    const script = this.#scripts.findSha(args, 1)
    if (script === undefined) throw noScript()
    this.#run(call, script, isReadonly, keyCount)
  }

  load(args: Args, i: number): string {
    return this.#scripts.load(args, i).sha
  }

  has(args: Args, i: number): boolean {
    return this.#scripts.findSha(args, i) !== undefined
  }

  flush(): void {
    this.#scripts.flush()
  }

  /** The flags that the script or the function declares which the command would run. Undefined when it runs none, an
   *  unknown one, or a script without a shebang. */
  declaredFlags({ command }: IndexedCommand, args: Args): number | undefined {
    switch (command.name) {
      case 'eval':
      case 'eval_ro':
        return declaredFlags(args, 1)
      case 'evalsha':
      case 'evalsha_ro': {
        const flags = this.#scripts.findSha(args, 1)?.flags
        return flags === scriptFlag.compatible ? undefined : flags
      }
      case 'fcall':
      case 'fcall_ro':
        return this.functions.flagsOf(args, 1)
      default:
        return undefined
    }
  }

  kill(): void {
    this.end('SCRIPT KILL')
  }

  /** Ends what runs, if it is what the command ends and may be ended; throws otherwise. */
  end(command: KillCommand): void {
    const running = this.#running
    if (running === undefined) throw notBusy()
    if (running.hasWritten) throw unkillable()
    if (running.endedBy !== command) throw new ReplyError(this.#broker.state.busyText)
    running.isKilled = true
  }

  /** The request of the session by which a script is running. */
  requestOf(session: Session): Args | undefined {
    return this.#running?.session === session ? this.#running.args : undefined
  }

  /** The function that runs; throws when a script of EVAL does. */
  get runningFunction(): RunningProgram | undefined {
    const running = this.#running
    if (running === undefined) return undefined
    const { name, args, startedUs, endedBy } = running
    const { state } = this.#broker
    if (endedBy !== 'FUNCTION KILL') throw new ReplyError(state.busyText)
    return {
      name,
      command: Array.from({ length: args.count }, (_, i) => args.copy(i)),
      durationMs: Math.floor((state.clockUs() - startedUs) / 1000),
    }
  }

  shutdown(isUnsaved: boolean): void {
    const running = this.#running
    if (running === undefined) return
    const { state, sessions } = this.#broker
    if (!isUnsaved) throw new ReplyError(state.busyText)
    running.isKilled = true
    state.isAbandoned = true
    for (const session of sessions.values()) session.set(special.closing, true)
  }

  // What INFO tells.

  get scriptCount(): number {
    return this.#scripts.count
  }

  get sourceBytes(): number {
    return this.#scripts.sourceBytes
  }

  get usedBytes(): number {
    return this.#scripts.usedBytes
  }

  #run(call: Call, script: Script, isReadonly: boolean, keyCount: number): void {
    this.start(call, {
      endedBy: 'SCRIPT KILL',
      name: script.sha,
      flags: script.flags,
      isReadonly,
      home: this.#scripts,
      run: () => this.#scripts.run(script, call.args, 3, keyCount),
    })
  }

  /** Runs a program, unless it may not begin, and answers what it returns. */
  start(call: Call, program: Program): void {
    const refusal = this.#refusal(program.flags, program.isReadonly)
    if (refusal !== undefined) throw new ReplyError(refusal)
    this.#guard(call as TurnCall, program)
  }

  /** Runs a program as the one that is running, and puts everything back that it may change. */
  #guard(call: TurnCall, program: Program): void {
    const { name, flags, home, endedBy } = program
    const { args, client: session, db, mayBlock } = call
    const { dbIndex } = session
    const { state, outbox, dispatcher } = this.#broker
    const { at: startAt, repeats } = outbox.replies
    this.#running = {
      session,
      args,
      endedBy,
      acl: call.server.acl,
      name,
      flags,
      isReadonly: program.isReadonly || (flags & scriptFlag.noWrites) !== 0,
      startedUs: dispatcher.startedUs,
      hasWritten: false,
      isKilled: false,
    }
    this.#protocol = 2
    call.isScript = true
    call.mayBlock = false
    state.isInScript = true
    try {
      const error = program.run()
      if (error === undefined) home.machine.answer(call.reply, this.#protocol === 3)
      else this.#answerError(error, home)
      // An error that was some command's failure is the program's as well, each time that it is told.
      const told = outbox.replies.repeats - repeats
      if (told > 0) dispatcher.index.find(args, 0)!.failed += told
    } catch (error) {
      if (!isExhaustion(error)) throw error
      home.restart()
      outbox.replies.at = startAt
      outbox.replies.error(scriptFailed(name, (error as Error).message))
    } finally {
      this.#running = undefined
      this.#busy.end()
      state.isInScript = false
      call.isScript = false
      call.mayBlock = mayBlock
      call.args = args
      call.db = db
      session.dbIndex = dbIndex
      outbox.replies.protocol = session.protocol
    }
  }

  #answerError(error: ScriptError, home: Program['home']): void {
    const { replies } = this.#broker.outbox
    if (error.isCounted) replies.repeatError(error.message)
    else replies.error(error.message)
    if (error.isMemoryShort) home.restart()
  }

  /** Why a script may not begin; one without a shebang always may. */
  #refusal(flags: number, isReadonly: boolean): string | undefined {
    if ((flags & (scriptFlag.compatible | scriptFlag.noWrites)) !== 0) return undefined
    const { state } = this.#broker
    if (state.isOutOfMemory && (flags & scriptFlag.allowOom) === 0) return outOfMemory
    if (state.has(serverFlag.refusing)) {
      return writableScriptsRefused(state.refusalReason)
    }
    return isReadonly ? scriptMayWrite : undefined
  }

  /** EVAL and FCALL are shown before the commands that they run. */
  showToMonitors(call: Call): void {
    const { state, dispatcher } = this.#broker
    if (!state.hasMonitors) return
    const { client, args } = call as TurnCall
    state.onMonitored(client, dispatcher.index.find(args, 0)!, args)
  }

  // What the running script asks for.

  run(args: Args): string | undefined {
    const { dispatcher, outbox } = this.#broker
    const running = this.#running!
    let entry = dispatcher.index.find(args, 0)
    let firstArgument = 1
    if (entry?.subcommands !== undefined && args.count > 1) {
      entry = entry.subcommands.find(args, 1)
      firstArgument = 2
    }
    const refusal = this.#commandRefusal(entry, args, running)
    if (refusal !== undefined) return this.#refuse(entry, refusal)
    const { replies } = outbox
    this.answerStart = replies.at
    replies.protocol = this.#protocol
    try {
      dispatcher.run(running.session, entry!, args, firstArgument)
    } catch (error) {
      throw isBugOfCommand(error) ? new Error('a command that a script ran has failed', { cause: error }) : error
    }
    replies.protocol = running.session.protocol
    this.answerEnd = replies.at
    replies.at = this.answerStart
    return undefined
  }

  setProtocol(protocol: number): void {
    this.#protocol = protocol
  }

  mayRun(args: Args): boolean | undefined {
    const { acl, session } = this.#running!
    return acl.mayRun(session, args)
  }

  log(level: number, text: string): void {
    this.#host.log(level, text)
  }

  interrupt(): string | undefined {
    const loading = this.functions.interrupt()
    if (loading !== undefined) return loading
    const running = this.#running
    if (running === undefined) return undefined
    if (!running.isKilled) this.#busy.look(running.session, running.startedUs, running.endedBy)
    return running.isKilled ? scriptKilled : undefined
  }

  #refuse(entry: IndexedCommand | undefined, message: string): string {
    if (entry !== undefined) entry.rejected++
    this.#broker.outbox.replies.onError(message)
    return message
  }

  #commandRefusal(entry: IndexedCommand | undefined, args: Args, running: RunningScript): string | undefined {
    if (entry === undefined) return scriptCommandUnknown
    if (!hasArity(entry, args.count)) return scriptCommandArity
    const { flags } = entry
    if ((flags & commandBit.noscript) !== 0) return scriptCommandForbidden
    if (running.session.has(special.restricted)) {
      const denied = running.acl.scriptRefusal(running.session, args)
      if (denied !== undefined) return denied
    }
    if ((flags & (commandBit.write | commandBit.mayReplicate)) === 0) return undefined
    if (running.isReadonly) return scriptIsReadonly
    if ((flags & commandBit.write) === 0) return undefined
    const { state, keyspace } = this.#broker
    // All that a script writes is one record.
    if (keyspace.effects.size + args.requestEnd - args.requestStart > requestBytesMax) return requestTooLarge
    if (state.has(serverFlag.refusing)) return logUnwritable(state.refusalReason)
    // A script that has begun to write can't be stopped half-way.
    const mayGrow = running.hasWritten || (running.flags & scriptFlag.allowOom) !== 0
    if (state.isOutOfMemory && !mayGrow && (flags & commandBit.denyoom) !== 0) return outOfMemory
    running.hasWritten = true
    return undefined
  }
}

/** Whether a command failed by a fault of ours, which must not be taken for the script's exhaustion: a buffer too large, say.
 *  The stack is the script's. */
function isBugOfCommand(error: unknown): boolean {
  return error instanceof RangeError && error.message !== 'Maximum call stack size exceeded'
}

/** Whether it is memory or stack that ran out, rather than a fault of ours. */
export function isExhaustion(error: unknown): boolean {
  return error instanceof LuaBroken || error instanceof RangeError
}
