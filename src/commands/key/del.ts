/** DEL UNLINK EXISTS TOUCH TYPE RANDOMKEY: what can be said of a key without looking into its value. */
import { expireKey } from '../../keyspace/departures.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand, noKeys } from '../command.ts'
import { ofKey, ofKeys } from './key-facts.ts'

export const del = defineCommand({
  ...ofKeys,
  name: 'del',
  flags: ['write'],
  since: '1.0.0',
  summary: 'Deletes keys; answers with how many there were.',
  run: removeKeys,
})

export const unlink = defineCommand({
  ...ofKeys,
  name: 'unlink',
  flags: ['write', 'fast'],
  since: '4.0.0',
  summary: 'Deletes keys, as DEL does here, where memory is given back in no time.',
  run: removeKeys,
})

export const exists = defineCommand({
  ...ofKeys,
  name: 'exists',
  flags: ['readonly', 'fast'],
  since: '1.0.0',
  summary: 'Counts the keys that exist, each as often as it is named.',
  run({ args, db, reply }) {
    let count = 0
    while (args.left > 0) if (db.peek(args, args.next()) >= 0) count++
    reply.integer(count)
  },
})

export const touch = defineCommand({
  ...ofKeys,
  name: 'touch',
  flags: ['readonly', 'fast'],
  since: '3.2.1',
  summary: 'Notes an access to keys; answers with how many there are.',
  run({ args, db, keyspace, nowMs, reply }) {
    let count = 0
    while (args.left > 0) {
      const entry = db.lookup(args, args.next())
      if (entry < 0) continue
      // Looking it up was an access already, but for a client that leaves no traces otherwise.
      if (keyspace.accessRules.isSuppressed) db.accesses.note(entry, nowMs)
      count++
    }
    reply.integer(count)
  },
})

export const type = defineCommand({
  ...ofKey,
  name: 'type',
  arity: 2,
  flags: ['readonly', 'fast'],
  since: '1.0.0',
  summary: 'Names the type of what a key holds.',
  syntax: 'key',
  run({ args, db, reply }) {
    const entry = db.peek(args, args.next())
    reply.simple(entry < 0 ? 'none' : db.kind(entry))
  },
})

export const randomkey = defineCommand({
  ...ofKey,
  name: 'randomkey',
  arity: 1,
  flags: ['readonly'],
  keys: noKeys,
  since: '1.0.0',
  summary: 'Answers with any one of the keys.',
  syntax: '',
  run(call) {
    const { db, reply } = call
    const draw = (): number => call.random()
    let entry = db.random(draw)
    while (entry >= 0 && db.isExpired(entry)) {
      // While writes are paused keys expire without being deleted, and there may be no other: any is an answer then.
      if (call.keyspace.expiryFrozen) break
      expireKey(db, entry)
      entry = db.random(draw)
    }
    if (entry < 0) return reply.null()
    const start = db.keyOffset(entry)
    reply.bulk(db.keyChunk(entry), start, start + db.keySize(entry))
  },
})

function removeKeys(call: Call): void {
  const { args, db, keyspace, reply } = call
  let count = 0
  while (args.left > 0) {
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0) continue
    db.remove(entry)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.generic, 'del', args, key)
    count++
  }
  if (count > 0) call.logAsReceived()
  reply.integer(count)
}
