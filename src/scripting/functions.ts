/** The libraries of functions: loaded into a Lua of their own, where they stay, with the state they keep in locals, until
 *  they are deleted or replaced. */

import { type Args, textBytesMax } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import {
  functionExists,
  libraryExists,
  libraryMetadataInvalid,
  libraryMetadataMissing,
  nothingRegistered,
  restoredLibraryExists,
} from '../broker/function-errors.ts'
import { latin1Text } from '../lib/bytes.ts'
import { type Library, type LibraryFunction, LibrarySet } from './library.ts'
import { LibraryLoader } from './library-loader.ts'
import { Machine, type ScriptError } from './machine.ts'
import type { ScriptHost } from './script-host.ts'
import { endOfLine, hasShebang, libraryName } from './shebang.ts'

/** What FUNCTION RESTORE does with the libraries that are there. */
export type RestorePolicy = 'append' | 'replace' | 'flush'

/** Runs the loading of one library, within the time it may take. */
export type LoadGuard = (load: () => readonly LibraryFunction[] | string) => readonly LibraryFunction[] | string

/** A Lua that has grown beyond this is not kept for the libraries that come after a flush. */
const heapBytesKept = 16 * 1024 * 1024

const nothing: ReadonlySet<string> = new Set()

export class Functions {
  readonly #code: () => Uint8Array
  readonly #host: ScriptHost
  readonly #guard: LoadGuard
  #set = new LibrarySet()
  #lua: { readonly machine: Machine; readonly loader: LibraryLoader } | undefined

  /** `code` gives the compiled Lua, when it is first needed. */
  constructor(code: () => Uint8Array, host: ScriptHost, guard: LoadGuard) {
    this.#code = code
    this.#host = host
    this.#guard = guard
  }

  /** What is loaded. */
  get loaded(): LibrarySet {
    return this.#set
  }

  /** Bytes that Lua's values take; 0 before the first library. */
  get usedBytes(): number {
    return this.#lua?.machine.usedBytes ?? 0
  }

  get machine(): Machine {
    return this.#start().machine
  }

  /** Loads a library and returns its name. Throws what is wrong with it; then nothing has changed. */
  load(code: Uint8Array, replaces: boolean): string {
    const library = this.#loadFor(this.#set, code, replaces)
    const old = this.#set.get(library.name)
    if (old !== undefined) this.#unlink(old)
    this.#set.add(library)
    return library.name
  }

  /** Whether there was such a library. */
  delete(name: string): boolean {
    const library = this.#set.get(name)
    if (library !== undefined) this.#unlink(library)
    return library !== undefined
  }

  flush(): void {
    const machine = this.#lua?.machine
    if (machine !== undefined && machine.lua.heap.length > heapBytesKept) this.#lua = undefined
    else for (const library of this.#set.libraries()) forget(library)
    this.#set = new LibrarySet()
  }

  /** Loads all of the libraries or none; throws why none. */
  restore(codes: Iterable<Uint8Array>, policy: RestorePolicy): void {
    const restored = new LibrarySet()
    try {
      for (const code of codes) restored.add(this.#loadFor(restored, code, false))
      if (policy !== 'flush') this.#checkJoin(restored, policy === 'replace')
    } catch (error) {
      for (const library of restored.libraries()) forget(library)
      throw error
    }
    for (const library of this.#set.libraries()) {
      if (policy === 'flush' || restored.get(library.name) !== undefined) this.#unlink(library)
    }
    for (const library of restored.libraries()) this.#set.add(library)
  }

  find(args: Args, i: number): LibraryFunction | undefined {
    return this.#set.find(args.bytes, args.starts[i]!, args.ends[i]!)
  }

  /** Runs a function with its keys (`keyCount` of them from argument `first` on) and other arguments. */
  run(called: LibraryFunction, args: Args, first: number, keyCount: number): ScriptError | undefined {
    return this.machine.run(called.reference, called.name, args, first, keyCount)
  }

  /** Begins with a new Lua: the old one is out of memory. All libraries are loaded into it; what they kept in locals is
   *  as it was when they were first loaded. */
  restart(): void {
    const before = this.#set
    this.#lua = undefined
    this.#set = new LibrarySet()
    for (const { code } of before.libraries()) this.#set.add(this.#loadFor(this.#set, code, false))
  }

  #start(): { readonly machine: Machine; readonly loader: LibraryLoader } {
    if (this.#lua === undefined) {
      const machine = new Machine(this.#code(), this.#host, false)
      this.#lua = { machine, loader: new LibraryLoader(machine) }
    }
    return this.#lua
  }

  #loadFor(set: LibrarySet, code: Uint8Array, replaces: boolean): Library {
    const { name, start } = readShebang(code)
    if (!replaces && set.get(name) !== undefined) throw libraryExists(name)
    const { machine, loader } = this.#start()
    const functions = this.#guard(() => loader.load(code, start))
    if (typeof functions === 'string') throw new ReplyError(functions)
    if (functions.length === 0) throw nothingRegistered()
    const library = { name, code, machine, functions }
    const collision = set.collision(library, new Set([name]))
    if (collision === undefined) return library
    forget(library)
    throw functionExists(collision.name)
  }

  #checkJoin(restored: LibrarySet, replaces: boolean): void {
    const replaced = replaces ? new Set([...restored.libraries()].map(({ name }) => name)) : nothing
    for (const { name } of restored.libraries()) {
      if (!replaces && this.#set.get(name) !== undefined) throw restoredLibraryExists(name)
    }
    for (const library of restored.libraries()) {
      const collision = this.#set.collision(library, replaced)
      if (collision !== undefined) throw functionExists(collision.name)
    }
  }

  #unlink(library: Library): void {
    this.#set.delete(library)
    forget(library)
  }
}

/** Lets the collector have the functions of a library that is none any more. */
function forget({ machine, functions }: Library): void {
  for (const { reference } of functions) machine.forget(reference)
}

/** The library's name, and where its code begins: at the end of the first line, so that lines have their numbers. */
function readShebang(code: Uint8Array): { name: string; start: number } {
  if (!hasShebang(code, 0, code.length)) throw libraryMetadataMissing()
  const start = endOfLine(code, 0, code.length)
  if (start < 0 || start > textBytesMax || code.subarray(0, start).includes(0)) throw libraryMetadataInvalid()
  return { name: libraryName(latin1Text(code, 0, start)), start }
}
