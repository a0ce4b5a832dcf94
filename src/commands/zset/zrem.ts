/** ZREM ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX. */
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { type Command, defineCommand } from '../command.ts'
import { membersTaken } from './changes.ts'
import { type RangeKind, readBounds } from './range-bounds.ts'
import { logarithmicRange, ofSortedSet } from './zset-facts.ts'

/** ZREM key member [member ...] */
export const zrem = defineCommand({
  ...ofSortedSet,
  name: 'zrem',
  arity: -3,
  flags: ['write', 'fast'],
  since: '1.2.0',
  summary: 'Removes members; answers with how many were there.',
  complexity: 'O(log(N)) for every member of N',
  syntax: 'key member [member ...]',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    const set = db.objectOf(SortedSet, entry)
    let count = 0
    while (args.left > 0 && set.size > 0) {
      const i = args.next()
      const place = set.find(args.bytes, args.starts[i]!, args.ends[i]!)
      if (place < 0) continue
      if (count === 0) db.beforeChange(entry)
      set.remove(place)
      count++
    }
    if (count > 0) {
      membersTaken(call, entry, set, key, 'zrem', count)
      call.logAsReceived()
    }
    reply.integer(count)
  },
})

/** ZREMRANGEBYRANK key start stop */
export const zremrangebyrank = removeRangeCommand('rank', 'zremrangebyrank', '2.0.0', 'start stop', 'ranks')
/** ZREMRANGEBYSCORE key min max */
export const zremrangebyscore = removeRangeCommand('score', 'zremrangebyscore', '1.2.0', 'min max', 'scores')
/** ZREMRANGEBYLEX key min max */
export const zremrangebylex = removeRangeCommand('name', 'zremrangebylex', '2.8.9', 'min max', 'names')

function removeRangeCommand(kind: RangeKind, name: string, since: string, bounds: string, what: string): Command {
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: 4,
    flags: ['write'],
    since,
    summary: `Removes the members with ${what} in a range.`,
    complexity: logarithmicRange,
    syntax: `key ${bounds}`,
    run(call) {
      const { args, db, reply } = call
      const find = readBounds(args, kind, 2, 3)
      const entry = db.find(args, 1)
      if (entry < 0) return reply.integer(0)
      const set = db.objectOf(SortedSet, entry)
      const { first, count } = find(set.members)
      if (count > 0) {
        db.beforeChange(entry)
        set.removeRange(first, count)
        membersTaken(call, entry, set, 1, name, count)
        call.logAsReceived()
      }
      reply.integer(count)
    },
  })
}
