/** Places on earth as whole numbers of 52 bits: latitude and longitude as fractions of their ranges, 26 bits each,
 *  interleaved, so that neighbouring numbers are mostly near places. The ranges, the earth's radius and the order of
 *  all operations on doubles are those of Redis (7.0, `geohash.c`, `geohash_helper.c`), because they show in answers. */

export interface Place {
  readonly longitude: number
  readonly latitude: number
}

/** A box of the grid of `step` bits each way, by its indexes. At the easternmost and northernmost edge an index has one
 *  bit more. */
export interface Cell {
  readonly step: number
  readonly latitude: number
  readonly longitude: number
}

/** What is looked for: everything not farther than the radius, or in the box (metres), around the centre. */
export interface Shape {
  readonly centre: Place
  readonly radius?: number
  readonly width: number
  readonly height: number
}

export const longitudeMax = 180
export const latitudeMax = 85.05112878
const stepMax = 26
const earthRadius = 6372797.560856
const mercatorMax = 20037726.37
const radiansPerDegree = Math.PI / 180
const alphabet = '0123456789bcdefghjkmnpqrstuvwxyz'
/** Characters of a geohash; 52 bits make ten and two bits of the eleventh, for which Redis writes 0. */
const alphabetBits = 5
const hashCharacters = 10

/** The number that stands for a place. */
export function encodePlace(place: Place): number {
  return numberOf(cellAt(place, stepMax))
}

/** The middle of the box that a number stands for. */
export function decodePlace(number: number): Place {
  const high = Math.floor(number / 2 ** 32) >>> 0
  const low = (number % 2 ** 32) >>> 0
  const area = areaOf({
    step: stepMax,
    latitude: gather(low) + gather(high) * 2 ** 16,
    longitude: gather(low >>> 1) + gather(high >>> 1) * 2 ** 16,
  })
  return {
    longitude: clamp((area.west + area.east) / 2, longitudeMax),
    latitude: clamp((area.south + area.north) / 2, latitudeMax),
  }
}

/** The geohash of the place that a number stands for, in letters, as maps know it. */
export function geohashText(number: number): string {
  const bits = numberOf(cellAt(decodePlace(number), stepMax, 90))
  let text = ''
  for (let i = 1; i <= hashCharacters; i++) text += alphabet[Math.floor(bits / 2 ** (52 - i * alphabetBits)) % 32]
  return `${text}0`
}

/** Metres between two places on the great circle (haversine). */
export function distance(a: Place, b: Place): number {
  const aLatitude = a.latitude * radiansPerDegree
  const bLatitude = b.latitude * radiansPerDegree
  const u = Math.sin((bLatitude - aLatitude) / 2)
  const v = Math.sin((b.longitude * radiansPerDegree - a.longitude * radiansPerDegree) / 2)
  return 2 * earthRadius * Math.asin(Math.sqrt(u * u + Math.cos(aLatitude) * Math.cos(bLatitude) * v * v))
}

/** How far a place is from the centre of the shape, in metres; -1 when it is outside. */
export function distanceWithin({ centre, radius, width, height }: Shape, place: Place): number {
  if (radius !== undefined) {
    const metres = distance(centre, place)
    return metres > radius ? -1 : metres
  }
  const across = distance(place, { longitude: centre.longitude, latitude: place.latitude })
  const along = distance(place, { longitude: place.longitude, latitude: centre.latitude })
  return across > width / 2 || along > height / 2 ? -1 : distance(centre, place)
}

/** The numbers from which on and below which a cell's places lie. */
export function numbersOf(cell: Cell): readonly [from: number, below: number] {
  const bits = numberOf(cell)
  const unit = 2 ** (52 - 2 * cell.step)
  return [bits * unit, (bits + 1) * unit]
}

/** The cells in which places of the shape may lie: that of its centre and those of its eight neighbours that it reaches
 *  into, in Redis' order. */
