/** LMOVE and RPOPLPUSH: from an end of one list to an end of another, or of the same one. */
import { List } from '../../broker/list.ts'
import { ListElement } from '../../broker/list-chunk.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand, twoKeys } from '../command.ts'
import { nextIsLeft } from './ends.ts'
import { elementsTaken } from './removal.ts'

/** The element on its way; only within one call. */
const element = new ListElement()

/** LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> */
export const lmove = defineCommand({
  name: 'lmove',
  arity: 5,
  flags: ['write', 'denyoom'],
  categories: ['list'],
  keys: twoKeys,
  since: '6.2.0',
  group: 'list',
  summary: 'Moves an element from an end of a list to an end of a list.',
  complexity: 'O(1)',
  syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT>',
  run(call) {
    const { args } = call
    args.next()
    args.next()
    const fromFront = nextIsLeft(args)
    const toFront = nextIsLeft(args)
    if (!moveElement(call, fromFront, toFront)) return call.reply.null()
    call.logAsReceived()
  },
})

/** RPOPLPUSH source destination */
export const rpoplpush = defineCommand({
  name: 'rpoplpush',
  arity: 3,
  flags: ['write', 'denyoom'],
  categories: ['list'],
  keys: twoKeys,
  since: '1.2.0',
  group: 'list',
  summary: 'Moves the back element of a list to the front of a list.',
  complexity: 'O(1)',
  syntax: 'source destination',
  run(call) {
    if (!moveElement(call, false, true)) return call.reply.null()
    call.logAsReceived()
  },
})

/** Moves an element from the list at argument 1 to the one at argument 2, which it creates, and answers the element.
 *  False when there is no source; throws WRONGTYPE for either, before anything is changed. Logs nothing. */
export function moveElement(call: Call, fromFront: boolean, toFront: boolean): boolean {
  const { args, db, keyspace, reply } = call
  const sourceEntry = db.find(args, 1)
  if (sourceEntry < 0) return false
  db.objectOf(List, sourceEntry)
  const targetEntry = db.find(args, 2)
  if (targetEntry >= 0) db.objectOf(List, targetEntry)
  const source = db.objectForChange(List, sourceEntry)
  const target = targetEntry < 0 ? new List() : db.objectForChange(List, targetEntry)
  source.peek(fromFront, element)
  source.pop(fromFront)
  target.push(toFront, element.bytes, element.start, element.end)
  if (targetEntry < 0) db.addObject(args, 2, target)
  else keyspace.keyReady(db, args, 2)
  keyspace.changed(db, args, 2)
  // Two keys changed, but Redis counts one change.
  keyspace.dirty--
  keyspace.notify(db, notifyClass.list, toFront ? 'lpush' : 'rpush', args, 2)
  // Answered between the two events, as Redis does, from where the element is now.
  target.peek(toFront, element)
  reply.wire(element.bytes, element.start, element.end)
  elementsTaken(call, sourceEntry, source, 1, fromFront, 1)
  return true
}
