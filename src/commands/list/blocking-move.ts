/** BLMOVE and BRPOPLPUSH: LMOVE and RPOPLPUSH that wait for an element. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import type { Call, Wait } from '../call.ts'
import { defineCommand, twoKeys } from '../command.ts'
import { nextIsLeft } from './ends.ts'
import { moveElement } from './move.ts'
import { readDeadline } from './timeout.ts'

/** BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout */
export const blmove = defineCommand({
  name: 'blmove',
  arity: 6,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  categories: ['list'],
  keys: twoKeys,
  since: '6.2.0',
  group: 'list',
  summary: 'Moves an element from an end of a list to an end of a list, and waits for one.',
  complexity: 'O(1)',
  syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout',
  run(call) {
    const { args } = call
    args.next()
    args.next()
    const fromFront = nextIsLeft(args)
    const toFront = nextIsLeft(args)
    moveOrWait(call, fromFront, toFront)
  },
})

/** BRPOPLPUSH source destination timeout */
export const brpoplpush = defineCommand({
  name: 'brpoplpush',
  arity: 4,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  categories: ['list'],
  keys: twoKeys,
  since: '2.2.0',
  group: 'list',
  summary: 'Moves the back element of a list to the front of a list, and waits for one.',
  complexity: 'O(1)',
  syntax: 'source destination timeout',
  run(call) {
    moveOrWait(call, false, true)
  },
})

function moveOrWait(call: Call, fromFront: boolean, toFront: boolean): void {
  const { args } = call
  const deadlineMs = readDeadline(args, args.count - 1, call.nowMs)
  if (moveElement(call, fromFront, toFront)) return logMove(call, fromFront, toFront)
  // Redis answers an absent value here, but an absent array when the time is up.
  if (call.mayBlock) call.block(new MoveWait(args.clone(), fromFront, toFront, deadlineMs))
  else call.reply.null()
}

function logMove(call: Call, fromFront: boolean, toFront: boolean): void {
  const { args, db, effects } = call
  if (!effects.begin(db.index, 5)) return
  effects.text('LMOVE')
  effects.argument(args, 1)
  effects.argument(args, 2)
  effects.text(fromFront ? 'LEFT' : 'RIGHT')
  effects.text(toFront ? 'LEFT' : 'RIGHT')
}

class MoveWait implements Wait {
  readonly args: Args
  readonly keys = [1]
  readonly deadlineMs: number
  readonly #fromFront: boolean
  readonly #toFront: boolean

  constructor(args: Args, fromFront: boolean, toFront: boolean, deadlineMs: number) {
    this.args = args
    this.deadlineMs = deadlineMs
    this.#fromFront = fromFront
    this.#toFront = toFront
  }

  serve(call: Call): boolean {
    const entry = call.db.find(this.args, 1)
    if (entry < 0 || call.db.kind(entry) !== 'list') return false
    moveElement(call, this.#fromFront, this.#toFront)
    logMove(call, this.#fromFront, this.#toFront)
    return true
  }

  timeOut(reply: Reply): void {
    reply.nullArray()
  }
}
