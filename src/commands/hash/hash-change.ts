/** What commands that change a hash have in common. */
import { Hash } from '../../keyspace/hash.ts'
import type { Call } from '../call.ts'

/** The hash at `entry` for changing, or one that is not kept yet if there is none, with room for so many bytes of fields;
 *  throws WRONGTYPE. The caller must have nothing left to refuse. */
export function hashForChange({ db, keyspace }: Call, entry: number, expectedBytes = 0): Hash {
  return entry < 0 ? new Hash(keyspace.collectionSettings, expectedBytes) : db.objectForChange(Hash, entry)
}

/** Keeps a hash that is new (`entry` is -1) under the key in argument `key`. */
export function keepHash({ args, db }: Call, entry: number, key: number, hash: Hash): void {
  if (entry < 0) db.addObject(args, key, hash)
}
