/** The inputs of ZUNION, ZINTER and ZDIFF: sorted sets, and sets, whose members all count as having the score 1. */
import type { Args } from '../../../protocol/resp/args.ts'
import { limitNegative } from '../../broker/collection-errors.ts'
import { notInteger, syntaxError, wrongType } from '../../broker/errors.ts'
import { inputKeyNeeded, weightNotFloat } from '../../broker/sorted-set-errors.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { MemberVisitor } from '../../keyspace/sorted-set-form.ts'
import type { Call } from '../call.ts'
import { nextIndex } from '../list/indexes.ts'
import { scoreArgument } from './scores.ts'

export type Aggregate = 'SUM' | 'MIN' | 'MAX'

/** One input with its weight. */
export class Operand {
  /** Undefined where there is no key. */
  readonly set: SortedSet | SetValue | undefined
  weight = 1

  constructor(set: SortedSet | SetValue | undefined) {
    this.set = set
  }

  get size(): number {
    return this.set?.size ?? 0
  }

  /** The member's score without the weight; NaN when it is not there. */
  score(bytes: Uint8Array, start: number, end: number): number {
    const { set } = this
    if (set instanceof SetValue) return set.has(bytes, start, end) ? 1 : Number.NaN
    const place = set === undefined ? -1 : set.find(bytes, start, end)
    return place < 0 ? Number.NaN : (set as SortedSet).score(place)
  }

  visit(visitor: MemberVisitor): void {
    const { set } = this
    if (set instanceof SortedSet) set.members.visit(0, set.size, false, visitor)
    else {
      set?.visit((bytes, start, end) => {
        visitor(bytes, start, end, 1)
        return true
      })
    }
  }
}

export interface Inputs {
  readonly operands: readonly Operand[]
  readonly aggregate: Aggregate
  readonly withScores: boolean
  /** 0 for no limit. */
  readonly limit: number
}

/** What a command takes behind its keys. */
export interface Options {
  readonly weights?: boolean
  readonly withScores?: boolean
  readonly limit?: boolean
}

/** Reads the inputs from the cursor on, where their number stands. The types of all keys come before the options. */
export function readInputs(call: Call, name: string, options: Options): Inputs {
  const { args } = call
  const count = nextIndex(args, notInteger)
  if (count < 1) throw inputKeyNeeded(name)
  if (count > args.left) throw syntaxError()
  const operands = Array.from({ length: count }, () => readOperand(call))
  let aggregate: Aggregate = 'SUM'
  let withScores = false
  let limit = 0
  while (args.left > 0) {
    if (options.weights && args.left > count && args.token('WEIGHTS')) {
      for (const operand of operands) operand.weight = scoreArgument(args, args.next(), weightNotFloat)
    } else if (options.weights && args.left > 1 && args.token('AGGREGATE')) aggregate = readAggregate(args)
    else if (options.withScores && args.token('WITHSCORES')) withScores = true
    else if (options.limit && args.left > 1 && args.token('LIMIT')) limit = readLimit(args)
    else throw syntaxError()
  }
  return { operands, aggregate, withScores, limit }
}

/** Two scores of one member as one. Infinities of both signs add up to 0. */
export function aggregated(aggregate: Aggregate, a: number, b: number): number {
  if (aggregate === 'SUM') return orZero(a + b)
  return aggregate === 'MIN' ? (b < a ? b : a) : b > a ? b : a
}

/** The score times the weight; infinity times nothing is 0. */
export function weighted(score: number, weight: number): number {
  return orZero(score * weight)
}

function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score
}

function readOperand({ args, db }: Call): Operand {
  const entry = db.lookup(args, args.next())
  if (entry < 0) return new Operand(undefined)
  const object = db.objectAt(entry)
  if (object instanceof SortedSet || object instanceof SetValue) return new Operand(object)
  throw wrongType()
}

function readAggregate(args: Args): Aggregate {
  for (const aggregate of ['SUM', 'MIN', 'MAX'] as const) if (args.token(aggregate)) return aggregate
  throw syntaxError()
}

function readLimit(args: Args): number {
  const limit = args.int64(args.next()) ?? -1n
  if (limit < 0n) throw limitNegative()
  return Number(limit)
}
