/** PFADD and PFMERGE, which raise registers. */
import { corruptHyperLogLog } from '../../broker/errors.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { mergeDense } from '../../lib/hyperloglog/dense.ts'
import { Element, registerCount } from '../../lib/hyperloglog/format.ts'
import type { Call } from '../call.ts'
import { allKeys, defineCommand } from '../command.ts'
import { isDenseEntry, logDense, ofHyperLogLog, requireHyperLogLog, sparseCopy } from './hyperloglog-facts.ts'
import { RaisedRegisters } from './registers.ts'

/** The element at hand. */
const element = new Element()

export const pfadd = defineCommand({
  ...ofHyperLogLog,
  name: 'pfadd',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Adds elements to a HyperLogLog, which is made if there is none.',
  complexity: 'O(1) for each element',
  syntax: 'key [element [element ...]]',
  run(call) {
    const { args, db } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry >= 0) requireHyperLogLog(db, entry)
    const registers = new RaisedRegisters(call, key, entry)
    let isChanged = entry < 0
    while (args.left > 0) {
      const i = args.next()
      const { register, value } = element.take(args.bytes, args.starts[i]!, args.ends[i]!)
      if (registers.raise(register, value)) isChanged = true
    }
    if (isChanged) finish(call, key, registers)
    call.reply.integer(isChanged ? 1 : 0)
  },
})

export const pfmerge = defineCommand({
  ...ofHyperLogLog,
  name: 'pfmerge',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: allKeys,
  summary: 'Merges HyperLogLogs into one.',
  complexity: 'O(N) with N HyperLogLogs',
  syntax: 'destkey sourcekey [sourcekey ...]',
  run(call) {
    const { args, db, reply } = call
    const target = args.position
    const merged = new Uint8Array(registerCount)
    const hasDense = mergeKeys(call, merged)
    const registers = new RaisedRegisters(call, target, db.find(args, target))
    if (hasDense) registers.makeDense()
    for (let i = 0; i < registerCount; i++) if (merged[i]! > 0) registers.raise(i, merged[i]!)
    finish(call, target, registers)
    reply.ok()
  },
})

/** Raises `registers` to those of all keys that are left to read; whether any is in the dense encoding. */
export function mergeKeys({ args, db }: Call, registers: Uint8Array): boolean {
  let hasDense = false
  while (args.left > 0) {
    const entry = db.lookup(args, args.next())
    if (entry < 0) continue
    requireHyperLogLog(db, entry)
    if (isDenseEntry(db, entry)) {
      hasDense = true
      mergeDense(db.stringChunk(entry), db.stringStart(entry), registers)
    } else if (!sparseCopy(db, entry).merge(registers)) throw corruptHyperLogLog()
  }
  return hasDense
}

function finish(call: Call, key: number, registers: RaisedRegisters): void {
  const { args, db, keyspace } = call
  registers.store()
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.string, 'pfadd', args, key)
  call.logAsReceived()
  if (registers.hasOutgrown) logDense(call, key)
}
