/** TTL PTTL EXPIRETIME PEXPIRETIME: -2 for no key, -1 for a key that lives for ever. */
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { type TimeUnit, timeInteger } from '../expiry-time.ts'
import { ofKey } from './key-facts.ts'

const ttlFacts = { ...ofKey, arity: 2, flags: ['readonly', 'fast'], syntax: 'key' } as const

export const ttl = defineCommand({
  ...ttlFacts,
  name: 'ttl',
  since: '1.0.0',
  summary: 'Answers with how many seconds a key has to live.',
  run(call) {
    replyTime(call, 1000, call.nowMs)
  },
})

export const pttl = defineCommand({
  ...ttlFacts,
  name: 'pttl',
  since: '2.6.0',
  summary: 'Answers with how many milliseconds a key has to live.',
  run(call) {
    replyTime(call, 1, call.nowMs)
  },
})

export const expiretime = defineCommand({
  ...ttlFacts,
  name: 'expiretime',
  since: '7.0.0',
  summary: 'Answers with the Unix time in seconds at which a key expires.',
  run(call) {
    replyTime(call, 1000, 0)
  },
})

export const pexpiretime = defineCommand({
  ...ttlFacts,
  name: 'pexpiretime',
  since: '7.0.0',
  summary: 'Answers with the Unix time in milliseconds at which a key expires.',
  run(call) {
    replyTime(call, 1, 0)
  },
})

function replyTime({ args, db, reply }: Call, unit: TimeUnit, sinceMs: number): void {
  const entry = db.peek(args, args.next())
  if (entry < 0) return reply.integer(-2)
  const atMs = db.expiresAtMs(entry)
  if (atMs < 0) return reply.integer(-1)
  const ms = Math.max(0, atMs - sinceMs)
  reply.integer(timeInteger(unit === 1 ? ms : Math.floor((ms + 500) / 1000)))
}
