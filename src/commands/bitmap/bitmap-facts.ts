/** What commands on a string's bits share. */
import type { Call } from '../call.ts'
import { firstKey } from '../command.ts'

export const ofBitmap = {
  categories: ['bitmap'],
  keys: firstKey,
  group: 'bitmap',
  complexity: 'O(1)',
} as const

/** The entry of the string at argument `key` with room for `size` bytes: it is made, or grows by zeros, where it is
 *  short of that. The caller must have nothing left to refuse, and an entry (-1 for none) that is a string. */
export function stringWithRoom(call: Call, key: number, entry: number, size: number): number {
  const { args, db } = call
  const start = args.starts[key]!
  const target = entry < 0 ? db.setString(args, key, args.bytes, start, start) : entry
  db.growString(target, Math.max(db.stringSize(target), size))
  return target
}

/** The entry of the string at argument `key` for a command that changes it, or -1; throws WRONGTYPE. */
export function findString({ args, db }: Call, key: number): number {
  const entry = db.find(args, key)
  if (entry >= 0) db.requireString(entry)
  return entry
}
