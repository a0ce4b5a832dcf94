/** The collections there are, for whoever has only a kind's name. */
import type { Collection, CollectionKind } from './stored-object.ts'

const makers: Partial<Record<CollectionKind, () => Collection>> = {}

/** An empty collection of the kind. */
export function newCollection(kind: CollectionKind): Collection {
  const make = makers[kind]
  if (make === undefined) throw new Error(`there is no collection of the kind '${kind}'`)
  return make()
}

export type { Picture } from './picture.ts'
