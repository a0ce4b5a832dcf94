/** SADD, SREM, SMOVE. */
import { notifyClass } from '../../keyspace/notify.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import type { Call } from '../call.ts'
import { defineCommand, twoKeys } from '../command.ts'
import { ofSet } from './set-facts.ts'

/** SADD key member [member ...] */
export const sadd = defineCommand({
  ...ofSet,
  name: 'sadd',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  since: '1.0.0',
  summary: 'Adds members to a set; answers with how many are new.',
  complexity: 'O(1) for every member',
  syntax: 'key member [member ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    const set = entry < 0 ? new SetValue(keyspace.collectionSettings) : db.objectForChange(SetValue, entry)
    let count = 0
    for (let i = key + 1; i < args.count; i++) if (set.add(args.bytes, args.starts[i]!, args.ends[i]!)) count++
    if (entry < 0) db.addObject(args, key, set)
    if (count > 0) {
      changed(call, key, count)
      call.logAsReceived()
      keyspace.notify(db, notifyClass.set, 'sadd', args, key)
    }
    reply.integer(count)
  },
})

/** SREM key member [member ...] */
export const srem = defineCommand({
  ...ofSet,
  name: 'srem',
  arity: -3,
  flags: ['write', 'fast'],
  since: '1.0.0',
  summary: 'Removes members from a set; answers with how many there were.',
  complexity: 'O(1) for every member',
  syntax: 'key member [member ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    const set = db.objectForChange(SetValue, entry)
    let count = 0
    for (let i = key + 1; i < args.count && set.size > 0; i++) {
      if (set.remove(args.bytes, args.starts[i]!, args.ends[i]!)) count++
    }
    if (count > 0) {
      changed(call, key, count)
      call.logAsReceived()
      keyspace.notify(db, notifyClass.set, 'srem', args, key)
      removeIfEmpty(call, entry, set, key)
    }
    reply.integer(count)
  },
})

/** SMOVE source destination member */
export const smove = defineCommand({
  ...ofSet,
  name: 'smove',
  arity: 4,
  flags: ['write', 'fast'],
  keys: twoKeys,
  since: '1.0.0',
  summary: 'Moves a member from a set to another.',
  syntax: 'source destination member',
  run(call) {
    const { args, reply } = call
    const from = args.next()
    const to = args.next()
    reply.integer(moveMember(call, from, to, args.next()) ? 1 : 0)
  },
})

/** Whether the member is in the target now because it was in the source. */
function moveMember(call: Call, from: number, to: number, member: number): boolean {
  const { args, db, keyspace } = call
  const start = args.starts[member]!
  const end = args.ends[member]!
  const sourceEntry = db.find(args, from)
  const targetEntry = db.find(args, to)
  if (sourceEntry < 0) return false
  const isMember = db.objectOf(SetValue, sourceEntry).has(args.bytes, start, end)
  if (targetEntry >= 0) db.objectOf(SetValue, targetEntry)
  if (sourceEntry === targetEntry || !isMember) return isMember
  const source = db.objectForChange(SetValue, sourceEntry)
  source.remove(args.bytes, start, end)
  keyspace.notify(db, notifyClass.set, 'srem', args, from)
  removeIfEmpty(call, sourceEntry, source, from)
  changed(call, from, 1)
  const target = targetEntry < 0 ? new SetValue(keyspace.collectionSettings) : db.objectForChange(SetValue, targetEntry)
  const isNew = target.add(args.bytes, start, end)
  if (targetEntry < 0) db.addObject(args, to, target)
  if (isNew) {
    changed(call, to, 1)
    keyspace.notify(db, notifyClass.set, 'sadd', args, to)
  }
  call.logAsReceived()
  return true
}

/** An empty set is no set. */
function removeIfEmpty({ args, db, keyspace }: Call, entry: number, set: SetValue, key: number): void {
  if (set.size > 0) return
  db.remove(entry)
  keyspace.notify(db, notifyClass.generic, 'del', args, key)
}

/** Tells that `count` members came or went. */
function changed({ args, db, keyspace }: Call, key: number, count: number): void {
  keyspace.dirty += count - 1
  keyspace.changed(db, args, key)
}
