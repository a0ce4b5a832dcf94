/** PFDEBUG and PFSELFTEST, for those who look after the encodings. */
import { corruptHyperLogLog, noSuchHyperLogLog, notSparse, unknownPfdebug } from '../../broker/errors.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import { denseRegister } from '../../lib/hyperloglog/dense.ts'
import { denseBytes, registerCount } from '../../lib/hyperloglog/format.ts'
import type { Call } from '../call.ts'
import { defineCommand, noKeys, secondKey } from '../command.ts'
import { isDenseEntry, logDense, ofHyperLogLog, requireHyperLogLog, sparseCopy } from './hyperloglog-facts.ts'
import { selfTest } from './self-test.ts'

export const pfdebug = defineCommand({
  ...ofHyperLogLog,
  name: 'pfdebug',
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  keys: secondKey,
  summary: 'Shows or changes how a HyperLogLog is encoded: GETREG, DECODE, ENCODING, TODENSE.',
  complexity: 'O(1)',
  syntax: 'subcommand key',
  run(call) {
    const { args, db, reply } = call
    const word = args.next()
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) throw noSuchHyperLogLog()
    requireHyperLogLog(db, entry)
    db.strings.setForm(entry, stringForm.raw)
    if (args.is(word, 'GETREG')) return replyRegisters(call, key, entry)
    if (args.is(word, 'ENCODING')) return reply.simple(isDenseEntry(db, entry) ? 'dense' : 'sparse')
    if (args.is(word, 'TODENSE')) return reply.integer(makeDense(call, key, entry) ? 1 : 0)
    if (!args.is(word, 'DECODE')) throw unknownPfdebug(args.quoted(word))
    if (isDenseEntry(db, entry)) throw notSparse()
    reply.bulk(latin1Bytes(sparseCopy(db, entry).describe()))
  },
})

export const pfselftest = defineCommand({
  ...ofHyperLogLog,
  name: 'pfselftest',
  arity: 1,
  flags: ['admin'],
  keys: noKeys,
  summary: 'Checks that registers are kept, that the encodings agree and that estimates are good.',
  complexity: 'N/A',
  syntax: '',
  run(call) {
    selfTest(() => call.random())
    call.reply.ok()
  },
})

function replyRegisters(call: Call, key: number, entry: number): void {
  const { db, reply } = call
  makeDense(call, key, entry)
  reply.array(registerCount)
  const chunk = db.stringChunk(entry)
  const start = db.stringStart(entry)
  for (let i = 0; i < registerCount; i++) reply.integer(denseRegister(chunk, start, i))
}

/** Brings the key into the dense encoding; whether it was not. To watchers that is no change. */
function makeDense(call: Call, key: number, entry: number): boolean {
  const { db, keyspace } = call
  if (isDenseEntry(db, entry)) return false
  const dense = sparseCopy(db, entry).toDense()
  if (dense === undefined) throw corruptHyperLogLog()
  db.replaceString(entry, dense, 0, denseBytes)
  keyspace.dirty++
  logDense(call, key)
  return true
}
