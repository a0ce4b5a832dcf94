/** LMOVEM and BLMOVEM: several elements from an end of one list to an end of another, or of the same one.
 *
 *  All are taken before any is put, so a list may be its own destination. Put in bulk they keep the order they had; one
 *  by one (OBO) they come out as if each were moved alone, which turns them round where both ends are the same. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { countNotPositive, syntaxError } from '../../broker/errors.ts'
import { List } from '../../broker/list.ts'
import { ListElement } from '../../broker/list-chunk.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { WireRun } from '../../lib/wire-run.ts'
import type { Call, Wait } from '../call.ts'
import { defineCommand, twoKeys } from '../command.ts'
import { nextIsLeft } from './ends.ts'
import { nextIndex } from './indexes.ts'
import { elementsTaken } from './removal.ts'
import { readDeadline } from './timeout.ts'

interface ManyMove {
  readonly fromFront: boolean
  readonly toFront: boolean
  /** How many at most, or how many exactly. */
  readonly count: number
  readonly isExact: boolean
  readonly isOneByOne: boolean
}

/** The element on its way; only within one call. */
const element = new ListElement()

const moveFacts = {
  categories: ['list'],
  keys: twoKeys,
  since: '8.10.0',
  group: 'list',
  complexity: 'O(N) with N elements moved',
} as const

/** LMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count | EXACTLY exactly> <OBO | BULK>] */
export const lmovem = defineCommand({
  ...moveFacts,
  name: 'lmovem',
  arity: -5,
  flags: ['write', 'denyoom'],
  summary: 'Moves elements from an end of a list to an end of a list: up to a number of them, or exactly so many.',
  syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT count | EXACTLY exactly> <OBO | BULK>]',
  run(call) {
    const { args } = call
    args.position = 3
    const fromFront = nextIsLeft(args)
    const toFront = nextIsLeft(args)
    if (moveMany(call, readMove(args, fromFront, toFront)) > 0) call.logAsReceived()
    else call.reply.nullArray()
  },
})

/** BLMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout [<COUNT count | EXACTLY exactly> <OBO | BULK>] */
export const blmovem = defineCommand({
  ...moveFacts,
  name: 'blmovem',
  arity: -6,
  flags: ['write', 'denyoom', 'blocking'],
  summary: 'Moves elements from an end of a list to an end of a list, and waits until there are enough.',
  syntax: 'source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout [<COUNT count | EXACTLY exactly> <OBO | BULK>]',
  run(call) {
    const { args } = call
    args.position = 3
    const fromFront = nextIsLeft(args)
    const toFront = nextIsLeft(args)
    const deadlineMs = readDeadline(args, args.next(), call.nowMs)
    const move = readMove(args, fromFront, toFront)
    const moved = moveMany(call, move)
    if (moved > 0) logMove(call, move, moved)
    else if (call.mayBlock) call.block(new ManyMoveWait(args.clone(), move, deadlineMs))
    else call.reply.nullArray()
  },
})

/** Reads what is left: how many, and in what order. Nothing at all means one. */
function readMove(args: Args, fromFront: boolean, toFront: boolean): ManyMove {
  if (args.left === 0) return { fromFront, toFront, count: 1, isExact: false, isOneByOne: false }
  const isExact = args.token('EXACTLY')
  if (args.left !== (isExact ? 2 : 3) || (!isExact && !args.token('COUNT'))) throw syntaxError()
  const count = nextIndex(args, countNotPositive)
  if (count <= 0) throw countNotPositive()
  const isOneByOne = args.token('OBO')
  if (!isOneByOne && !args.token('BULK')) throw syntaxError()
  return { fromFront, toFront, count, isExact, isOneByOne }
}

/** Moves elements from the list at argument 1 to the one at argument 2, which it creates, and answers them in the order
 *  in which they lie there. Returns how many; 0, and no answer, when there are too few. Logs nothing. */
