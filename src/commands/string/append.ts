/** APPEND and SETRANGE, which write into a string where it is. */
import { notInteger, offsetOutOfRange, stringTooLong } from '../../broker/errors.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { copyBytes } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofString } from './string-facts.ts'

export const append = defineCommand({
  ...ofString,
  name: 'append',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  since: '2.0.0',
  summary: 'Adds bytes to the end of a string, which is made if there is none.',
  complexity: 'O(1) amortized',
  syntax: 'key value',
  run(call) {
    const { args, db } = call
    const key = args.next()
    const value = args.next()
    const entry = db.find(args, key)
    if (entry >= 0) db.requireString(entry)
    const size = entry < 0 ? 0 : db.stringSize(entry)
    requireSize(call, size + args.size(value), entry < 0)
    write(call, key, value, size, entry)
    finish(call, key, 'append', size + args.size(value))
  },
})

export const setrange = defineCommand({
  ...ofString,
  name: 'setrange',
  arity: 4,
  flags: ['write', 'denyoom'],
  since: '2.2.0',
  summary: 'Writes bytes into a string from an offset on; what is missing before it becomes zeros.',
  complexity: 'O(M) with M bytes of value, unless the string must move to grow',
  syntax: 'key offset value',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const at = args.next()
    const offset = args.int64(at)
    const value = args.next()
    if (offset === undefined) throw notInteger()
    if (offset < 0n) throw offsetOutOfRange()
    const entry = db.find(args, key)
    if (entry >= 0) db.requireString(entry)
    const size = entry < 0 ? 0 : db.stringSize(entry)
    if (args.size(value) === 0) return reply.integer(size)
    requireSize(call, Number(offset) + args.size(value))
    db.strings.setForm(write(call, key, value, Number(offset), entry), stringForm.raw)
    finish(call, key, 'setrange', Math.max(size, Number(offset) + args.size(value)))
  },
})

/** A new string may be as large as an argument may be, which the parser saw to. */
function requireSize({ server, isReplay }: Call, size: number, isArgument = false): void {
  if (!isArgument && !isReplay && size > server.settings.bulkBytesMax) throw stringTooLong()
}

/** Writes the argument into the string (empty when `entry` is -1) at an offset; returns its entry. */
function write({ args, db }: Call, key: number, value: number, offset: number, entry: number): number {
  const { bytes } = args
  const start = args.starts[value]!
  const end = args.ends[value]!
  if (entry < 0 && offset === 0) return db.setString(args, key, bytes, start, end)
  const target = entry < 0 ? db.setString(args, key, bytes, start, start) : entry
  db.growString(target, Math.max(db.stringSize(target), offset + end - start))
  copyBytes(bytes, start, end, db.stringChunk(target), db.stringStart(target) + offset)
  return target
}

function finish(call: Call, key: number, event: string, size: number): void {
  const { args, db, keyspace } = call
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.string, event, args, key)
  call.logAsReceived()
  call.reply.integer(size)
}
