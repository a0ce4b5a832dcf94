/** ZPOPMIN ZPOPMAX, and what all commands have in common that take members off an end. The members that were taken are
 *  logged, as ZREM. */
import { notPositive, syntaxError } from '../../broker/errors.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand } from '../command.ts'
import { membersTaken } from './changes.ts'
import { ofSortedSet } from './zset-facts.ts'

/** ZPOPMIN key [count] */
export const zpopmin = popCommand('zpopmin', false, 'Takes the members with the lowest scores.')
/** ZPOPMAX key [count] */
export const zpopmax = popCommand('zpopmax', true, 'Takes the members with the highest scores.')

function popCommand(name: string, isMax: boolean, summary: string): Command {
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: -2,
    flags: ['write', 'fast'],
    since: '5.0.0',
    summary,
    complexity: 'O(M*log(N)) with N members and M of them taken',
    syntax: 'key [count]',
    run(call) {
      const { args, db, reply } = call
      if (args.count > 3) throw syntaxError()
      const key = args.next()
      const countMax = args.left > 0 ? Number(args.int64(args.next()) ?? -1) : 1
      if (countMax < 0) throw notPositive()
      const entry = db.find(args, key)
      if (entry < 0) return reply.array(0)
      const set = db.objectOf(SortedSet, entry)
      if (countMax === 0) return reply.array(0)
      const count = Math.min(countMax, set.size)
      const inPairs = reply.protocol > 2 && args.count === 3
      reply.array(inPairs ? count : 2 * count)
      takeMembers(call, entry, key, isMax, count, inPairs)
    },
  })
}

/** Takes `count` members off the set at `entry`, whose key is argument `key`, and answers with them one by one, each with
 *  its score, as a pair or flat. */
export function takeMembers(
  call: Call,
  entry: number,
  key: number,
  isMax: boolean,
  count: number,
  inPairs: boolean,
): void {
  const { args, db, effects, reply } = call
  const set = db.objectForChange(SortedSet, entry)
  const first = isMax ? set.size - count : 0
  const isLogged = effects.begin(db.index, count + 2)
  if (isLogged) {
    effects.text('ZREM')
    effects.argument(args, key)
  }
  set.members.visit(first, count, isMax, (bytes, start, end, score) => {
    if (inPairs) reply.array(2)
    reply.bulk(bytes, start, end)
    reply.double(score)
    if (isLogged) effects.bulk(bytes, start, end)
  })
  set.removeRange(first, count)
  membersTaken(call, entry, set, key, isMax ? 'zpopmax' : 'zpopmin', count)
}
