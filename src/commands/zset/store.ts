/** Sorted sets that commands make: the key takes the new one whatever it held before, or goes when it is empty. */
import { notifyClass } from '../../keyspace/notify.ts'
import type { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'

/** Gives argument `key` the set, answers with its size and tells of it: of a deletion behind the answer, as Redis does. */
export function storeMembers(call: Call, key: number, set: SortedSet, event: string): void {
  const { args, db, keyspace, reply } = call
  if (!putMembers(call, key, set)) return reply.integer(0)
  if (set.size > 0) keyspace.changed(db, args, key)
  reply.integer(set.size)
  if (set.size === 0) keyspace.changed(db, args, key)
  notifyStored(call, key, set, event)
}

/** Gives argument `key` the set; returns whether anything has changed, which the caller has to tell. */
export function putMembers(call: Call, key: number, set: SortedSet): boolean {
  const { args, db } = call
  const replaced = db.find(args, key)
  if (set.size === 0) {
    if (replaced < 0) return false
    db.remove(replaced)
  } else if (replaced >= 0) db.replaceObject(replaced, set)
  else db.addObject(args, key, set)
  call.logAsReceived()
  return true
}

export function notifyStored({ args, db, keyspace }: Call, key: number, set: SortedSet, event: string): void {
  if (set.size > 0) keyspace.notify(db, notifyClass.zset, event, args, key)
  else keyspace.notify(db, notifyClass.generic, 'del', args, key)
}
