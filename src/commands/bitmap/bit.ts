/** SETBIT and GETBIT: one bit of a string. */
import { notABit } from '../../broker/errors.ts'
import { stringForm } from '../../keyspace/entry-table.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import { defineCommand } from '../command.ts'
import { bitOffset } from './bit-offset.ts'
import { findString, ofBitmap, stringWithRoom } from './bitmap-facts.ts'

export const setbit = defineCommand({
  ...ofBitmap,
  name: 'setbit',
  arity: 4,
  flags: ['write', 'denyoom'],
  since: '2.2.0',
  summary: 'Sets or clears a bit of a string, which grows as far as needed, and answers what the bit was.',
  syntax: 'key offset value',
  run(call) {
    const { args, db, keyspace } = call
    const key = args.next()
    const offset = bitOffset(call, args.next())
    const bit = args.smallInteger(args.next())
    if (bit !== 0 && bit !== 1) throw notABit()
    const found = findString(call, key)
    const byte = Math.floor(offset / 8)
    const isThere = found >= 0 && byte < db.stringSize(found)
    const shift = 7 - (offset % 8)
    const old = isThere ? (db.stringChunk(found)[db.stringStart(found) + byte]! >> shift) & 1 : 0
    call.reply.integer(old)
    if (isThere && old === bit) return db.strings.setForm(found, stringForm.raw)
    const entry = stringWithRoom(call, key, found, byte + 1)
    if (old !== bit) db.stringChunk(entry)[db.stringStart(entry) + byte]! ^= 1 << shift
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.string, 'setbit', args, key)
    call.logAsReceived()
  },
})

export const getbit = defineCommand({
  ...ofBitmap,
  name: 'getbit',
  arity: 3,
  flags: ['readonly', 'fast'],
  since: '2.2.0',
  summary: 'Answers a bit of a string; behind its end all are 0.',
  syntax: 'key offset',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const offset = bitOffset(call, args.next())
    const entry = db.lookup(args, key)
    if (entry < 0) return reply.integer(0)
    db.requireString(entry)
    const byte = Math.floor(offset / 8)
    if (byte >= db.stringSize(entry)) return reply.integer(0)
    reply.integer((db.stringChunk(entry)[db.stringStart(entry) + byte]! >> (7 - (offset % 8))) & 1)
  },
})
