import { drawCommand, type Rule, single } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['za', 'zb', 'zc']
/** All scores here are equal, because ranges by name mean nothing otherwise; its members never mix with others. */
const namesKey = 'zn'
const members = ['a', 'b', 'c', 'd', 'ab', '', '\x00\xff', 'x\r\ny', '10', 'm'.repeat(70)]
const names = ['a', 'aa', 'b', 'bb', 'c', '', '\xff', 'm'.repeat(70)]
const scores = [
  '0',
  '1',
  '1',
  '2',
  '-1',
  '-0',
  '3.5',
  '0.1',
  '1e3',
  'inf',
  '-inf',
  '+inf',
  '0x10',
  '1.7976931348623157e308',
  '5e-324',
  '12345678901234567',
]
const bounds = [...scores, '(1', '(0', '(2', '(inf', '-inf', '+inf', '', '(', ' 1', 'nan', '1 ']
const nameBounds = ['-', '+', '[a', '(a', '[b', '(b', '[bb', '(c', '[', '(', '[\xff', 'a', '']
const ranks = ['0', '1', '2', '-1', '-2', '-3', '5', '-7', '100']
const key = (random: Random): string => random.pick(keys)
const anyKey = (random: Random): string => random.pick([...keys, namesKey])
const member = (random: Random): string => random.pick(members)
const score = (random: Random): string => random.pick(scores)
const bound = (random: Random): string => random.pick(bounds)
const nameBound = (random: Random): string => random.pick(nameBounds)
const rank = (random: Random): string => random.pick(ranks)
const count = (random: Random): string => random.pick(['0', '1', '2', '3', '100', '-1'])
const someKeys = (random: Random): string[] => random.several(1, 3, () => key(random))
const limit = (random: Random): string[] =>
  random.maybe(0.3, random.word('LIMIT'), random.pick(['0', '1', '2', '-1']), random.pick(['0', '1', '2', '-1', '-5']))
const withScores = (random: Random): string[] => random.maybe(0.5, random.word('WITHSCORES'))

const writes: readonly Rule[] = [
  [20, (random) => zadd(random)],
  [4, (random) => ['ZADD', namesKey, ...random.several(1, 4, () => ['0', random.pick(names)]).flat()]],
  [4, (random) => ['ZADD', key(random), ...zaddOptions(random), 'INCR', score(random), member(random)]],
  [4, (random) => ['ZINCRBY', key(random), score(random), member(random)]],
  [6, (random) => ['ZREM', anyKey(random), ...random.several(1, 3, () => member(random))]],
  [2, (random) => ['ZREMRANGEBYRANK', anyKey(random), rank(random), rank(random)]],
  [2, (random) => ['ZREMRANGEBYSCORE', key(random), bound(random), bound(random)]],
  [2, (random) => ['ZREMRANGEBYLEX', namesKey, nameBound(random), nameBound(random)]],
  [4, (random) => ['ZPOPMIN', anyKey(random), ...random.maybe(0.5, count(random))]],
  [4, (random) => ['ZPOPMAX', anyKey(random), ...random.maybe(0.5, count(random))]],
  [4, (random) => zmpop(random, ['ZMPOP'])],
  [4, (random) => ['ZRANGESTORE', key(random), ...zrange(random).slice(1)]],
]

const reads: readonly Rule[] = [
  [3, (random) => ['ZCARD', anyKey(random)]],
  [4, (random) => ['ZSCORE', key(random), member(random)]],
  [3, (random) => ['ZMSCORE', key(random), ...random.several(1, 3, () => member(random))]],
  [4, (random) => ['ZRANK', key(random), member(random)]],
  [4, (random) => ['ZREVRANK', key(random), member(random)]],
  [4, (random) => ['ZCOUNT', key(random), bound(random), bound(random)]],
  [3, (random) => ['ZLEXCOUNT', namesKey, nameBound(random), nameBound(random)]],
  [12, (random) => zrange(random)],
  [3, (random) => ['ZREVRANGE', anyKey(random), rank(random), rank(random), ...withScores(random)]],
  [
    4,
    (random) => ['ZRANGEBYSCORE', key(random), bound(random), bound(random), ...withScores(random), ...limit(random)],
  ],
  [
    4,
    (random) => [
      'ZREVRANGEBYSCORE',
      key(random),
      bound(random),
      bound(random),
      ...withScores(random),
      ...limit(random),
    ],
  ],
  [3, (random) => ['ZRANGEBYLEX', namesKey, nameBound(random), nameBound(random), ...limit(random)]],
  [3, (random) => ['ZREVRANGEBYLEX', namesKey, nameBound(random), nameBound(random), ...limit(random)]],
]

