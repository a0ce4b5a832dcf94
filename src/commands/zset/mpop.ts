/** ZMPOP and BZMPOP: members from the first of several sorted sets that has any. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { countNotPositive, numkeysNotPositive, syntaxError } from '../../broker/errors.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call, Wait } from '../call.ts'
import { defineCommand } from '../command.ts'
import { nextIndex } from '../list/indexes.ts'
import { readDeadline } from '../list/timeout.ts'
import { keysCountedAt } from './counted-keys.ts'
import { takeMembers } from './pop.ts'
import { ofSortedSet } from './zset-facts.ts'

const complexity = 'O(K+M*log(N)) with K keys, N members and M of them taken'
const syntax = 'numkeys key [key ...] <MIN | MAX> [COUNT count]'

/** ZMPOP numkeys key [key ...] <MIN | MAX> [COUNT count] */
export const zmpop = defineCommand({
  ...ofSortedSet,
  name: 'zmpop',
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: keysCountedAt(1),
  since: '7.0.0',
  summary: 'Takes members from the first sorted set that has any.',
  complexity,
  syntax,
  run(call) {
    if (!popFirstOf(call, readPops(call.args))) call.reply.nullArray()
  },
})

/** BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count] */
export const bzmpop = defineCommand({
  ...ofSortedSet,
  name: 'bzmpop',
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: keysCountedAt(2),
  since: '7.0.0',
  summary: 'Takes members from the first sorted set that has any, and waits for one if none has.',
  complexity,
  syntax: `timeout ${syntax}`,
  run(call) {
    const { args } = call
    const timeout = args.next()
    const pops = readPops(args)
    const deadlineMs = readDeadline(args, timeout, call.nowMs)
    if (popFirstOf(call, pops)) return
    if (call.mayBlock) call.block(new MultiPopWait(args.clone(), pops, deadlineMs))
    else call.reply.nullArray()
  },
})

interface Pops {
  /** Argument indexes. */
  readonly keys: readonly number[]
  readonly isMax: boolean
  readonly countMax: number
}

function readPops(args: Args): Pops {
  const keyCount = nextIndex(args, numkeysNotPositive)
  if (keyCount < 1) throw numkeysNotPositive()
  if (keyCount >= args.left) throw syntaxError()
  const keys: number[] = []
  while (keys.length < keyCount) keys.push(args.next())
  const isMax = args.token('MAX')
  if (!isMax && !args.token('MIN')) throw syntaxError()
  if (args.left === 0) return { keys, isMax, countMax: 1 }
  if (args.left < 2 || !args.token('COUNT')) throw syntaxError()
  const countMax = nextIndex(args, countNotPositive)
  if (countMax < 1) throw countNotPositive()
  args.finish()
  return { keys, isMax, countMax }
}

function popFirstOf(call: Call, pops: Pops): boolean {
  for (const key of pops.keys) {
    const entry = call.db.find(call.args, key)
    if (entry < 0) continue
    answerPops(call, entry, key, pops)
    return true
  }
  return false
}

function answerPops(call: Call, entry: number, key: number, { isMax, countMax }: Pops): void {
  const { args, db, reply } = call
  const count = Math.min(countMax, db.objectOf(SortedSet, entry).size)
  reply.array(2)
  reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
  reply.array(count)
  takeMembers(call, entry, key, isMax, count, true)
}

class MultiPopWait implements Wait {
  readonly args: Args
  readonly keys: readonly number[]
  readonly deadlineMs: number
  readonly #pops: Pops

  constructor(args: Args, pops: Pops, deadlineMs: number) {
    this.args = args
    this.keys = pops.keys
    this.deadlineMs = deadlineMs
    this.#pops = pops
  }

  serve(call: Call, key: number): boolean {
    const entry = call.db.find(this.args, key)
    if (entry < 0 || call.db.kind(entry) !== 'zset') return false
    answerPops(call, entry, key, this.#pops)
    return true
  }

  timeOut(reply: Reply): void {
    reply.nullArray()
  }
}
