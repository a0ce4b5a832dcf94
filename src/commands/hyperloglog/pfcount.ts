/** PFCOUNT: of one key, whose answer is kept in its header, or of the union of several. */
import { corruptHyperLogLog } from '../../broker/errors.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { countDense } from '../../lib/hyperloglog/dense.ts'
import { estimateCardinality } from '../../lib/hyperloglog/estimate.ts'
import { cacheCardinality, cachedCardinality, registerCount, registerMax } from '../../lib/hyperloglog/format.ts'
import type { Call } from '../call.ts'
import { allKeys, defineCommand } from '../command.ts'
import { isDenseEntry, ofHyperLogLog, requireHyperLogLog, sparseCopy } from './hyperloglog-facts.ts'
import { mergeKeys } from './pfadd.ts'

export const pfcount = defineCommand({
  ...ofHyperLogLog,
  name: 'pfcount',
  arity: -2,
  flags: ['readonly'],
  keys: allKeys,
  summary: 'Estimates how many different elements were added to HyperLogLogs.',
  complexity: 'O(1) for one key, O(N) with N keys',
  syntax: 'key [key ...]',
  run(call) {
    const { args, reply } = call
    if (args.count === 2) return countOne(call, args.next())
    const registers = new Uint8Array(registerCount)
    mergeKeys(call, registers)
    const histogram = new Uint32Array(registerMax + 1)
    for (const value of registers) histogram[value]!++
    reply.integer(estimateCardinality(histogram))
  },
})

function countOne(call: Call, key: number): void {
  const { args, db, keyspace, reply } = call
  const entry = db.lookup(args, key)
  if (entry < 0) return reply.integer(0)
  requireHyperLogLog(db, entry)
  db.strings.setForm(entry, stringForm.raw)
  const cached = cachedCardinality(db.stringChunk(entry), db.stringStart(entry))
  if (cached !== undefined) return reply.integer(cached)
  const histogram = new Uint32Array(registerMax + 1)
  if (isDenseEntry(db, entry)) countDense(db.stringChunk(entry), db.stringStart(entry), histogram)
  else if (!sparseCopy(db, entry).count(histogram)) throw corruptHyperLogLog()
  const cardinality = estimateCardinality(histogram)
  db.growString(entry, db.stringSize(entry))
  cacheCardinality(db.stringChunk(entry), db.stringStart(entry), cardinality)
  // The value has changed: whoever watches it or reads it as a string sees that.
  keyspace.changed(db, args, key)
  call.logAsReceived()
  reply.integer(cardinality)
}
