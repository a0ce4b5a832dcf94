import { drawCommand, farSeconds, farUnixSeconds, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ta', 'tb', 'tc']
const numbers = [
  '0',
  '1',
  '-1',
  '10',
  '007',
  '9223372036854775807',
  '-9223372036854775808',
  '4611686018427387904',
  '-5',
]
const floats = [
  '0.1',
  '1',
  '-2.5',
  '3.0e3',
  '1e-7',
  '10.00000000000000000001',
  'nan',
  'inf',
  '-0',
  ' 1',
  '1e20',
  '5e400',
]
const offsets = ['0', '1', '3', '-1', '-3', '10', '-100', '100']
/** A number here could become a lifetime when words are swapped. */
const wordValues = ['v', 'word', '']

const key = (random: Random): string => random.pick(keys)
const value = (random: Random): string => random.pick(random.chance(0.4) ? numbers : values)
const farMs = (random: Random): string => `${random.pick(farSeconds)}000`
const pairs = (random: Random): string[] => random.several(1, 3, () => [key(random), value(random)]).flat()

const rules: readonly Rule[] = [
  [14, (random) => ['SET', key(random), value(random), ...setOptions(random)]],
  [8, (random) => ['GET', key(random)]],
  [4, (random) => ['GETEX', key(random), ...random.maybe(0.7, ...lifetime(random, 'PERSIST'))]],
  [3, (random) => ['GETDEL', key(random)]],
  [3, (random) => ['GETSET', key(random), value(random)]],
  [3, (random) => ['MGET', ...random.several(1, 3, () => key(random))]],
  [3, (random) => ['MSET', ...pairs(random)]],
  [3, (random) => ['MSETNX', ...pairs(random)]],
  [3, (random) => ['SETNX', key(random), value(random)]],
  [3, (random) => ['SETEX', key(random), random.pick(farSeconds), random.pick(wordValues)]],
  [3, (random) => ['PSETEX', key(random), farMs(random), random.pick(wordValues)]],
  [6, (random) => ['APPEND', key(random), value(random)]],
  [3, (random) => ['STRLEN', key(random)]],
  [5, (random) => [random.pick(['INCR', 'DECR']), key(random)]],
  [6, (random) => [random.pick(['INCRBY', 'DECRBY']), key(random), random.pick(numbers)]],
  [5, (random) => ['INCRBYFLOAT', key(random), random.pick(floats)]],
  [
    5,
    (random) => [
      random.pick(['GETRANGE', 'GETRANGE', 'SUBSTR']),
      key(random),
      random.pick(offsets),
      random.pick(offsets),
    ],
  ],
  [5, (random) => ['SETRANGE', key(random), random.pick(offsets), value(random)]],
  [5, (random) => lcs(random)],
  [2, (random) => [random.pick(['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']), key(random)]],
  [4, (random) => ['OBJECT', random.word('ENCODING', 'ENCODING', 'REFCOUNT'), key(random)]],
  [2, (random) => ['DEL', key(random)]],
  [2, (random) => ['RPUSH', key(random), value(random)]],
]

/** Strings, alone and in pipelines, with lifetimes that end and such that do not. */
export const stringsFamily: Family = {
  name: 'strings',
  connections: 2,
  stepsMax: 40,
  keys,
  databases: [0],
  mustSucceed: [
    ...'SET GET GETEX GETDEL GETSET MGET MSET MSETNX SETNX SETEX PSETEX APPEND STRLEN INCR DECR INCRBY DECRBY INCRBYFLOAT GETRANGE SUBSTR SETRANGE LCS TTL'.split(
      ' ',
    ),
    ...['OBJECT ENCODING', 'OBJECT REFCOUNT'],
  ],
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections)
  if (kind < 5) return { connection, commands: [shortLived(random), ['DEBUG', 'SLEEP', '0.003']] }
  if (kind < 30) return { connection, commands: random.several(2, 8, () => drawCommand(random, rules)) }
  return single(random, connections, drawCommand(random, rules))
}

/** A key with one millisecond to live; the step that holds this sleeps past its end. */
function shortLived(random: Random): Words {
  return random.pick<Words>([
    ['SET', key(random), 'v', 'PX', '1'],
    ['PSETEX', key(random), '1', 'v'],
    ['GETEX', key(random), 'PX', '1'],
    ['SET', key(random), 'v', 'GET', 'PX', '1'],
  ])
}

function lifetime(random: Random, ...others: readonly string[]): string[] {
  return random.pick([
    ['EX', random.pick(farSeconds)],
    ['PX', farMs(random)],
    ['EXAT', random.pick(farUnixSeconds)],
    ['PXAT', `${random.pick(farUnixSeconds)}000`],
    [random.pick(['EXAT', 'PXAT']), '1'],
    [random.pick(['EX', 'PX', 'EXAT', 'PXAT']), random.pick(['0', '-1', '9223372036854775807', 'x'])],
    ...others.map((other) => [random.word(other)]),
  ])
}

function setOptions(random: Random): string[] {
  const options = [
    random.maybe(0.25, random.word('NX', 'XX')),
    random.maybe(0.25, random.word('GET')),
    random.maybe(0.3, ...lifetime(random, 'KEEPTTL')),
    random.maybe(0.03, random.word('NX', 'XX', 'KEEPTTL', 'PERSIST')),
  ]
  return random.chance(0.5) ? options.flat() : options.reverse().flat()
}

function lcs(random: Random): Words {
  return [
    'LCS',
    key(random),
    key(random),
    ...random.maybe(0.2, 'LEN'),
    ...random.maybe(0.4, 'IDX'),
    ...random.maybe(0.3, 'MINMATCHLEN', random.pick(['0', '1', '2', '-1'])),
    ...random.maybe(0.3, 'WITHMATCHLEN'),
  ]
}