export function cellsOf(shape: Shape): Cell[] {
  const { centre } = shape
  const bounds = boundsOf(shape)
  const reach = shape.radius ?? Math.sqrt((shape.width / 2) ** 2 + (shape.height / 2) ** 2)
  let step = stepFor(reach, centre.latitude)
  let cell = cellAt(centre, step)
  const isTooSmall =
    areaOf(moved(cell, 1, 0)).north < bounds.north ||
    areaOf(moved(cell, -1, 0)).south > bounds.south ||
    areaOf(moved(cell, 0, 1)).east < bounds.east ||
    areaOf(moved(cell, 0, -1)).west > bounds.west
  if (step > 1 && isTooSmall) cell = cellAt(centre, --step)
  const area = areaOf(cell)
  const skips = (towardsNorth: number, towardsEast: number): boolean =>
    step >= 2 &&
    ((towardsNorth < 0 && area.south < bounds.south) ||
      (towardsNorth > 0 && area.north > bounds.north) ||
      (towardsEast < 0 && area.west < bounds.west) ||
      (towardsEast > 0 && area.east > bounds.east))
  return directions
    .filter(([towardsNorth, towardsEast]) => !skips(towardsNorth, towardsEast))
    .map(([towardsNorth, towardsEast]) => moved(cell, towardsNorth, towardsEast))
}

/** Steps to the north and to the east. */
const directions = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
] as const

interface Area {
  readonly south: number
  readonly north: number
  readonly west: number
  readonly east: number
}

function boundsOf({ centre, radius, width, height }: Shape): Area {
  const { longitude, latitude } = centre
  const halfHeight = radius ?? height / 2
  const halfWidth = radius ?? width / 2
  const rise = halfHeight / earthRadius / radiansPerDegree
  // The parallel that lies nearer to its pole is the shorter one.
  const parallel = latitude < 0 ? latitude - rise : latitude + rise
  const reach = halfWidth / earthRadius / Math.cos(parallel * radiansPerDegree) / radiansPerDegree
  return { south: latitude - rise, north: latitude + rise, west: longitude - reach, east: longitude + reach }
}

/** How fine a grid may be so that the centre's cell and its neighbours mostly cover what lies within reach. */
function stepFor(metres: number, latitude: number): number {
  if (metres === 0) return stepMax
  let step = 1
  for (let reach = metres; reach < mercatorMax; reach *= 2) step++
  step -= 2
  if (Math.abs(latitude) > 66) step--
  if (Math.abs(latitude) > 80) step--
  return Math.min(stepMax, Math.max(1, step))
}

function cellAt({ longitude, latitude }: Place, step: number, latitudeLimit = latitudeMax): Cell {
  const up = (latitude + latitudeLimit) / (latitudeLimit + latitudeLimit)
  const across = (longitude + longitudeMax) / (longitudeMax + longitudeMax)
  return { step, latitude: Math.floor(up * 2 ** step), longitude: Math.floor(across * 2 ** step) }
}

function areaOf({ step, latitude, longitude }: Cell): Area {
  const scale = 2 ** step
  const latitudes = latitudeMax + latitudeMax
  const longitudes = longitudeMax + longitudeMax
  return {
    south: -latitudeMax + (latitude / scale) * latitudes,
    north: -latitudeMax + ((latitude + 1) / scale) * latitudes,
    west: -longitudeMax + (longitude / scale) * longitudes,
    east: -longitudeMax + ((longitude + 1) / scale) * longitudes,
  }
}

/** The neighbour in a direction; beyond an edge the grid goes on at the opposite one. */
function moved({ step, latitude, longitude }: Cell, towardsNorth: number, towardsEast: number): Cell {
  const count = 2 ** step
  return {
    step,
    latitude: towardsNorth === 0 ? latitude : (latitude + towardsNorth + count) % count,
    longitude: towardsEast === 0 ? longitude : (longitude + towardsEast + count) % count,
  }
}

/** The bits of both indexes by turns, the latitude's lowest first. */
function numberOf({ latitude, longitude }: Cell): number {
  const low = (spread(latitude & 0xffff) | (spread(longitude & 0xffff) << 1)) >>> 0
  const high = (spread(latitude >>> 16) | (spread(longitude >>> 16) << 1)) >>> 0
  return high * 2 ** 32 + low
}

/** Sixteen bits with a zero before each. */
function spread(bits: number): number {
  let spaced = (bits | (bits << 8)) & 0x00ff00ff
  spaced = (spaced | (spaced << 4)) & 0x0f0f0f0f
  spaced = (spaced | (spaced << 2)) & 0x33333333
  return (spaced | (spaced << 1)) & 0x55555555
}

/** Every other of 32 bits, the lowest first. */
function gather(bits: number): number {
  let close = bits & 0x55555555
  close = (close | (close >>> 1)) & 0x33333333
  close = (close | (close >>> 2)) & 0x0f0f0f0f
  close = (close | (close >>> 4)) & 0x00ff00ff
  return (close | (close >>> 8)) & 0xffff
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value))
}
