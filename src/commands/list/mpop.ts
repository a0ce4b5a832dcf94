/** LMPOP and BLMPOP: elements from the first of several lists that has any. */
import { List } from '../../broker/list.ts'
import { defineCommand } from '../command.ts'
import { keysCountedAt } from '../counted-keys.ts'
import { type MultiPop, readMultiPop, type Taking, takeFromFirst, takeFromFirstOrWait } from '../pops.ts'
import { nextIsLeft } from './ends.ts'
import { logPop, popMany } from './removal.ts'
import { readDeadline } from './timeout.ts'

/** LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count] */
export const lmpop = defineCommand({
  name: 'lmpop',
  arity: -4,
  flags: ['write', 'movablekeys'],
  categories: ['list'],
  keys: keysCountedAt(1),
  since: '7.0.0',
  group: 'list',
  summary: 'Takes elements from the first list that has any.',
  complexity: 'O(K+N) with K keys and N elements taken',
  syntax: 'numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
  run(call) {
    const pop = readMultiPop(call.args, nextIsLeft)
    if (!takeFromFirst(call, takingElements(pop), pop.first, pop.last)) call.reply.nullArray()
  },
})

/** BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count] */
export const blmpop = defineCommand({
  name: 'blmpop',
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  categories: ['list'],
  keys: keysCountedAt(2),
  since: '7.0.0',
  group: 'list',
  summary: 'Takes elements from the first list that has any, and waits for one if none has.',
  complexity: 'O(K+N) with K keys and N elements taken',
  syntax: 'timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
  run(call) {
    const { args } = call
    const timeout = args.next()
    const pop = readMultiPop(args, nextIsLeft)
    takeFromFirstOrWait(call, takingElements(pop), pop.first, pop.last, readDeadline(args, timeout, call.nowMs))
  },
})

/** Takes elements at an end, at most so many. */
function takingElements({ end: atFront, countMax }: MultiPop): Taking {
  return {
    kind: 'list',
    take(call, entry, key) {
      const { args, db, reply } = call
      db.objectOf(List, entry)
      reply.array(2)
      reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
      logPop(call, key, atFront, popMany(call, entry, key, atFront, countMax))
    },
  }
}
