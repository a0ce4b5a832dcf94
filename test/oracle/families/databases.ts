import { drawCommand, farSeconds, type Rule, single } from '../draw.ts'
import type { Family, Step } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['da', 'db']
const databases = ['0', '1', '2']
const key = (random: Random): string => random.pick(keys)
const database = (random: Random): string =>
  random.chance(0.1) ? random.pick(['16', '-1', 'x', '15']) : random.pick(databases)

const rules: readonly Rule[] = [
  [12, (random) => ['SELECT', database(random)]],
  [8, (random) => ['SWAPDB', database(random), database(random)]],
  [8, (random) => ['MOVE', key(random), database(random)]],
  [6, (random) => ['COPY', key(random), key(random), 'DB', database(random), ...random.maybe(0.4, 'REPLACE')]],
  [
    2,
    (random) => [random.pick(['FLUSHDB', 'FLUSHALL']), ...random.maybe(0.5, random.word('SYNC', 'ASYNC', 'nonsense'))],
  ],
  [6, () => ['DBSIZE']],
  [8, (random) => ['SET', key(random), `v${random.below(9)}`, ...random.maybe(0.2, 'EX', random.pick(farSeconds))]],
  [6, (random) => ['GET', key(random)]],
  [3, (random) => ['DEL', key(random)]],
  [6, (random) => ['RPUSH', random.pick(['queue', ...keys]), `v${random.below(9)}`]],
  // For one key only: SWAPDB makes keys ready in the order of a hash table.
  [4, () => ['BLPOP', 'queue', '0']],
  [2, (random) => ['BLMOVE', 'queue', key(random), random.word('LEFT', 'RIGHT'), random.word('LEFT', 'RIGHT'), '0']],
  [2, (random) => ['RENAME', key(random), random.pick(['queue', ...keys])]],
  [3, (random) => ['WATCH', key(random)]],
  [1, () => ['RANDOMKEY']],
  [1, () => ['KEYS', '*']],
  [2, (random) => ['TTL', key(random)]],
]

/** Several databases on three connections, with waiters and watched keys in the ones that are swapped and flushed. */
export const databasesFamily: Family = {
  name: 'databases',
  connections: 3,
  stepsMax: 40,
  keys: [...keys, 'queue'],
  databases: [0, 1, 2, 15],
  mustSucceed: 'SELECT SWAPDB MOVE COPY FLUSHDB FLUSHALL DBSIZE BLPOP BLMOVE EXEC WATCH'.split(' '),
  step: (random, { connections }): Step => {
    if (random.chance(0.1)) {
      const queued = random.several(1, 3, () => random.weighted(rules)(random))
      return { connection: random.below(connections), commands: [['MULTI'], ...queued, ['EXEC']] }
    }
    return single(random, connections, drawCommand(random, rules))
  },
}
