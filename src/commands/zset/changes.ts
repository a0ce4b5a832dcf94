/** What all commands have in common that take members off a sorted set: the events, and that an empty set is none. */
import { notifyClass } from '../../keyspace/notify.ts'
import type { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'

/** Tells of `count` members that were taken off the set at `entry`, whose key is argument `key`, and deletes the key when
 *  none is left. */
export function membersTaken(
  { args, db, keyspace }: Call,
  entry: number,
  set: SortedSet,
  key: number,
  event: string,
  count: number,
): void {
  keyspace.notify(db, notifyClass.zset, event, args, key)
  if (set.size === 0) {
    db.remove(entry)
    keyspace.notify(db, notifyClass.generic, 'del', args, key)
  }
  keyspace.dirty += count - 1
  keyspace.changed(db, args, key)
}
