/** GET MGET STRLEN GETRANGE SUBSTR, and GETDEL and GETEX, which read first. */
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { allKeys, defineCommand } from '../command.ts'
import { logTime } from '../expiry-time.ts'
import { expiryOf, readGetexOptions } from './options.ts'
import { ofString } from './string-facts.ts'

export const get = defineCommand({
  ...ofString,
  name: 'get',
  arity: 2,
  flags: ['readonly', 'fast'],
  since: '1.0.0',
  summary: 'Reads a string.',
  syntax: 'key',
  run(call) {
    replyString(call, call.args.next())
  },
})

export const mget = defineCommand({
  ...ofString,
  name: 'mget',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: allKeys,
  since: '1.0.0',
  summary: 'Reads several strings; a key of another type counts as absent.',
  complexity: 'O(N) with N keys',
  syntax: 'key [key ...]',
  run({ args, db, reply }) {
    reply.array(args.left)
    while (args.left > 0) {
      const entry = db.lookup(args, args.next())
      if (entry < 0 || db.kind(entry) !== 'string') {
        reply.null()
        continue
      }
      const start = db.stringWireStart(entry)
      reply.wire(db.stringChunk(entry), start, start + db.stringWireSize(entry))
    }
  },
})

export const strlen = defineCommand({
  ...ofString,
  name: 'strlen',
  arity: 2,
  flags: ['readonly', 'fast'],
  since: '2.2.0',
  summary: "Answers with a string's size in bytes.",
  syntax: 'key',
  run({ args, db, reply }) {
    const entry = db.lookup(args, args.next())
    if (entry < 0) return reply.integer(0)
    db.requireString(entry)
    reply.integer(db.stringSize(entry))
  },
})

const rangeFacts = {
  ...ofString,
  arity: 4,
  flags: ['readonly'],
  complexity: 'O(N) with N bytes of answer',
  syntax: 'key start end',
  run: replyRange,
} as const

export const getrange = defineCommand({
  ...rangeFacts,
  name: 'getrange',
  since: '2.4.0',
  summary: 'Reads a part of a string, both ends included; negative offsets count from its end.',
})

export const substr = defineCommand({
  ...rangeFacts,
  name: 'substr',
  since: '1.0.0',
  summary: 'The old name of GETRANGE.',
})

export const getdel = defineCommand({
  ...ofString,
  name: 'getdel',
  arity: 2,
  flags: ['write', 'fast'],
  since: '6.2.0',
  summary: 'Reads a string and deletes its key.',
  syntax: 'key',
  run(call) {
    const { args } = call
    const key = args.next()
    const entry = replyString(call, key)
    if (entry >= 0) removeKey(call, key, entry)
  },
})

export const getex = defineCommand({
  ...ofString,
  name: 'getex',
  arity: -2,
  flags: ['write', 'fast'],
  since: '6.2.0',
  summary: 'Reads a string and changes when its key expires.',
  syntax: 'key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]',
  run(call) {
    const { args, db, keyspace, effects } = call
    const key = args.next()
    const options = readGetexOptions(args)
    const entry = db.lookup(args, key)
    if (entry < 0) return call.reply.null()
    db.requireString(entry)
    const atMs = expiryOf(args, options, call.nowMs, 'getex')
    replyEntry(call, entry)
    if (atMs !== undefined && atMs <= call.nowMs && keyspace.expires) return removeKey(call, key, entry)
    if (atMs !== undefined) {
      db.setExpiry(entry, atMs)
      if (effects.begin(db.index, 3)) {
        effects.text('PEXPIREAT')
        effects.argument(args, key)
        logTime(effects, atMs)
      }
    } else if (options.form === 'PERSIST' && db.expiresAtMs(entry) >= 0) {
      db.clearExpiry(entry)
      if (effects.begin(db.index, 2)) {
        effects.text('PERSIST')
        effects.argument(args, key)
      }
    } else {
      return
    }
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.generic, atMs === undefined ? 'persist' : 'expire', args, key)
  },
})

/** Answers with the string at the key, or null; returns its entry or -1. Throws WRONGTYPE. */
export function replyString(call: Call, key: number): number {
  const { db } = call
  const entry = db.lookup(call.args, key)
  if (entry < 0) {
    call.reply.null()
    return entry
  }
  db.requireString(entry)
  replyEntry(call, entry)
  return entry
}

function replyEntry({ db, reply }: Call, entry: number): void {
  const start = db.stringWireStart(entry)
  reply.wire(db.stringChunk(entry), start, start + db.stringWireSize(entry))
}

function replyRange({ args, db, reply }: Call): void {
  const key = args.next()
  let start = Number(args.nextInt64())
  let end = Number(args.nextInt64())
  const entry = db.lookup(args, key)
  if (entry >= 0) db.requireString(entry)
  const size = entry < 0 ? 0 : db.stringSize(entry)
  const isReversed = start < 0 && end < 0 && start > end
  if (start < 0) start = Math.max(0, size + start)
  if (end < 0) end = Math.max(0, size + end)
  end = Math.min(end, size - 1)
  if (isReversed || start > end) return reply.bulk(args.bytes, 0, 0)
  const at = db.stringStart(entry)
  reply.bulk(db.stringChunk(entry), at + start, at + end + 1)
}

/** Deletes the key and logs it as DEL. */
export function removeKey({ args, db, keyspace, effects }: Call, key: number, entry: number): void {
  db.remove(entry)
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.generic, 'del', args, key)
  if (effects.begin(db.index, 2)) {
    effects.text('DEL')
    effects.argument(args, key)
  }
}
