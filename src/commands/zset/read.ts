/** ZSCORE ZMSCORE ZCARD ZRANK ZREVRANK ZCOUNT ZLEXCOUNT. */
import { syntaxError } from '../../broker/errors.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand } from '../command.ts'
import { type RangeKind, readBounds } from './range-bounds.ts'
import { logarithmic, ofSortedSet, readsFast } from './zset-facts.ts'

/** ZSCORE key member */
export const zscore = defineCommand({
  ...ofSortedSet,
  name: 'zscore',
  arity: 3,
  flags: readsFast,
  since: '1.2.0',
  summary: "Tells a member's score.",
  complexity: 'O(1)',
  syntax: 'key member',
  run(call) {
    const { args, db } = call
    answerScore(call, db.read(SortedSet, args, args.next()), args.next())
  },
})

/** ZMSCORE key member [member ...] */
export const zmscore = defineCommand({
  ...ofSortedSet,
  name: 'zmscore',
  arity: -3,
  flags: readsFast,
  since: '6.2.0',
  summary: 'Tells the scores of several members.',
  complexity: 'O(M) with M members asked for',
  syntax: 'key member [member ...]',
  run(call) {
    const { args, db, reply } = call
    const set = db.read(SortedSet, args, args.next())
    reply.array(args.left)
    while (args.left > 0) answerScore(call, set, args.next())
  },
})

/** ZCARD key */
export const zcard = defineCommand({
  ...ofSortedSet,
  name: 'zcard',
  arity: 2,
  flags: readsFast,
  since: '1.2.0',
  summary: 'Counts the members of a sorted set.',
  complexity: 'O(1)',
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.read(SortedSet, args, args.next())?.size ?? 0)
  },
})

/** ZRANK key member [WITHSCORE] */
export const zrank = rankCommand('zrank', false, 'Tells how many members come before one.')
/** ZREVRANK key member [WITHSCORE] */
export const zrevrank = rankCommand('zrevrank', true, 'Tells how many members come behind one.')

/** ZCOUNT key min max */
export const zcount = countCommand('zcount', 'score', '2.0.0', 'Counts the members with scores in a range.')
/** ZLEXCOUNT key min max */
export const zlexcount = countCommand('zlexcount', 'name', '2.8.9', 'Counts the members with names in a range.')

function answerScore({ args, reply }: Call, set: SortedSet | undefined, i: number): void {
  const place = set === undefined ? -1 : set.find(args.bytes, args.starts[i]!, args.ends[i]!)
  if (place < 0) reply.null()
  else reply.double(set!.score(place))
}

function rankCommand(name: string, fromEnd: boolean, summary: string): Command {
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: -3,
    flags: readsFast,
    since: '2.0.0',
    summary,
    complexity: logarithmic,
    syntax: 'key member [WITHSCORE]',
    run({ args, db, reply }) {
      const key = args.next()
      const member = args.next()
      const withScore = args.token('WITHSCORE')
      if (args.left > 0) throw syntaxError()
      const set = db.read(SortedSet, args, key)
      const place = set === undefined ? -1 : set.find(args.bytes, args.starts[member]!, args.ends[member]!)
      if (place < 0) return withScore ? reply.nullArray() : reply.null()
      const rank = set!.members.rank(place)
      if (withScore) reply.array(2)
      reply.integer(fromEnd ? set!.size - 1 - rank : rank)
      if (withScore) reply.double(set!.score(place))
    },
  })
}

function countCommand(name: string, kind: RangeKind, since: string, summary: string): Command {
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: 4,
    flags: readsFast,
    since,
    summary,
    complexity: logarithmic,
    syntax: 'key min max',
    run({ args, db, reply }) {
      const bounds = readBounds(args, kind, 2, 3)
      const set = db.read(SortedSet, args, 1)
      reply.integer(set === undefined ? 0 : bounds(set.members).count)
    },
  })
}
