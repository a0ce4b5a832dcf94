/** Values without their keys, on their way from one key to another: RENAME, MOVE, COPY. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Database } from './database.ts'
import type { StoredObject } from './stored-object.ts'

export interface DetachedValue {
  /** A string's bytes, or the object. */
  readonly content: Uint8Array | StoredObject
  /** -1 when it never expires. */
  readonly expiresAtMs: number
}

/** Takes the key away and hands over what it held. */
export function detach(db: Database, entry: number): DetachedValue {
  const content = db.objectAt(entry) ?? db.stringCopy(entry)
  const expiresAtMs = db.expiresAtMs(entry)
  db.remove(entry)
  return { content, expiresAtMs }
}

/** What the key holds as a value of its own that shares nothing with it. */
export function duplicate(db: Database, entry: number): DetachedValue {
  const content = db.objectAt(entry)?.clone() ?? db.stringCopy(entry)
  return { content, expiresAtMs: db.expiresAtMs(entry) }
}

/** Puts a value under a key that is not there; returns its entry. */
export function attach(db: Database, keys: Args, i: number, { content, expiresAtMs }: DetachedValue): number {
  const entry =
    content instanceof Uint8Array ? db.setString(keys, i, content, 0, content.length) : db.addObject(keys, i, content)
  if (expiresAtMs >= 0) db.setExpiry(entry, expiresAtMs)
  return entry
}
