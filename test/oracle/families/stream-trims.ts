import { drawCommand, type Rule, single } from '../draw.ts'
import type { Family, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['st', 'su']
const key = (random: Random): string => random.pick(keys)

/** Approximate trimming goes by nodes of a few entries, so that small streams have many. Nothing is deleted by id here:
 *  which node a later entry joins then hangs on how Redis stores them. */
export const streamTrimsFamily: Family = {
  name: 'stream-trims',
  connections: 2,
  stepsMax: 60,
  settings: [['CONFIG', 'SET', 'stream-node-max-entries', '3']],
  keys,
  databases: [0],
  mustSucceed: ['XADD', 'XTRIM', 'XLEN', 'XRANGE', 'DEL'],
  step: (random, { index, connections }) => {
    const adds: Rule = [
      10,
      () => ['XADD', key(random), ...random.maybe(0.3, ...trim(random, index)), `${index + 1}-*`, 'f', 'v'],
    ]
    return single(random, connections, drawCommand(random, [adds, ...rules(index)]))
  },
}

function rules(index: number): readonly Rule[] {
  return [
    [3, (random) => ['XTRIM', key(random), ...trim(random, index)]],
    [1, (random) => ['XLEN', key(random)]],
    [1, (random) => ['XRANGE', key(random), '-', '+']],
    [1, (random) => ['DEL', key(random)]],
  ]
}

function trim(random: Random, index: number): Words {
  const [what, threshold] = random.chance(0.5)
    ? ['MAXLEN', String(random.below(20))]
    : ['MINID', `${random.below(index + 3)}-${random.below(2)}`]
  if (random.chance(0.3)) return [what!, ...random.maybe(0.5, '='), threshold!]
  return [what!, '~', threshold!, ...random.maybe(0.4, 'LIMIT', random.pick(['0', '1', '2', '3', '4', '6', '7', '10']))]
}
