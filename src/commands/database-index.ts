/** Numbers of databases as arguments. */
import type { Args } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import { dbIndexOutOfRange, notInt32, notInteger } from '../broker/errors.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'

/** Argument `i` as the number of a database that exists. Throws otherwise. */
export function readDatabaseIndex(args: Args, i: number, keyspace: Keyspace): number {
  const index = args.smallInteger(i)
  if (Number.isNaN(index) && args.int64(i) === undefined) throw notInteger()
  if (!isInt32(index)) throw notInt32()
  requireDatabase(index, keyspace)
  return index
}

/** Argument `i` as a number of 32 bits, which need not be one of a database; refused with `message` otherwise. */
export function readInt32(args: Args, i: number, message: string): number {
  const index = args.smallInteger(i)
  if (!isInt32(index)) throw new ReplyError(message)
  return index
}

export function requireDatabase(index: number, keyspace: Keyspace): void {
  if (index < 0 || index >= keyspace.databases.length) throw dbIndexOutOfRange()
}

function isInt32(value: number): boolean {
  return (value | 0) === value
}
