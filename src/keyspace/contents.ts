/** What is in a database, apart from what may be done with it: FLUSHDB lets a database go on with new contents.
 *
 *  A key is an entry of the map; everything else of it stands at the entry's index. */
import type { List } from '../broker/list.ts'
import type { Stream } from '../broker/stream.ts'
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { Expiries } from './expiries.ts'
import { Hazards } from './hazards.ts'
import { StringValues } from './string-values.ts'

export type StoredObject = List | Stream

/** What an entry holds, as far as the arrays must know. */
export const storedKind = { none: 0, string: 1, object: 2 } as const

const initialEntries = 8

export class Contents {
  readonly #arena = new Arena()
  readonly map: ByteMap
  /** Values of `storedKind`. */
  kinds = new Uint8Array(initialEntries)
  readonly strings = new StringValues(this.#arena, initialEntries)
  readonly objects: (StoredObject | undefined)[] = []
  /** When the key was last read or written, in seconds. */
  accessedAtS = new Uint32Array(initialEntries)
  /** The checkpoint that needs the key no more, because it is younger or already written. */
  checkpointed = new Uint32Array(initialEntries)
  readonly expiries = new Expiries(initialEntries)
  readonly hazards = new Hazards(initialEntries)

  constructor(hashSeed: number) {
    this.map = new ByteMap(this.#arena, hashSeed)
  }

  /** Adds a key that is not there; returns its entry, which holds nothing yet. */
  insert(bytes: Uint8Array, start: number, end: number): number {
    const entry = this.map.insert(bytes, start, end)
    if (entry >= this.kinds.length) this.#grow(this.kinds.length * 2)
    return entry
  }

  #grow(capacity: number): void {
    const grown = <T extends Uint8Array | Uint32Array>(target: T, source: T): T => {
      target.set(source)
      return target
    }
    this.kinds = grown(new Uint8Array(capacity), this.kinds)
    this.accessedAtS = grown(new Uint32Array(capacity), this.accessedAtS)
    this.checkpointed = grown(new Uint32Array(capacity), this.checkpointed)
    this.strings.resize(capacity)
    this.expiries.grow(capacity)
    this.hazards.grow(capacity)
  }
}
