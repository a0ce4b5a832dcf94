/** ZMPOP and BZMPOP: members from the first of several sorted sets that has any. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { defineCommand } from '../command.ts'
import { keysCountedAt } from '../counted-keys.ts'
import { readDeadline } from '../list/timeout.ts'
import { type MultiPop, readMultiPop, type Taking, takeFromFirst, takeFromFirstOrWait } from '../pops.ts'
import { takeMembers } from './pop.ts'
import { ofSortedSet } from './zset-facts.ts'

const complexity = 'O(K+M*log(N)) with K keys, N members and M of them taken'
const syntax = 'numkeys key [key ...] <MIN | MAX> [COUNT count]'

/** ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count] */
export const zmpop = defineCommand({
  ...ofSortedSet,
  name: 'zmpop',
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: keysCountedAt(1),
  since: '7.0.0',
  summary: 'Takes members from the first sorted set that has any.',
  complexity,
  syntax,
  run(call) {
    const pop = readMultiPop(call.args, nextIsMax)
    if (!takeFromFirst(call, takingMembers(pop), pop.first, pop.last)) call.reply.nullArray()
  },
})

/** BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count] */
export const bzmpop = defineCommand({
  ...ofSortedSet,
  name: 'bzmpop',
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: keysCountedAt(2),
  since: '7.0.0',
  summary: 'Takes members from the first sorted set that has any, and waits for one if none has.',
  complexity,
  syntax: `timeout ${syntax}`,
  run(call) {
    const { args } = call
    const timeout = args.next()
    const pop = readMultiPop(args, nextIsMax)
    takeFromFirstOrWait(call, takingMembers(pop), pop.first, pop.last, readDeadline(args, timeout, call.nowMs))
  },
})

/** Whether the next argument is MAX (true) or MIN; a syntax error when it is neither. */
function nextIsMax(args: Args): boolean {
  if (args.token('MAX')) return true
  if (args.token('MIN')) return false
  throw syntaxError()
}

/** Takes members at an end, at most so many. */
function takingMembers({ end: isMax, countMax }: MultiPop): Taking {
  return {
    kind: 'zset',
    take(call, entry, key) {
      const { args, db, reply } = call
      const count = Math.min(countMax, db.objectOf(SortedSet, entry).size)
      reply.array(2)
      reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
      reply.array(count)
      takeMembers(call, entry, key, isMax, count, true)
    },
  }
}
