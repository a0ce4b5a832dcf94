/** SPOP: members taken by chance. The log has what was taken. */
import { notPositive, syntaxError } from '../../broker/errors.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { ByteRange } from '../../lib/wire-items.ts'
import { WireRun } from '../../lib/wire-run.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofSet } from './set-facts.ts'

/** The member at hand; only within one call. */
const member = new ByteRange()
/** Members of one SREM in the log, which is a command of at most so many arguments in Redis too. */
const loggedMembersMax = 1024

/** SPOP key [count] */
export const spop = defineCommand({
  ...ofSet,
  name: 'spop',
  arity: -2,
  flags: ['write', 'fast'],
  since: '1.0.0',
  summary: 'Takes members from a set by chance.',
  complexity: 'O(N) with N members taken',
  syntax: 'key [count]',
  run(call) {
    const { args } = call
    const key = args.next()
    if (args.count > 3) throw syntaxError()
    if (args.left > 0) popMany(call, key)
    else popOne(call, key)
  },
})

function popOne(call: Call, key: number): void {
  const { args, db, effects, keyspace, reply } = call
  const entry = db.find(args, key)
  if (entry < 0) return reply.null()
  const set = db.objectForChange(SetValue, entry)
  const position = Math.floor(call.random() * set.size)
  set.at(position, member)
  keyspace.notify(db, notifyClass.set, 'spop', args, key)
  reply.bulk(member.bytes, member.start, member.end)
  if (effects.begin(db.index, 3)) {
    effects.text('SREM')
    effects.argument(args, key)
    effects.bulk(member.bytes, member.start, member.end)
  }
  set.removeAt(position)
  if (set.size === 0) {
    db.remove(entry)
    keyspace.notify(db, notifyClass.generic, 'del', args, key)
  }
  keyspace.changed(db, args, key)
}

function popMany(call: Call, key: number): void {
  const { args, db, keyspace, reply } = call
  const count = Number(args.int64(args.next()) ?? -1)
  if (count < 0) throw notPositive()
  const entry = db.find(args, key)
  if (entry < 0) return reply.set(0)
  const { size } = db.objectOf(SetValue, entry)
  if (count === 0) return reply.set(0)
  const set = db.objectForChange(SetValue, entry)
  keyspace.notify(db, notifyClass.set, 'spop', args, key)
  keyspace.dirty += Math.min(count, size) - 1
  reply.set(Math.min(count, size))
  if (count >= size) popAll(call, key, entry, set)
  else popSome(call, key, set, count)
  keyspace.changed(db, args, key)
}

/** A set that was taken whole is a key that was deleted. */
function popAll({ args, db, effects, keyspace, reply }: Call, key: number, entry: number, set: SetValue): void {
  set.answer(reply)
  if (effects.begin(db.index, 2)) {
    effects.text('DEL')
    effects.argument(args, key)
  }
  db.remove(entry)
  keyspace.notify(db, notifyClass.generic, 'del', args, key)
}

function popSome(call: Call, key: number, set: SetValue, count: number): void {
  const taken = new WireRun()
  for (let left = count; left > 0; ) {
    const part = Math.min(left, loggedMembersMax)
    for (let i = 0; i < part; i++) {
      const position = Math.floor(call.random() * set.size)
      set.at(position, member)
      taken.bulk(member.bytes, member.start, member.end)
      set.removeAt(position)
    }
    const { size } = taken
    const wire = taken.take()
    call.reply.wire(wire, 0, size)
    logRemoval(call, key, part, wire, size)
    left -= part
  }
}

/** SREM of members that lie in wire form in `wire[0, size)`. */
function logRemoval({ args, db, effects }: Call, key: number, count: number, wire: Uint8Array, size: number): void {
  if (!effects.begin(db.index, count + 2)) return
  effects.text('SREM')
  effects.argument(args, key)
  effects.wire(wire, 0, size)
}
