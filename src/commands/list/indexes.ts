/** Reading the numbers of list commands. */
import type { Args } from '../../../protocol/resp/args.ts'
import { notInteger } from '../../broker/errors.ts'

/** The next argument as an index or a count. Beyond ±2^53 it is only about right, but then it is beyond any list. */
export function nextIndex(args: Args, error: () => Error = notInteger): number {
  const i = args.next()
  const small = args.smallInteger(i)
  if (!Number.isNaN(small)) return small
  const value = args.int64(i)
  if (value === undefined) throw error()
  return Number(value)
}
