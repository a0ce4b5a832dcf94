/** Compiled scripts by their SHA1 and by their text, both found by bytes: no string is made to find one. */
import { equalRanges, hashBytes } from '../lib/bytes.ts'
import type { Machine } from './machine.ts'

export interface Script {
  /** 40 lower-case hexadecimal digits. */
  readonly sha: string
  readonly shaBytes: Uint8Array
  readonly source: Uint8Array
  /** Bits of `scriptFlag`. */
  readonly flags: number
  /** Whose Lua it was compiled in last, and that Lua's reference to the function. */
  machine: Machine
  reference: number
}

const seed = 0x5ca1ab1e
const shaBytes = 40
/** Makes hexadecimal letters lower-case and leaves digits as they are. */
const lowerCaseBit = 32

export class ScriptCache {
  #bySource = new Map<number, Script[]>()
  #bySha = new Map<number, Script[]>()
  #count = 0
  #sourceBytes = 0
  /** Found last by its text: likely asked for again, and comparing is half of what looking it up takes. */
  #last: Script | undefined

  get count(): number {
    return this.#count
  }

  /** Of all sources. */
  get sourceBytes(): number {
    return this.#sourceBytes
  }

  findSource(bytes: Uint8Array, start: number, end: number): Script | undefined {
    if (this.#last !== undefined && isSource(this.#last, bytes, start, end)) return this.#last
    const found = this.#bySource.get(hashBytes(bytes, start, end, seed))
    this.#last = found?.find((script) => isSource(script, bytes, start, end))
    return this.#last
  }

  findSha(bytes: Uint8Array, start: number, end: number): Script | undefined {
    if (end - start !== shaBytes) return undefined
    return this.#bySha.get(hashSha(bytes, start))?.find((script) => isSha(script.shaBytes, bytes, start))
  }

  add(script: Script): void {
    insert(this.#bySource, hashBytes(script.source, 0, script.source.length, seed), script)
    insert(this.#bySha, hashSha(script.shaBytes, 0), script)
    this.#count++
    this.#sourceBytes += script.source.length
  }

  clear(): void {
    this.#bySource = new Map()
    this.#bySha = new Map()
    this.#last = undefined
    this.#count = 0
    this.#sourceBytes = 0
  }
}

function isSource({ source }: Script, bytes: Uint8Array, start: number, end: number): boolean {
  return source.length === end - start && equalRanges(source, 0, bytes, start, end - start)
}

function insert(map: Map<number, Script[]>, hash: number, script: Script): void {
  const others = map.get(hash)
  if (others === undefined) map.set(hash, [script])
  else others.push(script)
}

/** The first eight digits tell enough. */
function hashSha(bytes: Uint8Array, start: number): number {
  let hash = 0
  for (let i = start; i < start + 8; i++) hash = Math.imul(hash, 31) + (bytes[i]! | lowerCaseBit)
  return hash
}

function isSha(sha: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < shaBytes; i++) if (sha[i] !== (bytes[start + i]! | lowerCaseBit)) return false
  return true
}
