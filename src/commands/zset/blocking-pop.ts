/** BZPOPMIN and BZPOPMAX: a member from the first of several sorted sets that has one, now or later. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { Call, Wait } from '../call.ts'
import { type Command, defineCommand } from '../command.ts'
import { readDeadline } from '../list/timeout.ts'
import { takeMembers } from './pop.ts'
import { ofSortedSet } from './zset-facts.ts'

/** BZPOPMIN key [key ...] timeout */
export const bzpopmin = blockingPopCommand(
  'bzpopmin',
  false,
  'Takes the member with the lowest score, and waits for one.',
)
/** BZPOPMAX key [key ...] timeout */
export const bzpopmax = blockingPopCommand(
  'bzpopmax',
  true,
  'Takes the member with the highest score, and waits for one.',
)

function blockingPopCommand(name: string, isMax: boolean, summary: string): Command {
  return defineCommand({
    ...ofSortedSet,
    name,
    arity: -3,
    flags: ['write', 'noscript', 'blocking', 'fast'],
    keys: { first: 1, last: -2, step: 1 },
    since: '5.0.0',
    summary,
    complexity: 'O(K+log(N)) with K keys and N members',
    syntax: 'key [key ...] timeout',
    run(call) {
      const { args, db } = call
      const timeout = args.count - 1
      const deadlineMs = readDeadline(args, timeout, call.nowMs)
      for (let key = 1; key < timeout; key++) {
        const entry = db.find(args, key)
        if (entry >= 0) return answerPop(call, entry, key, isMax)
      }
      if (call.mayBlock) call.block(new PopWait(args.clone(), isMax, deadlineMs))
      else call.reply.nullArray()
    },
  })
}

function answerPop(call: Call, entry: number, key: number, isMax: boolean): void {
  const { args, db, reply } = call
  db.objectOf(SortedSet, entry)
  reply.array(3)
  reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
  takeMembers(call, entry, key, isMax, 1, false)
}

class PopWait implements Wait {
  readonly args: Args
  readonly keys: readonly number[]
  readonly deadlineMs: number
  readonly #isMax: boolean

  constructor(args: Args, isMax: boolean, deadlineMs: number) {
    this.args = args
    this.keys = Array.from({ length: args.count - 2 }, (_, i) => i + 1)
    this.deadlineMs = deadlineMs
    this.#isMax = isMax
  }

  serve(call: Call, key: number): boolean {
    const entry = call.db.find(this.args, key)
    if (entry < 0 || call.db.kind(entry) !== 'zset') return false
    answerPop(call, entry, key, this.#isMax)
    return true
  }

  timeOut(reply: Reply): void {
    reply.nullArray()
  }
}
