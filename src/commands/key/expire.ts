/** EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST. Logged is when the key expires, not how soon; a time in the past deletes
 *  the key at once and is logged as DEL. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { logTime, readExpiry, type TimeUnit } from '../expiry-time.ts'
import { ofKey } from './key-facts.ts'

const never = -1

export const expire = defineCommand({
  ...ofKey,
  name: 'expire',
  arity: -3,
  flags: ['write', 'fast'],
  since: '1.0.0',
  summary: 'Lets a key expire after some seconds.',
  syntax: 'key seconds [NX | XX | GT | LT]',
  run(call) {
    expireAt(call, 1000, call.nowMs, 'expire')
  },
})

export const pexpire = defineCommand({
  ...ofKey,
  name: 'pexpire',
  arity: -3,
  flags: ['write', 'fast'],
  since: '2.6.0',
  summary: 'Lets a key expire after some milliseconds.',
  syntax: 'key milliseconds [NX | XX | GT | LT]',
  run(call) {
    expireAt(call, 1, call.nowMs, 'pexpire')
  },
})

export const expireat = defineCommand({
  ...ofKey,
  name: 'expireat',
  arity: -3,
  flags: ['write', 'fast'],
  since: '1.2.0',
  summary: 'Lets a key expire at a Unix time in seconds.',
  syntax: 'key unix-time-seconds [NX | XX | GT | LT]',
  run(call) {
    expireAt(call, 1000, 0, 'expireat')
  },
})

export const pexpireat = defineCommand({
  ...ofKey,
  name: 'pexpireat',
  arity: -3,
  flags: ['write', 'fast'],
  since: '2.6.0',
  summary: 'Lets a key expire at a Unix time in milliseconds.',
  syntax: 'key unix-time-milliseconds [NX | XX | GT | LT]',
  run(call) {
    expireAt(call, 1, 0, 'pexpireat')
  },
})

export const persist = defineCommand({
  ...ofKey,
  name: 'persist',
  arity: 2,
  flags: ['write', 'fast'],
  since: '2.2.0',
  summary: 'Lets a key live for ever.',
  syntax: 'key',
  run(call) {
    const { args, db, keyspace, reply } = call
    const key = args.next()
    const entry = db.find(args, key)
    if (entry < 0 || db.expiresAtMs(entry) === never) return reply.integer(0)
    db.clearExpiry(entry)
    keyspace.changed(db, args, key)
    keyspace.notify(db, notifyClass.generic, 'persist', args, key)
    call.logAsReceived()
    reply.integer(1)
  },
})

interface Conditions {
  nx: boolean
  xx: boolean
  gt: boolean
  lt: boolean
}

function expireAt(call: Call, unit: TimeUnit, baseMs: number, command: string): void {
  const { args, db, keyspace, reply } = call
  const key = args.next()
  const time = args.next()
  const conditions = readConditions(args)
  const atMs = readExpiry(args, time, unit, baseMs, command)
  const entry = db.find(args, key)
  if (entry < 0 || !allows(conditions, db.expiresAtMs(entry), atMs)) return reply.integer(0)
  const isPast = keyspace.expires && atMs <= call.nowMs
  if (isPast) db.remove(entry)
  else db.setExpiry(entry, atMs)
  log(call, key, isPast ? never : atMs)
  // Whoever hears of its own change hears of it in Redis' order: a deletion before the answer, else behind it.
  if (!isPast) reply.integer(1)
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.generic, isPast ? 'del' : 'expire', args, key)
  if (isPast) reply.integer(1)
}

function log({ args, db, effects }: Call, key: number, atMs: number): void {
  if (!effects.begin(db.index, atMs === never ? 2 : 3)) return
  effects.text(atMs === never ? 'DEL' : 'PEXPIREAT')
  effects.argument(args, key)
  if (atMs !== never) logTime(effects, atMs)
}

function readConditions(args: Args): Conditions {
  const conditions = { nx: false, xx: false, gt: false, lt: false }
  while (args.left > 0) {
    if (args.token('NX')) conditions.nx = true
    else if (args.token('XX')) conditions.xx = true
    else if (args.token('GT')) conditions.gt = true
    else if (args.token('LT')) conditions.lt = true
    else throw new ReplyError(`ERR Unsupported option ${args.quoted(args.next())}`)
  }
  const { nx, xx, gt, lt } = conditions
  if (nx && (xx || gt || lt)) {
    throw new ReplyError('ERR NX and XX, GT or LT options at the same time are not compatible')
  }
  if (gt && lt) throw new ReplyError('ERR GT and LT options at the same time are not compatible')
  return conditions
}

/** Whether a key that expires at `currentMs` may from now on expire at `atMs`. Never is later than any time. */
function allows({ nx, xx, gt, lt }: Conditions, currentMs: number, atMs: number): boolean {
  const expires = currentMs !== never
  if (expires ? nx : xx) return false
  if (gt && (!expires || atMs <= currentMs)) return false
  return !lt || !expires || atMs < currentMs
}
