import { drawCommand, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['sa', 'sb', 'sc', 'sd']
/** Integers at the edges of what an intset takes, what only looks like one, and text. */
const members = [
  ...['0', '1', '2', '3', '10', '-1', '-20', '32768', '4294967296', '-4294967297', '9007199254740993'],
  ...['9223372036854775807', '-9223372036854775808', '9223372036854775808', '01', '-0', '+1', ' 1', '1.0'],
  ...values,
]
const integers = members.slice(0, 13)
const patterns = ['*', '1*', '?', '-*', '[ab]', '', '\\', '*\x00*']

const key = (random: Random): string => random.pick(keys)
const someKeys = (random: Random): string[] => random.several(1, 4, () => key(random))
const member = (random: Random): string => random.pick(random.chance(0.6) ? integers : members)
const count = (random: Random): string => random.pick(['0', '1000', '9223372036854775807'])

const writes: readonly Rule[] = [
  [14, (random) => ['SADD', key(random), ...random.several(1, 5, () => member(random))]],
  [8, (random) => ['SADD', key(random), ...random.several(1, 5, () => random.pick(integers))]],
  [6, (random) => ['SREM', key(random), ...random.several(1, 5, () => member(random))]],
  [6, (random) => ['SMOVE', key(random), key(random), member(random)]],
  [3, (random) => [random.word('SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE'), key(random), ...someKeys(random)]],
  [6, (random) => [random.pick(['SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE']), key(random), key(random), key(random)]],
  [1, (random) => ['SPOP', random.pick(['none', 'text']), random.pick(['x', '-1', '9223372036854775808'])]],
]

const reads: readonly Rule[] = [
  [6, (random) => ['SMEMBERS', key(random)]],
  [4, (random) => ['SISMEMBER', key(random), member(random)]],
  [4, (random) => ['SMISMEMBER', key(random), ...random.several(1, 5, () => member(random))]],
  [3, (random) => ['SCARD', key(random)]],
  [8, (random) => [random.pick(['SINTER', 'SUNION', 'SDIFF']), ...someKeys(random)]],
  [5, (random) => intersectionSize(random)],
  [2, (random) => ['SRANDMEMBER', random.pick(['none', 'text']), ...random.maybe(0.5, count(random))]],
  [1, (random) => ['SRANDMEMBER', random.pick(['none', 'text']), random.pick(['x', '-9223372036854775808'])]],
]

const disturbances: readonly Rule[] = [
  [3, (random) => ['DEL', ...someKeys(random)]],
  [2, (random) => ['SET', random.pick(['text', key(random)]), random.pick(values)]],
  [3, (random) => [random.pick(['RENAME', 'RENAMENX']), key(random), key(random)]],
  [3, (random) => ['COPY', key(random), key(random), ...random.maybe(0.5, 'REPLACE')]],
  [2, (random) => ['MOVE', key(random), '1']],
  [2, (random) => ['SELECT', random.pick(['0', '0', '1'])]],
  [2, (random) => ['EXPIRE', key(random), random.pick(['10000', '-1'])]],
  [2, (random) => ['TYPE', key(random)]],
  [2, (random) => ['EXISTS', ...someKeys(random)]],
  [1, (random) => ['WATCH', key(random)]],
]

/** Everything that can be said of sets without chance: what is drawn at random is tested in `test/commands`. */
export const setsFamily: Family = {
  name: 'sets',
  connections: 2,
  stepsMax: 40,
  keys: [...keys, 'text'],
  databases: [0, 1],
  mustSucceed: [
    ...'SADD SREM SMEMBERS SISMEMBER SMISMEMBER SCARD SPOP SRANDMEMBER SMOVE SSCAN'.split(' '),
    ...'SINTER SUNION SDIFF SINTERSTORE SUNIONSTORE SDIFFSTORE SINTERCARD'.split(' '),
    ...'RENAME COPY MOVE MULTI EXEC'.split(' '),
  ],
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections)
  if (kind < 6) return { connection, commands: [['MULTI'], ...transaction(random), ['EXEC']] }
  if (kind < 10) return { connection, commands: [...onlyMember(random), ['SPOP', 'sd'], ['EXISTS', 'sd']] }
  if (kind < 13) return { connection, commands: [...onlyMember(random), ['SRANDMEMBER', 'sd', '-3']] }
  if (kind < 19) return { connection, commands: [wholeSet(random)] }
  if (kind < 23) return { connection, commands: [scan(random)] }
  if (kind < 31) return { connection, commands: random.several(2, 4, () => drawCommand(random, [...writes, ...reads])) }
  return single(random, connections, drawCommand(random, [...writes, ...reads, ...disturbances]))
}

function transaction(random: Random): Words[] {
  return random.several(1, 4, () => random.weighted([...writes, ...reads, ...disturbances])(random))
}

/** Leaves `sd` with one member, so that what is drawn from it is known. */
function onlyMember(random: Random): Words[] {
  return [
    ['DEL', 'sd'],
    ['SADD', 'sd', member(random)],
  ]
}

/** A draw that leaves nothing to chance; spoiled it might. */
function wholeSet(random: Random): Words {
  return [random.pick(['SPOP', 'SRANDMEMBER', 'SRANDMEMBER']), key(random), count(random)]
}

function intersectionSize(random: Random): Words {
  const names = someKeys(random)
  return [
    'SINTERCARD',
    random.pick([String(names.length), String(names.length), '0', '5', 'x']),
    ...names,
    ...random.maybe(0.5, 'LIMIT', random.pick(['0', '1', '2', '-1', 'x'])),
  ]
}

/** In one page: a walk over several pages is tested in `test/commands`. */
function scan(random: Random): Words {
  return [
    'SSCAN',
    key(random),
    random.pick(['0', '0', '0', 'x', '-1', '18446744073709551616']),
    ...random.maybe(0.5, 'MATCH', random.pick(patterns)),
    'COUNT',
    random.pick(['1000', '1000', '0', '-1', 'x']),
  ]
}
