/** GEOSEARCH GEOSEARCHSTORE GEORADIUS GEORADIUSBYMEMBER and their _RO forms. */
import type { Args } from '../../../protocol/resp/args.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { sliceBytes } from '../../lib/bytes.ts'
import { cellsOf, decodePlace, distanceWithin, numbersOf, type Place, type Shape } from '../../lib/geohash.ts'
import type { Call } from '../call.ts'
import { type Command, defineCommand, firstKey, type KeyPositions, twoKeys } from '../command.ts'
import { notifyStored, putMembers } from '../zset/store.ts'
import { ofPlaces } from './geo-facts.ts'
import { readSearch, type Search, type SearchForm } from './search-args.ts'
import { answerDistance, answerPlace } from './units.ts'

/** A place that was found. */
interface Found {
  readonly member: Uint8Array
  readonly score: number
  readonly place: Place
  /** Metres. */
  readonly distance: number
}

const unit = '<M | KM | FT | MI>'
const order = '[ASC | DESC]'
const count = '[COUNT count [ANY]]'
const answers = '[WITHCOORD] [WITHDIST] [WITHHASH]'
const shape =
  '<FROMMEMBER member | FROMLONLAT longitude latitude> ' +
  `<BYRADIUS radius ${unit} | BYBOX width height ${unit}> ${order} ${count}`
const around = 'key longitude latitude'
const complexity = 'O(N+log(M)) with N places in the cells around and M in the set'

/** GEOSEARCH key <FROMMEMBER member | FROMLONLAT longitude latitude> <BYRADIUS radius unit | BYBOX width height unit>
 *  [ASC | DESC] [COUNT count [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH] */
export const geosearch = defineCommand({
  ...ofPlaces,
  name: 'geosearch',
  arity: -7,
  flags: ['readonly'],
  since: '6.2.0',
  summary: 'Lists the places in a circle or a box.',
  complexity,
  syntax: `key ${shape} ${answers}`,
  run: (call) => runSearch(call, { byOptions: true, fromMember: false, stores: 'never' }),
})

/** GEOSEARCHSTORE destination source and the rest as GEOSEARCH, [STOREDIST] */
export const geosearchstore = defineCommand({
  ...ofPlaces,
  name: 'geosearchstore',
  arity: -8,
  flags: ['write', 'denyoom'],
  keys: twoKeys,
  since: '6.2.0',
  summary: 'Stores the places in a circle or a box, with their hashes or their distances as scores.',
  complexity,
  syntax: `destination source ${shape} [STOREDIST]`,
  run: (call) => runSearch(call, { byOptions: true, fromMember: false, stores: 'first' }),
})

/** GEORADIUS key longitude latitude radius unit [options] [STORE key] [STOREDIST key] */
export const georadius = radiusCommand('georadius', false, true)
/** GEORADIUS_RO key longitude latitude radius unit [options] */
export const georadiusRo = radiusCommand('georadius_ro', false, false)
/** GEORADIUSBYMEMBER key member radius unit [options] [STORE key] [STOREDIST key] */
export const georadiusbymember = radiusCommand('georadiusbymember', true, true)
/** GEORADIUSBYMEMBER_RO key member radius unit [options] */
export const georadiusbymemberRo = radiusCommand('georadiusbymember_ro', true, false)

function radiusCommand(name: string, fromMember: boolean, mayStore: boolean): Command {
  const options = `radius ${unit} ${answers} ${count} ${order}`
  return defineCommand({
    ...ofPlaces,
    name,
    arity: fromMember ? -5 : -6,
    flags: mayStore ? ['write', 'denyoom', 'movablekeys'] : ['readonly'],
    keys: mayStore ? keysWithStore(fromMember ? 5 : 6) : firstKey,
    since: mayStore ? '3.2.0' : '3.2.10',
    summary: mayStore ? 'Lists or stores the places in a circle.' : 'Lists the places in a circle.',
    complexity,
    syntax: `${fromMember ? 'key member' : around} ${options}${mayStore ? ' [STORE key] [STOREDIST key]' : ''}`,
    run: (call) => runSearch(call, { byOptions: false, fromMember, stores: mayStore ? 'options' : 'never' }),
  })
}

function runSearch(call: Call, form: SearchForm): void {
  const { args, db, keyspace } = call
  const key = form.stores === 'first' ? 2 : 1
  const set = db.read(SortedSet, args, key)
  const search = readSearch(args, form, key, set)
  const found = set === undefined ? [] : findPlaces(set, search)
  if (search.storeKey === 0) return answerFound(call, search, found)
  const stored = SortedSet.table(keyspace.collectionSettings)
  for (const { member, score, distance } of found) {
    stored.put(member, 0, member.length, search.storesDistance ? distance / search.unit : score)
  }
  stored.settle()
  if (putMembers(call, search.storeKey, stored)) {
    keyspace.changed(db, args, search.storeKey)
    notifyStored(call, search.storeKey, stored, form.byOptions ? 'geosearchstore' : 'georadiusstore')
  }
  call.reply.integer(stored.size)
}

/** The places in the shape, in the order and up to the number that is asked for. */
function findPlaces(set: SortedSet, search: Search): Found[] {
  const wanted: Shape = { ...search.shape!, centre: search.centre! }
  const foundMax = search.any ? search.countMax : Number.POSITIVE_INFINITY
  const found: Found[] = []
  const { members } = set
  let last = Number.NaN
  for (const cell of cellsOf(wanted)) {
    const [from, below] = numbersOf(cell)
    // With a huge radius neighbours may be the same cell.
    if (from === last) continue
    if (found.length >= foundMax) break
    const first = members.countBelow(from, false)
    members.visit(first, members.countBelow(below, false) - first, false, (bytes, start, end, score) => {
      if (found.length >= foundMax) return
      const place = decodePlace(score)
      const distance = distanceWithin(wanted, place)
      if (distance >= 0) found.push({ member: sliceBytes(bytes, start, end), score, place, distance })
    })
    last = from
  }
  const isNearestFirst = search.order === 'nearest' || (search.order === 'none' && search.countMax > 0 && !search.any)
  if (isNearestFirst) found.sort((a, b) => a.distance - b.distance)
  else if (search.order === 'farthest') found.sort((a, b) => b.distance - a.distance)
  return search.countMax > 0 ? found.slice(0, search.countMax) : found
}

function answerFound({ reply }: Call, search: Search, found: readonly Found[]): void {
  const { withDistance, withHash, withPlace } = search
  const details = Number(withDistance) + Number(withHash) + Number(withPlace)
  reply.array(found.length)
  for (const { member, score, place, distance } of found) {
    if (details > 0) reply.array(details + 1)
    reply.bulk(member)
    if (withDistance) answerDistance(reply, distance / search.unit)
    if (withHash) reply.integer(score)
    if (withPlace) answerPlace(reply, place)
  }
}

/** The set, and the keys behind the first STORE and the first STOREDIST from argument `from` on. */
function keysWithStore(from: number): KeyPositions {
  const behind = (args: Args, word: string): number[] => {
    for (let i = from; i + 1 < args.count; i++) if (args.is(i, word)) return [i + 1]
    return []
  }
  return { ...firstKey, find: (args) => [1, ...behind(args, 'STORE'), ...behind(args, 'STOREDIST')] }
}
