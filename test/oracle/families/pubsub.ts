import { drawCommand, type Rule, values } from '../draw.ts'
import type { Family, Step } from '../family.ts'
import type { Random } from '../random.ts'

const channels = ['ca', 'cb', '\x00c', '__keyevent@0__:del', '__keyspace@0__:na']
const patterns = ['c*', 'c?', '*', '__key*__:*', 'c[ab]']
const keys = ['na', 'nb']
// Not `A` with `n`: Redis prints the two without `n`, and a CONFIG SET that is refused goes back to what it printed.
const eventFlags = ['KEA', 'KEA', 'KA', 'EA', 'Kg$', 'El', 'KEt', 'KEx', 'Km', 'KEn', 'AKEm', 'K', 'E', '', 'Q', 'KEd']

const channel = (random: Random): string => random.pick(channels)
const someChannels = (random: Random): string[] => random.several(1, 3, () => channel(random))
const somePatterns = (random: Random): string[] => random.several(1, 2, () => random.pick(patterns))
const key = (random: Random): string => random.pick(keys)

const subscriptions: readonly Rule[] = [
  [6, (random) => ['SUBSCRIBE', ...someChannels(random)]],
  [5, (random) => ['PSUBSCRIBE', ...somePatterns(random)]],
  [4, (random) => ['SSUBSCRIBE', channel(random)]],
  [3, (random) => ['UNSUBSCRIBE', ...random.maybe(0.6, ...someChannels(random))]],
  [3, (random) => ['PUNSUBSCRIBE', ...random.maybe(0.6, ...somePatterns(random))]],
  [2, (random) => ['SUNSUBSCRIBE', ...random.maybe(0.6, channel(random))]],
  [1, (random) => ['HELLO', random.pick(['2', '3'])]],
  [1, () => ['RESET']],
  [1, (random) => ['PING', ...random.maybe(0.5, random.pick(values))]],
  [1, () => ['GET', 'na']],
  [1, () => ['BLPOP', 'na', '0']],
]

const publications: readonly Rule[] = [
  [10, (random) => ['PUBLISH', channel(random), random.pick(values)]],
  [5, (random) => ['SPUBLISH', channel(random), random.pick(values)]],
  [2, (random) => ['PUBSUB', random.word('CHANNELS'), ...random.maybe(0.5, random.pick(patterns))]],
  [2, (random) => ['PUBSUB', random.word('NUMSUB'), ...random.maybe(0.8, ...someChannels(random))]],
  [2, () => ['PUBSUB', 'NUMPAT']],
  [2, (random) => ['PUBSUB', 'SHARDCHANNELS', ...random.maybe(0.5, random.pick(patterns))]],
  [2, (random) => ['PUBSUB', 'SHARDNUMSUB', ...random.maybe(0.8, ...someChannels(random))]],
  [1, () => ['PUBSUB', 'HELP']],
  [4, (random) => ['CONFIG', 'SET', 'notify-keyspace-events', random.pick(eventFlags)]],
  [1, () => ['CONFIG', 'GET', 'notify-keyspace-events']],
]

/** Writes of every kind, for the keyspace events they cause. */
const writes: readonly Rule[] = [
  [4, (random) => ['SET', key(random), 'v', ...random.maybe(0.3, 'EX', '10000')]],
  [2, (random) => ['DEL', ...keys, key(random)]],
  [2, (random) => [random.pick(['EXPIRE', 'PEXPIREAT']), key(random), random.pick(['100000', '-1'])]],
  [1, (random) => ['PERSIST', key(random)]],
  [2, (random) => [random.pick(['RENAME', 'RENAMENX', 'COPY']), key(random), key(random)]],
  [1, (random) => ['MOVE', key(random), '1']],
  [1, (random) => ['GET', key(random)]],
  [1, (random) => ['GETEX', key(random), random.pick(['PERSIST', 'EX']), ...random.maybe(0.5, '10000')]],
  [1, (random) => ['GETDEL', key(random)]],
  [2, (random) => [random.pick(['INCR', 'INCRBYFLOAT']), key(random), ...random.maybe(0.5, '2')]],
  [1, (random) => ['APPEND', key(random), 'v']],
  [1, (random) => ['SETRANGE', key(random), '1', 'v']],
  [1, () => ['MSET', 'na', '1', 'nb', '2']],
  [4, (random) => [random.pick(['LPUSH', 'RPUSH', 'LPUSHX']), key(random), 'a', 'b']],
  [2, (random) => [random.pick(['LPOP', 'RPOP']), key(random)]],
  [2, (random) => ['LMOVE', key(random), key(random), 'LEFT', 'RIGHT']],
  [1, (random) => ['LMPOP', '2', ...keys, random.word('LEFT')]],
  [1, (random) => ['LREM', key(random), '0', 'a']],
  [1, (random) => ['LTRIM', key(random), '1', random.pick(['0', '-1'])]],
  [1, (random) => ['LSET', key(random), '0', 'a']],
  [1, (random) => ['LINSERT', key(random), 'BEFORE', 'a', 'x']],
  [3, (random) => ['XADD', key(random), ...random.maybe(0.3, 'MAXLEN', '1'), `${1 + random.below(9)}-*`, 'f', 'v']],
  [1, (random) => ['XDEL', key(random), '1-0', '2-0']],
  [1, (random) => ['XTRIM', key(random), 'MAXLEN', '1']],
  [1, (random) => ['XSETID', key(random), '9-9']],
  [2, (random) => ['XGROUP', 'CREATE', key(random), 'g', '0', ...random.maybe(0.5, 'MKSTREAM')]],
  [1, (random) => ['XGROUP', random.pick(['CREATECONSUMER', 'DELCONSUMER']), key(random), 'g', 'alice']],
  [1, (random) => ['XGROUP', random.pick(['DESTROY', 'SETID']), key(random), 'g', ...random.maybe(0.5, '0')]],
  [1, () => ['FLUSHDB']],
]

/** Channels, patterns, shard channels and keyspace events: connection 0 mostly publishes, 1 and 2 mostly listen, and 3 runs
 *  transactions and never listens, because redis-server 7.0 writes a message to oneself into the middle of EXEC's array. */
export const pubsubFamily: Family = {
  name: 'pubsub',
  connections: 4,
  stepsMax: 40,
  keys,
  databases: [0, 1],
  mustSucceed: [
    ...'EXEC SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE PUBLISH SPUBLISH RESET'.split(' '),
    ...['CHANNELS', 'NUMSUB', 'NUMPAT', 'SHARDCHANNELS', 'SHARDNUMSUB', 'HELP'].map((name) => `PUBSUB ${name}`),
  ],
  step: drawStep,
}

function drawStep(random: Random): Step {
  const listener = 1 + random.below(2)
  const kind = random.below(100)
  if (kind < 35) return { connection: listener, commands: [drawCommand(random, subscriptions)] }
  if (kind < 40) return { connection: 0, commands: [drawCommand(random, subscriptions)] }
  if (kind < 45) return { connection: listener, commands: [drawCommand(random, [...publications, ...writes])] }
  if (kind < 50) return { connection: 3, commands: transaction(random) }
  if (kind < 53)
    return {
      connection: 0,
      commands: [
        ['SET', 'na', 'v', 'PX', '1'],
        ['DEBUG', 'SLEEP', '0.003'],
        ['GET', 'na'],
      ],
    }
  return { connection: 0, commands: [drawCommand(random, random.chance(0.6) ? publications : writes)] }
}

function transaction(random: Random): Step['commands'] {
  return [['MULTI'], ...random.several(1, 3, () => random.weighted([...publications, ...writes])(random)), ['EXEC']]
}
