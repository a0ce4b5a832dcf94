/** The texts of error replies that belong to sets and their kin (see `errors.ts`). */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

export const limitNegative = (): ReplyError => new ReplyError("ERR LIMIT can't be negative")
export const tooManyKeys = (): ReplyError => new ReplyError("ERR Number of keys can't be greater than number of args")
export const outOfRange = (): ReplyError => new ReplyError('ERR value is out of range')
export const notSymmetricInt64 = (): ReplyError =>
  new ReplyError('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807')
