/** BLPOP and BRPOP: an element from the first of several lists that has one, now or later. */
import { List } from '../../broker/list.ts'
import { type Command, defineCommand } from '../command.ts'
import { type Taking, takeFromFirstOrWait } from '../pops.ts'
import { logPop, popOne } from './removal.ts'
import { readDeadline } from './timeout.ts'

/** BLPOP key [key ...] timeout */
export const blpop = blockingPopCommand('blpop', true, 'Takes the front element of a list, and waits for one.')
/** BRPOP key [key ...] timeout */
export const brpop = blockingPopCommand('brpop', false, 'Takes the back element of a list, and waits for one.')

function blockingPopCommand(name: string, atFront: boolean, summary: string): Command {
  const taking: Taking = {
    kind: 'list',
    take(call, entry, key) {
      const { args, db, reply } = call
      db.objectOf(List, entry)
      reply.array(2)
      reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
      popOne(call, entry, key, atFront)
      logPop(call, key, atFront)
    },
  }
  return defineCommand({
    name,
    arity: -3,
    flags: ['write', 'noscript', 'blocking'],
    categories: ['list'],
    keys: { first: 1, last: -2, step: 1 },
    since: '2.0.0',
    group: 'list',
    summary,
    complexity: 'O(K) with K keys',
    syntax: 'key [key ...] timeout',
    run(call) {
      const timeout = call.args.count - 1
      takeFromFirstOrWait(call, taking, 1, timeout - 1, readDeadline(call.args, timeout, call.nowMs))
    },
  })
}
