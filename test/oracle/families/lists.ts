import { drawCommand, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['la', 'lb', 'lc']
const indexes = ['0', '1', '2', '-1', '-2', '-3', '5', '-7', '100']
const key = (random: Random): string => random.pick(keys)
const value = (random: Random): string => random.pick(values)
const someValues = (random: Random): string[] => random.several(1, 4, () => value(random))
const end = (random: Random): string => random.word('LEFT', 'RIGHT')
const someKeys = (random: Random): string[] => random.several(1, 3, () => key(random))
const count = (random: Random): string => random.pick(['0', '1', '2', '3', '100'])

const writes: readonly Rule[] = [
  [10, (random) => ['LPUSH', key(random), ...someValues(random)]],
  [10, (random) => ['RPUSH', key(random), ...someValues(random)]],
  [3, (random) => ['LPUSHX', key(random), ...someValues(random)]],
  [3, (random) => ['RPUSHX', key(random), ...someValues(random)]],
  [5, (random) => ['LPOP', key(random), ...random.maybe(0.5, count(random))]],
  [5, (random) => ['RPOP', key(random), ...random.maybe(0.5, count(random))]],
  [4, (random) => ['LSET', key(random), random.pick(indexes), value(random)]],
  [4, (random) => ['LINSERT', key(random), random.word('BEFORE', 'AFTER'), value(random), value(random)]],
  [4, (random) => ['LREM', key(random), random.pick(['0', '1', '-1', '2', '-2']), value(random)]],
  [3, (random) => ['LTRIM', key(random), random.pick(indexes), random.pick(indexes)]],
  [5, (random) => ['LMOVE', key(random), key(random), end(random), end(random)]],
  [3, (random) => ['RPOPLPUSH', key(random), key(random)]],
  [4, (random) => lmpop(random, ['LMPOP'])],
]

const reads: readonly Rule[] = [
  [3, (random) => ['LLEN', key(random)]],
  [6, (random) => ['LRANGE', key(random), random.pick(indexes), random.pick(indexes)]],
  [4, (random) => ['LINDEX', key(random), random.pick(indexes)]],
  [5, (random) => lpos(random)],
]

const blocking: readonly Rule[] = [
  [5, (random) => ['BLPOP', ...someKeys(random), '0']],
  [5, (random) => ['BRPOP', ...someKeys(random), '0']],
  [5, (random) => ['BLMOVE', key(random), key(random), end(random), end(random), '0']],
  [3, (random) => ['BRPOPLPUSH', key(random), key(random), '0']],
  [4, (random) => lmpop(random, ['BLMPOP', '0'])],
]

/** What may wake waiters without a push, or change the type under their feet. */
const disturbances: readonly Rule[] = [
  [5, (random) => ['DEL', ...someKeys(random)]],
  [3, (random) => ['SET', key(random), value(random)]],
  [4, (random) => ['RENAME', random.pick([...keys, 'side']), key(random)]],
  [3, (random) => ['RPUSH', 'side', ...someValues(random)]],
  [4, (random) => ['COPY', random.pick([...keys, 'side']), key(random), ...random.maybe(0.3, 'REPLACE')]],
  [
    3,
    (random) => [
      'CLIENT',
      'UNBLOCK',
      `<client:${random.below(3)}>`,
      ...random.maybe(0.5, random.word('TIMEOUT', 'ERROR')),
    ],
  ],
  [1, () => ['FLUSHALL']],
  [1, (random) => ['CLIENT', 'UNBLOCK', random.pick(['nonsense', '-1', '1e400']), ...random.maybe(0.5, 'nonsense')]],
  [1, (random) => ['MOVE', key(random), '1']],
  [2, (random) => ['SELECT', random.pick(['0', '0', '1'])]],
  [2, (random) => ['EXISTS', ...someKeys(random)]],
  [2, (random) => ['TYPE', key(random)]],
]

/** RPUSH, blocking pops and everything around lists on three connections, two databases. SWAPDB is left to the family of
 *  databases: Redis wakes the waiters for several keys in the order of a hash table then. */
export const listsFamily: Family = {
  name: 'lists',
  connections: 3,
  stepsMax: 40,
  keys: [...keys, 'side'],
  databases: [0, 1],
  mustSucceed: [
    ...'LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LRANGE LINDEX LSET LINSERT LREM LTRIM LPOS LMOVE RPOPLPUSH LMPOP'.split(
      ' ',
    ),
    ...'BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP DEL RENAME COPY MOVE MULTI EXEC'.split(' '),
    'CLIENT UNBLOCK',
  ],
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections)
  if (kind < 8) return { connection, commands: [['MULTI'], ...transaction(random), ['EXEC']] }
  if (kind < 11) return { connection, commands: [withShortTimeout(random)], endsByItself: true }
  if (kind < 17) return { connection, commands: random.several(2, 4, () => drawCommand(random, [...writes, ...reads])) }
  return single(random, connections, drawCommand(random, [...writes, ...reads, ...blocking, ...disturbances]))
}

function transaction(random: Random): Words[] {
  return random.several(1, 4, () => random.weighted([...writes, ...blocking, ...disturbances])(random))
}

/** A blocking command that gives up after five milliseconds unless it is served at once. */
function withShortTimeout(random: Random): Words {
  const command = [...random.weighted(blocking)(random)]
  const at = command[0] === 'BLMPOP' ? 1 : command.length - 1
  command[at] = random.pick(['0.005', '.005', '5e-3'])
  return command
}

function lmpop(random: Random, start: readonly string[]): Words {
  const names = someKeys(random)
  return [...start, String(names.length), ...names, end(random), ...random.maybe(0.5, 'COUNT', count(random))]
}

function lpos(random: Random): Words {
  return [
    'LPOS',
    key(random),
    value(random),
    ...random.maybe(0.4, 'RANK', random.pick(['1', '-1', '2', '-2', '0'])),
    ...random.maybe(0.4, 'COUNT', count(random)),
    ...random.maybe(0.3, 'MAXLEN', random.pick(['0', '1', '3'])),
  ]
}
