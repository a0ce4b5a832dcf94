/** BZPOPMIN and BZPOPMAX: a member from the first of several sorted sets that has one, now or later. */
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { type Command, defineCommand } from '../command.ts'
import { readDeadline } from '../list/timeout.ts'
import { type Taking, takeFromFirstOrWait } from '../pops.ts'
import { takeMembers } from './pop.ts'
import { ofSortedSet } from './zset-facts.ts'

/** BZPOPMIN key [key ...] timeout */
export const bzpopmin = blockingPopCommand(
  'bzpopmin',
  false,
  'Takes the member with the lowest score, and waits for one.',
)
/** BZPOPMAX key [key ...] timeout */
export const bzpopmax = blockingPopCommand(
  'bzpopmax',
  true,
  'Takes the member with the highest score, and waits for one.',
)

function blockingPopCommand(name: string, isMax: boolean, summary: string): Command {
  const taking: Taking = {
    kind: 'zset',
    take(call, entry, key) {
      const { args, db, reply } = call
      db.objectOf(SortedSet, entry)
      reply.array(3)
      reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
      takeMembers(call, entry, key, isMax, 1, false)
    },
  }
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: -3,
    flags: ['write', 'noscript', 'blocking', 'fast'],
    keys: { first: 1, last: -2, step: 1 },
    since: '5.0.0',
    summary,
    complexity: 'O(K+log(N)) with K keys and N members',
    syntax: 'key [key ...] timeout',
    run(call) {
      const timeout = call.args.count - 1
      takeFromFirstOrWait(call, taking, 1, timeout - 1, readDeadline(call.args, timeout, call.nowMs))
    },
  })
}
