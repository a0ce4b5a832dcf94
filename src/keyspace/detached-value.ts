/** Values without their keys, on their way from one key to another: RENAME, MOVE, COPY. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Database } from './database.ts'
import { type StringForm, stringForm } from './entry-table.ts'
import type { StoredObject } from './stored-object.ts'

export interface DetachedValue {
  /** A string's bytes, or the object. */
  readonly content: Uint8Array | StoredObject
  /** -1 when it never expires. */
  readonly expiresAtMs: number
  /** A string's; the shortest if absent. */
  readonly form?: StringForm | undefined
}

/** Takes the key away and hands over what it held. */
export function detach(db: Database, entry: number): DetachedValue {
  const value = { content: db.objectAt(entry) ?? db.strings.copy(entry), ...ofKey(db, entry) }
  db.remove(entry)
  return value
}

/** What the key holds as a value of its own that shares nothing with it. */
export function duplicate(db: Database, entry: number): DetachedValue {
  const { expiresAtMs, form } = ofKey(db, entry)
  return {
    content: db.objectAt(entry)?.clone() ?? db.strings.copy(entry),
    expiresAtMs,
    form: form === stringForm.shortest ? stringForm.unshared : form,
  }
}

/** Puts a value under a key that is not there; returns its entry. */
export function attach(db: Database, keys: Args, i: number, { content, expiresAtMs, form }: DetachedValue): number {
  const entry =
    content instanceof Uint8Array ? db.setString(keys, i, content, 0, content.length) : db.addObject(keys, i, content)
  if (form !== undefined) db.strings.setForm(entry, form)
  if (expiresAtMs >= 0) db.setExpiry(entry, expiresAtMs)
  return entry
}

/** What stands beside the value. */
function ofKey(db: Database, entry: number): Omit<DetachedValue, 'content'> {
  const form = db.kind(entry) === 'string' ? db.strings.form(entry) : undefined
  return { expiresAtMs: db.expiresAtMs(entry), form }
}
