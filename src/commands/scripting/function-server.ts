/** What the commands about functions ask of the server. */
import type { Call } from '../call.ts'

export interface KnownFunction {
  readonly name: string
  /** Bytes as Latin-1 text. */
  readonly description: string | undefined
  /** What it declared about itself, in Redis' order. */
  readonly flags: readonly string[]
}

export interface KnownLibrary {
  readonly name: string
  readonly code: Uint8Array
  readonly functions: readonly KnownFunction[]
}

/** The function that runs. */
export interface RunningProgram {
  readonly name: string
  /** The request that began it. */
  readonly command: readonly Uint8Array[]
  readonly durationMs: number
}

export interface FunctionServer {
  /** Runs the function whose name is argument 1 and writes its answer. */
  call(call: Call, isReadonly: boolean): void
  /** Loads the library in argument `i` and returns its name; throws what is wrong with it. */
  load(call: Call, i: number, replaces: boolean): string
  /** Whether there was a library of the name. */
  delete(name: string): boolean
  flush(): void
  /** All libraries as bytes, and back from argument `i`: all or, with a throw, none. */
  dump(): Uint8Array
  restore(call: Call, i: number, policy: 'append' | 'replace' | 'flush'): void
  libraries(): Iterable<KnownLibrary>
  readonly libraryCount: number
  readonly functionCount: number
  /** Of the sources of all libraries. */
  readonly codeBytes: number
  /** Throws while a script of EVAL runs. */
  readonly running: RunningProgram | undefined
  /** Ends the running function; throws why it can't be ended. */
  kill(): void
}
