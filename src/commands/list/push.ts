/** LPUSH, RPUSH and their X forms, which only add to a list that is there. */
import { List } from '../../broker/list.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { type Command, type CommandFlag, defineCommand, firstKey } from '../command.ts'

const flags: readonly CommandFlag[] = ['write', 'denyoom', 'fast']

/** LPUSH key element [element ...] */
export const lpush = pushCommand('lpush', true, false, '1.0.0', 'Adds elements at the front of a list.')
/** RPUSH key element [element ...] */
export const rpush = pushCommand('rpush', false, false, '1.0.0', 'Adds elements at the back of a list.')
/** LPUSHX key element [element ...] */
export const lpushx = pushCommand('lpushx', true, true, '2.2.0', 'Adds elements at the front of a list that exists.')
/** RPUSHX key element [element ...] */
export const rpushx = pushCommand('rpushx', false, true, '2.2.0', 'Adds elements at the back of a list that exists.')

function pushCommand(name: string, atFront: boolean, mustExist: boolean, since: string, summary: string): Command {
  return defineCommand({
    name,
    arity: -3,
    flags,
    categories: ['list'],
    keys: firstKey,
    since,
    group: 'list',
    summary,
    complexity: 'O(1) for every element',
    syntax: 'key element [element ...]',
    run(call) {
      push(call, atFront, mustExist)
    },
  })
}

function push(call: Call, atFront: boolean, mustExist: boolean): void {
  const { args, db, keyspace } = call
  const key = args.next()
  const entry = db.find(args, key)
  if (entry < 0 && mustExist) return call.reply.integer(0)
  const list = entry < 0 ? new List() : db.objectForChange(List, entry)
  for (let i = key + 1; i < args.count; i++) list.push(atFront, args.bytes, args.wireStart(i), args.wireEnd(i))
  if (entry < 0) db.addObject(args, key, list)
  // Somebody may wait until it is long enough.
  else keyspace.keyReady(db, args, key)
  keyspace.dirty += args.count - 3
  call.logAsReceived()
  call.reply.integer(list.length)
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.list, atFront ? 'lpush' : 'rpush', args, key)
}
