import { drawCommand, type Rule, single } from '../draw.ts'
import type { Family, Step } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ma', 'mb']
const key = (random: Random): string => random.pick(keys)

const controls: readonly Rule[] = [
  [10, () => ['MULTI']],
  [12, () => ['EXEC']],
  [3, () => ['DISCARD']],
  [8, (random) => ['WATCH', ...random.several(1, 2, () => key(random))]],
  [2, () => ['UNWATCH']],
  [1, () => ['RESET']],
]

const commands: readonly Rule[] = [
  [
    6,
    (random) => ['SET', key(random), String(random.below(5)), ...random.maybe(0.2, random.pick(['NX', 'XX', 'GET']))],
  ],
  [5, (random) => ['GET', key(random)]],
  [5, (random) => ['INCR', key(random)]],
  [4, (random) => ['DEL', key(random)]],
  [4, (random) => [random.pick(['LPUSH', 'RPUSH']), key(random), 'x', 'y']],
  [3, (random) => ['LRANGE', key(random), '0', '-1']],
  [2, (random) => [random.pick(['BLPOP', 'BRPOP']), key(random), '0']],
  [2, (random) => ['BLMOVE', key(random), key(random), 'LEFT', 'RIGHT', '0']],
  [3, (random) => ['XADD', key(random), `${1 + random.below(5)}-*`, 'f', 'v']],
  [2, (random) => ['XREAD', 'BLOCK', '0', 'STREAMS', key(random), random.pick(['0', '$'])]],
  [2, (random) => ['EXPIRE', key(random), random.pick(['10000', '-1'])]],
  [1, (random) => ['TTL', key(random)]],
  [2, (random) => ['SELECT', random.pick(['0', '0', '1', '99'])]],
  [1, (random) => [random.pick(['FLUSHALL', 'FLUSHDB'])]],
  [1, () => ['SWAPDB', '0', '1']],
  [1, (random) => ['RENAME', key(random), key(random)]],
  [1, (random) => ['COPY', key(random), key(random), 'REPLACE']],
  [2, () => ['PUBLISH', 'news', 'hot']],
  [1, (random) => [random.pick(['SUBSCRIBE', 'UNSUBSCRIBE', 'PSUBSCRIBE']), 'other']],
  [2, (random) => [random.pick(['NOSUCH', 'nosuch\r\n', 'GET', 'SET', 'xgroup', 'WAIT', 'DEBUG'])]],
  [1, (random) => ['CONFIG', random.pick(['NOSUCH', 'GET']), 'notify-keyspace-events']],
  [1, () => ['PING']],
  [1, (random) => ['ECHO', random.pick(['', 'x\r\n'])]],
  [1, (random) => ['HELLO', random.pick(['2', '3', '4'])]],
]

/** MULTI, WATCH and everything queued between, on three connections that touch the same keys. */
export const transactionsFamily: Family = {
  name: 'transactions',
  connections: 3,
  stepsMax: 50,
  keys,
  databases: [0, 1],
  mustSucceed: 'MULTI EXEC DISCARD WATCH UNWATCH RESET SET GET INCR LPUSH XADD BLPOP SELECT SWAPDB PUBLISH'.split(' '),
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections)
  if (kind < 6) {
    const queued = random.several(1, 5, () => drawCommand(random, commands))
    return {
      connection,
      commands: [['MULTI'], ...queued.filter(isCounted), [random.pick(['EXEC', 'EXEC', 'DISCARD'])]],
    }
  }
  if (kind < 10)
    return {
      connection,
      commands: [
        // Long enough that a machine under load gets from here to WATCH in time.
        ['SET', key(random), '1', 'PX', '20'],
        ['WATCH', key(random)],
        ['DEBUG', 'SLEEP', '0.022'],
      ],
    }
  return single(random, connections, drawCommand(random, random.chance(0.4) ? controls : commands))
}

/** A subscription that is not queued after all answers out of band, and a batch with EXEC is waited for by counting. */
function isCounted(command: readonly string[]): boolean {
  return !/subscribe$/i.test(command[0] ?? '')
}
