/** Conditions on what a key holds: IFEQ IFNE IFDEQ IFDNE, of SET and DELEX. A digest is the value's hash in hexadecimal,
 *  as DIGEST answers it. */
import type { Args } from '../../../protocol/resp/args.ts'
import { notADigest } from '../../broker/errors.ts'
import type { Database } from '../../keyspace/database.ts'
import { equalRanges } from '../../lib/bytes.ts'
import { xxh3Hex } from '../../lib/xxh3.ts'

const conditions = ['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE'] as const

export type Condition = (typeof conditions)[number]

const digestDigits = 16

/** Reads one of the four words, if that is what comes next. */
export function nextCondition(args: Args): Condition | undefined {
  return conditions.find((each) => args.token(each))
}

/** Whether the entry (-1 for none) holds what the condition asks for. Throws WRONGTYPE for what is no string. */
export function meetsCondition(
  db: Database,
  entry: number,
  condition: Condition,
  args: Args,
  operand: number,
): boolean {
  const wantsEqual = condition === 'IFEQ' || condition === 'IFDEQ'
  if (entry < 0) return !wantsEqual
  db.requireString(entry)
  const isEqual =
    condition === 'IFEQ' || condition === 'IFNE' ? holds(db, entry, args, operand) : hasDigest(db, entry, args, operand)
  return isEqual === wantsEqual
}

/** The digest of the entry's string. */
export function digestOf(db: Database, entry: number): string {
  const start = db.stringStart(entry)
  return xxh3Hex(db.stringChunk(entry), start, start + db.stringSize(entry))
}

/** Whether the entry's string is argument `i`. */
export function holds(db: Database, entry: number, args: Args, i: number): boolean {
  const size = db.stringSize(entry)
  if (size !== args.size(i)) return false
  return equalRanges(db.stringChunk(entry), db.stringStart(entry), args.bytes, args.starts[i]!, size)
}

function hasDigest(db: Database, entry: number, args: Args, i: number): boolean {
  if (args.size(i) !== digestDigits) throw notADigest()
  return args.text(i).toLowerCase() === digestOf(db, entry)
}
