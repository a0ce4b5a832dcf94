/** What all commands that take elements off a list's end have in common: the answer, the events, and that an empty
 *  list is no list. What happened is logged by the commands, since each knows a different fact. */
import { List } from '../../broker/list.ts'
import { ListElement } from '../../broker/list-chunk.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'

/** The element at hand; only within one call. */
const element = new ListElement()

/** Answers and takes the element at an end of the list at `entry`, whose key is argument `key`. */
export function popOne(call: Call, entry: number, key: number, atFront: boolean): void {
  const list = call.db.objectForChange(List, entry)
  list.peek(atFront, element)
  call.reply.wire(element.bytes, element.start, element.end)
  list.pop(atFront)
  elementsTaken(call, entry, list, key, atFront, 1)
}

/** Answers and takes up to `countMax` elements, as an array in the order in which they are taken; returns how many. */
export function popMany(call: Call, entry: number, key: number, atFront: boolean, countMax: number): number {
  const { db, reply } = call
  const list = db.objectForChange(List, entry)
  const count = Math.min(countMax, list.length)
  reply.array(count)
  if (atFront) list.answerRange(reply, 0, count)
  else list.answerBackwards(reply, count)
  list.drop(atFront, count)
  elementsTaken(call, entry, list, key, atFront, count)
  return count
}

/** Tells of `count` elements that were taken off an end of a list, and deletes the key of a list that is empty now. */
export function elementsTaken(
  call: Call,
  entry: number,
  list: List,
  key: number,
  atFront: boolean,
  count: number,
): void {
  const { args, db, keyspace } = call
  keyspace.notify(db, notifyClass.list, atFront ? 'lpop' : 'rpop', args, key)
  if (list.length === 0) {
    db.remove(entry)
    keyspace.notify(db, notifyClass.generic, 'del', args, key)
  }
  keyspace.dirty += count - 1
  keyspace.changed(db, args, key)
}

/** Logs that elements were taken: LPOP or RPOP, with the count unless it is undefined. */
export function logPop(call: Call, key: number, atFront: boolean, count?: number): void {
  const { args, db, effects } = call
  if (!effects.begin(db.index, count === undefined ? 2 : 3)) return
  effects.text(atFront ? 'LPOP' : 'RPOP')
  effects.argument(args, key)
  if (count !== undefined) effects.integer(count)
}
