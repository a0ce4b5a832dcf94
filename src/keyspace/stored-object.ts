/** What a key may hold besides a string: an object of one of these kinds. */

import type { KeyBatch } from '../lib/key-batch.ts'

export type CollectionKind = 'hash' | 'set' | 'zset'

/** Redis' names of the types, as TYPE answers them. */
export type Kind = 'string' | 'list' | 'stream' | CollectionKind

/** What commands wait for. A key that takes another kind wakes nobody. */
export const awaitedKinds: ReadonlySet<Kind> = new Set(['list', 'stream', 'zset'])

export interface StoredObject {
  readonly kind: Exclude<Kind, 'string'>
  /** The memory it takes, by and large, in bytes; asked often, so it is not counted element by element. */
  readonly memoryBytes: number
  /** Fetches the memory that looking up these members (or fields) will read, where that is worth it; see `ByteMap.touch`. */
  touch?(members: KeyBatch): number
  /** An object of its own with the same contents. */
  clone(): StoredObject
}

/** The class of an object, to ask for it by. */
export type ObjectType<T extends StoredObject> = abstract new (...args: never) => T

/** An object whose checkpoint is runs of bytes that need not know of each other. */
export interface Collection extends StoredObject {
  readonly kind: CollectionKind
  /** Its contents as they are now, as runs of some 64 KiB (see `Picture`), whatever becomes of it. Taking the picture is
   *  quick; the runs are made as they are asked for. Only one picture is taken at a time: a new one ends the last. */
  freeze(): Iterable<Uint8Array>
  /** Adds what a run of `freeze` holds. */
  appendWire(run: Uint8Array): void
}