function moveMany(call: Call, move: ManyMove): number {
  const { args, db, reply } = call
  const sourceEntry = db.find(args, 1)
  if (sourceEntry < 0) return 0
  const available = db.objectOf(List, sourceEntry).length
  if (move.isExact && available < move.count) return 0
  const targetEntry = db.find(args, 2)
  if (targetEntry >= 0) db.objectOf(List, targetEntry)
  const count = Math.min(move.count, available)
  const source = db.objectForChange(List, sourceEntry)
  const target = targetEntry < 0 ? new List() : db.objectForChange(List, targetEntry)
  const moved = take(source, move, count)
  reply.array(count)
  moved.visit(false, (bytes, start, end) => reply.wire(bytes, start, end))
  moved.visit(move.toFront, (bytes, start, end) => target.push(move.toFront, bytes, start, end))
  if (targetEntry < 0) db.addObject(args, 2, target)
  else call.keyspace.keyReady(db, args, 2)
  tell(call, move, sourceEntry, source, source === target, count)
  return count
}

/** Elements that were taken off a list, in the order in which they are to lie in the other. */
class MovedElements {
  readonly #bytes: Uint8Array
  /** Where each begins, and where the last ends, as they were taken. */
  readonly #bounds: readonly number[]
  readonly #isReversed: boolean

  constructor(bytes: Uint8Array, bounds: readonly number[], isReversed: boolean) {
    this.#bytes = bytes
    this.#bounds = bounds
    this.#isReversed = isReversed
  }

  visit(backwards: boolean, visit: (bytes: Uint8Array, start: number, end: number) => void): void {
    const count = this.#bounds.length - 1
    for (let i = 0; i < count; i++) {
      const k = backwards === this.#isReversed ? i : count - 1 - i
      visit(this.#bytes, this.#bounds[k]!, this.#bounds[k + 1]!)
    }
  }
}

function take(source: List, move: ManyMove, count: number): MovedElements {
  const run = new WireRun()
  const bounds = [0]
  for (let i = 0; i < count; i++) {
    source.peek(move.fromFront, element)
    run.wire(element.bytes, element.start, element.end)
    bounds.push(run.size)
    source.pop(move.fromFront)
  }
  // Taken off the front they lie as they lay; one by one to the front the first one comes to lie behind the others.
  const isReversed = move.isOneByOne ? move.toFront : !move.fromFront
  return new MovedElements(run.take(), bounds, isReversed)
}

/** Tells of the move. Within one list Redis tells of what was taken first. */
function tell(call: Call, move: ManyMove, entry: number, source: List, isSame: boolean, count: number): void {
  const { args, db, keyspace } = call
  const pushed = move.toFront ? 'lpush' : 'rpush'
  if (isSame) {
    elementsTaken(call, entry, source, 1, move.fromFront, count)
    keyspace.notify(db, notifyClass.list, pushed, args, 2)
    return
  }
  keyspace.changed(db, args, 2)
  // Two keys changed, but it counts as one change of each element.
  keyspace.dirty--
  keyspace.notify(db, notifyClass.list, pushed, args, 2)
  elementsTaken(call, entry, source, 1, move.fromFront, count)
}

/** What was waited for is there now: so many elements exactly. */
function logMove(call: Call, move: ManyMove, count: number): void {
  const { args, db, effects } = call
  if (!effects.begin(db.index, 8)) return
  effects.text('LMOVEM')
  effects.argument(args, 1)
  effects.argument(args, 2)
  effects.text(move.fromFront ? 'LEFT' : 'RIGHT')
  effects.text(move.toFront ? 'LEFT' : 'RIGHT')
  effects.text('EXACTLY')
  effects.integer(count)
  effects.text(move.isOneByOne ? 'OBO' : 'BULK')
}

class ManyMoveWait implements Wait {
  readonly args: Args
  readonly keys = [1]
  readonly deadlineMs: number
  readonly #move: ManyMove

  constructor(args: Args, move: ManyMove, deadlineMs: number) {
    this.args = args
    this.#move = move
    this.deadlineMs = deadlineMs
  }

  serve(call: Call): boolean {
    const entry = call.db.find(this.args, 1)
    if (entry < 0 || call.db.kind(entry) !== 'list') return false
    const moved = moveMany(call, this.#move)
    if (moved > 0) logMove(call, this.#move, moved)
    return moved > 0
  }

  timeOut(reply: Reply): void {
    reply.nullArray()
  }
}
