/** Sorted sets that commands make: the key takes the new one whatever it held before, or goes when it is empty. */
import { notifyClass } from '../../keyspace/notify.ts'
import type { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'

/** Gives argument `key` the set and answers with its size. */
export function storeMembers(call: Call, key: number, set: SortedSet, event: string): void {
  const { args, db, keyspace, reply } = call
  const replaced = db.find(args, key)
  if (set.size > 0) {
    if (replaced >= 0) db.replaceObject(replaced, set)
    else db.addObject(args, key, set)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.zset, event, args, key)
  } else if (replaced >= 0) {
    db.remove(replaced)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.generic, 'del', args, key)
  }
  if (set.size > 0 || replaced >= 0) call.logAsReceived()
  reply.integer(set.size)
}
