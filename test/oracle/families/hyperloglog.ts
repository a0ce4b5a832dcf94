import { drawCommand, farSeconds, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ha', 'hb', 'hc']
/** Headers with nothing behind them, codes that stop short or go too far, sizes that are wrong. */
const corrupt = [
  'HYLL\x01',
  `HYLL\x01${'\x00'.repeat(11)}`,
  `HYLL\x01${'\x00'.repeat(10)}\x80\x7f\xf0`,
  `HYLL\x01${'\x00'.repeat(10)}\x80\x84\x7f\xfe`,
  `HYLL\x00${'\x00'.repeat(100)}`,
  `HYLL\x02${'\x00'.repeat(13)}`,
  `HYLL\x00${'\x00'.repeat(12299)}`,
  `HYLL\x01${'\x00'.repeat(10)}\x80\x7f\xff`,
]

/** A code of two bytes of which one is there. */
const cutOff = `HYLL\x01${'\x00'.repeat(11)}\x7f`

const key = (random: Random): string => random.pick(keys)
const element = (random: Random): string => (random.chance(0.1) ? random.pick(values) : `e${random.below(100_000)}`)

const rules: readonly Rule[] = [
  [14, (random) => ['PFADD', key(random), ...random.several(0, 12, () => element(random))]],
  [3, (random) => ['PFADD', key(random), ...random.several(200, 700, () => element(random))]],
  [8, (random) => ['PFCOUNT', key(random)]],
  [4, (random) => ['PFCOUNT', ...random.several(2, 3, () => key(random))]],
  [6, (random) => ['PFMERGE', ...random.several(1, 3, () => key(random))]],
  [8, (random) => ['GET', key(random)]],
  [3, (random) => ['PFDEBUG', random.word('DECODE', 'ENCODING', 'GETREG', 'TODENSE', 'NONSENSE'), key(random)]],
  [2, (random) => ['STRLEN', key(random)]],
  [1, (random) => ['COPY', key(random), key(random), 'REPLACE']],
  [1, (random) => ['EXPIRE', key(random), random.pick(farSeconds)]],
  [3, (random) => ['DEL', key(random)]],
  [1, (random) => ['RPUSH', key(random), 'v']],
  [1, (random) => ['SET', key(random), random.pick(values)]],
]

/** Sketches of sets; in the end, and in between, the strings that hold them are compared byte by byte. */
export const hyperloglogFamily: Family = {
  name: 'hyperloglog',
  connections: 2,
  stepsMax: 40,
  keys: [...keys, 'hx'],
  databases: [0],
  // Less than usual, so that sketches outgrow the sparse encoding.
  settings: [['CONFIG', 'SET', 'hll-sparse-max-bytes', '1000']],
  mustSucceed: 'PFADD PFCOUNT PFMERGE PFDEBUG GET'.split(' '),
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  const connection = random.below(connections)
  if (kind < 1) return { connection, commands: [['SET', 'hx', cutOff], ...besideCutOff(random), ['DEL', 'hx']] }
  if (kind < 8) return { connection, commands: [['SET', 'hx', random.pick(corrupt)], ...besideCorrupt(random)] }
  if (kind < 30) return { connection, commands: random.several(2, 8, () => drawCommand(random, rules)) }
  return single(random, connections, drawCommand(random, rules))
}

/** What may be asked of a value that is corrupt. PFADD gets one element at most: of several, Redis may have added some
 *  before it finds out. */
function besideCorrupt(random: Random): Words[] {
  return random.several(1, 3, () =>
    random.chance(0.2) ? ['PFADD', 'hx', ...random.maybe(0.8, element(random))] : readCorrupt(random),
  )
}

/** What may be asked when the last code is cut off. An addition leaves the value as short as it was, and whoever reads it
 *  after that is told by Redis what lies in memory behind it: then only its bytes are compared. */
function besideCutOff(random: Random): Words[] {
  if (random.chance(0.5)) return random.several(1, 3, () => readCorrupt(random))
  return [
    ['PFADD', 'hx', element(random)],
    ['GET', 'hx'],
  ]
}

function readCorrupt(random: Random): Words {
  return random.pick<Words>([
    ['PFCOUNT', 'hx'],
    ['PFCOUNT', key(random), 'hx'],
    ['PFMERGE', key(random), 'hx'],
    ['PFDEBUG', random.word('ENCODING', 'TODENSE', 'GETREG'), 'hx'],
    ['GET', 'hx'],
  ])
}
