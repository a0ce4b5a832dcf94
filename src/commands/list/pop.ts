/** LPOP and RPOP. */

import { notPositive, wrongArity } from '../../broker/errors.ts'
import { List } from '../../broker/list.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand, firstKey } from '../command.ts'
import { popMany, popOne } from './removal.ts'

/** LPOP key [count] */
export const lpop = popCommand('lpop', true, 'Takes elements from the front of a list.')
/** RPOP key [count] */
export const rpop = popCommand('rpop', false, 'Takes elements from the back of a list.')

function popCommand(name: string, atFront: boolean, summary: string): Command {
  return defineCommand({
    name,
    arity: -2,
    flags: ['write', 'fast'],
    categories: ['list'],
    keys: firstKey,
    since: '1.0.0',
    group: 'list',
    summary,
    complexity: 'O(N) with N elements taken',
    syntax: 'key [count]',
    run(call) {
      if (call.args.count === 2) pop(call, atFront)
      else if (call.args.count === 3) popCount(call, atFront)
      else throw wrongArity(name)
    },
  })
}

function pop(call: Call, atFront: boolean): void {
  const { args, db } = call
  const key = args.next()
  const entry = db.find(args, key)
  if (entry < 0) return call.reply.null()
  popOne(call, entry, key, atFront)
  call.logAsReceived()
}

function popCount(call: Call, atFront: boolean): void {
  const { args, db } = call
  const key = args.next()
  const count = Number(args.int64(args.next()) ?? -1)
  if (count < 0) throw notPositive()
  const entry = db.find(args, key)
  if (entry < 0) return call.reply.nullArray()
  db.objectOf(List, entry)
  if (count === 0) return call.reply.array(0)
  popMany(call, entry, key, atFront, count)
  call.logAsReceived()
}
