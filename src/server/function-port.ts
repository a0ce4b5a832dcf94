/** Functions in the turn: loading within its time, FCALL, and what checkpoints keep of libraries. */

import type { Args } from '../../protocol/resp/args.ts'
import { functionNotFound, keyCountNotNumber, libraryNotRegistered, loadTimeout } from '../broker/function-errors.ts'
import type { Call } from '../commands/call.ts'
import { readKeyCount } from '../commands/scripting/eval.ts'
import type { FunctionServer, KnownLibrary, RunningProgram } from '../commands/scripting/function-server.ts'
import { sliceBytes } from '../lib/bytes.ts'
import { Functions, type RestorePolicy } from '../scripting/functions.ts'
import type { LibraryFunction } from '../scripting/library.ts'
import { dumpLibraries, openLibraries } from '../scripting/library-payload.ts'
import { flagNames } from '../scripting/script-host.ts'
import type { Broker } from './broker.ts'
import type { Host } from './host.ts'
import { isExhaustion, type Scripting } from './scripting.ts'

/** A library that takes longer to load is refused. */
const loadUsMax = 500_000

export class FunctionPort implements FunctionServer {
  readonly #broker: Broker
  readonly #scripting: Scripting
  readonly #functions: Functions
  /** Whether loading has its time: what is in the log or in a checkpoint was loaded before, however fast. */
  #isTimed = false
  #loadEndsUs = Number.POSITIVE_INFINITY

  constructor(broker: Broker, host: Host, scripting: Scripting) {
    this.#broker = broker
    this.#scripting = scripting
    this.#functions = new Functions(
      () => host.luaCode(),
      scripting,
      (load) => this.#guard(load),
    )
  }

  // What commands ask for.

  call(call: Call, isReadonly: boolean): void {
    this.#scripting.showToMonitors(call)
    const { args } = call
    const called = this.#functions.find(args, 1)
    if (called === undefined) throw functionNotFound()
    if (args.int64(2) === undefined) throw keyCountNotNumber()
    const keyCount = readKeyCount(args)
    this.#scripting.start(call, {
      endedBy: 'FUNCTION KILL',
      name: called.name,
      flags: called.flags,
      isReadonly,
      home: this.#functions,
      run: () => this.#functions.run(called, args, 3, keyCount),
    })
  }

  /** The flags of the function that the argument names. */
  flagsOf(args: Args, i: number): number | undefined {
    return this.#functions.find(args, i)?.flags
  }

  load(call: Call, i: number, replaces: boolean): string {
    const { args } = call
    const code = sliceBytes(args.bytes, args.starts[i]!, args.ends[i]!)
    return this.#timed(call, () => this.#functions.load(code, replaces))
  }

  delete(name: string): boolean {
    return this.#functions.delete(name)
  }

  flush(): void {
    this.#functions.flush()
  }

  dump(): Uint8Array {
    return dumpLibraries(this.#functions.loaded.libraries())
  }

  restore(call: Call, i: number, policy: RestorePolicy): void {
    const { args } = call
    const codes = openLibraries(args.bytes, args.starts[i]!, args.ends[i]!)
    this.#timed(call, () => this.#functions.restore(codes, policy))
  }

  libraries(): KnownLibrary[] {
    return Array.from(this.#functions.loaded.libraries(), ({ name, code, functions }) => ({
      name,
      code,
      functions: functions.map((each) => ({ ...each, flags: namesOfFlags(each.flags) })),
    }))
  }

  get libraryCount(): number {
    return this.#functions.loaded.count
  }

  get functionCount(): number {
    return this.#functions.loaded.functionCount
  }

  get running(): RunningProgram | undefined {
    return this.#scripting.runningFunction
  }

  kill(): void {
    this.#scripting.end('FUNCTION KILL')
  }

  // What INFO tells.

  get usedBytes(): number {
    return this.#functions.usedBytes
  }

  get codeBytes(): number {
    return this.#functions.loaded.codeBytes
  }

  // What checkpoints keep.

  /** The sources of all libraries, in an order in which they can be loaded. */
  codes(): Uint8Array[] {
    return Array.from(this.#functions.loaded.libraries(), ({ code }) => code)
  }

  /** Loads a library that a checkpoint kept. */
  loadKept(code: Uint8Array): void {
    this.#functions.load(code, false)
  }

  /** Why a library that is loading must end; undefined while it may go on, and while none is. */
  interrupt(): string | undefined {
    return this.#loadEndsUs < this.#broker.state.clockUs() ? loadTimeout : undefined
  }

  #timed<Result>(call: Call, load: () => Result): Result {
    this.#isTimed = !call.isReplay
    try {
      return load()
    } finally {
      this.#isTimed = false
    }
  }

  #guard(load: () => readonly LibraryFunction[] | string): readonly LibraryFunction[] | string {
    if (this.#isTimed) this.#loadEndsUs = this.#broker.state.clockUs() + loadUsMax
    try {
      return load()
    } catch (error) {
      if (!isExhaustion(error)) throw error
      // What was loaded before is loaded again, however long that takes.
      this.#isTimed = false
      this.#loadEndsUs = Number.POSITIVE_INFINITY
      this.#functions.restart()
      return libraryNotRegistered((error as Error).message)
    } finally {
      this.#loadEndsUs = Number.POSITIVE_INFINITY
    }
  }
}

function namesOfFlags(flags: number): string[] {
  return Object.keys(flagNames).filter((name) => (flags & flagNames[name]!) !== 0)
}
