/** DIGEST, and the commands that delete a key if it holds a certain string: Redis' DELEX and Valkey's DELIFEQ. */
import { invalidCondition, notAString, wrongArity } from '../../broker/errors.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { digestOf, holds, meetsCondition, nextCondition } from './compare.ts'
import { removeKey } from './get.ts'
import { ofString } from './string-facts.ts'

export const digest = defineCommand({
  ...ofString,
  name: 'digest',
  arity: 2,
  flags: ['readonly', 'fast'],
  since: '8.4.0',
  summary: "Answers with the hash of a string (XXH3, 64 bits), for conditions like SET's IFDEQ.",
  complexity: 'O(N) with N bytes of value',
  syntax: 'key',
  run({ args, db, reply }) {
    const entry = db.lookup(args, args.next())
    if (entry < 0) return reply.null()
    db.requireString(entry)
    reply.bulk(latin1Bytes(digestOf(db, entry)))
  },
})

export const delex = defineCommand({
  ...ofString,
  name: 'delex',
  arity: -2,
  flags: ['write', 'fast'],
  since: '8.4.0',
  summary: 'Deletes a key, if it holds a certain string or another one.',
  complexity: 'O(1), O(N) with N bytes of value for digests',
  syntax: 'key [IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]',
  run(call) {
    const { args, db, reply } = call
    if (args.count !== 2 && args.count !== 4) throw wrongArity('delex')
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    if (args.left > 0) {
      if (db.kind(entry) !== 'string') throw notAString()
      const condition = nextCondition(args)
      if (condition === undefined) throw invalidCondition()
      if (!meetsCondition(db, entry, condition, args, args.next())) return reply.integer(0)
    }
    deleteKey(call, key, entry)
  },
})

export const delifeq = defineCommand({
  ...ofString,
  name: 'delifeq',
  arity: 3,
  flags: ['write', 'fast'],
  since: 'millrace',
  summary: 'Deletes a key if it holds a certain string, as in Valkey 9.',
  syntax: 'key value',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    db.requireString(entry)
    if (!holds(db, entry, args, args.next())) return reply.integer(0)
    deleteKey(call, key, entry)
  },
})

function deleteKey(call: Call, key: number, entry: number): void {
  removeKey(call, key, entry)
  call.reply.integer(1)
}
