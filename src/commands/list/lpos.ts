/** LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]: where in a list an element is. */

import type { Args } from '../../../protocol/resp/args.ts'
import { countNegative, lengthNegative, rankZero, syntaxError } from '../../broker/errors.ts'
import { List } from '../../broker/list.ts'
import { defineCommand, firstKey } from '../command.ts'
import { nextIndex } from './indexes.ts'

export const lpos = defineCommand({
  name: 'lpos',
  arity: -3,
  flags: ['readonly'],
  categories: ['list'],
  keys: firstKey,
  since: '6.0.6',
  group: 'list',
  summary: 'Finds the indexes of elements that equal the given one.',
  complexity: 'O(N) with N elements looked at',
  syntax: 'key element [RANK rank] [COUNT num-matches] [MAXLEN len]',
  run({ args, db, reply }) {
    const key = args.next()
    const wanted = args.next()
    const { rank, countMax, lookMax } = readOptions(args)
    const list = db.read(List, args, key)
    const found =
      list?.find({
        bytes: args.bytes,
        start: args.wireStart(wanted),
        end: args.wireEnd(wanted),
        step: rank > 0 ? 1 : -1,
        skip: Math.abs(rank) - 1,
        countMax: countMax ?? 1,
        lookMax,
      }) ?? []
    if (countMax !== undefined) {
      reply.array(found.length)
      for (const index of found) reply.integer(index)
    } else if (found.length === 0) reply.null()
    else reply.integer(found[0]!)
  },
})

interface Options {
  /** The n-th match from the front, or from the back when negative. */
  readonly rank: number
  /** Infinity for all; undefined when not given, which makes the answer one index instead of an array. */
  readonly countMax: number | undefined
  readonly lookMax: number
}

function readOptions(args: Args): Options {
  let rank = 1
  let countMax: number | undefined
  let lookMax = Number.POSITIVE_INFINITY
  while (args.left > 0) {
    if (args.left < 2) throw syntaxError()
    if (args.token('RANK')) {
      rank = nextIndex(args)
      if (rank === 0) throw rankZero()
    } else if (args.token('COUNT')) {
      countMax = nextCount(args, countNegative)
    } else if (args.token('MAXLEN')) {
      lookMax = nextCount(args, lengthNegative)
    } else throw syntaxError()
  }
  return { rank, countMax, lookMax }
}

/** A count of which 0 means no limit. */
function nextCount(args: Args, error: () => Error): number {
  const count = nextIndex(args, error)
  if (count < 0) throw error()
  return count === 0 ? Number.POSITIVE_INFINITY : count
}
