/** Points in time at which keys expire, as commands take, log and answer them.
 *
 *  They are numbers of milliseconds since 1970. Those beyond 2^53 (the year 287396) are kept to the nearest double. */

import type { Args } from '../../protocol/resp/args.ts'
import { invalidExpire, notInteger } from '../broker/errors.ts'
import type { Effects } from '../keyspace/effects.ts'

export const int64Max = 0x7fffffffffffffffn
const int64Min = -0x8000000000000000n

/** The unit of a time argument, in milliseconds. */
export type TimeUnit = 1 | 1000

/** Argument `i` as a point in time, `baseMs` later than it says. Throws unless it is above 0 and both fit 64 bits. */
export function readLifetime(args: Args, i: number, unit: TimeUnit, baseMs: number, command: string): number {
  const small = args.smallInteger(i)
  if (small > 0) return small * unit + baseMs
  const value = args.int64(i)
  if (value === undefined) throw notInteger()
  const atMs = value * BigInt(unit) + BigInt(baseMs)
  if (value <= 0n || atMs > int64Max) throw invalidExpire(command)
  return Number(atMs)
}

/** As `readLifetime` for the EXPIRE family, which takes times in the past too. */
export function readExpiry(args: Args, i: number, unit: TimeUnit, baseMs: number, command: string): number {
  const small = args.smallInteger(i)
  if (!Number.isNaN(small)) return small * unit + baseMs
  const value = args.int64(i)
  if (value === undefined) throw notInteger()
  const ms = value * BigInt(unit)
  const atMs = ms + BigInt(baseMs)
  if (ms < int64Min || atMs > int64Max) throw invalidExpire(command)
  return Number(atMs)
}

/** The time as an integer that fits 64 bits. */
export function timeInteger(ms: number): number | bigint {
  if (Number.isSafeInteger(ms)) return ms
  const value = BigInt(ms)
  return value > int64Max ? int64Max : value
}

/** Writes the time as an argument of an effect. */
export function logTime(effects: Effects, atMs: number): void {
  if (Number.isSafeInteger(atMs)) effects.integer(atMs)
  else effects.text(String(timeInteger(atMs)))
}
