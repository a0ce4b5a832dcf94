/** What becomes of fields when their times are changed: some get another time, some go because their time has come
 *  already. Told, logged and counted in one place. */
import type { Hash } from '../../keyspace/hash.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { logFields } from './field-args.ts'

export interface FieldChanges {
  /** Argument indexes of the fields that got a time, that lost theirs, and that went. */
  readonly timed: number[]
  readonly persisted: number[]
  readonly removed: number[]
}

export function noChanges(): FieldChanges {
  return { timed: [], persisted: [], removed: [] }
}

/** Tells of changes of the hash at `entry`, whose key is argument 1. `atMs` is the time that fields got. */
export function fieldsChanged(call: Call, entry: number, hash: Hash, changes: FieldChanges, atMs = 0): void {
  const { args, db, keyspace } = call
  const { timed, persisted, removed } = changes
  const count = timed.length + persisted.length + removed.length
  if (count === 0) return
  keyspace.dirty += count - 1
  keyspace.changed(db, args, 1)
  logFields(call, 'HPEXPIREAT', [String(atMs), 'FIELDS', String(timed.length)], timed)
  logFields(call, 'HPERSIST', ['FIELDS', String(persisted.length)], persisted)
  logFields(call, 'HDEL', [], removed)
  if (timed.length > 0) keyspace.notify(db, notifyClass.hash, 'hexpire', args, 1)
  if (persisted.length > 0) keyspace.notify(db, notifyClass.hash, 'hpersist', args, 1)
  if (removed.length > 0) keyspace.notify(db, notifyClass.hash, 'hdel', args, 1)
  if (hash.length === 0) {
    db.remove(entry)
    keyspace.notify(db, notifyClass.generic, 'del', args, 1)
  } else db.scheduleFields(entry)
}
