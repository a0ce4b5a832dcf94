import { notifyClass } from '../../keyspace/notify.ts'
import { defineCommand, firstKey } from '../command.ts'

export const set = defineCommand({
  name: 'set',
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['string'],
  keys: firstKey,
  since: '1.0.0',
  group: 'string',
  summary: 'Sets a key to a string.',
  complexity: 'O(1)',
  syntax: 'key value',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const value = args.next()
    db.setString(args, key, args.bytes, args.starts[value]!, args.ends[value]!)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.string, 'set', args, key)
    call.logAsReceived()
    reply.ok()
  },
})

export const get = defineCommand({
  name: 'get',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['string'],
  keys: firstKey,
  since: '1.0.0',
  group: 'string',
  summary: 'Reads a string.',
  complexity: 'O(1)',
  syntax: 'key',
  run({ args, db, reply }) {
    const entry = db.lookup(args, args.next())
    if (entry < 0) return reply.null()
    db.requireString(entry)
    const start = db.stringWireStart(entry)
    reply.wire(db.stringChunk(entry), start, start + db.stringWireSize(entry))
  },
})
export const ping = defineCommand({
  name: 'ping',
  arity: -1,
  flags: ['fast'],
  categories: ['connection'],
  keys: { first: 0, last: 0, step: 0 },
  since: '1.0.0',
  group: 'connection',
  summary: 'Answers.',
  complexity: 'O(1)',
  syntax: '[message]',
  run({ reply }) {
    reply.simple('PONG')
  },
})
