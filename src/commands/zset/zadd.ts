/** ZADD and ZINCRBY. A request that changes nothing leaves no trace. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import {
  conflictingComparisons,
  incrementsSingle,
  notExistingAndExisting,
  scoreNotNumber,
} from '../../broker/sorted-set-errors.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { scoreArgument, scoreText } from './scores.ts'
import { logarithmic, ofSortedSet } from './zset-facts.ts'

/** ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...] */
export const zadd = defineCommand({
  ...ofSortedSet,
  name: 'zadd',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  since: '1.2.0',
  summary: 'Adds members with scores to a sorted set, or gives them other scores.',
  complexity: 'O(log(N)) for every member of N',
  syntax: 'key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]',
  run(call) {
    const { args } = call
    const key = args.next()
    const options = readOptions(args)
    const first = args.position
    if (args.left === 0 || args.left % 2 !== 0) throw syntaxError()
    refuseConflicts(options, args.left / 2)
    for (let i = first; i < args.count; i += 2) scoreArgument(args, i)
    if ((options & incr) !== 0) increment(call, key, first, options)
    else addMembers(call, key, options, first)
  },
})

/** ZINCRBY key increment member */
export const zincrby = defineCommand({
  ...ofSortedSet,
  name: 'zincrby',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  since: '1.2.0',
  summary: "Adds to a member's score, which counts as 0 when the member is absent.",
  complexity: logarithmic,
  syntax: 'key increment member',
  run(call) {
    const key = call.args.next()
    scoreArgument(call.args, key + 1)
    increment(call, key, key + 1, incr)
  },
})

/** Options as bits. */
export const zaddOption = { nx: 1, xx: 2, gt: 4, lt: 8, ch: 16, incr: 32 } as const
const { nx, xx, gt, lt, ch, incr } = zaddOption

function readOptions(args: Args): number {
  let options = 0
  // A number is no option, and usually comes first.
  while (args.left > 0 && args.bytes[args.starts[args.position]!]! >= 65) {
    if (args.token('NX')) options |= nx
    else if (args.token('XX')) options |= xx
    else if (args.token('GT')) options |= gt
    else if (args.token('LT')) options |= lt
    else if (args.token('CH')) options |= ch
    else if (args.token('INCR')) options |= incr
    else break
  }
  return options
}

function refuseConflicts(options: number, members: number): void {
  if (options === 0) return
  if ((options & nx) !== 0 && (options & xx) !== 0) throw notExistingAndExisting()
  const compared = options & (gt | lt)
  if (compared === (gt | lt) || (compared !== 0 && (options & nx) !== 0)) throw conflictingComparisons()
  if ((options & incr) !== 0 && members > 1) throw incrementsSingle()
}

/** Adds members and answers with how many are new (or changed). Pairs of score and member begin at argument `first`; where
 *  the scores were found out already, each member stands behind two arguments in place of one. */
export function addMembers(call: Call, key: number, options: number, first: number, scores?: readonly number[]): void {
  const { args, db, reply } = call
  const entry = db.find(args, key)
  if (entry < 0 && (options & xx) !== 0) return reply.integer(0)
  const set = entry < 0 ? new SortedSet(call.keyspace.collectionSettings) : db.objectOf(SortedSet, entry)
  let added = 0
  let updated = 0
  const before = scores === undefined ? 1 : 2
  for (let i = first + before, k = 0; i < args.count; i += before + 1, k++) {
    const score = scores === undefined ? scoreArgument(args, i - 1) : scores[k]!
    const start = args.starts[i]!
    const end = args.ends[i]!
    const place = set.find(args.bytes, start, end)
    if (place < 0 ? (options & xx) !== 0 : isKept(set.score(place), score, options)) continue
    if (entry >= 0 && added + updated === 0) db.beforeChange(entry)
    if (place < 0) {
      set.add(args.bytes, start, end, score)
      added++
    } else {
      set.setScore(place, score)
      updated++
    }
  }
  const answer = (options & ch) === 0 ? added : added + updated
  if (added + updated === 0) return reply.integer(answer)
  if (entry < 0) db.addObject(args, key, set)
  call.logAsReceived()
  reply.integer(answer)
  tell(call, key, 'zadd', added + updated)
}

/** Whether a member that is there keeps its score. */
function isKept(current: number, score: number, options: number): boolean {
  if (score === current || (options & nx) !== 0) return true
  return ((options & gt) !== 0 && score < current) || ((options & lt) !== 0 && score > current)
}

/** Adds the increment in argument `first` to the score of the member behind it, and logs the sum. */
function increment(call: Call, key: number, first: number, options: number): void {
  const { args, db, effects, reply } = call
  const by = scoreArgument(args, first)
  const start = args.starts[first + 1]!
  const end = args.ends[first + 1]!
  const entry = db.find(args, key)
  const set = entry < 0 ? new SortedSet(call.keyspace.collectionSettings) : db.objectOf(SortedSet, entry)
  const place = set.find(args.bytes, start, end)
  if ((options & (place < 0 ? xx : nx)) !== 0) return reply.null()
  const current = place < 0 ? 0 : set.score(place)
  const score = place < 0 ? by : current + by
  if (Number.isNaN(score)) throw scoreNotNumber()
  if (place >= 0) {
    if (((options & gt) !== 0 && score <= current) || ((options & lt) !== 0 && score >= current)) return reply.null()
    if (score === current) return reply.double(score)
  }
  if (entry >= 0) db.beforeChange(entry)
  if (place < 0) set.add(args.bytes, start, end, score)
  else set.setScore(place, score)
  if (entry < 0) db.addObject(args, key, set)
  if (effects.begin(db.index, 4)) {
    effects.text('ZADD')
    effects.argument(args, key)
    effects.text(scoreText(score))
    effects.argument(args, first + 1)
  }
  reply.double(score)
  tell(call, key, 'zincr', 1)
}

function tell({ args, db, keyspace }: Call, key: number, event: string, count: number): void {
  keyspace.dirty += count - 1
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.zset, event, args, key)
}
