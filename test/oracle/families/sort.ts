import { drawCommand, type Rule, single } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['la', 'lb', 'si', 'st', 'za', 'to']
/** Elements, and what weights are: numbers as C reads them, near misses, and text. */
const elements = ['1', '2', '3', '10', '-5', '2.5', 'a', 'b', 'ab', 'B', '', '1e2', '0x10', '-0', 'a\x00b', 'a\x00a']
const numbers = ['1', '2', '3', '10', '-5', '7', '8', '9', '4', '5', '6', '11', '12', '13', '14', '15', '16', '17']
const weights = [
  ...['1', '2', '10', '-3', '0.5', 'inf', '-inf', '', ' 7', '5\x00x', 'nan', '.', '5.'],
  ...['a', 'b', 'a\x00b', 'B', '0x1p3', '7 ', '9223372036854775807', '9223372036854775806'],
]
const patterns = ['w_*', 'w_*', 'w_*', 'h_*->f', 'h_*->f', 'h_*->', 'h_*->g->f', '*', 'nokey_*', '#', 'w_**', '*->f']
const getPatterns = [...patterns, '#', '##', 'constant', 'w_\x00*', '#\x00x']

const list = (random: Random): string => random.pick(['la', 'lb'])
const source = (random: Random): string => random.pick(['la', 'la', 'lb', 'lb', 'to', 'text', 'none'])
const many = (random: Random): string[] => random.several(1, 6, () => random.pick(elements))

/** Of two that differ behind a NUL either may come first, and in a table does. */
const withoutNul = (word: string): string => word.replace(/\x00.*/, '')

const makers: readonly Rule[] = [
  [6, (random) => ['RPUSH', list(random), ...many(random)]],
  [6, (random) => ['RPUSH', list(random), ...random.several(1, 60, () => random.pick(numbers))]],
  [4, (random) => ['SADD', 'si', ...random.several(1, 6, () => random.pick(['1', '2', '3', '10', '-5', '77']))]],
  [4, (random) => ['SADD', 'st', ...many(random).map(withoutNul)]],
  [16, (random) => ['SET', `w_${random.pick([...elements, ...numbers])}`, random.pick(weights)]],
  [8, (random) => ['SET', `w_${random.pick(numbers)}`, random.pick(['1', '2', '3'])]],
  [6, (random) => ['HSET', `h_${random.pick([...elements, ...numbers])}`, 'f', random.pick(weights)]],
  [2, (random) => ['RPUSH', `w_${random.pick(elements)}`, 'x']],
  [1, () => ['SET', 'text', 'value']],
  [2, (random) => ['DEL', random.pick(keys)]],
  [3, (random) => ['DEL', `w_${random.pick([...elements, ...numbers])}`]],
]

const sorts: readonly Rule[] = [
  [20, (random) => ['SORT', source(random), ...options(random)]],
  [10, (random) => ['SORT', source(random), ...options(random), 'STORE', random.pick(['to', 'to', 'la', 'text'])]],
  [8, (random) => ['SORT_RO', source(random), ...options(random)]],
  [2, (random) => ['SORT_RO', source(random), 'STORE', 'to']],
  [5, (random) => ['SORT', list(random), 'BY', 'w_*', 'ALPHA', ...limit(random)]],
  [3, () => ['LRANGE', 'to', '0', '-1']],
]

/** SORT on lists, sets and sorted sets. Where Redis' answer hangs on the order of a hash table (a set that is not sorted,
 *  equal weights of members) the options are such that it does not show, and no mistake is made that might show it. */
export const sortFamily: Family = {
  name: 'sort',
  connections: 1,
  stepsMax: 40,
  keys: [...keys, 'text'],
  databases: [0],
  mustSucceed: ['SORT', 'SORT_RO'],
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const kind = random.below(100)
  if (kind < 20) return { connection: 0, commands: [tableSort(random)] }
  // Not to be spoiled: Redis' SORT turns a small sorted set into a large one, which treats a score of -0 otherwise.
  if (kind < 25) return { connection: 0, commands: [addScored(random)] }
  const rules = random.chance(0.5) ? makers : sorts
  if (random.chance(0.9)) return single(random, connections, withoutExtremes(drawCommand(random, rules)))
  const commands = random.several(1, 3, () => random.weighted(rules)(random))
  return { connection: 0, commands: [['MULTI'], ...commands, ['EXEC']] }
}

/** Redis remembers that some number was out of range (errno is not reset) and refuses others that are not. */
function withoutExtremes(command: Words): Words {
  return command.map((word) => (word === '1e400' ? '1e100' : word))
}

function options(random: Random): Words {
  return shuffled(random, [
    random.maybe(0.4, 'BY', random.pick([...patterns, 'nosort', 'w_\x00*'])),
    random.maybe(0.5, 'ALPHA'),
    random.maybe(0.4, random.word('ASC', 'DESC')),
    random.chance(0.4) ? limit(random) : [],
    ...gets(random),
  ])
}

/** SORT of a set or a sorted set whose order is the same wherever the elements lie. */
function tableSort(random: Random): Words {
  const key = random.pick(['si', 'st', 'za'])
  const unsorted = key === 'za' ? [['BY', 'nosort']] : []
  const by = random.pick([[], ['ALPHA'], ['BY', 'w_*'], ['BY', 'h_*->f'], ...unsorted])
  const rest = shuffled(random, [
    by,
    random.maybe(0.4, random.word('ASC', 'DESC')),
    random.chance(0.4) ? limit(random) : [],
    ...gets(random),
    random.maybe(0.3, 'STORE', 'to'),
  ])
  return ['SORT', key, ...rest]
}

function addScored(random: Random): Words {
  return ['ZADD', 'za', ...many(random).flatMap((each) => [String(random.below(4)), withoutNul(each)])]
}

function gets(random: Random): Words[] {
  return random.chance(0.4) ? random.several(1, 3, () => ['GET', random.pick(getPatterns)]) : []
}

function shuffled(random: Random, parts: readonly Words[]): Words {
  const placed = parts.map((part) => ({ part, at: random.below(1000) }))
  return placed.sort((a, b) => a.at - b.at).flatMap(({ part }) => part)
}

function limit(random: Random): Words {
  return ['LIMIT', random.pick(['0', '1', '2', '-1', '5', '100', 'x']), random.pick(['0', '1', '2', '3', '-1', '100'])]
}
