import { rdbVersionMax } from '../../../protocol/rdb/payload.ts'
import { contents, payload } from '../../support/rdb-payloads.ts'
import { drawCommand, farUnixSeconds, type Rule, single, values } from '../draw.ts'
import type { Family, Step } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['da', 'db']
const key = (random: Random): string => random.pick(keys)
const wholes = Object.values(contents)
/** A version that neither server reads; we read two more than Redis 7.0. */
const tooNew = rdbVersionMax + 1

/** A payload in any form that Redis has ever written, or one whose footer is wrong. Damaged content is not for the oracle:
 *  Redis looks into values less than we do and may crash later. */
function somePayload(random: Random): string {
  const content = random.pick(wholes)
  if (random.chance(0.05)) return payload(content, tooNew)
  if (random.chance(0.05)) return payload(content, 10, 1)
  return random.chance(0.03) ? random.pick(values) : payload(content, random.pick([2, 9, 10]))
}

const rules: readonly Rule[] = [
  [
    20,
    (random) => [
      'RESTORE',
      key(random),
      random.pick(['0', '0', '100000', `${random.pick(farUnixSeconds)}000`, '-1']),
      somePayload(random),
      ...random.maybe(0.7, 'REPLACE'),
      ...random.maybe(0.2, 'ABSTTL'),
      ...random.maybe(0.1, 'IDLETIME', random.pick(['0', '10', '-1'])),
      ...random.maybe(0.1, 'FREQ', random.pick(['0', '255', '256', '-1'])),
    ],
  ],
  [5, (random) => ['DUMP', key(random)]],
  [3, (random) => ['GET', key(random)]],
  [3, (random) => ['LRANGE', key(random), '0', '-1']],
  [3, (random) => ['RPUSH', key(random), random.pick(values)]],
  [2, (random) => ['APPEND', key(random), random.pick(values)]],
  [3, (random) => ['XADD', key(random), '*', 'f', random.pick(values)]],
  [3, (random) => ['XRANGE', key(random), '-', '+']],
  [3, (random) => ['XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', key(random), random.pick(['0', '>'])]],
  [2, (random) => ['HSET', key(random), random.pick(values), 'v']],
  [2, (random) => ['HLEN', key(random)]],
  [2, (random) => ['SADD', key(random), random.pick(values)]],
  [2, (random) => ['ZADD', key(random), '1', random.pick(values)]],
  [2, (random) => ['ZRANGE', key(random), '0', '-1', 'WITHSCORES']],
  [2, (random) => ['XACK', key(random), 'g', '5-0']],
  [2, (random) => ['DEL', key(random)]],
  [2, (random) => ['PEXPIRETIME', key(random)]],
]

/** DUMP and RESTORE. What DUMP answers is compared by its kind only: both forms are right; `rdb-oracle.test.ts` lets
 *  each server restore what the other dumped. */
export const dumpFamily: Family = {
  name: 'dump',
  connections: 1,
  stepsMax: 25,
  keys,
  databases: [0],
  mustSucceed: ['DUMP', 'RESTORE'],
  step: (random): Step => single(random, 1, drawCommand(random, rules)),
}
