/** GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]. */
import { syntaxError } from '../../broker/errors.ts'
import { encodePlace } from '../../lib/geohash.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { addMembers, zaddOption } from '../zset/zadd.ts'
import { ofPlaces } from './geo-facts.ts'
import { readPlace } from './units.ts'

export const geoadd = defineCommand({
  ...ofPlaces,
  name: 'geoadd',
  arity: -5,
  flags: ['write', 'denyoom'],
  since: '3.2.0',
  summary: 'Adds places, or moves them.',
  complexity: 'O(log(N)) for every place of N',
  syntax: 'key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]',
  run(call) {
    const { args } = call
    const key = args.next()
    const options = readOptions(call)
    const first = args.position
    if (args.left % 3 !== 0 || (options & zaddOption.nx && options & zaddOption.xx)) throw syntaxError()
    // Redis makes a ZADD of it, to which no place at all is a syntax error.
    const scores = Array.from({ length: args.left / 3 }, (_, i) => encodePlace(readPlace(args, first + i * 3)))
    if (scores.length === 0) throw syntaxError()
    addMembers(call, key, options, first, scores)
  },
})

function readOptions({ args }: Call): number {
  let options = 0
  while (args.left > 0) {
    if (args.token('NX')) options |= zaddOption.nx
    else if (args.token('XX')) options |= zaddOption.xx
    else if (args.token('CH')) options |= zaddOption.ch
    else break
  }
  return options
}
