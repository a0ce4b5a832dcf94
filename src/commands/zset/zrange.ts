/** ZRANGE and its older names, which fix some of its options, and ZRANGESTORE. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import { limitNeedsRange, scoresOfNames } from '../../broker/sorted-set-errors.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { defineCommand, twoKeys } from '../command.ts'
import { nextIndex } from '../list/indexes.ts'
import { answerMembers } from './answers.ts'
import { type Bounds, type RangeKind, type RankRange, readBounds } from './range-bounds.ts'
import { storeMembers } from './store.ts'
import { logarithmicRange, ofSortedSet } from './zset-facts.ts'

const limit = '[LIMIT offset count]'
const readsRange = { ...ofSortedSet, arity: -4, flags: ['readonly'], complexity: logarithmicRange } as const

/** ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES] */
export const zrange = defineCommand({
  ...readsRange,
  name: 'zrange',
  since: '1.2.0',
  summary: 'Reads the members in a range of ranks, scores or names.',
  syntax: `key start stop [BYSCORE | BYLEX] [REV] ${limit} [WITHSCORES]`,
  run: (call) => answerMembers(call, 1, readRange(call.args, 1, {})),
})

/** ZREVRANGE key start stop [WITHSCORES] */
export const zrevrange = defineCommand({
  ...readsRange,
  name: 'zrevrange',
  since: '1.2.0',
  summary: 'Reads the members in a range of ranks that are counted from the highest score.',
  syntax: 'key start stop [WITHSCORES]',
  run: (call) => answerMembers(call, 1, readRange(call.args, 1, { kind: 'rank', backwards: true })),
})

/** ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count] */
export const zrangebyscore = defineCommand({
  ...readsRange,
  name: 'zrangebyscore',
  since: '1.0.5',
  summary: 'Reads the members with scores in a range.',
  syntax: `key min max [WITHSCORES] ${limit}`,
  run: (call) => answerMembers(call, 1, readRange(call.args, 1, { kind: 'score', backwards: false })),
})

/** ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count] */
export const zrevrangebyscore = defineCommand({
  ...readsRange,
  name: 'zrevrangebyscore',
  since: '2.2.0',
  summary: 'Reads the members with scores in a range, the highest first.',
  syntax: `key max min [WITHSCORES] ${limit}`,
  run: (call) => answerMembers(call, 1, readRange(call.args, 1, { kind: 'score', backwards: true })),
})

/** ZRANGEBYLEX key min max [LIMIT offset count] */
export const zrangebylex = defineCommand({
  ...readsRange,
  name: 'zrangebylex',
  since: '2.8.9',
  summary: 'Reads the members with names in a range, where all scores are equal.',
  syntax: `key min max ${limit}`,
  run: (call) => answerMembers(call, 1, readRange(call.args, 1, { kind: 'name', backwards: false })),
})

/** ZREVRANGEBYLEX key max min [LIMIT offset count] */
export const zrevrangebylex = defineCommand({
  ...readsRange,
  name: 'zrevrangebylex',
  since: '2.8.9',
  summary: 'Reads the members with names in a range, the last first, where all scores are equal.',
  syntax: `key max min ${limit}`,
  run: (call) => answerMembers(call, 1, readRange(call.args, 1, { kind: 'name', backwards: true })),
})

/** ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] */
export const zrangestore = defineCommand({
  ...ofSortedSet,
  keys: twoKeys,
  name: 'zrangestore',
  arity: -5,
  flags: ['write', 'denyoom'],
  since: '6.2.0',
  summary: 'Gives a key the members in a range of another sorted set.',
  complexity: logarithmicRange,
  syntax: `dst src min max [BYSCORE | BYLEX] [REV] ${limit}`,
  run(call) {
    const { args, db, keyspace } = call
    const range = readRange(args, 2, { isStored: true })
    const source = db.read(SortedSet, args, 2)
    const stored = new SortedSet(keyspace.collectionSettings)
    if (source !== undefined) {
      const { first, count } = range.find(source.members)
      source.members.visit(first, count, false, (bytes, start, end, score) => stored.add(bytes, start, end, score))
    }
    storeMembers(call, 1, stored, 'zrangestore')
  },
})

/** A range as a request asks for it. */
export interface Range {
  readonly find: Bounds
  readonly backwards: boolean
  readonly withScores: boolean
}

/** What a command's name has decided. */
interface Fixed {
  readonly kind?: RangeKind
  readonly backwards?: boolean
  readonly isStored?: boolean
}

/** Reads a range whose set is argument `key`, its bounds the two behind it. */
function readRange(args: Args, key: number, fixed: Fixed): Range {
  let { kind, backwards } = fixed
  let withScores = false
  let offset = 0
  let countMax = -1
  args.position = key + 3
  while (args.left > 0) {
    if (!fixed.isStored && args.token('WITHSCORES')) withScores = true
    else if (args.left > 2 && args.token('LIMIT')) {
      offset = nextIndex(args)
      countMax = nextIndex(args)
    } else if (backwards === undefined && args.token('REV')) backwards = true
    else if (kind === undefined && args.token('BYLEX')) kind = 'name'
    else if (kind === undefined && args.token('BYSCORE')) kind = 'score'
    else throw syntaxError()
  }
  kind ??= 'rank'
  backwards ??= false
  if (countMax !== -1 && kind === 'rank') throw limitNeedsRange()
  if (withScores && kind === 'name') throw scoresOfNames()
  const isTurned = backwards && kind !== 'rank'
  const bounds = readBounds(args, kind, isTurned ? key + 2 : key + 1, isTurned ? key + 1 : key + 2)
  if (kind === 'rank') return { find: backwards ? fromTheEnd(bounds) : bounds, backwards, withScores }
  return { find: limited(bounds, backwards, offset, countMax), backwards, withScores }
}

/** Ranks that were counted from the end as ranks. */
function fromTheEnd(bounds: Bounds): Bounds {
  return (members) => {
    const { first, count } = bounds(members)
    return { first: members.size - first - count, count }
  }
}

/** The part of a range behind `offset` members, `countMax` at most (any number when negative); both count in the order
 *  in which it is read. */
function limited(bounds: Bounds, backwards: boolean, offset: number, countMax: number): Bounds {
  if (offset === 0 && countMax < 0) return bounds
  return (members): RankRange => {
    const range = bounds(members)
    const left = offset < 0 ? 0 : Math.max(0, range.count - offset)
    const count = countMax < 0 ? left : Math.min(left, countMax)
    return { first: backwards ? range.first + left - count : range.first + offset, count }
  }
}
