/** The collections there are, for whoever has only a kind's name. */
import type { CollectionSettings } from './collection-settings.ts'
import { Hash } from './hash.ts'
import { SetValue } from './set-value.ts'
import { SortedSet } from './sorted-set.ts'
import type { Collection, CollectionKind } from './stored-object.ts'

const makers: Partial<Record<CollectionKind, (settings: CollectionSettings) => Collection>> = {
  hash: (settings) => new Hash(settings),
  set: (settings) => new SetValue(settings),
  zset: (settings) => new SortedSet(settings),
}

/** An empty collection of the kind. */
export function newCollection(kind: CollectionKind, settings: CollectionSettings): Collection {
  const make = makers[kind]
  if (make === undefined) throw new Error(`there is no collection of the kind '${kind}'`)
  return make(settings)
}
