/** The texts of error replies of places (see `errors.ts`). */
import { ReplyError } from '../../protocol/resp/reply-error.ts'

export const invalidPlace = (longitude: number, latitude: number): ReplyError =>
  new ReplyError(`ERR invalid longitude,latitude pair ${sixDigits(longitude)},${sixDigits(latitude)}`)
export const unsupportedUnit = (): ReplyError =>
  new ReplyError('ERR unsupported unit provided. please use M, KM, FT, MI')
export const radiusNotNumber = (): ReplyError => new ReplyError('ERR need numeric radius')
export const radiusNegative = (): ReplyError => new ReplyError('ERR radius cannot be negative')
export const widthNotNumber = (): ReplyError => new ReplyError('ERR need numeric width')
export const heightNotNumber = (): ReplyError => new ReplyError('ERR need numeric height')
export const boxNegative = (): ReplyError => new ReplyError('ERR height or width cannot be negative')
export const memberNotPlace = (): ReplyError => new ReplyError('ERR could not decode requested zset member')
export const countNotAboveZero = (): ReplyError => new ReplyError('ERR COUNT must be > 0')
export const anyNeedsCount = (): ReplyError => new ReplyError('ERR the ANY argument requires COUNT argument')
export const storesNoAnswers = (command: string): ReplyError =>
  new ReplyError(`ERR ${command} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`)
export const oneCentreNeeded = (command: string): ReplyError =>
  new ReplyError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${command}`)
export const oneShapeNeeded = (command: string): ReplyError =>
  new ReplyError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${command}`)

/** As C's `%f`. */
function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.000000'
  // From there on toFixed has an exponent.
  return Math.abs(value) >= 1e21 ? `${BigInt(value)}.000000` : value.toFixed(6)
}
