/** HSET HMSET HSETNX HDEL. */
import { wrongArity } from '../../broker/errors.ts'
import { Hash } from '../../keyspace/hash.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { hashForChange, keepHash } from './hash-change.ts'
import { ofHash } from './hash-facts.ts'

/** HSET key field value [field value ...] */
export const hset = defineCommand({
  ...ofHash,
  name: 'hset',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Sets fields of a hash, which it makes when it is absent.',
  complexity: 'O(N) with N fields',
  syntax: 'key field value [field value ...]',
  run(call) {
    const added = setFields(call, 'hset')
    call.reply.integer(added)
    tellSet(call)
  },
})

/** HMSET key field value [field value ...] */
export const hmset = defineCommand({
  ...ofHash,
  name: 'hmset',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Sets fields of a hash; HSET, which says how many are new, is to be preferred.',
  complexity: 'O(N) with N fields',
  syntax: 'key field value [field value ...]',
  run(call) {
    setFields(call, 'hmset')
    call.reply.ok()
    tellSet(call)
  },
})

/** HSETNX key field value */
export const hsetnx = defineCommand({
  ...ofHash,
  name: 'hsetnx',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  summary: 'Sets a field of a hash unless it is there.',
  complexity: 'O(1)',
  syntax: 'key field value',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    const field = args.next()
    if (entry >= 0 && db.objectOf(Hash, entry).find(args.bytes, args.starts[field]!, args.ends[field]!) >= 0) {
      return reply.integer(0)
    }
    const hash = hashForChange(call, entry)
    hash.add(args.bytes, args.wireStart(field), args.wireEnd(field + 1))
    keepHash(call, entry, key, hash)
    reply.integer(1)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.hash, 'hset', args, key)
    call.logAsReceived()
  },
})

/** HDEL key field [field ...] */
export const hdel = defineCommand({
  ...ofHash,
  name: 'hdel',
  arity: -3,
  flags: ['write', 'fast'],
  summary: 'Removes fields of a hash, and the hash with the last of them.',
  complexity: 'O(N) with N fields',
  syntax: 'key field [field ...]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    const hash = db.objectOf(Hash, entry)
    let removed = 0
    for (let i = key + 1; i < args.count && hash.length > 0; i++) {
      const place = hash.find(args.bytes, args.starts[i]!, args.ends[i]!)
      if (place < 0) continue
      if (removed++ === 0) db.beforeChange(entry)
      hash.remove(place)
    }
    if (removed > 0) {
      keyspace.dirty += removed - 1
      keyspace.changed(db, args, key)
      keyspace.notify(db, notifyClass.hash, 'hdel', args, key)
      if (hash.length === 0) {
        db.remove(entry)
        keyspace.notify(db, notifyClass.generic, 'del', args, key)
      }
      call.logAsReceived()
    }
    reply.integer(removed)
  },
})

/** Sets the fields of the request; returns how many are new. */
function setFields(call: Call, name: string): number {
  const { args, db } = call
  if (args.count % 2 !== 0) throw wrongArity(name)
  const key = args.next()
  const entry = db.find(args, key)
  const hash = hashForChange(call, entry, args.wireEnd(args.count - 1) - args.wireStart(key + 1))
  const before = hash.length
  const { bytes, starts, ends } = args
  for (let i = key + 1; i < args.count; i += 2) {
    const place = hash.find(bytes, starts[i]!, ends[i]!)
    if (place < 0) hash.add(bytes, args.wireStart(i), args.wireEnd(i + 1))
    else {
      hash.setExpiry(place, 0)
      hash.setValue(place, bytes, args.wireStart(i + 1), args.wireEnd(i + 1))
    }
  }
  keepHash(call, entry, key, hash)
  call.logAsReceived()
  return hash.length - before
}

/** Tells of the fields that were set, behind the answer, as Redis does. */
function tellSet({ args, db, keyspace }: Call): void {
  keyspace.dirty += (args.count - 2) / 2 - 1
  keyspace.changed(db, args, 1)
  keyspace.notify(db, notifyClass.hash, 'hset', args, 1)
}
