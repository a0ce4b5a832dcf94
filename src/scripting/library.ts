/** Libraries of functions as they are known: by name, and their functions by theirs. */
import { latin1Bytes } from '../lib/bytes.ts'
import { hashName, isSameName } from './function-name.ts'
import type { Machine } from './machine.ts'

export interface LibraryFunction {
  /** Letters, digits and underscores, as registered: FCALL finds it in any case. */
  readonly name: string
  /** Bytes as Latin-1 text. */
  readonly description: string | undefined
  /** Bits of `scriptFlag`. */
  readonly flags: number
  /** The function in its library's Lua. */
  readonly reference: number
}

export interface Library {
  readonly name: string
  /** All of the source, its shebang included. */
  readonly code: Uint8Array
  /** Whose Lua it was loaded into: its functions' references say something only there. */
  readonly machine: Machine
  readonly functions: readonly LibraryFunction[]
}

/** A set of libraries whose functions have different names. */
export class LibrarySet {
  readonly #libraries = new Map<string, Library>()
  /** By the hash of their names: FCALL makes no string to find one. */
  readonly #functions = new Map<number, LibraryFunction[]>()
  #functionCount = 0
  #codeBytes = 0

  get count(): number {
    return this.#libraries.size
  }

  get functionCount(): number {
    return this.#functionCount
  }

  /** Of all sources. */
  get codeBytes(): number {
    return this.#codeBytes
  }

  /** In the order in which they were added. */
  libraries(): IterableIterator<Library> {
    return this.#libraries.values()
  }

  get(name: string): Library | undefined {
    return this.#libraries.get(name)
  }

  /** The function whose name is in `bytes[start, end)`, in any case. */
  find(bytes: Uint8Array, start: number, end: number): LibraryFunction | undefined {
    return this.#functions.get(hashName(bytes, start, end))?.find(({ name }) => isSameName(name, bytes, start, end))
  }

  /** The library's first function that has the name of one in this set, those of the libraries called `except` aside. */
  collision(library: Library, except: ReadonlySet<string>): LibraryFunction | undefined {
    const ignored = new Set([...except].flatMap((name) => this.get(name)?.functions ?? []))
    return library.functions.find(({ name }) => {
      const bytes = latin1Bytes(name)
      const known = this.find(bytes, 0, bytes.length)
      return known !== undefined && !ignored.has(known)
    })
  }

  add(library: Library): void {
    this.#libraries.set(library.name, library)
    for (const each of library.functions) {
      const name = latin1Bytes(each.name)
      const hash = hashName(name, 0, name.length)
      const others = this.#functions.get(hash)
      if (others === undefined) this.#functions.set(hash, [each])
      else others.push(each)
    }
    this.#functionCount += library.functions.length
    this.#codeBytes += library.code.length
  }

  delete(library: Library): void {
    this.#libraries.delete(library.name)
    const gone = new Set(library.functions)
    for (const { name: text } of library.functions) {
      const name = latin1Bytes(text)
      const hash = hashName(name, 0, name.length)
      const left = this.#functions.get(hash)?.filter((each) => !gone.has(each)) ?? []
      if (left.length === 0) this.#functions.delete(hash)
      else this.#functions.set(hash, left)
    }
    this.#functionCount -= library.functions.length
    this.#codeBytes -= library.code.length
  }
}
