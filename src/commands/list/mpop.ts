/** LMPOP and BLMPOP: elements from the first of several lists that has any. */

import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { countNotPositive, invalidKeyArguments, numkeysNotPositive, syntaxError } from '../../broker/errors.ts'
import { List } from '../../broker/list.ts'
import type { Call, Wait } from '../call.ts'
import { defineCommand } from '../command.ts'
import { nextIsLeft } from './ends.ts'
import { nextIndex } from './indexes.ts'
import { logPop, popMany } from './removal.ts'
import { readDeadline } from './timeout.ts'

/** LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count] */
export const lmpop = defineCommand({
  name: 'lmpop',
  arity: -4,
  flags: ['write', 'movablekeys'],
  categories: ['list'],
  keys: { first: 0, last: 0, step: 0, find: (args) => findKeys(args, 1) },
  since: '7.0.0',
  group: 'list',
  summary: 'Takes elements from the first list that has any.',
  complexity: 'O(K+N) with K keys and N elements taken',
  syntax: 'numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
  run(call) {
    if (!popFirstOf(call, readPops(call.args))) call.reply.nullArray()
  },
})

/** BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count] */
export const blmpop = defineCommand({
  name: 'blmpop',
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  categories: ['list'],
  keys: { first: 0, last: 0, step: 0, find: (args) => findKeys(args, 2) },
  since: '7.0.0',
  group: 'list',
  summary: 'Takes elements from the first list that has any, and waits for one if none has.',
  complexity: 'O(K+N) with K keys and N elements taken',
  syntax: 'timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
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
  readonly atFront: boolean
  readonly countMax: number
}

function readPops(args: Args): Pops {
  const keyCount = nextIndex(args, numkeysNotPositive)
  if (keyCount < 1) throw numkeysNotPositive()
  if (keyCount >= args.left) throw syntaxError()
  const keys: number[] = []
  while (keys.length < keyCount) keys.push(args.next())
  const atFront = nextIsLeft(args)
  if (args.left === 0) return { keys, atFront, countMax: 1 }
  if (args.left < 2 || !args.token('COUNT')) throw syntaxError()
  const countMax = nextIndex(args, countNotPositive)
  if (countMax < 1) throw countNotPositive()
  args.finish()
  return { keys, atFront, countMax }
}

function popFirstOf(call: Call, { keys, atFront, countMax }: Pops): boolean {
  for (const key of keys) {
    const entry = call.db.find(call.args, key)
    if (entry < 0) continue
    answerPops(call, entry, key, atFront, countMax)
    return true
  }
  return false
}

function answerPops(call: Call, entry: number, key: number, atFront: boolean, countMax: number): void {
  const { args, db, reply } = call
  db.objectOf(List, entry)
  reply.array(2)
  reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
  logPop(call, key, atFront, popMany(call, entry, key, atFront, countMax))
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
    if (entry < 0 || call.db.kind(entry) !== 'list') return false
    answerPops(call, entry, key, this.#pops.atFront, this.#pops.countMax)
    return true
  }

  timeOut(reply: Reply): void {
    reply.nullArray()
  }
}

/** The keys behind the count of keys in argument `at`. */
function findKeys(args: Args, at: number): number[] {
  const count = args.smallInteger(at)
  if (!(count >= 1 && count < args.count - at)) throw invalidKeyArguments()
  return Array.from({ length: count }, (_, i) => at + 1 + i)
}