/** Of sorted sets, a set among them, and a key that is mostly not there. */
const algebra: readonly Rule[] = [
  [2, (random) => ['SADD', 'set', ...random.several(1, 3, () => member(random))]],
  [1, (random) => ['SREM', 'set', member(random)]],
  [3, (random) => combination(random, ['ZUNION'], true, true)],
  [3, (random) => combination(random, ['ZINTER'], true, true)],
  [3, (random) => combination(random, ['ZDIFF'], false, true)],
  [3, (random) => combination(random, ['ZUNIONSTORE', key(random)], true, false)],
  [3, (random) => combination(random, ['ZINTERSTORE', key(random)], true, false)],
  [3, (random) => combination(random, ['ZDIFFSTORE', key(random)], false, false)],
  [3, (random) => [...combination(random, ['ZINTERCARD'], false, false), ...random.maybe(0.5, 'LIMIT', count(random))]],
  [3, (random) => ['ZRANDMEMBER', key(random), ...random.maybe(0.8, count(random), ...withScores(random))]],
  [
    2,
    (random) => [
      'ZSCAN',
      key(random),
      '0',
      ...random.maybe(0.5, 'MATCH', random.pick(['a*', '*', '?'])),
      'COUNT',
      '100',
    ],
  ],
]

const blocking: readonly Rule[] = [
  [4, (random) => ['BZPOPMIN', ...someKeys(random), '0']],
  [4, (random) => ['BZPOPMAX', ...someKeys(random), '0']],
  [4, (random) => zmpop(random, ['BZMPOP', '0'])],
]

/** What may wake waiters without ZADD, change the type under their feet, or the form of small sets. */
const disturbances: readonly Rule[] = [
  [4, (random) => ['DEL', ...someKeys(random)]],
  [2, (random) => ['SET', key(random), 'v']],
  [2, (random) => ['RPUSH', key(random), 'v']],
  [3, (random) => ['RENAME', random.pick([...keys, 'side']), key(random)]],
  [3, (random) => ['ZADD', 'side', score(random), member(random)]],
  [3, (random) => ['COPY', random.pick([...keys, 'side']), key(random), ...random.maybe(0.3, 'REPLACE')]],
  [2, (random) => ['MOVE', key(random), '1']],
  [2, (random) => ['SELECT', random.pick(['0', '0', '1'])]],
  [2, (random) => ['OBJECT', 'ENCODING', key(random)]],
  [2, (random) => ['TYPE', key(random)]],
  [1, () => ['FLUSHALL']],
  [2, (random) => ['CONFIG', 'SET', 'zset-max-listpack-entries', random.pick(['0', '2', '4', '128'])]],
  [1, (random) => ['CONFIG', 'SET', 'zset-max-listpack-value', random.pick(['0', '2', '64'])]],
]

/** Sorted sets on three connections and two databases, in both forms. */
export const zsetsFamily: Family = {
  name: 'zsets',
  connections: 3,
  stepsMax: 40,
  keys: [...keys, namesKey, 'side', 'set'],
  databases: [0, 1],
  settings: [
    ['CONFIG', 'SET', 'zset-max-listpack-entries', '4'],
    ['CONFIG', 'SET', 'zset-max-listpack-value', '64'],
  ],
  mustSucceed: [
    ...'ZADD ZINCRBY ZREM ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX ZPOPMIN ZPOPMAX ZMPOP ZRANGESTORE'.split(' '),
    ...'ZCARD ZSCORE ZMSCORE ZRANK ZREVRANK ZCOUNT ZLEXCOUNT ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE'.split(
      ' ',
    ),
    ...'ZRANGEBYLEX ZREVRANGEBYLEX BZPOPMIN BZPOPMAX BZMPOP DEL RENAME COPY MOVE MULTI EXEC'.split(' '),
    ...'ZUNION ZINTER ZDIFF ZUNIONSTORE ZINTERSTORE ZDIFFSTORE ZINTERCARD ZRANDMEMBER ZSCAN'.split(' '),
    'OBJECT ENCODING',
  ],
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections)
  if (kind < 8) return { connection, commands: [['MULTI'], ...transaction(random), ['EXEC']] }
  if (kind < 11) return { connection, commands: [withShortTimeout(random)], endsByItself: true }
  if (kind < 17) return { connection, commands: random.several(2, 4, () => draw(random, [...writes, ...reads])) }
  return single(random, connections, draw(random, [...writes, ...reads, ...algebra, ...blocking, ...disturbances]))
}

