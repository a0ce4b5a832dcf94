/** What the scripting commands ask of the server. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Call } from '../call.ts'

export interface ScriptServer {
  /** Runs the script whose source is argument 1, or the one whose SHA1 it is, and writes its answer. */
  eval(call: Call, isReadonly: boolean): void
  evalSha(call: Call, isReadonly: boolean): void
  /** Compiles the script in argument `i` and returns its SHA1. */
  load(args: Args, i: number): string
  /** Whether the script with the SHA1 in argument `i` is known. */
  has(args: Args, i: number): boolean
  flush(): void
  /** Ends the running script; throws why it can't be ended. */
  kill(): void
  /** SHUTDOWN comes amid a script: what the script did is given up and it ends. Throws when that was not asked for. */
  shutdown(isUnsaved: boolean): void
}
