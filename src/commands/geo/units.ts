/** Numbers of places as arguments and as answers. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Reply } from '../../../protocol/resp/reply.ts'
import { invalidPlace, unsupportedUnit } from '../../broker/geo-errors.ts'
import { latitudeMax, longitudeMax, type Place } from '../../lib/geohash.ts'
import { fixedText } from '../../lib/long-double.ts'
import { scoreArgument } from '../zset/scores.ts'

/** Digits behind the point of a distance, and of a coordinate, whose zeros at the end go. */
const distanceDigits = 4
const coordinateDigits = 17

/** The longitude in argument `i` and the latitude behind it. */
export function readPlace(args: Args, i: number): Place {
  const longitude = scoreArgument(args, i)
  const latitude = scoreArgument(args, i + 1)
  if (Math.abs(longitude) > longitudeMax || Math.abs(latitude) > latitudeMax) throw invalidPlace(longitude, latitude)
  return { longitude, latitude }
}

/** Metres of the unit in argument `i`. */
export function readUnit(args: Args, i: number): number {
  const unit = args.quoted(i).toLowerCase()
  if (unit === 'm') return 1
  if (unit === 'km') return 1000
  if (unit === 'ft') return 0.3048
  if (unit === 'mi') return 1609.34
  throw unsupportedUnit()
}

export function answerDistance(reply: Reply, distance: number): void {
  reply.text(fixedText(distance, distanceDigits))
}

export function answerPlace(reply: Reply, { longitude, latitude }: Place): void {
  reply.array(2)
  for (const degrees of [longitude, latitude]) {
    reply.double(degrees, fixedText(degrees, coordinateDigits).replace(/\.?0+$/, ''))
  }
}
