import { drawCommand, type Rule } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ta', 'tab', 'ub']
const prefixes = ['t', 'ta', 'tab', 'u', '', 'x\x00y']
const connections = 3
const key = (random: Random): string => random.pick(keys)
/** Who hears for others. It runs no transactions: Redis puts a message amid their answers when it is not about the
 *  client's own keys, we never do. */
const hearer = connections - 1

const trackings: readonly Rule[] = [
  [8, (random) => on(random)],
  [3, () => ['CLIENT', 'TRACKING', 'OFF']],
  [4, (random) => ['CLIENT', 'CACHING', random.word('YES', 'NO')]],
  [2, () => ['CLIENT', 'TRACKINGINFO']],
  [1, () => ['CLIENT', 'GETREDIR']],
  [1, (random) => ['HELLO', random.pick(['2', '3'])]],
  [1, () => ['RESET']],
]

const reads: readonly Rule[] = [
  [8, (random) => ['GET', key(random)]],
  [3, (random) => ['MGET', ...keys, key(random)]],
  [3, (random) => ['EXISTS', key(random), key(random)]],
  [2, (random) => ['TTL', key(random)]],
  [2, (random) => ['LRANGE', key(random), '0', '-1']],
  [2, (random) => ['XREAD', 'COUNT', '1', 'STREAMS', key(random), key(random), '0', '0']],
  [1, (random) => ['OBJECT', 'REFCOUNT', key(random)]],
  [1, (random) => ['STRLEN', key(random)]],
  [4, (random) => script(random)],
]

/** A script with keys that it may or may not look at. */
function script(random: Random): Words {
  const lines = [
    ...['redis.call("GET", KEYS[1])', 'redis.call("SET", KEYS[2], "v")', 'redis.call("PING")'],
    ...['redis.pcall("LRANGE", KEYS[2], 0, -1)', 'redis.call("DEL", KEYS[1])', 'redis.pcall("INCR", KEYS[1])'],
  ]
  const source = random.several(1, 3, () => random.pick(lines)).join(' ')
  return [random.pick(['EVAL', 'EVAL', 'EVAL_RO']), source, '2', key(random), key(random)]
}

const writes: readonly Rule[] = [
  [6, (random) => ['SET', key(random), random.pick(['v', '1']), ...random.maybe(0.2, 'EX', '10000')]],
  [2, (random) => ['SET', key(random), 'v', random.word('NX', 'XX')]],
  [3, (random) => ['DEL', ...keys, key(random)]],
  [3, (random) => ['RPUSH', key(random), 'a', 'b']],
  [2, (random) => ['LPOP', key(random)]],
  [2, (random) => ['INCR', key(random)]],
  [2, (random) => ['APPEND', key(random), 'x']],
  [2, (random) => ['RENAME', key(random), key(random)]],
  [2, (random) => ['COPY', key(random), key(random), 'REPLACE']],
  [2, () => ['MSET', 'ta', '1', 'ub', '2']],
  [2, (random) => ['EXPIRE', key(random), random.pick(['10000', '-1'])]],
  [1, (random) => ['PERSIST', key(random)]],
  [1, (random) => ['GETDEL', key(random)]],
  [1, (random) => ['GETEX', key(random), random.pick(['PERSIST', 'EX']), ...random.maybe(0.7, '10000')]],
  [1, (random) => ['XADD', key(random), '*', 'f', 'v']],
  [1, (random) => ['LMOVE', key(random), key(random), 'LEFT', 'RIGHT']],
  [1, (random) => ['LSET', key(random), '0', 'x']],
  [1, (random) => ['HSET', key(random), 'f', 'v']],
  [1, (random) => ['SADD', key(random), 'a']],
  [1, (random) => ['SPOP', key(random), ...random.maybe(0.5, '2')]],
  [1, (random) => [random.pick(['SINTERSTORE', 'SDIFFSTORE', 'SUNIONSTORE']), key(random), key(random), key(random)]],
  [1, (random) => ['ZADD', key(random), ...random.maybe(0.3, 'INCR'), random.pick(['1', '2']), 'm']],
  [1, (random) => [random.pick(['ZINTERSTORE', 'ZUNIONSTORE']), key(random), '2', key(random), key(random)]],
  [1, (random) => ['MOVE', key(random), '1']],
  [1, () => ['SWAPDB', '0', '1']],
  [1, (random) => [random.pick(['FLUSHDB', 'FLUSHALL'])]],
  [1, (random) => ['SELECT', random.pick(['0', '1'])]],
  [1, (random) => ['BLPOP', key(random), '0']],
]

const listening: readonly Rule[] = [
  [2, () => ['SUBSCRIBE', '__redis__:invalidate']],
  [1, () => ['UNSUBSCRIBE']],
]

function on(random: Random): Words {
  const isBroadcast = random.chance(0.4)
  return [
    ...['CLIENT', 'TRACKING', 'ON'],
    ...random.maybe(0.35, 'REDIRECT', `<client:${hearer}>`),
    ...(isBroadcast ? ['BCAST'] : []),
    ...(random.chance(isBroadcast ? 0.7 : 0.05) ? random.several(1, 2, () => random.pick(prefixes)) : []).flatMap(
      (prefix) => ['PREFIX', prefix],
    ),
    ...random.maybe(isBroadcast ? 0.05 : 0.2, 'OPTIN'),
    ...random.maybe(isBroadcast ? 0.05 : 0.2, 'OPTOUT'),
    // Without BCAST Redis says nothing of what another client, whom the command served, took from a key.
    ...random.maybe(isBroadcast ? 0.25 : 0, 'NOLOOP'),
  ]
}

function step(random: Random): Step {
  const connection = random.below(connections)
  const one = (rules: readonly Rule[]): Step => ({ connection, commands: [drawCommand(random, rules)] })
  const kind = random.below(20)
  if (kind < 6) return one(trackings)
  if (kind < 12) return one([...reads])
  if (kind < 16) return one([...writes])
  if (kind < 17) return one(listening)
  const several = random.several(1, 4, () => random.weighted([...reads, ...writes, ...trackings])(random))
  const settled = several.filter(([name]) => name !== 'BLPOP' && name !== 'RESET')
  if (kind < 18) return { connection, commands: settled.length === 0 ? [['PING']] : settled }
  return {
    connection: random.below(hearer),
    commands: [['MULTI'], ...settled.filter(isSteady), ['EXEC']],
  }
}

/** Redis writes what a transaction's client is to hear when the transaction has ended, we when a key changes: it shows when
 *  the transaction itself changes how its client hears. */
function isSteady([name, subcommand]: Words): boolean {
  return name !== 'HELLO' && subcommand !== 'TRACKING'
}

/** CLIENT TRACKING in all modes; what clients are told is compared, each connection's messages and answers in order. */
export const trackingFamily: Family = {
  name: 'tracking',
  connections,
  stepsMax: 40,
  keys,
  databases: [0, 1],
  mustSucceed: ['CLIENT TRACKING', 'CLIENT CACHING', 'CLIENT TRACKINGINFO', 'CLIENT GETREDIR', 'EVAL', 'EVAL_RO'],
  step,
}
