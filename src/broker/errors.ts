/** The texts of error replies, word for word those of Redis 7.0: they are API. One place makes each. */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

export const wrongType = (): ReplyError =>
  new ReplyError('WRONGTYPE Operation against a key holding the wrong kind of value')
export const syntaxError = (): ReplyError => new ReplyError('ERR syntax error')
export const noSuchKey = (): ReplyError => new ReplyError('ERR no such key')
export const notInteger = (): ReplyError => new ReplyError('ERR value is not an integer or out of range')
export const notFloat = (): ReplyError => new ReplyError('ERR value is not a valid float')
export const indexOutOfRange = (): ReplyError => new ReplyError('ERR index out of range')
export const overflow = (): ReplyError => new ReplyError('ERR increment or decrement would overflow')
export const stringTooLong = (): ReplyError =>
  new ReplyError('ERR string exceeds maximum allowed size (proto-max-bulk-len)')
export const invalidExpire = (command: string): ReplyError =>
  new ReplyError(`ERR invalid expire time in '${command}' command`)
export const wrongArity = (command: string): ReplyError =>
  new ReplyError(`ERR wrong number of arguments for '${command}' command`)
export const invalidStreamId = (): ReplyError =>
  new ReplyError('ERR Invalid stream ID specified as stream command argument')
export const smallStreamId = (): ReplyError =>
  new ReplyError('ERR The ID specified in XADD is equal or smaller than the target stream top item')
export const zeroStreamId = (): ReplyError => new ReplyError('ERR The ID specified in XADD must be greater than 0-0')
export const noGroup = (key: string, group: string): ReplyError =>
  new ReplyError(`NOGROUP No such key '${key}' or consumer group '${group}'`)
export const dbIndexOutOfRange = (): ReplyError => new ReplyError('ERR DB index is out of range')
