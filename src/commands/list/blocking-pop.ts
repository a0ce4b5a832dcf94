/** BLPOP and BRPOP: an element from the first of several lists that has one, now or later. */

import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { List } from '../../broker/list.ts'
import type { Call, Wait } from '../call.ts'
import { type Command, defineCommand } from '../command.ts'
import { logPop, popOne } from './removal.ts'
import { readDeadline } from './timeout.ts'

/** BLPOP key [key ...] timeout */
export const blpop = blockingPopCommand('blpop', true, 'Takes the front element of a list, and waits for one.')
/** BRPOP key [key ...] timeout */
export const brpop = blockingPopCommand('brpop', false, 'Takes the back element of a list, and waits for one.')

function blockingPopCommand(name: string, atFront: boolean, summary: string): Command {
  return defineCommand({
    name,
    arity: -3,
    flags: ['write', 'noscript', 'blocking'],
    categories: ['list'],
    keys: { first: 1, last: -2, step: 1 },
    since: '2.0.0',
    group: 'list',
    summary,
    complexity: 'O(K) with K keys',
    syntax: 'key [key ...] timeout',
    run(call) {
      popOrWait(call, atFront)
    },
  })
}

function popOrWait(call: Call, atFront: boolean): void {
  const { args, db } = call
  const timeout = args.count - 1
  const deadlineMs = readDeadline(args, timeout, call.nowMs)
  for (let key = 1; key < timeout; key++) {
    const entry = db.find(args, key)
    if (entry >= 0) return answerPop(call, entry, key, atFront)
  }
  if (call.mayBlock) call.block(new PopWait(args.clone(), atFront, deadlineMs))
  else call.reply.nullArray()
}

function answerPop(call: Call, entry: number, key: number, atFront: boolean): void {
  const { args, db, reply } = call
  db.objectOf(List, entry)
  reply.array(2)
  reply.wire(args.bytes, args.wireStart(key), args.wireEnd(key))
  popOne(call, entry, key, atFront)
  logPop(call, key, atFront)
}

class PopWait implements Wait {
  readonly args: Args
  readonly keys: readonly number[]
  readonly deadlineMs: number
  readonly #atFront: boolean

  constructor(args: Args, atFront: boolean, deadlineMs: number) {
    this.args = args
    this.keys = Array.from({ length: args.count - 2 }, (_, i) => i + 1)
    this.deadlineMs = deadlineMs
    this.#atFront = atFront
  }

  serve(call: Call, key: number): boolean {
    const entry = call.db.find(this.args, key)
    if (entry < 0 || call.db.kind(entry) !== 'list') return false
    answerPop(call, entry, key, this.#atFront)
    return true
  }

  timeOut(reply: Reply): void {
    reply.nullArray()
  }
}
