/** What BLPOP, LMPOP and their kin have in common with those of sorted sets: something is taken from the first of several keys
 *  that has anything, now or later. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Reply } from '../../protocol/resp/reply.ts'
import { countNotPositive, numkeysNotPositive, syntaxError } from '../broker/errors.ts'
import type { Kind } from '../keyspace/stored-object.ts'
import type { Call, Wait } from './call.ts'
import { nextIndex } from './list/indexes.ts'

/** How something is taken from a key. */
export interface Taking {
  /** What the key must hold. */
  readonly kind: Kind
  /** Takes from the entry, which is at argument `key`, and answers. Throws WRONGTYPE when it is of another kind. */
  take(call: Call, entry: number, key: number): void
}

/** Takes from the first of the keys `first` to `last` that is there, and answers; false when none is. */
export function takeFromFirst(call: Call, taking: Taking, first: number, last: number): boolean {
  for (let key = first; key <= last; key++) {
    const entry = call.db.find(call.args, key)
    if (entry < 0) continue
    taking.take(call, entry, key)
    return true
  }
  return false
}

/** The same, and waits until one is there; where nothing may wait the answer is null. */
export function takeFromFirstOrWait(call: Call, taking: Taking, first: number, last: number, deadlineMs: number): void {
  if (takeFromFirst(call, taking, first, last)) return
  if (call.mayBlock) call.block(new TakingWait(call.args.clone(), taking, first, last, deadlineMs))
  else call.reply.nullArray()
}

class TakingWait implements Wait {
  readonly args: Args
  readonly keys: readonly number[]
  readonly deadlineMs: number
  readonly #taking: Taking

  constructor(args: Args, taking: Taking, first: number, last: number, deadlineMs: number) {
    this.args = args
    this.keys = Array.from({ length: last - first + 1 }, (_, i) => first + i)
    this.deadlineMs = deadlineMs
    this.#taking = taking
  }

  serve(call: Call, key: number): boolean {
    const entry = call.db.find(this.args, key)
    if (entry < 0 || call.db.kind(entry) !== this.#taking.kind) return false
    this.#taking.take(call, entry, key)
    return true
  }

  timeOut(reply: Reply): void {
    reply.nullArray()
  }
}

/** What the commands with COUNT are asked for: from which keys, at which end, how many at most. */
export interface MultiPop {
  readonly first: number
  readonly last: number
  /** LEFT, or MAX: as `readEnd` has it. */
  readonly end: boolean
  readonly countMax: number
}

/** numkeys key [key ...] <end> [COUNT count] */
export function readMultiPop(args: Args, readEnd: (args: Args) => boolean): MultiPop {
  const keyCount = nextIndex(args, numkeysNotPositive)
  if (keyCount < 1) throw numkeysNotPositive()
  if (keyCount >= args.left) throw syntaxError()
  const first = args.next()
  let last = first
  while (last - first + 1 < keyCount) last = args.next()
  const end = readEnd(args)
  if (args.left === 0) return { first, last, end, countMax: 1 }
  if (args.left < 2 || !args.token('COUNT')) throw syntaxError()
  const countMax = nextIndex(args, countNotPositive)
  if (countMax < 1) throw countNotPositive()
  args.finish()
  return { first, last, end, countMax }
}
