/** Ranges of sorted sets as they are asked for, by rank, score or name; each is found as a range of ranks. */
import type { Args } from '../../../protocol/resp/args.ts'
import { boundNotFloat, boundNotName } from '../../broker/sorted-set-errors.ts'
import type { SortedSetForm } from '../../keyspace/sorted-set-form.ts'
import { parseDouble, parsePlainDouble } from '../../lib/double.ts'
import { nextIndex } from '../list/indexes.ts'

export type RangeKind = 'rank' | 'score' | 'name'

/** Neighbours by rank. */
export interface RankRange {
  readonly first: number
  /** 0 when there are none. */
  readonly count: number
}

/** Says which members of a set are in the range; needs the request's bytes no more, except for names. */
export type Bounds = (members: SortedSetForm) => RankRange

const nothing: RankRange = { first: 0, count: 0 }
const leftParenthesis = 40
const leftBracket = 91

/** Reads the bounds in arguments `low` and `high`. */
export function readBounds(args: Args, kind: RangeKind, low: number, high: number): Bounds {
  if (kind === 'rank') return rankBounds(args, low, high)
  return kind === 'score' ? scoreBounds(args, low, high) : nameBounds(args, low, high)
}

/** Of ranks that count from the end when negative; of a set read backwards they count from its end. */
function rankBounds(args: Args, low: number, high: number): Bounds {
  args.position = low
  const start = nextIndex(args)
  args.position = high
  const stop = nextIndex(args)
  return ({ size }) => {
    const first = Math.max(0, start < 0 ? start + size : start)
    const last = Math.min(stop < 0 ? stop + size : stop, size - 1)
    return first > last ? nothing : { first, count: last - first + 1 }
  }
}

function scoreBounds(args: Args, low: number, high: number): Bounds {
  const [min, isMinOut] = scoreBound(args, low)
  const [max, isMaxOut] = scoreBound(args, high)
  return (members) => {
    if (min > max) return nothing
    const first = members.countBelow(min, isMinOut)
    return { first, count: Math.max(0, members.countBelow(max, !isMaxOut) - first) }
  }
}

/** A score, and whether the bound itself is out of the range. Redis reads it as C does: white space before it is skipped,
 *  nothing at all is 0, and a NUL ends it. */
function scoreBound(args: Args, i: number): [number, boolean] {
  const start = args.starts[i]!
  const isOut = args.size(i) > 0 && args.bytes[start] === leftParenthesis
  const plain = parsePlainDouble(args.bytes, isOut ? start + 1 : start, args.ends[i]!)
  if (!Number.isNaN(plain)) return [plain, isOut]
  if (args.is(i, '+INF')) return [Number.POSITIVE_INFINITY, false]
  if (args.is(i, '-INF')) return [Number.NEGATIVE_INFINITY, false]
  const text = args.terminated(i, boundNotFloat)
  const digits = isOut ? text.slice(1) : text
  const value = digits === '' ? 0 : parseDouble(digits.replace(/^[ \t\n\v\f\r]+/, ''))
  if (value === undefined) throw boundNotFloat()
  return [value, isOut]
}

function nameBounds(args: Args, low: number, high: number): Bounds {
  const min = nameBound(args, low)
  const max = nameBound(args, high)
  return (members) => {
    const first = countBefore(members, args, low, min, false)
    return { first, count: Math.max(0, countBefore(members, args, high, max, true) - first) }
  }
}

type NameBound = 'smallest' | 'largest' | 'in' | 'out'

function nameBound(args: Args, i: number): NameBound {
  const text = args.quoted(i)
  if (text === '-') return 'smallest'
  if (text === '+') return 'largest'
  const sign = args.size(i) === 0 ? 0 : args.bytes[args.starts[i]!]
  if (sign === leftBracket) return 'in'
  if (sign === leftParenthesis) return 'out'
  throw boundNotName()
}

/** How many members lie below the bound (as a lower one), or up to it (as an upper one). */
function countBefore(members: SortedSetForm, args: Args, i: number, bound: NameBound, isUpper: boolean): number {
  if (bound === 'smallest') return 0
  if (bound === 'largest') return members.size
  return members.countBefore(args.bytes, args.starts[i]! + 1, args.ends[i]!, (bound === 'in') === isUpper)
}
