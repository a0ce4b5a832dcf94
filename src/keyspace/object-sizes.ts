/** What the objects of a database take together, without asking them all.
 *
 *  Each entry's share is noted in its row. An object that is about to change marks its entry, once; the share is looked up
 *  again when somebody wants the sum, or when many entries are marked. Between two commands nothing is half changed. */
import {
  accountedDouble,
  type EntryTable,
  entryDoubles,
  entryWords,
  kindMask,
  kindWord,
  storedKind,
} from './entry-table.ts'
import type { StoredObject } from './stored-object.ts'

/** The reference to an object. */
const referenceBytes = 8

/** What an object is counted for. */
export function objectBytes(object: StoredObject): number {
  return referenceBytes + object.memoryBytes
}

export class ObjectSizes {
  readonly #table: EntryTable
  readonly #objects: readonly (StoredObject | undefined)[]
  #marked: number[] = []
  #bytes = 0

  constructor(table: EntryTable, objects: readonly (StoredObject | undefined)[]) {
    this.#table = table
    this.#objects = objects
  }

  /** Of all objects. To be asked between commands, or by one that changes nothing. */
  get bytes(): number {
    if (this.#marked.length > 0) this.settle()
    return this.#bytes
  }

  /** The entry is about to change; false when that was known, or it holds no object. */
  mark(entry: number): boolean {
    const { words } = this.#table
    const at = entry * entryWords + kindWord
    if ((words[at]! & kindMask) !== storedKind.object) return false
    words[at] = words[at]! | storedKind.changedObject
    this.#marked.push(entry)
    return true
  }

  /** The entry holds no object any more. */
  drop(entry: number): void {
    const at = entry * entryDoubles + accountedDouble
    this.#bytes -= this.#table.doubles[at]!
    this.#table.doubles[at] = 0
  }

  settle(): void {
    const { words, doubles } = this.#table
    for (const entry of this.#marked) {
      const at = entry * entryWords + kindWord
      if ((words[at]! & kindMask) !== storedKind.changedObject) continue
      words[at] = (words[at]! & ~kindMask) | storedKind.object
      const bytes = objectBytes(this.#objects[entry]!)
      this.#bytes += bytes - doubles[entry * entryDoubles + accountedDouble]!
      doubles[entry * entryDoubles + accountedDouble] = bytes
    }
    this.#marked = []
  }
}
