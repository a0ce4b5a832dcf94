/** SET and its elder siblings SETNX SETEX PSETEX GETSET. SET without options takes a road of its own. */
import { notifyClass } from '../../keyspace/notify.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { logTime, readLifetime, type TimeUnit } from '../expiry-time.ts'
import { meetsCondition } from './compare.ts'
import { replyString } from './get.ts'
import { expiryOf, readSetOptions } from './options.ts'
import { ofString } from './string-facts.ts'

export const set = defineCommand({
  ...ofString,
  name: 'set',
  arity: -3,
  flags: ['write', 'denyoom'],
  since: '1.0.0',
  summary: 'Sets a key to a string, whatever it held before.',
  syntax:
    'key value [NX | XX | IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]',
  run(call) {
    const { args } = call
    const key = args.next()
    const value = args.next()
    if (args.left > 0) return setWithOptions(call, key, value)
    store(call, key, value)
    call.logAsReceived()
    call.reply.ok()
  },
})

export const setnx = defineCommand({
  ...ofString,
  name: 'setnx',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  since: '1.0.0',
  summary: 'Sets a key to a string unless the key exists.',
  syntax: 'key value',
  run(call) {
    const { args, db, reply } = call
    const key = args.next()
    const value = args.next()
    if (db.find(args, key) >= 0) return reply.integer(0)
    store(call, key, value)
    call.logAsReceived()
    reply.integer(1)
  },
})

export const setex = defineCommand({
  ...ofString,
  name: 'setex',
  arity: 4,
  flags: ['write', 'denyoom'],
  since: '2.0.0',
  summary: 'Sets a key to a string that expires after some seconds.',
  syntax: 'key seconds value',
  run(call) {
    setExpiring(call, 1000, 'setex')
  },
})

export const psetex = defineCommand({
  ...ofString,
  name: 'psetex',
  arity: 4,
  flags: ['write', 'denyoom'],
  since: '2.6.0',
  summary: 'Sets a key to a string that expires after some milliseconds.',
  syntax: 'key milliseconds value',
  run(call) {
    setExpiring(call, 1, 'psetex')
  },
})

export const getset = defineCommand({
  ...ofString,
  name: 'getset',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  since: '1.0.0',
  summary: 'Sets a key to a string and answers with the one it held before.',
  syntax: 'key value',
  run(call) {
    const { args } = call
    const key = args.next()
    const value = args.next()
    replyString(call, key)
    store(call, key, value)
    logSet(call, key, value, false)
  },
})

function setWithOptions(call: Call, key: number, value: number): void {
  const { args, db, reply } = call
  const options = readSetOptions(args)
  const expiresAtMs = expiryOf(args, options, call.nowMs, 'set')
  const { condition } = options
  const mayStore = condition === undefined || meetsCondition(db, db.find(args, key), condition, args, options.operand)
  if (options.get) replyString(call, key)
  const exists = db.find(args, key) >= 0
  if (!mayStore || (exists ? options.nx : options.xx)) {
    if (!options.get) reply.null()
    return
  }
  setAndLog(call, key, value, expiresAtMs, options.form === 'KEEPTTL')
  if (!options.get) reply.ok()
}

/** Sets the key to the value and logs that, without the conditions under which it was done. */
export function setAndLog(
  call: Call,
  key: number,
  value: number,
  expiresAtMs: number | undefined,
  keepTtl: boolean,
): void {
  store(call, key, value, keepTtl)
  if (expiresAtMs === undefined) logSet(call, key, value, keepTtl)
  else expire(call, key, value, expiresAtMs)
}

function setExpiring(call: Call, unit: TimeUnit, command: string): void {
  const { args, reply } = call
  const key = args.next()
  const expiresAtMs = readLifetime(args, args.next(), unit, call.nowMs, command)
  const value = args.next()
  store(call, key, value)
  expire(call, key, value, expiresAtMs)
  reply.ok()
}

function store(call: Call, key: number, value: number, keepTtl = false): void {
  const { args, db, keyspace } = call
  db.setString(args, key, args.bytes, args.starts[value]!, args.ends[value]!, keepTtl)
  keyspace.changed(db, args, key)
  keyspace.notify(db, notifyClass.string, 'set', args, key)
}

/** Lets the key that was just set expire, and logs both as one fact. */
function expire(call: Call, key: number, value: number, atMs: number): void {
  const { args, db, keyspace, effects } = call
  db.setExpiry(db.find(args, key), atMs)
  if (effects.begin(db.index, 5)) {
    effects.text('SET')
    effects.argument(args, key)
    effects.argument(args, value)
    effects.text('PXAT')
    logTime(effects, atMs)
  }
  keyspace.notify(db, notifyClass.generic, 'expire', args, key)
}

/** Logs that the key now holds the value, without the conditions under which it was set. */
function logSet(call: Call, key: number, value: number, keepTtl: boolean): void {
  const { args, db, effects } = call
  if (!effects.begin(db.index, keepTtl ? 4 : 3)) return
  effects.text('SET')
  effects.argument(args, key)
  effects.argument(args, value)
  if (keepTtl) effects.text('KEEPTTL')
}
