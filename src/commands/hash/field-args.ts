/** What commands on fields that expire read alike. */
import type { Args } from '../../../protocol/resp/args.ts'
import { invalidExpire, notInteger } from '../../broker/errors.ts'
import { fieldCountMismatch, fieldsMissing, fieldTimeNegative } from '../../broker/hash-errors.ts'
import { fieldExpiryMsMax, type Hash } from '../../keyspace/hash.ts'
import type { Call } from '../call.ts'

/** How a time is given. */
export interface TimeForm {
  readonly msPerUnit: 1 | 1000
  readonly isAbsolute: boolean
}

export const timeForms = {
  EX: { msPerUnit: 1000, isAbsolute: false },
  PX: { msPerUnit: 1, isAbsolute: false },
  EXAT: { msPerUnit: 1000, isAbsolute: true },
  PXAT: { msPerUnit: 1, isAbsolute: true },
} as const

/** The next argument as a point in time, in milliseconds since 1970; `command` is named in the refusal. */
export function nextExpiryMs({ args, nowMs }: Call, form: TimeForm, command: string): number {
  const value = args.int64(args.next())
  if (value === undefined) throw notInteger()
  if (value < 0n) throw fieldTimeNegative()
  const base = form.isAbsolute ? 0 : nowMs
  if (value > Math.floor(fieldExpiryMsMax / form.msPerUnit)) throw invalidExpire(command)
  const ms = Number(value) * form.msPerUnit
  if (ms > fieldExpiryMsMax - base) throw invalidExpire(command)
  return base + ms
}

/** Whether a field that is to expire at that time goes at once. On replay none does: the log says what went. */
export function isPast({ keyspace, nowMs }: Call, atMs: number): boolean {
  return keyspace.expires && atMs <= nowMs
}

/** Reads `FIELDS numfields`; what is left are the fields. */
export function readFieldCount(args: Args, invalidCount: () => Error): void {
  if (!args.token('FIELDS')) throw fieldsMissing()
  const count = args.int64(args.next())
  if (count === undefined || count < 1n) throw invalidCount()
  if (count !== BigInt(args.left)) throw fieldCountMismatch()
}

/** The place of the field in argument `i`, or -1. */
export function placeOf(args: Args, hash: Hash, i: number): number {
  return hash.find(args.bytes, args.starts[i]!, args.ends[i]!)
}

/** Logs a command on the key in argument 1 and these fields: `words` stand between them. */
export function logFields(call: Call, name: string, words: readonly string[], fields: readonly number[]): void {
  const { args, db, effects } = call
  if (fields.length === 0 || !effects.begin(db.index, 2 + words.length + fields.length)) return
  effects.text(name)
  effects.argument(args, 1)
  for (const word of words) effects.text(word)
  for (const field of fields) effects.argument(args, field)
}