/** Redis 7.0 refuses a fourth word of ZRANK by its number, we know WITHSCORE; and where scores are not all equal, ranges by name would
 *  depend on how sets are kept: words may have changed places. */
function draw(random: Random, rules: readonly Rule[]): Words {
  const command = drawCommand(random, rules)
  const name = command[0] ?? ''
  if (/^z(rev)?rank$/i.test(name)) return command.slice(0, 3)
  const isUneven = /^(zadd|zincrby)$/i.test(name) && command.includes(namesKey)
  if (isUneven) return ['ZADD', namesKey, '0', random.pick(names)]
  const isByName = /lex(count)?$/i.test(name) || command.some((word) => /^bylex$/i.test(word))
  const source = /^zrangestore$/i.test(name) ? 2 : 1
  return isByName && source < command.length ? command.with(source, namesKey) : command
}

function transaction(random: Random): Words[] {
  return random.several(1, 4, () => random.weighted([...writes, ...algebra, ...blocking, ...disturbances])(random))
}

/** A blocking command that gives up after five milliseconds unless it is served at once. */
function withShortTimeout(random: Random): Words {
  const command = [...random.weighted(blocking)(random)]
  command[command[0] === 'BZMPOP' ? 1 : command.length - 1] = random.pick(['0.005', '.005', '5e-3'])
  return command
}

function zaddOptions(random: Random): string[] {
  return [
    ...random.maybe(0.15, random.word('NX')),
    ...random.maybe(0.15, random.word('XX')),
    ...random.maybe(0.15, random.word('GT')),
    ...random.maybe(0.15, random.word('LT')),
    ...random.maybe(0.2, random.word('CH')),
  ]
}

function zadd(random: Random): Words {
  const pairs = random.several(1, 4, () => [score(random), member(random)])
  return ['ZADD', key(random), ...zaddOptions(random), ...pairs.flat()]
}

function zmpop(random: Random, start: readonly string[]): Words {
  const sources = someKeys(random)
  const end = random.word('MIN', 'MAX')
  return [...start, String(sources.length), ...sources, end, ...random.maybe(0.5, 'COUNT', count(random))]
}

function zrange(random: Random): Words {
  const rev = random.maybe(0.3, random.word('REV'))
  switch (random.below(4)) {
    case 0:
      return ['ZRANGE', namesKey, nameBound(random), nameBound(random), 'BYLEX', ...rev, ...limit(random)]
    case 1:
      return [
        'ZRANGE',
        key(random),
        bound(random),
        bound(random),
        'BYSCORE',
        ...rev,
        ...limit(random),
        ...withScores(random),
      ]
    default:
      return [
        'ZRANGE',
        anyKey(random),
        rank(random),
        rank(random),
        ...rev,
        ...withScores(random),
        ...random.maybe(0.05, ...limit(random)),
      ]
  }
}

function combination(random: Random, start: readonly string[], isWeighted: boolean, mayShowScores: boolean): Words {
  const sources = random.several(1, 3, () => random.pick([...keys, 'set', 'side']))
  const weights = sources.map(() => random.pick(['1', '2', '0', '-1', '0.5', 'inf']))
  return [
    ...start,
    String(sources.length),
    ...sources,
    ...(isWeighted ? random.maybe(0.3, random.word('WEIGHTS'), ...weights) : []),
    ...(isWeighted ? random.maybe(0.3, 'AGGREGATE', random.word('SUM', 'MIN', 'MAX')) : []),
    ...(mayShowScores ? withScores(random) : []),
  ]
}
