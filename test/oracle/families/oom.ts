import { drawCommand, type Rule } from '../draw.ts'
import type { Family, Position, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['os', 'ol', 'oh', 'oz', 'ox']
const key = (random: Random): string => random.pick(keys)

const full: Words = ['CONFIG', 'SET', 'maxmemory', '1']
const free: Words = ['CONFIG', 'SET', 'maxmemory', '0']

const commands: readonly Rule[] = [
  [6, (random) => [random.pick(['SET', 'GETSET', 'SETNX', 'APPEND', 'PFADD', 'SADD']), key(random), 'x']],
  [4, (random) => [random.pick(['INCR', 'DECR', 'GET', 'GETDEL', 'GETEX', 'STRLEN', 'PERSIST', 'TYPE']), key(random)]],
  [4, (random) => [random.pick(['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX']), key(random), 'a', 'b']],
  [3, (random) => [random.pick(['LPOP', 'RPOP', 'LLEN', 'SPOP', 'SCARD', 'ZPOPMIN', 'ZCARD', 'XLEN']), key(random)]],
  [3, (random) => [random.pick(['DEL', 'UNLINK', 'EXISTS', 'TOUCH']), key(random)]],
  [2, (random) => [random.pick(['RENAME', 'COPY', 'RPOPLPUSH', 'SDIFFSTORE', 'PFMERGE']), key(random), key(random)]],
  [2, (random) => ['LMOVE', key(random), key(random), 'LEFT', 'RIGHT']],
  [2, (random) => ['SORT', key(random), 'ALPHA', ...random.maybe(0.5, 'STORE', key(random))]],
  [2, (random) => [random.pick(['LSET', 'LTRIM', 'LREM']), key(random), '0', '1']],
  [2, (random) => ['LINSERT', key(random), 'BEFORE', 'a', 'b']],
  [2, (random) => ['HSET', key(random), 'f', 'v']],
  [2, (random) => [random.pick(['HDEL', 'HGET', 'HEXISTS', 'SREM', 'ZREM', 'ZSCORE']), key(random), 'f']],
  [1, (random) => [random.pick(['HINCRBY', 'HSETNX']), key(random), 'n', '1']],
  [3, (random) => ['ZADD', key(random), '1', 'm']],
  [1, (random) => ['ZINCRBY', key(random), '1', 'm']],
  [1, (random) => [random.pick(['ZUNIONSTORE', 'ZINTERSTORE']), key(random), '1', key(random)]],
  [1, (random) => ['ZRANGESTORE', key(random), key(random), '0', '-1']],
  [1, (random) => ['GEOADD', key(random), '1', '1', 'm']],
  [3, (random) => ['XADD', key(random), `${1 + random.below(3)}-*`, 'f', 'v']],
  [1, (random) => ['XTRIM', key(random), 'MAXLEN', '1']],
  [1, (random) => ['XGROUP', 'CREATE', key(random), 'g', '0', ...random.maybe(0.5, 'MKSTREAM')]],
  [1, (random) => ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', key(random), '>']],
  [1, (random) => ['XACK', key(random), 'g', '1-0']],
  [1, (random) => ['XCLAIM', key(random), 'g', 'd', '0', '1-0']],
  [1, (random) => [random.pick(['SETBIT', 'SETRANGE']), key(random), '7', '1']],
  [1, (random) => ['BITFIELD', key(random), 'GET', 'u8', '0']],
  [1, (random) => ['BITOP', 'NOT', key(random), key(random)]],
  [1, (random) => [random.pick(['EXPIRE', 'PEXPIRE']), key(random), '10000000']],
  [1, (random) => ['SETEX', key(random), '10000', 'x']],
  [1, (random) => [random.pick(['MSET', 'MSETNX']), key(random), 'x', key(random), 'y']],
  [1, (random) => ['MOVE', key(random), '1']],
  [1, (random) => ['RESTORE', key(random), '0', 'nonsense', 'REPLACE']],
  [1, () => ['PUBLISH', 'news', 'hot']],
  [1, () => ['PING']],
  [1, (random) => [random.pick(['FLUSHALL', 'FLUSHDB', 'DBSIZE', 'UNWATCH', 'MULTI', 'EXEC', 'DISCARD'])]],
  [1, (random) => ['WATCH', key(random)]],
  [
    1,
    (random) => [
      'EVAL',
      random.pick(["return redis.call('GET', KEYS[1])", "return redis.pcall('DEL', KEYS[1])"]),
      '1',
      key(random),
    ],
  ],
]

/** Which commands are refused when the memory is full, and which are not: `maxmemory 1` is less than an empty server takes,
 *  on both. Now and then the limit is lifted, so that there are keys. */
export const oomFamily: Family = {
  name: 'oom',
  connections: 2,
  stepsMax: 60,
  keys,
  databases: [0, 1],
  settings: [['CONFIG', 'SET', 'maxmemory-policy', 'noeviction']],
  mustSucceed: 'SET GET DEL LPUSH LPOP HSET ZADD XADD SADD EXPIRE RENAME MULTI EXEC DISCARD EVAL'.split(' '),
  step: drawStep,
}

/** Four steps belong together, and each ends outside of a transaction while the memory is full, because there the oracle could
 *  not ask whether a step is over: a transaction is queued while there is room; the memory is full; it is run, or goes on, and
 *  there is room again; something is done. */
function drawStep(random: Random, { index }: Position): Step {
  const some = (least: number, most: number): Words[] =>
    random.several(least, most, () => drawCommand(random, commands))
  const end = (): Words => [random.pick(['EXEC', 'EXEC', 'DISCARD'])]
  switch (index % 4) {
    case 0:
      return { connection: 1, commands: [free, ...random.maybe(0.7, 'MULTI').map((word) => [word]), ...some(0, 3)] }
    case 1:
      return { connection: 0, commands: [full] }
    case 2:
      return {
        connection: 1,
        commands: [...(random.chance(0.3) ? some(1, 2) : []), end(), ...some(1, 3), ['DISCARD'], free],
      }
    default:
      return random.chance(0.5)
        ? { connection: 0, commands: [...some(1, 4), ['DISCARD'], free] }
        : { connection: 0, commands: [full, ['MULTI'], ...some(1, 3), end(), ['DISCARD'], free] }
  }
}
