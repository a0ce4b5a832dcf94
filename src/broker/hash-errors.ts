/** Error replies of hash commands (see `errors.ts`). */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

export const hashNotInteger = (): ReplyError => new ReplyError('ERR hash value is not an integer')
export const hashNotFloat = (): ReplyError => new ReplyError('ERR hash value is not a float')
export const incrementNotFinite = (): ReplyError => new ReplyError('ERR value is NaN or Infinity')
export const countOutOfRange = (): ReplyError => new ReplyError('ERR value is out of range')
export const countNotInt64 = (): ReplyError =>
  new ReplyError('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807')

// Of fields that expire (Redis 7.4 and 8.0).

export const fieldsMissing = (): ReplyError =>
  new ReplyError('ERR Mandatory argument FIELDS is missing or not at the right position')
export const fieldCountNotPositive = (): ReplyError =>
  new ReplyError('ERR Parameter `numFields` should be greater than 0')
export const fieldCountInvalid = (): ReplyError => new ReplyError('ERR Number of fields must be a positive integer')
export const fieldCountMismatch = (): ReplyError =>
  new ReplyError('ERR The `numfields` parameter must match the number of arguments')
export const fieldTimeNegative = (): ReplyError => new ReplyError('ERR invalid expire time, must be >= 0')
export const pairCountInvalid = (): ReplyError => new ReplyError('ERR invalid number of fields')
export const fieldsTwice = (): ReplyError => new ReplyError('ERR FIELDS keyword specified multiple times')
/** Fields, or their values, are fewer than was said. */
export const argumentsMissing = (): ReplyError => new ReplyError('ERR wrong number of arguments')
export const fieldsAbsent = (): ReplyError => new ReplyError('ERR missing FIELDS argument')
export const fieldTimeMissing = (): ReplyError => new ReplyError('ERR missing expire time')
export const oneConditionOnly = (): ReplyError =>
  new ReplyError('ERR Only one of FXX or FNX arguments can be specified')
export const oneTimeOnly = (other: string): ReplyError =>
  new ReplyError(`ERR Only one of EX, PX, EXAT, PXAT or ${other} arguments can be specified`)
export const unknownArgument = (argument: string): ReplyError => new ReplyError(`ERR unknown argument: ${argument}`)
