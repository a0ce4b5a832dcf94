/** What the commands on HyperLogLogs share. */
import { notHyperLogLog } from '../../broker/errors.ts'
import type { Database } from '../../keyspace/database.ts'
import { isDense, isHyperLogLog } from '../../lib/hyperloglog/format.ts'
import { SparseRegisters } from '../../lib/hyperloglog/sparse.ts'
import type { Call } from '../call.ts'
import { firstKey } from '../command.ts'

export const ofHyperLogLog = {
  categories: ['hyperloglog'],
  keys: firstKey,
  since: '2.8.9',
  group: 'hyperloglog',
} as const

/** Throws unless the entry is a string that looks like a HyperLogLog. */
export function requireHyperLogLog(db: Database, entry: number): void {
  db.requireString(entry)
  if (!isHyperLogLog(db.stringChunk(entry), db.stringStart(entry), db.stringSize(entry))) throw notHyperLogLog()
}

export function isDenseEntry(db: Database, entry: number): boolean {
  return isDense(db.stringChunk(entry), db.stringStart(entry))
}

/** Copies of this many bytes and less are made into memory that is kept. */
const keptBytesMax = 64 * 1024
const kept = new SparseRegisters()

/** A copy of the entry, which is in the sparse encoding; good until the next one. */
export function sparseCopy(db: Database, entry: number): SparseRegisters {
  const size = db.stringSize(entry)
  const sparse = size <= keptBytesMax ? kept : new SparseRegisters()
  sparse.load(db.stringChunk(entry), db.stringStart(entry), size)
  return sparse
}

/** An empty one; good until the next one. */
export function emptySparse(): SparseRegisters {
  kept.clear()
  return kept
}

/** Logs that the key is in the dense encoding now. Which size makes it so is configuration, and replay knows none. */
export function logDense({ args, db, effects }: Call, key: number): void {
  if (!effects.begin(db.index, 3)) return
  effects.text('PFDEBUG')
  effects.text('TODENSE')
  effects.argument(args, key)
}
