/** Keys that go though nobody asked for it: their time has come, or room is needed. What went is logged as a fact. */
import { Args } from '../../protocol/resp/args.ts'
import type { Database } from './database.ts'
import { notifyClass } from './notify.ts'

/** Deletes an entry whose time has come, as a reader that meets it does; -1, as if it had not been there. While nothing
 *  expires it stays, but hidden. */
export function expireKey(db: Database, entry: number): -1 {
  if (db.keyspace.expiryFrozen) return -1
  db.keyspace.expiredKeys++
  takeAway(db, entry, notifyClass.expired, 'expired')
  return -1
}

/** Deletes an entry to make room. */
export function evictKey(db: Database, entry: number): void {
  db.keyspace.evictedKeys++
  takeAway(db, entry, notifyClass.evicted, 'evicted')
}

function takeAway(db: Database, entry: number, eventClass: number, event: string): void {
  const { keyspace } = db
  const key = Args.of(db.key(entry))
  db.remove(entry)
  keyspace.effects.command(db.index, 'DEL', key.copy(0))
  keyspace.notify(db, eventClass, event, key, 0)
  keyspace.changed(db, key, 0)
}
