/** Error replies of hash commands (see `errors.ts`). */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

export const hashNotInteger = (): ReplyError => new ReplyError('ERR hash value is not an integer')
export const hashNotFloat = (): ReplyError => new ReplyError('ERR hash value is not a float')
export const incrementNotFinite = (): ReplyError => new ReplyError('ERR value is NaN or Infinity')
export const countOutOfRange = (): ReplyError => new ReplyError('ERR value is out of range')
export const countNotInt64 = (): ReplyError =>
  new ReplyError('ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807')
