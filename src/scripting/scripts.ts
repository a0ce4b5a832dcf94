/** The scripts of EVAL: compiled once, found by their text or its SHA1, and run in one Lua. */

import { type Args, textBytesMax } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import { scriptNotCompiled, shebangInvalid } from '../broker/scripting-errors.ts'
import { latin1Bytes, latin1Text, sliceBytes } from '../lib/bytes.ts'
import { Machine, type ScriptError } from './machine.ts'
import { sha1Hex } from './redis-library.ts'
import { type Script, ScriptCache } from './script-cache.ts'
import { type ScriptHost, scriptFlag } from './script-host.ts'
import { endOfLine, hasShebang, scriptFlags } from './shebang.ts'

/** Where the code of a script comes from, as errors tell it. */
const chunkName = '@user_script'

export class Scripts {
  readonly #code: () => Uint8Array
  readonly #host: ScriptHost
  readonly #cache = new ScriptCache()
  #machine: Machine | undefined

  /** `code` gives the compiled Lua, when it is first needed. */
  constructor(code: () => Uint8Array, host: ScriptHost) {
    this.#code = code
    this.#host = host
  }

  get count(): number {
    return this.#cache.count
  }

  get sourceBytes(): number {
    return this.#cache.sourceBytes
  }

  /** Bytes that Lua's values take; 0 before the first script. */
  get usedBytes(): number {
    return this.#machine?.usedBytes ?? 0
  }

  /** The Lua of EVAL, started if it is not there. */
  get machine(): Machine {
    this.#machine ??= new Machine(this.#code(), this.#host, true)
    return this.#machine
  }

  /** Begins with a new Lua: the old one is out of memory. Scripts stay known and are compiled again when they run. */
  restart(): void {
    this.#machine = undefined
  }

  /** Forgets all scripts. */
  flush(): void {
    this.#cache.clear()
    this.#machine = undefined
  }

  findSha(args: Args, i: number): Script | undefined {
    return this.#cache.findSha(args.bytes, args.starts[i]!, args.ends[i]!)
  }

  /** The script with the source in argument `i`, compiled if it is new. Throws what is wrong with it. */
  load(args: Args, i: number): Script {
    const start = args.starts[i]!
    const end = args.ends[i]!
    const known = this.#cache.findSource(args.bytes, start, end)
    if (known !== undefined) return known
    const source = sliceBytes(args.bytes, start, end)
    const flags = flagsOf(source)
    const sha = sha1Hex(source, 0, source.length)
    const { machine } = this
    const script = {
      sha,
      shaBytes: latin1Bytes(sha),
      source,
      flags,
      machine,
      reference: this.#compile(source, machine),
    }
    this.#cache.add(script)
    return script
  }

  /** Runs a script with its keys (`keyCount` of them from argument `first` on) and other arguments. */
  run(script: Script, args: Args, first: number, keyCount: number): ScriptError | undefined {
    const { machine } = this
    if (script.machine !== machine) {
      script.reference = this.#compile(script.source, machine)
      script.machine = machine
    }
    machine.setGlobals(args, first, keyCount)
    return machine.run(script.reference, script.sha)
  }

  #compile(source: Uint8Array, machine: Machine): number {
    // The shebang's newline stays, so that lines have their numbers.
    const start = hasShebang(source, 0, source.length) ? endOfLine(source, 0, source.length) : 0
    const compiled = machine.compile(source, start, source.length, chunkName)
    if (typeof compiled === 'string') throw scriptNotCompiled(compiled)
    return compiled
  }
}

/** The flags in the shebang of the script in argument `i`; undefined when it has none, or one that is wrong. */
export function declaredFlags(args: Args, i: number): number | undefined {
  try {
    const flags = flagsOf(sliceBytes(args.bytes, args.starts[i]!, args.ends[i]!))
    return flags === scriptFlag.compatible ? undefined : flags
  } catch (error) {
    if (error instanceof ReplyError) return undefined
    throw error
  }
}

function flagsOf(source: Uint8Array): number {
  if (!hasShebang(source, 0, source.length)) return scriptFlag.compatible
  const end = endOfLine(source, 0, source.length)
  if (end < 0 || end > textBytesMax) throw shebangInvalid()
  return scriptFlags(latin1Text(source, 0, end))
}
