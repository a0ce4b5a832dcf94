/** What a search of places asks for. Redis looks at the set first and reads the options from left to right, and refuses
 *  in that order. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'
import {
  anyNeedsCount,
  boxNegative,
  countNotAboveZero,
  heightNotNumber,
  memberNotPlace,
  oneCentreNeeded,
  oneShapeNeeded,
  radiusNegative,
  radiusNotNumber,
  storesNoAnswers,
  widthNotNumber,
} from '../../broker/geo-errors.ts'
import type { SortedSet } from '../../keyspace/sorted-set.ts'
import { decodePlace, type Place, type Shape } from '../../lib/geohash.ts'
import { scoreArgument } from '../zset/scores.ts'
import { readPlace, readUnit } from './units.ts'

/** Which of the commands is running. */
export interface SearchForm {
  /** GEOSEARCH and GEOSEARCHSTORE name centre and shape by options, the others by position. */
  readonly byOptions: boolean
  readonly fromMember: boolean
  /** `options`: STORE and STOREDIST may name a key. `first`: the first argument is the key. */
  readonly stores: 'never' | 'options' | 'first'
}

/** What is being read. */
export class Search {
  centre: Place | undefined
  hasCentre = false
  /** Whether FROMMEMBER named the centre. */
  fromMember = false
  shape: Omit<Shape, 'centre'> | undefined
  /** Metres of the unit that distances are asked for in. */
  unit = 1
  withDistance = false
  withHash = false
  withPlace = false
  order: 'none' | 'nearest' | 'farthest' = 'none'
  /** 0 for all. */
  countMax = 0
  any = false
  /** The key that takes the result, 0 for none; with distances as scores or without. */
  storeKey = 0
  storesDistance = false
}

/** Reads a request whose set, undefined when there is none, is argument `key`. */
export function readSearch(args: Args, form: SearchForm, key: number, set: SortedSet | undefined): Search {
  const search = new Search()
  args.position = key + 1
  if (form.stores === 'first') search.storeKey = 1
  if (!form.byOptions) readPositions(search, args, form, set)
  while (args.left > 0) {
    if (readAnswerOption(search, args)) continue
    if (form.byOptions ? !readShapeOption(search, args, form, set) : !readStoreOption(search, args, form)) {
      throw syntaxError()
    }
  }
  refuseContradictions(search, args, form)
  return search
}

function readPositions(search: Search, args: Args, form: SearchForm, set: SortedSet | undefined): void {
  if (form.fromMember) {
    const member = args.next()
    // Whoever finds no set is told of wrong options alone.
    if (set !== undefined) search.centre = placeOf(args, member, set)
    if (set !== undefined) readRadius(search, args, args.position)
    args.position += 2
    return
  }
  search.centre = readPlace(args, args.position)
  readRadius(search, args, args.position + 2)
  args.position += 4
}

function readAnswerOption(search: Search, args: Args): boolean {
  if (args.token('WITHDIST')) search.withDistance = true
  else if (args.token('WITHHASH')) search.withHash = true
  else if (args.token('WITHCOORD')) search.withPlace = true
  else if (args.token('ANY')) search.any = true
  else if (args.token('ASC')) search.order = 'nearest'
  else if (args.token('DESC')) search.order = 'farthest'
  else if (args.left > 1 && args.token('COUNT')) {
    search.countMax = Number(args.nextInt64())
    if (search.countMax <= 0) throw countNotAboveZero()
  } else return false
  return true
}

function readStoreOption(search: Search, args: Args, form: SearchForm): boolean {
  if (form.stores !== 'options' || args.left < 2) return false
  const storesDistance = args.token('STOREDIST')
  if (!storesDistance && !args.token('STORE')) return false
  search.storesDistance = storesDistance
  search.storeKey = args.next()
  return true
}

function readShapeOption(search: Search, args: Args, form: SearchForm, set: SortedSet | undefined): boolean {
  const isFromMember = search.hasCentre && search.fromMember
  const isFromPlace = search.hasCentre && !search.fromMember
  const hasRadius = search.shape?.radius !== undefined
  if (form.stores === 'first' && args.token('STOREDIST')) search.storesDistance = true
  else if (args.left > 1 && !isFromPlace && args.token('FROMMEMBER')) {
    const member = args.next()
    if (set !== undefined) search.centre = placeOf(args, member, set)
    search.hasCentre = true
    search.fromMember = true
  } else if (args.left > 2 && !isFromMember && args.token('FROMLONLAT')) {
    search.centre = readPlace(args, args.position)
    args.position += 2
    search.hasCentre = true
  } else if (args.left > 2 && (search.shape === undefined || hasRadius) && args.token('BYRADIUS')) {
    readRadius(search, args, args.position)
    args.position += 2
  } else if (args.left > 3 && !hasRadius && args.token('BYBOX')) {
    readBox(search, args, args.position)
    args.position += 3
  } else return false
  return true
}

function refuseContradictions(search: Search, args: Args, form: SearchForm): void {
  if (search.storeKey > 0 && (search.withDistance || search.withHash || search.withPlace)) {
    throw storesNoAnswers(form.stores === 'first' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS')
  }
  if (form.byOptions && !search.hasCentre) throw oneCentreNeeded(args.quoted(0))
  if (form.byOptions && search.shape === undefined) throw oneShapeNeeded(args.quoted(0))
  if (search.any && search.countMax === 0) throw anyNeedsCount()
}

function placeOf(args: Args, member: number, set: SortedSet): Place {
  const place = set.find(args.bytes, args.starts[member]!, args.ends[member]!)
  if (place < 0) throw memberNotPlace()
  return decodePlace(set.score(place))
}

function readRadius(search: Search, args: Args, i: number): void {
  const radius = scoreArgument(args, i, radiusNotNumber)
  if (radius < 0) throw radiusNegative()
  search.unit = readUnit(args, i + 1)
  search.shape = { radius: radius * search.unit, width: 0, height: 0 }
}

function readBox(search: Search, args: Args, i: number): void {
  const width = scoreArgument(args, i, widthNotNumber)
  const height = scoreArgument(args, i + 1, heightNotNumber)
  if (width < 0 || height < 0) throw boxNegative()
  search.unit = readUnit(args, i + 2)
  search.shape = { width: width * search.unit, height: height * search.unit }
}
