/** LSET, LINSERT, LREM, LTRIM: changing a list elsewhere than at its ends. */

import { indexOutOfRange, noSuchKey, syntaxError } from '../../broker/errors.ts'
import { List } from '../../broker/list.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand, firstKey } from '../command.ts'
import { nextIndex } from './indexes.ts'

/** LSET key index element */
export const lset = defineCommand({
  name: 'lset',
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['list'],
  keys: firstKey,
  since: '1.0.0',
  group: 'list',
  summary: 'Replaces the element at an index.',
  complexity: 'O(C) with C chunks passed over',
  syntax: 'key index element',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) throw noSuchKey()
    const { length } = db.objectOf(List, entry)
    const index = nextIndex(args)
    const value = args.next()
    const fromFront = index < 0 ? index + length : index
    if (fromFront < 0 || fromFront >= length) throw indexOutOfRange()
    db.objectForChange(List, entry).set(fromFront, args.bytes, args.wireStart(value), args.wireEnd(value))
    call.logAsReceived()
    reply.ok()
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.list, 'lset', args, key)
  },
})

/** LINSERT key <BEFORE | AFTER> pivot element */
export const linsert = defineCommand({
  name: 'linsert',
  arity: 5,
  flags: ['write', 'denyoom'],
  categories: ['list'],
  keys: firstKey,
  since: '2.2.0',
  group: 'list',
  summary: 'Inserts an element next to the first one that equals the pivot.',
  complexity: 'O(N) with N elements before the pivot',
  syntax: 'key <BEFORE | AFTER> pivot element',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const isAfter = args.token('AFTER')
    if (!isAfter && !args.token('BEFORE')) throw syntaxError()
    const pivot = args.next()
    const value = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    const [start, end] = [args.wireStart(pivot), args.wireEnd(pivot)]
    const search = {
      bytes: args.bytes,
      start,
      end,
      step: 1,
      skip: 0,
      countMax: 1,
      lookMax: Number.POSITIVE_INFINITY,
    } as const
    const index = db.objectOf(List, entry).find(search)[0]
    if (index === undefined) return reply.integer(-1)
    const list = db.objectForChange(List, entry)
    list.insert(isAfter ? index + 1 : index, args.bytes, args.wireStart(value), args.wireEnd(value))
    keyspace.keyReady(db, args, key)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.list, 'linsert', args, key)
    call.logAsReceived()
    reply.integer(list.length)
  },
})

/** LREM key count element */
export const lrem = defineCommand({
  name: 'lrem',
  arity: 4,
  flags: ['write'],
  categories: ['list'],
  keys: firstKey,
  since: '1.0.0',
  group: 'list',
  summary: 'Takes away elements that equal the given one.',
  complexity: 'O(N) with N elements looked at',
  syntax: 'key count element',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const count = nextIndex(args)
    const value = args.next()
    const entry = db.find(args, key)
    if (entry < 0) return reply.integer(0)
    const list = db.objectForChange(List, entry)
    const countMax = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count)
    const removed = list.remove(count >= 0, countMax, args.bytes, args.wireStart(value), args.wireEnd(value))
    if (removed > 0) {
      keyspace.notify(db, notifyClass.list, 'lrem', args, key)
      removeIfEmpty(call, entry, key)
      keyspace.dirty += removed - 1
      keyspace.changed(db, args, key)
      call.logAsReceived()
    }
    reply.integer(removed)
  },
})

/** LTRIM key start stop */
export const ltrim = defineCommand({
  name: 'ltrim',
  arity: 4,
  flags: ['write'],
  categories: ['list'],
  keys: firstKey,
  since: '1.0.0',
  group: 'list',
  summary: 'Keeps only the elements between two indexes.',
  complexity: 'O(C) with C chunks taken away',
  syntax: 'key start stop',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const start = nextIndex(args)
    const stop = nextIndex(args)
    const entry = db.find(args, key)
    if (entry < 0) return reply.ok()
    const list = db.objectForChange(List, entry)
    const { length } = list
    const first = start < 0 ? Math.max(0, start + length) : start
    const last = Math.min(stop < 0 ? stop + length : stop, length - 1)
    if (first > last) list.drop(true, length)
    else {
      list.drop(false, length - 1 - last)
      list.drop(true, first)
    }
    const removed = length - list.length
    keyspace.notify(db, notifyClass.list, 'ltrim', args, key)
    removeIfEmpty(call, entry, key)
    // A trim that keeps everything is told to watchers all the same, as in Redis, but it is no fact to log.
    keyspace.dirty += removed - 1
    keyspace.changed(db, args, key)
    if (removed > 0) call.logAsReceived()
    reply.ok()
  },
})

function removeIfEmpty({ args, db, keyspace }: Call, entry: number, key: number): void {
  if (db.objectOf(List, entry).length > 0) return
  db.remove(entry)
  keyspace.notify(db, notifyClass.generic, 'del', args, key)
}
