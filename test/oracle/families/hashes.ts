import { drawCommand, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ha', 'hb', 'hc']
const fields = ['f', 'g', 'h', '', 'n\r\n', '\x00', 'F'.repeat(65), '7']
const numbers = ['0', '1', '-1', '7', '9223372036854775807', '-9223372036854775808', '3.5', '+1', ' 1', 'x']
const floats = ['0', '1', '-1', '0.1', '3.25', '1e3', '-2.5e-3', 'inf', 'nan', '1e4931', '5e-324', '0x10', 'x', '+1.5']
const patterns = ['*', '?', 'f*', '[f-g]', '*\r\n', 'nothing']
const key = (random: Random): string => random.pick(keys)
const field = (random: Random): string => random.pick(fields)
const value = (random: Random): string => random.pick(random.chance(0.5) ? values : floats)
const someFields = (random: Random): string[] => random.several(1, 4, () => field(random))
const somePairs = (random: Random): string[] => random.several(1, 5, () => [field(random), value(random)]).flat()

const rules: readonly Rule[] = [
  [14, (random) => ['HSET', key(random), ...somePairs(random)]],
  [3, (random) => ['HMSET', key(random), ...somePairs(random)]],
  [4, (random) => ['HSETNX', key(random), field(random), value(random)]],
  [8, (random) => ['HDEL', key(random), ...someFields(random)]],
  [7, (random) => ['HINCRBY', key(random), field(random), random.pick(numbers)]],
  [7, (random) => ['HINCRBYFLOAT', key(random), field(random), random.pick(floats)]],
  [4, (random) => ['HGET', key(random), field(random)]],
  [4, (random) => ['HMGET', key(random), ...someFields(random)]],
  [6, (random) => [random.pick(['HGETALL', 'HKEYS', 'HVALS', 'HLEN']), key(random)]],
  [4, (random) => [random.pick(['HEXISTS', 'HSTRLEN']), key(random), field(random)]],
  [5, (random) => hrandfield(random)],
  [2, (random) => ['OBJECT', 'ENCODING', key(random)]],
]

/** What may change a hash as a whole, or the type under everybody's feet. */
const disturbances: readonly Rule[] = [
  [3, (random) => ['DEL', key(random)]],
  [2, (random) => ['SET', key(random), value(random)]],
  [3, (random) => ['RENAME', key(random), key(random)]],
  [4, (random) => ['COPY', key(random), key(random), ...random.maybe(0.7, 'REPLACE')]],
  [1, (random) => ['MOVE', key(random), '1']],
  [2, (random) => ['SELECT', random.pick(['0', '0', '1'])]],
  [2, (random) => ['TYPE', key(random)]],
  [2, (random) => ['WATCH', key(random)]],
  [
    1,
    (random) => [
      'CONFIG',
      'SET',
      random.pick(['hash-max-listpack-entries', 'hash-max-listpack-value', 'hash-max-ziplist-entries']),
      random.pick(['0', '2', '64', '512']),
    ],
  ],
]

/** Hashes in both forms, on two connections and in two databases, with the keyspace's events told to a third. */
export const hashesFamily: Family = {
  name: 'hashes',
  connections: 3,
  stepsMax: 40,
  keys,
  databases: [0, 1],
  settings: [
    ['CONFIG', 'SET', 'hash-max-listpack-entries', '512', 'hash-max-listpack-value', '64'],
    ['CONFIG', 'SET', 'notify-keyspace-events', 'KEA'],
  ],
  mustSucceed: [
    ...'HSET HMSET HSETNX HDEL HINCRBY HINCRBYFLOAT HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSTRLEN'.split(' '),
    ...'HRANDFIELD HSCAN DEL RENAME COPY MOVE MULTI EXEC WATCH PSUBSCRIBE'.split(' '),
    ...['OBJECT ENCODING', 'CONFIG SET'],
  ],
  step: drawStep,
}

function drawStep(random: Random, { connections, index }: { connections: number; index: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections - 1)
  if (index === 0 && random.chance(0.5)) return { connection: connections - 1, commands: [['PSUBSCRIBE', '*']] }
  if (kind < 8) return { connection, commands: [['MULTI'], ...transaction(random), ['EXEC']] }
  if (kind < 12) return { connection, commands: [hscan(random)], iterates: true }
  if (kind < 15) return { connection, commands: [hscan(random).with(2, random.pick(['x', '-1', '7', '0 ']))] }
  if (kind < 24) return { connection, commands: random.several(2, 4, () => drawCommand(random, rules)) }
  return single(random, connections - 1, drawCommand(random, [...rules, ...disturbances]))
}

function transaction(random: Random): Words[] {
  return random.several(1, 4, () => random.weighted(rules)(random))
}

function hscan(random: Random): Words {
  return [
    random.word('HSCAN'),
    key(random),
    '0',
    ...random.maybe(0.4, 'MATCH', random.pick(patterns)),
    ...random.maybe(0.5, 'COUNT', random.pick(['1', '2', '100', '0', 'x'])),
    ...random.maybe(0.1, 'TYPE', 'hash'),
  ]
}

function hrandfield(random: Random): Words {
  const counts = ['0', '1', '2', '-1', '-3', '5', '100', '-9223372036854775808', '4611686018427387904', 'x']
  const count = random.maybe(0.8, random.pick(counts))
  return ['HRANDFIELD', key(random), ...count, ...(count.length > 0 ? random.maybe(0.5, 'WITHVALUES') : [])]
}
