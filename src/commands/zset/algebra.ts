/** ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD.
 *
 *  Sums of doubles depend on their order: as in Redis the smallest input comes first. */
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand } from '../command.ts'
import { keysCountedAt } from '../counted-keys.ts'
import { beginMembers } from './answers.ts'
import { aggregated, type Inputs, type Operand, type Options, readInputs, weighted } from './operands.ts'
import { storeMembers } from './store.ts'
import { ofSortedSet } from './zset-facts.ts'

/** Puts what the inputs come to into a set that is empty. */
type Combine = (inputs: Inputs, into: SortedSet) => void

const keys = 'numkeys key [key ...]'
const weights = '[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]'
const unionComplexity = 'O(N)+O(M*log(M)) with N members of all inputs and M of the result'
const interComplexity = 'O(N*K)+O(M*log(M)) with N members of the smallest of K inputs and M of the result'

/** ZUNION numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES] */
export const zunion = readCommand(
  'zunion',
  unite,
  true,
  unionComplexity,
  'Lists the members that any of several sets has.',
)
/** ZINTER numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES] */
export const zinter = readCommand(
  'zinter',
  intersect,
  true,
  interComplexity,
  'Lists the members that all of several sets have.',
)
/** ZDIFF numkeys key [key ...] [WITHSCORES] */
export const zdiff = readCommand(
  'zdiff',
  subtract,
  false,
  unionComplexity,
  'Lists the members of the first set that none of the others has.',
)
/** ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] */
export const zunionstore = storeCommand(
  'zunionstore',
  unite,
  true,
  '2.0.0',
  unionComplexity,
  'Stores what ZUNION lists.',
)
/** ZINTERSTORE destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] */
export const zinterstore = storeCommand(
  'zinterstore',
  intersect,
  true,
  '2.0.0',
  interComplexity,
  'Stores what ZINTER lists.',
)
/** ZDIFFSTORE destination numkeys key [key ...] */
export const zdiffstore = storeCommand(
  'zdiffstore',
  subtract,
  false,
  '6.2.0',
  unionComplexity,
  'Stores what ZDIFF lists.',
)

/** ZINTERCARD numkeys key [key ...] [LIMIT limit] */
export const zintercard = defineCommand({
  ...ofSortedSet,
  name: 'zintercard',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: keysCountedAt(1),
  since: '7.0.0',
  summary: 'Counts the members that all of several sets have.',
  complexity: 'O(N*K) with N members of the smallest of K inputs',
  syntax: `${keys} [LIMIT limit]`,
  run(call) {
    const { operands, limit } = readInputs(call, 'zintercard', { limit: true })
    const [first, ...others] = bySize(operands)
    let count = 0
    first!.visit((bytes, start, end) => {
      if (others.every((each) => !Number.isNaN(each.score(bytes, start, end)))) count++
    })
    call.reply.integer(limit > 0 ? Math.min(limit, count) : count)
  },
})

function readCommand(
  name: string,
  combine: Combine,
  takesWeights: boolean,
  complexity: string,
  summary: string,
): Command {
  const options: Options = { weights: takesWeights, withScores: true }
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: -3,
    flags: ['readonly', 'movablekeys'],
    keys: keysCountedAt(1),
    since: '6.2.0',
    summary,
    complexity,
    syntax: takesWeights ? `${keys} ${weights} [WITHSCORES]` : `${keys} [WITHSCORES]`,
    run(call) {
      const inputs = readInputs(call, name, options)
      const result = SortedSet.table(call.keyspace.collectionSettings)
      combine(inputs, result)
      result.members.visit(0, result.size, false, beginMembers(call.reply, result.size, inputs.withScores))
    },
  })
}

function storeCommand(
  name: string,
  combine: Combine,
  takesWeights: boolean,
  since: string,
  complexity: string,
  summary: string,
): Command {
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: -4,
    flags: ['write', 'denyoom', 'movablekeys'],
    keys: keysCountedAt(2, true),
    since,
    summary,
    complexity,
    syntax: takesWeights ? `destination ${keys} ${weights}` : `destination ${keys}`,
    run(call: Call) {
      call.args.next()
      const inputs = readInputs(call, name, { weights: takesWeights })
      const result = SortedSet.table(call.keyspace.collectionSettings)
      combine(inputs, result)
      result.settle()
      storeMembers(call, 1, result, name)
    },
  })
}

function unite({ operands, aggregate }: Inputs, into: SortedSet): void {
  for (const operand of bySize(operands)) {
    operand.visit((bytes, start, end, own) => {
      const score = weighted(own, operand.weight)
      const place = into.find(bytes, start, end)
      if (place < 0) into.add(bytes, start, end, score)
      else into.setScore(place, aggregated(aggregate, into.score(place), score))
    })
  }
}

function intersect({ operands, aggregate }: Inputs, into: SortedSet): void {
  const [first, ...others] = bySize(operands)
  first!.visit((bytes, start, end, own) => {
    let score = weighted(own, first!.weight)
    for (const other of others) {
      const value = other.score(bytes, start, end)
      if (Number.isNaN(value)) return
      score = aggregated(aggregate, score, value * other.weight)
    }
    into.add(bytes, start, end, score)
  })
}

function subtract({ operands }: Inputs, into: SortedSet): void {
  const [first, ...others] = operands
  first!.visit((bytes, start, end, score) => {
    if (others.every((each) => Number.isNaN(each.score(bytes, start, end)))) into.add(bytes, start, end, score)
  })
}

function bySize(operands: readonly Operand[]): Operand[] {
  return operands.toSorted((a, b) => a.size - b.size)
}
