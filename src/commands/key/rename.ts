/** RENAME RENAMENX COPY MOVE: values that change their key or their database. A value takes its time to live along. */
import { noSuchKey, sameObject, syntaxError } from '../../broker/errors.ts'
import type { Database } from '../../keyspace/database.ts'
import { attach, detach, duplicate } from '../../keyspace/detached-value.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand, twoKeys } from '../command.ts'
import { readDatabaseIndex } from '../database-index.ts'
import { ofKey } from './key-facts.ts'

export const rename = defineCommand({
  ...ofKey,
  name: 'rename',
  arity: 3,
  flags: ['write'],
  keys: twoKeys,
  since: '1.0.0',
  summary: 'Gives a value another key, whatever that held before.',
  syntax: 'key newkey',
  run(call) {
    const { args, db, reply } = call
    const from = args.next()
    const to = args.next()
    const entry = db.find(args, from)
    if (entry < 0) throw noSuchKey()
    if (args.equal(from, args, to)) return reply.ok()
    const replaced = db.find(args, to)
    if (replaced >= 0) db.remove(replaced)
    moveToKey(call, from, to, entry)
    reply.ok()
  },
})

export const renamenx = defineCommand({
  ...ofKey,
  name: 'renamenx',
  arity: 3,
  flags: ['write', 'fast'],
  keys: twoKeys,
  since: '1.0.0',
  summary: 'Gives a value another key unless that exists.',
  syntax: 'key newkey',
  run(call) {
    const { args, db, reply } = call
    const from = args.next()
    const to = args.next()
    const entry = db.find(args, from)
    if (entry < 0) throw noSuchKey()
    if (db.find(args, to) >= 0) return reply.integer(0)
    moveToKey(call, from, to, entry)
    reply.integer(1)
  },
})

export const copy = defineCommand({
  ...ofKey,
  name: 'copy',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: twoKeys,
  since: '6.2.0',
  summary: 'Gives a key a copy of what another one holds.',
  complexity: 'O(N) with N bytes of value',
  syntax: 'source destination [DB destination-db] [REPLACE]',
  run(call) {
    const { args, db, keyspace, reply } = call
    const from = args.next()
    const to = args.next()
    const { target, replace } = readCopyOptions(call)
    if (target === db && args.equal(from, args, to)) throw sameObject()
    const entry = db.lookup(args, from)
    if (entry < 0) return reply.integer(0)
    const replaced = target.find(args, to)
    if (replaced >= 0 && !replace) return reply.integer(0)
    const value = duplicate(db, entry)
    if (replaced >= 0) target.remove(replaced)
    attach(target, args, to, value)
    keyspace.changed(target, args, to)
    keyspace.notify(target, notifyClass.generic, 'copy_to', args, to)
    call.logAsReceived()
    reply.integer(1)
  },
})

export const move = defineCommand({
  ...ofKey,
  name: 'move',
  arity: 3,
  flags: ['write', 'fast'],
  since: '1.0.0',
  summary: 'Moves a key into another database unless it exists there.',
  syntax: 'key db',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const target = keyspace.databases[readDatabaseIndex(args, args.next(), keyspace)]!
    if (target === db) throw sameObject()
    const entry = db.find(args, key)
    if (entry < 0 || target.find(args, key) >= 0) return reply.integer(0)
    attach(target, args, key, detach(db, entry))
    keyspace.changed(db, args, key)
    keyspace.changed(target, args, key)
    keyspace.notify(db, notifyClass.generic, 'move_from', args, key)
    keyspace.notify(target, notifyClass.generic, 'move_to', args, key)
    call.logAsReceived()
    reply.integer(1)
  },
})

function moveToKey(call: Call, from: number, to: number, entry: number): void {
  const { args, db, keyspace } = call
  attach(db, args, to, detach(db, entry))
  keyspace.changed(db, args, from)
  keyspace.changed(db, args, to)
  keyspace.notify(db, notifyClass.generic, 'rename_from', args, from)
  keyspace.notify(db, notifyClass.generic, 'rename_to', args, to)
  call.logAsReceived()
}

function readCopyOptions({ args, db, keyspace }: Call): { target: Database; replace: boolean } {
  let target = db
  let replace = false
  while (args.left > 0) {
    if (args.token('REPLACE')) replace = true
    else if (args.left > 1 && args.token('DB')) {
      target = keyspace.databases[readDatabaseIndex(args, args.next(), keyspace)]!
    } else throw syntaxError()
  }
  return { target, replace }
}
