import { drawCommand, type Rule, single } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ga', 'gb']
const members = ['p', 'q', 'r', 's', 't', 'u']
const longitudes = [
  '0',
  '2.35',
  '13.361389',
  '-122.27652',
  '179.99',
  '-179.99',
  '15.087269',
  '-0.5',
  '100.000001',
  '180',
  '-180',
]
const latitudes = [
  '0',
  '48.85',
  '38.115556',
  '37.8049',
  '-33.9',
  '84.9',
  '-84.9',
  '66.5',
  '80.5',
  '85.05112878',
  '-0.0001',
]
const radii = ['0', '1', '100', '200', '1000.5', '5000', '20000', '1e8', '0.1']
const key = (random: Random): string => random.pick(keys)
const member = (random: Random): string => random.pick(members)
const longitude = (random: Random): string => random.pick([...longitudes, '200', 'x'])
const latitude = (random: Random): string => random.pick([...latitudes, '86', 'nan'])
const unit = (random: Random): string => random.word('M', 'KM', 'FT', 'MI')
const radius = (random: Random): string => random.pick(radii)
const count = (random: Random): string[] =>
  random.maybe(0.3, 'COUNT', random.pick(['1', '2', '3', '0', '-1', '10']), ...random.maybe(0.3, 'ANY'))
const sorted = (random: Random): string[] => random.maybe(0.5, random.word('ASC', 'DESC'))
const shown = (random: Random): string[] => [
  ...random.maybe(0.3, random.word('WITHDIST')),
  ...random.maybe(0.3, random.word('WITHCOORD')),
  ...random.maybe(0.3, random.word('WITHHASH')),
]

const rules: readonly Rule[] = [
  [20, (random) => geoadd(random)],
  [3, (random) => ['ZREM', key(random), member(random)]],
  [5, (random) => ['GEODIST', key(random), member(random), member(random), ...random.maybe(0.5, unit(random))]],
  [4, (random) => ['GEOHASH', key(random), ...random.several(0, 3, () => member(random))]],
  [4, (random) => ['GEOPOS', key(random), ...random.several(0, 3, () => member(random))]],
  [12, (random) => ['GEOSEARCH', key(random), ...shape(random), ...sorted(random), ...count(random), ...shown(random)]],
  [
    6,
    (random) => [
      'GEOSEARCHSTORE',
      key(random),
      key(random),
      ...shape(random),
      ...sorted(random),
      ...count(random),
      ...random.maybe(0.05, ...shown(random)),
    ],
  ],
  [4, (random) => ['GEORADIUS', ...around(random), ...shown(random), ...sorted(random), ...count(random)]],
  [4, (random) => ['GEORADIUS_RO', ...around(random), ...shown(random), ...sorted(random), ...count(random)]],
  [3, (random) => ['GEORADIUS', ...around(random), ...count(random), 'STORE', key(random)]],
  [4, (random) => ['GEORADIUSBYMEMBER', ...ofMember(random), ...shown(random), ...sorted(random), ...count(random)]],
  [4, (random) => ['GEORADIUSBYMEMBER_RO', ...ofMember(random), ...shown(random), ...sorted(random)]],
  [3, (random) => ['GEORADIUSBYMEMBER', ...ofMember(random), ...count(random), 'STORE', key(random)]],
  [2, (random) => ['DEL', key(random)]],
  [1, (random) => ['SET', key(random), 'v']],
  [2, (random) => ['ZRANGE', key(random), '0', '-1', 'WITHSCORES']],
  [1, (random) => ['CONFIG', 'SET', 'zset-max-listpack-entries', random.pick(['0', '3', '128'])]],
]

/** Places and searches around the seams of the map. Distances are never scores here: their last digit depends on the
 *  mathematical library. */
export const geoFamily: Family = {
  name: 'geo',
  connections: 1,
  stepsMax: 40,
  keys,
  databases: [0],
  settings: [['CONFIG', 'SET', 'zset-max-listpack-entries', '128']],
  mustSucceed: [
    ...'GEOADD GEODIST GEOHASH GEOPOS GEOSEARCH GEOSEARCHSTORE GEORADIUS GEORADIUS_RO GEORADIUSBYMEMBER'.split(' '),
    'GEORADIUSBYMEMBER_RO',
  ],
  step: (random, { connections }): Step => single(random, connections, drawCommand(random, rules)),
}

function geoadd(random: Random): Words {
  const places = random.several(1, 4, () => [longitude(random), latitude(random), member(random)]).flat()
  return [
    'GEOADD',
    key(random),
    ...random.maybe(0.1, 'NX'),
    ...random.maybe(0.1, 'XX'),
    ...random.maybe(0.2, 'CH'),
    ...places,
  ]
}

function around(random: Random): string[] {
  return [key(random), longitude(random), latitude(random), radius(random), unit(random)]
}

function ofMember(random: Random): string[] {
  return [key(random), member(random), radius(random), unit(random)]
}

function shape(random: Random): string[] {
  const centre = random.chance(0.5)
    ? ['FROMMEMBER', member(random)]
    : [random.word('FROMLONLAT'), longitude(random), latitude(random)]
  const area = random.chance(0.5)
    ? [random.word('BYRADIUS'), radius(random), unit(random)]
    : [random.word('BYBOX'), radius(random), radius(random), unit(random)]
  return random.chance(0.5) ? [...centre, ...area] : [...area, ...centre]
}
