/** MSETEX: several strings, all or none, that expire at the same time. It is logged as what it did: one SET for each. */
import type { Args } from '../../../protocol/resp/args.ts'
import { invalidNumkeys, syntaxError, wrongPairCount } from '../../broker/errors.ts'
import { defineCommand } from '../command.ts'
import { expiryOf, readManyOptions } from './options.ts'
import { setAndLog } from './set.ts'
import { ofString } from './string-facts.ts'

const numkeysMax = 2 ** 31 - 1

export const msetex = defineCommand({
  ...ofString,
  name: 'msetex',
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: { first: 0, last: 0, step: 0, find: findKeys },
  since: '8.4.0',
  summary: 'Sets several keys to strings, on condition that all of them or none exist, and lets them expire together.',
  complexity: 'O(N) with N keys',
  syntax:
    'numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]',
  run(call) {
    const { args, db, reply } = call
    const count = args.smallInteger(args.next())
    if (!(count >= 1 && count <= numkeysMax)) throw invalidNumkeys()
    if (args.left < count * 2) throw wrongPairCount()
    const first = args.position
    args.position = first + 2 * count
    const options = readManyOptions(args)
    const expiresAtMs = expiryOf(args, options, call.nowMs, 'msetex')
    const mustExist = options.xx
    if (options.nx || mustExist) {
      for (let i = 0; i < count; i++) if (db.find(args, first + 2 * i) >= 0 !== mustExist) return reply.integer(0)
    }
    for (let i = 0; i < count; i++) {
      setAndLog(call, first + 2 * i, first + 2 * i + 1, expiresAtMs, options.form === 'KEEPTTL')
    }
    reply.integer(1)
  },
})

function findKeys(args: Args): number[] {
  const count = args.smallInteger(1)
  if (!(count >= 1 && count <= (args.count - 2) / 2)) throw syntaxError()
  return Array.from({ length: count }, (_, i) => 2 + 2 * i)
}
