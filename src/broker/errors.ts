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
export const notInt32 = (): ReplyError =>
  new ReplyError('ERR value is out of range, value must between -2147483648 and 2147483647')
export const sameObject = (): ReplyError => new ReplyError('ERR source and destination objects are the same')
export const invalidCursor = (): ReplyError => new ReplyError('ERR invalid cursor')
export const notFinite = (): ReplyError => new ReplyError('ERR increment would produce NaN or Infinity')
/** INCREX: what was added for a bound's sake has no place in 64 bits. */
export const incrementOverflow = (): ReplyError => new ReplyError('ERR applied increment would overflow')
export const decrementOverflow = (): ReplyError => new ReplyError('ERR decrement would overflow')
export const offsetOutOfRange = (): ReplyError => new ReplyError('ERR offset is out of range')
export const noSuchClient = (): ReplyError => new ReplyError('ERR No such client')
/** Redis quotes so many bytes of a subcommand. */
const subcommandBytesMax = 128
export const subcommandSyntax = (container: string, subcommand: string): ReplyError => {
  const quoted = subcommand.slice(0, subcommandBytesMax)
  return new ReplyError(
    `ERR unknown subcommand or wrong number of arguments for '${quoted}'. Try ${container.toUpperCase()} HELP.`,
  )
}
export const notPositive = (): ReplyError => new ReplyError('ERR value is out of range, must be positive')
export const numkeysNotPositive = (): ReplyError => new ReplyError('ERR numkeys should be greater than 0')
export const countNotPositive = (): ReplyError => new ReplyError('ERR count should be greater than 0')
export const countNegative = (): ReplyError => new ReplyError("ERR COUNT can't be negative")
export const lengthNegative = (): ReplyError => new ReplyError("ERR MAXLEN can't be negative")
export const rankZero = (): ReplyError =>
  new ReplyError(
    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
  )
export const timeoutNotFloat = (): ReplyError => new ReplyError('ERR timeout is not a float or out of range')
export const timeoutNegative = (): ReplyError => new ReplyError('ERR timeout is negative')
export const invalidKeyArguments = (): ReplyError => new ReplyError('ERR Invalid arguments specified for command')
export const bitOffsetOutOfRange = (): ReplyError => new ReplyError('ERR bit offset is not an integer or out of range')
export const notABit = (): ReplyError => new ReplyError('ERR bit is not an integer or out of range')
export const notABitArgument = (): ReplyError => new ReplyError('ERR The bit argument must be 1 or 0.')
export const notOfOneKey = (): ReplyError => new ReplyError('ERR BITOP NOT must be called with a single source key.')
export const invalidBitfieldType = (): ReplyError =>
  new ReplyError('ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.')
export const invalidOverflow = (): ReplyError => new ReplyError('ERR Invalid OVERFLOW type specified')
export const readOnlyBitfield = (): ReplyError => new ReplyError('ERR BITFIELD_RO only supports the GET subcommand')
export const notHyperLogLog = (): ReplyError => new ReplyError('WRONGTYPE Key is not a valid HyperLogLog string value.')
export const corruptHyperLogLog = (): ReplyError => new ReplyError('INVALIDOBJ Corrupted HLL object detected')
export const noSuchHyperLogLog = (): ReplyError => new ReplyError('ERR The specified key does not exist')
export const notSparse = (): ReplyError => new ReplyError('ERR HLL encoding is not sparse')
export const unknownPfdebug = (subcommand: string): ReplyError =>
  new ReplyError(`ERR Unknown PFDEBUG subcommand '${subcommand}'`)
export const selfTestFailed = (what: string): ReplyError => new ReplyError(`ERR TESTFAILED ${what}`)
export const notADigest = (): ReplyError => new ReplyError('ERR must be exactly 16 hexadecimal characters')
export const invalidCondition = (): ReplyError =>
  new ReplyError('ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE')
export const notAString = (): ReplyError =>
  new ReplyError('ERR Key should be of string type if conditions are specified')
export const invalidNumkeys = (): ReplyError => new ReplyError('ERR invalid numkeys value')
export const wrongPairCount = (): ReplyError => new ReplyError('ERR wrong number of key-value pairs')
export const enxAlone = (): ReplyError => new ReplyError('ERR ENX flag requires an expiration')
export const boundsCrossed = (): ReplyError => new ReplyError("ERR LBOUND can't be greater than UBOUND")
export const namedNotInteger = (name: string): ReplyError =>
  new ReplyError(`ERR ${name} is not an integer or out of range`)
export const namedNotFloat = (name: string): ReplyError => new ReplyError(`ERR ${name} is not a valid float`)
export const infiniteIncrement = (): ReplyError => new ReplyError('ERR BYFLOAT increment cannot be Infinity')
export const infiniteValue = (): ReplyError => new ReplyError('ERR value cannot be Infinity')
export const keyCountTooLarge = (): ReplyError =>
  new ReplyError("ERR Number of keys can't be greater than number of args")
export const keyCountNegative = (): ReplyError => new ReplyError("ERR Number of keys can't be negative")
export const blockInScript = (command: string): ReplyError =>
  new ReplyError(`ERR ${command} command is not allowed with BLOCK option from scripts`)
const switchingPolicies =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.'
export const frequencyNotTracked = (): ReplyError =>
  new ReplyError(`ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${switchingPolicies}`)
export const idleTimeNotTracked = (): ReplyError =>
  new ReplyError(`ERR An LFU maxmemory policy is selected, idle time not tracked. ${switchingPolicies}`)
