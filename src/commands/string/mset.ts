/** MSET and MSETNX: several strings, all or none. */
import { wrongArity } from '../../broker/errors.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofString } from './string-facts.ts'

const pairFacts = {
  ...ofString,
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: { first: 1, last: -1, step: 2 },
  since: '1.0.1',
  complexity: 'O(N) with N keys',
  syntax: 'key value [key value ...]',
} as const

export const mset = defineCommand({
  ...pairFacts,
  name: 'mset',
  summary: 'Sets several keys to strings.',
  run(call) {
    if (call.args.left % 2 !== 0) throw wrongArity('mset')
    storePairs(call)
    call.reply.ok()
  },
})

export const msetnx = defineCommand({
  ...pairFacts,
  name: 'msetnx',
  summary: 'Sets several keys to strings unless any of the keys exists.',
  run(call) {
    const { args, db, reply } = call
    if (args.left % 2 !== 0) throw wrongArity('msetnx')
    const first = args.position
    while (args.left > 0) {
      if (db.find(args, args.next()) >= 0) return reply.integer(0)
      args.next()
    }
    args.position = first
    storePairs(call)
    reply.integer(1)
  },
})

function storePairs(call: Call): void {
  const { args, db, keyspace } = call
  while (args.left > 0) {
    const key = args.next()
    const value = args.next()
    db.setString(args, key, args.bytes, args.starts[value]!, args.ends[value]!)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.string, 'set', args, key)
  }
  call.logAsReceived()
}
