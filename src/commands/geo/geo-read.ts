/** GEODIST GEOHASH GEOPOS. */
import { syntaxError } from '../../broker/errors.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import { decodePlace, distance, geohashText } from '../../lib/geohash.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { ofPlaces } from './geo-facts.ts'
import { answerDistance, answerPlace, readUnit } from './units.ts'

const reads = { ...ofPlaces, flags: ['readonly'], since: '3.2.0' } as const

/** GEODIST key member1 member2 [M | KM | FT | MI] */
export const geodist = defineCommand({
  ...reads,
  name: 'geodist',
  arity: -4,
  summary: 'Tells how far two places are from each other.',
  complexity: 'O(1)',
  syntax: 'key member1 member2 [M | KM | FT | MI]',
  run({ args, db, reply }) {
    const unit = args.count === 5 ? readUnit(args, 4) : 1
    if (args.count > 5) throw syntaxError()
    const set = db.read(SortedSet, args, 1)
    if (set === undefined) return reply.null()
    const [a, b] = [2, 3].map((i) => set.find(args.bytes, args.starts[i]!, args.ends[i]!)) as [number, number]
    if (a < 0 || b < 0) return reply.null()
    answerDistance(reply, distance(decodePlace(set.score(a)), decodePlace(set.score(b))) / unit)
  },
})

/** GEOHASH key member [member ...] */
export const geohash = defineCommand({
  ...reads,
  name: 'geohash',
  arity: -2,
  summary: 'Answers with the geohashes of places, as maps know them.',
  complexity: 'O(1) for every member',
  syntax: 'key member [member ...]',
  run: (call) =>
    answerEach(
      call,
      () => call.reply.null(),
      (score) => call.reply.bulk(latin1Bytes(geohashText(score))),
    ),
})

/** GEOPOS key member [member ...] */
export const geopos = defineCommand({
  ...reads,
  name: 'geopos',
  arity: -2,
  summary: 'Answers with the longitude and latitude of places.',
  complexity: 'O(1) for every member',
  syntax: 'key member [member ...]',
  run: (call) =>
    answerEach(
      call,
      () => call.reply.nullArray(),
      (score) => answerPlace(call.reply, decodePlace(score)),
    ),
})

/** Answers for each member that is asked for, with `absent` where there is none. */
function answerEach({ args, db, reply }: Call, absent: () => void, present: (score: number) => void): void {
  const set = db.read(SortedSet, args, args.next())
  reply.array(args.left)
  while (args.left > 0) {
    const i = args.next()
    const place = set === undefined ? -1 : set.find(args.bytes, args.starts[i]!, args.ends[i]!)
    if (place < 0) absent()
    else present(set!.score(place))
  }
}
