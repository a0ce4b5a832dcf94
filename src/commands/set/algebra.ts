/** SINTER, SUNION, SDIFF, their STORE forms, and SINTERCARD. */
import type { Args } from '../../../protocol/resp/args.ts'
import { limitNegative, tooManyKeys } from '../../broker/collection-errors.ts'
import { invalidKeyArguments, numkeysNotPositive, syntaxError } from '../../broker/errors.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { MemberVisitor } from '../../keyspace/set-members.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { WireRun } from '../../lib/wire-run.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofSet, ofSets, storing } from './set-facts.ts'

/** A set at one of the keys; undefined where there is none. */
type Operand = SetValue | undefined

/** SINTER key [key ...] */
export const sinter = defineCommand({
  ...ofSets,
  name: 'sinter',
  since: '1.0.0',
  summary: 'Lists the members that all of several sets have.',
  complexity: 'O(N*M) with N members of the smallest of M sets',
  run(call) {
    const { reply } = call
    const members = new WireRun()
    let count = 0
    visitIntersection(readOperands(call), (bytes, start, end) => {
      members.bulk(bytes, start, end)
      count++
      return true
    })
    reply.set(count)
    const { size } = members
    reply.wire(members.take(), 0, size)
  },
})

/** SUNION key [key ...] */
export const sunion = defineCommand({
  ...ofSets,
  name: 'sunion',
  since: '1.0.0',
  summary: 'Lists the members that any of several sets has.',
  complexity: 'O(N) with N members of all sets',
  run(call) {
    answer(call, union(call, readOperands(call)))
  },
})

/** SDIFF key [key ...] */
export const sdiff = defineCommand({
  ...ofSets,
  name: 'sdiff',
  since: '1.0.0',
  summary: 'Lists the members of the first set that none of the others has.',
  complexity: 'O(N) with N members of all sets',
  run(call) {
    answer(call, difference(call, readOperands(call)))
  },
})

/** SINTERSTORE destination key [key ...] */
export const sinterstore = defineCommand({
  ...storing,
  name: 'sinterstore',
  since: '1.0.0',
  summary: 'Stores the members that all of several sets have.',
  complexity: 'O(N*M) with N members of the smallest of M sets',
  run(call) {
    const target = call.args.next()
    const operands = readOperands(call)
    if (operands.includes(undefined)) {
      // As in Redis, who hears of the deletion hears of it before the answer where nothing was intersected.
      removeTarget(call, target)
      return call.reply.integer(0)
    }
    const result = new SetValue(call.keyspace.collectionSettings)
    visitIntersection(operands, (bytes, start, end) => {
      result.add(bytes, start, end)
      return true
    })
    store(call, target, result, 'sinterstore')
  },
})

/** SUNIONSTORE destination key [key ...] */
export const sunionstore = defineCommand({
  ...storing,
  name: 'sunionstore',
  since: '1.0.0',
  summary: 'Stores the members that any of several sets has.',
  complexity: 'O(N) with N members of all sets',
  run(call) {
    const target = call.args.next()
    store(call, target, union(call, readOperands(call)), 'sunionstore')
  },
})

/** SDIFFSTORE destination key [key ...] */
export const sdiffstore = defineCommand({
  ...storing,
  name: 'sdiffstore',
  since: '1.0.0',
  summary: 'Stores the members of the first set that none of the others has.',
  complexity: 'O(N) with N members of all sets',
  run(call) {
    const target = call.args.next()
    store(call, target, difference(call, readOperands(call)), 'sdiffstore')
  },
})

/** SINTERCARD numkeys key [key ...] [LIMIT limit] */
export const sintercard = defineCommand({
  ...ofSet,
  name: 'sintercard',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keys: { first: 0, last: 0, step: 0, find: findCountedKeys },
  since: '7.0.0',
  summary: 'Counts the members that all of several sets have.',
  complexity: 'O(N*M) with N members of the smallest of M sets',
  syntax: 'numkeys key [key ...] [LIMIT limit]',
  run(call) {
    const { args, reply } = call
    const keyCount = Number(args.int64(args.next()) ?? 0)
    if (keyCount < 1) throw numkeysNotPositive()
    if (keyCount > args.left) throw tooManyKeys()
    const keysEnd = args.position + keyCount
    const limit = readLimit(args, keysEnd)
    let count = 0
    visitIntersection(readOperands(call, keysEnd), () => ++count !== limit)
    reply.integer(count)
  },
})

/** The options behind the keys, for a cursor that stays before them; 0 for no limit. */
function readLimit(args: Args, from: number): number {
  const firstKey = args.position
  args.position = from
  let limit = 0
  while (args.left > 0) {
    if (args.left < 2 || !args.token('LIMIT')) throw syntaxError()
    limit = Number(args.int64(args.next()) ?? -1)
    if (limit < 0) throw limitNegative()
  }
  args.position = firstKey
  return limit
}

/** The sets at the keys from the cursor up to argument `end`; throws WRONGTYPE for any that is something else. */
function readOperands({ args, db }: Call, end = args.count): Operand[] {
  const operands: Operand[] = []
  while (args.position < end) operands.push(db.read(SetValue, args, args.next()))
  return operands
}

/** Visits what is a member of every set, in the order of the smallest; the visitor returns false for enough. */
function visitIntersection(operands: readonly Operand[], visit: MemberVisitor): void {
  const sets = operands.filter((set) => set !== undefined)
  if (sets.length < operands.length) return
  const [smallest, ...others] = sets.sort((a, b) => a.size - b.size)
  smallest?.visit((bytes, start, end) => {
    for (const other of others) if (other !== smallest && !other.has(bytes, start, end)) return true
    return visit(bytes, start, end)
  })
}

function union({ keyspace }: Call, operands: readonly Operand[]): SetValue {
  const result = new SetValue(keyspace.collectionSettings)
  for (const set of new Set(operands)) {
    set?.visit((bytes, start, end) => {
      result.add(bytes, start, end)
      return true
    })
  }
  return result
}

function difference({ keyspace }: Call, [first, ...others]: readonly Operand[]): SetValue {
  const result = new SetValue(keyspace.collectionSettings)
  if (first === undefined || others.includes(first)) return result
  first.visit((bytes, start, end) => {
    if (!others.some((other) => other?.has(bytes, start, end))) result.add(bytes, start, end)
    return true
  })
  return result
}

function answer({ reply }: Call, result: SetValue): void {
  reply.set(result.size)
  result.answer(reply)
}

/** Puts the result in place of whatever the target holds and answers its size. Nothing is stored as no key. */
function store(call: Call, target: number, result: SetValue, event: string): void {
  const { args, db, keyspace, reply } = call
  if (result.size === 0) {
    reply.integer(0)
    return removeTarget(call, target)
  }
  const replaced = db.find(args, target)
  if (replaced >= 0) db.replaceObject(replaced, result)
  else db.addObject(args, target, result)
  keyspace.changed(db, args, target)
  call.logAsReceived()
  reply.integer(result.size)
  keyspace.notify(db, notifyClass.set, event, args, target)
}

function removeTarget(call: Call, target: number): void {
  const { args, db, keyspace } = call
  const replaced = db.find(args, target)
  if (replaced < 0) return
  db.remove(replaced)
  keyspace.changed(db, args, target)
  call.logAsReceived()
  keyspace.notify(db, notifyClass.generic, 'del', args, target)
}

/** The keys behind their count. */
function findCountedKeys(args: Args): number[] {
  const count = args.smallInteger(1)
  if (!(count >= 1 && count <= args.count - 2)) throw invalidKeyArguments()
  return Array.from({ length: count }, (_, i) => 2 + i)
}
