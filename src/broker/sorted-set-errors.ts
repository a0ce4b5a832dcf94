/** The texts of error replies of sorted sets (see `errors.ts`). */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

export const scoreNotNumber = (): ReplyError => new ReplyError('ERR resulting score is not a number (NaN)')
export const notExistingAndExisting = (): ReplyError =>
  new ReplyError('ERR XX and NX options at the same time are not compatible')
export const conflictingComparisons = (): ReplyError =>
  new ReplyError('ERR GT, LT, and/or NX options at the same time are not compatible')
export const incrementsSingle = (): ReplyError =>
  new ReplyError('ERR INCR option supports a single increment-element pair')
export const boundNotFloat = (): ReplyError => new ReplyError('ERR min or max is not a float')
export const boundNotName = (): ReplyError => new ReplyError('ERR min or max not valid string range item')
export const limitNeedsRange = (): ReplyError =>
  new ReplyError('ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX')
export const scoresOfNames = (): ReplyError =>
  new ReplyError('ERR syntax error, WITHSCORES not supported in combination with BYLEX')
export const inputKeyNeeded = (command: string): ReplyError =>
  new ReplyError(`ERR at least 1 input key is needed for '${command}' command`)
export const weightNotFloat = (): ReplyError => new ReplyError('ERR weight value is not a float')
