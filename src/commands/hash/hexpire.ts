/** HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT: fields that go by themselves. */
import { fieldCountNotPositive } from '../../broker/hash-errors.ts'
import { Hash } from '../../keyspace/hash.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand } from '../command.ts'
import { isPast, nextExpiryMs, placeOf, readFieldCount, type TimeForm, timeForms } from './field-args.ts'
import { type FieldChanges, fieldsChanged, noChanges } from './field-changes.ts'
import { ofHash } from './hash-facts.ts'

type Condition = 'NX' | 'XX' | 'GT' | 'LT'

/** The answers, field by field. */
const answers = { noField: -2, refused: 0, set: 1, removed: 2 } as const

export const hexpire = expireCommand('hexpire', 'seconds', timeForms.EX, 'Lets fields expire after some seconds.')
export const hpexpire = expireCommand(
  'hpexpire',
  'milliseconds',
  timeForms.PX,
  'Lets fields expire after some milliseconds.',
)
export const hexpireat = expireCommand(
  'hexpireat',
  'unix-time-seconds',
  timeForms.EXAT,
  'Lets fields expire at a point in time, in seconds.',
)
export const hpexpireat = expireCommand(
  'hpexpireat',
  'unix-time-milliseconds',
  timeForms.PXAT,
  'Lets fields expire at a point in time, in milliseconds.',
)

function expireCommand(name: string, time: string, form: TimeForm, summary: string): Command {
  return defineCommand({
    ...ofHash,
    name,
    arity: -6,
    flags: ['write', 'fast'],
    since: '7.4.0',
    summary,
    complexity: 'O(N) with N fields',
    syntax: `key ${time} [NX | XX | GT | LT] FIELDS numfields field [field ...]`,
    run(call) {
      expire(call, name, form)
    },
  })
}

function expire(call: Call, name: string, form: TimeForm): void {
  const { args, db, reply } = call
  const entry = db.find(args, args.next())
  const hash = entry < 0 ? undefined : db.objectOf(Hash, entry)
  const atMs = nextExpiryMs(call, form, name)
  const condition = (['NX', 'XX', 'GT', 'LT'] as const).find((each) => args.token(each))
  readFieldCount(args, fieldCountNotPositive)
  reply.array(args.left)
  const changes = noChanges()
  if (hash !== undefined) {
    db.beforeChange(entry)
    hash.prepareExpiry()
  }
  for (let i = args.position; i < args.count; i++) {
    reply.integer(hash === undefined ? answers.noField : expireField(call, hash, i, atMs, condition, changes))
  }
  if (hash !== undefined) fieldsChanged(call, entry, hash, changes, atMs)
}

function expireField(
  call: Call,
  hash: Hash,
  field: number,
  atMs: number,
  condition: Condition | undefined,
  changes: FieldChanges,
): number {
  const place = placeOf(call.args, hash, field)
  if (place < 0) return answers.noField
  if (!holds(condition, hash.expiresAtMs(place), atMs)) return answers.refused
  if (isPast(call, atMs)) {
    hash.remove(place)
    changes.removed.push(field)
    return answers.removed
  }
  hash.setExpiry(place, atMs)
  changes.timed.push(field)
  return answers.set
}

/** Whether a field that expires at `beforeMs` (0 for never, which is later than any time) may expire at `atMs`. */
function holds(condition: Condition | undefined, beforeMs: number, atMs: number): boolean {
  switch (condition) {
    case 'NX':
      return beforeMs === 0
    case 'XX':
      return beforeMs !== 0
    case 'GT':
      return beforeMs !== 0 && atMs > beforeMs
    case 'LT':
      return beforeMs === 0 || atMs < beforeMs
    default:
      return true
  }
}
