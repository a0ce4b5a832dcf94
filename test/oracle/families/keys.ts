import { drawCommand, farSeconds, farUnixSeconds, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ka', 'kb', 'kc', '\x00k\xff', 'k[1]']
const patterns = [
  '*',
  'k*',
  'k?',
  'k[ab]',
  'k[^a]',
  'k[a-b]',
  'k\\[1]',
  '[',
  'k[',
  '',
  '*a',
  '**',
  'K*',
  'k[b-a]',
  '\\',
  '?\x00*',
]

const key = (random: Random): string => random.pick(keys)
const someKeys = (random: Random): string[] => random.several(1, 3, () => key(random))
const condition = (random: Random): string[] => [
  ...random.maybe(0.5, random.word('NX', 'XX', 'GT', 'LT')),
  ...random.maybe(0.08, random.word('NX', 'XX', 'GT', 'LT')),
]
const past = ['-1', '0', '-10000']
/** At and behind the ends of what is taken, and 280,000 years from now: what lies between is kept to within a second. */
const extremeSeconds = ['9223372036854775807', '-9223372036854775808', '9223372036854776', '9000000000000']
const extremeMs = ['9223372036854775807', '-9223372036854775808', '9000000000000000']

const makers: readonly Rule[] = [
  [6, (random) => ['SET', key(random), random.pick(values)]],
  [3, (random) => ['RPUSH', key(random), random.pick(values)]],
  [2, (random) => ['SADD', key(random), random.pick(values)]],
  [2, (random) => ['HSET', key(random), 'field', random.pick(values)]],
  [2, (random) => ['ZADD', key(random), '1', random.pick(values)]],
  [3, (random) => ['XADD', key(random), '*', 'f', 'v'].with(2, `${1 + random.below(5)}-*`)],
]

const rules: readonly Rule[] = [
  ...makers,
  [4, (random) => [random.pick(['DEL', 'UNLINK']), ...someKeys(random)]],
  [4, (random) => [random.pick(['EXISTS', 'TOUCH']), ...someKeys(random)]],
  [2, (random) => ['TYPE', key(random)]],
  [
    6,
    (random) => [
      'EXPIRE',
      key(random),
      random.pick([...farSeconds, ...farSeconds, ...past, ...extremeSeconds]),
      ...condition(random),
    ],
  ],
  [
    4,
    (random) => [
      'PEXPIRE',
      key(random),
      random.pick([`${random.pick(farSeconds)}000`, ...past, ...extremeMs]),
      ...condition(random),
    ],
  ],
  [
    5,
    (random) => [
      'EXPIREAT',
      key(random),
      random.pick([...farUnixSeconds, '1', ...past, ...extremeSeconds]),
      ...condition(random),
    ],
  ],
  [
    4,
    (random) => [
      'PEXPIREAT',
      key(random),
      random.pick([`${random.pick(farUnixSeconds)}123`, '1', ...past, ...extremeMs]),
      ...condition(random),
    ],
  ],
  [6, (random) => [random.pick(['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']), key(random)]],
  [4, (random) => ['PERSIST', key(random)]],
  [4, (random) => ['KEYS', random.pick(patterns)]],
  [5, (random) => [random.pick(['RENAME', 'RENAMENX']), key(random), key(random)]],
  [5, (random) => copy(random)],
  [3, (random) => ['MOVE', key(random), random.pick(['1', '1', '0', '16', '-1', 'x'])]],
  [2, (random) => ['SELECT', random.pick(['0', '0', '1'])]],
  [2, () => ['RANDOMKEY']],
  [4, (random) => ['OBJECT', random.word('ENCODING', 'REFCOUNT', 'IDLETIME', 'FREQ'), key(random)]],
  [1, () => ['OBJECT', 'HELP']],
  [4, (random) => ['GET', key(random)]],
]

/** Everything that treats keys without looking into their values: lifetimes, names, copies, walks. */
export const keysFamily: Family = {
  name: 'keys',
  connections: 2,
  stepsMax: 40,
  keys,
  databases: [0, 1],
  mustSucceed: [
    ...'DEL UNLINK EXISTS TYPE EXPIRE PEXPIRE EXPIREAT PEXPIREAT TTL PTTL EXPIRETIME PEXPIRETIME PERSIST KEYS'.split(
      ' ',
    ),
    ...'RENAME RENAMENX COPY MOVE RANDOMKEY TOUCH SELECT DBSIZE SCAN'.split(' '),
    ...['ENCODING', 'REFCOUNT', 'IDLETIME', 'HELP'].map((name) => `OBJECT ${name}`),
  ],
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections)
  if (kind < 6) return { connection, commands: [...shortLived(random), ['DEBUG', 'SLEEP', '0.003']] }
  if (kind < 12) return { connection, commands: [scan(random)], iterates: true }
  if (kind < 14)
    return { connection, commands: [['SCAN', random.pick(['x', '-1', '0', '99999999999999999999']), 'COUNT', '1000']] }
  // Redis counts keys that have expired until somebody comes across them, so all are touched before they are counted.
  if (kind < 17) return { connection, commands: [['EXISTS', ...keys], ['DBSIZE']] }
  if (kind < 26) return { connection, commands: random.several(2, 5, () => drawCommand(random, rules)) }
  return single(random, connections, drawCommand(random, rules))
}

/** Gives a key that may or may not exist one millisecond; the step sleeps past it. */
function shortLived(random: Random): Words[] {
  const name = key(random)
  const maker = random.weighted(makers)(random).with(1, name)
  return [...(random.chance(0.5) ? [maker] : []), ['PEXPIRE', name, '1', ...condition(random)]]
}

function scan(random: Random): Words {
  return [
    'SCAN',
    '0',
    ...random.maybe(0.4, 'MATCH', random.pick(patterns)),
    ...random.maybe(0.5, 'COUNT', random.pick(['1', '2', '100', '0'])),
    ...random.maybe(0.3, 'TYPE', random.word('string', 'list', 'stream', 'set', 'hash', 'zset', 'nonsense')),
  ]
}

function copy(random: Random): Words {
  return [
    'COPY',
    key(random),
    key(random),
    ...random.maybe(0.3, 'DB', random.pick(['0', '1', '1', '16', 'x'])),
    ...random.maybe(0.3, random.word('REPLACE')),
  ]
}
