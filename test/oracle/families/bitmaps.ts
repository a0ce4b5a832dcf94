import { drawCommand, farSeconds, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['ba', 'bb', 'bc']
/** Around the ends of bytes and of words, and where no bit may be. */
const offsets = [
  ...['0', '1', '7', '8', '9', '15', '31', '32', '63', '64', '100', '800', '5000'],
  ...['-1', '4294967296', '9223372036854775807', '01', 'x'],
]
const fieldOffsets = [
  ...offsets,
  '#0',
  '#1',
  '#2',
  '#10',
  '#-1',
  '#x',
  '#',
  '#9223372036854775807',
  '#576460752303423488',
]
const encodings = [
  ...['i1', 'u1', 'i4', 'u4', 'i5', 'u7', 'i8', 'u8', 'i16', 'u16', 'u31', 'i32', 'u32', 'i33', 'u33', 'i48'],
  ...['u62', 'i63', 'u63', 'i64', 'u64', 'i65', 'i0', 'I8', 'x8', 'u', 'i08', 'u-1'],
]
const places = ['0', '1', '2', '5', '9', '64', '100', '1000', '-1', '-2', '-5', '-9', '-64', '-1000']
const numbers = [
  ...['0', '1', '-1', '7', '8', '100', '127', '128', '-128', '-129', '255', '256', '1000', '65535', '65536'],
  ...['2147483647', '-2147483648', '2147483648', '4294967295', '4294967296', '1000000000000000'],
  ...['9223372036854775807', '-9223372036854775808', '4611686018427387904', '-9223372036854775000'],
]
/** Runs of one bit, so that BITPOS has something to pass over. */
const runs = [
  '\xff',
  '\xff\xff\xff',
  '\x00\x00\x00',
  '\xff'.repeat(80),
  '\x00'.repeat(80),
  `${'\xff'.repeat(99)}\xfe\x00`,
]

/** Offsets between these are taken and make a large string. */
const nearBits = 100_000
const farBits = 2 ** 32

const key = (random: Random): string => random.pick(keys)
const range = (random: Random): string[] => [
  random.pick(places),
  random.pick(places),
  ...random.maybe(0.6, random.word('BYTE', 'BIT', 'BIT')),
]

const rules: readonly Rule[] = [
  [12, (random) => ['SETBIT', key(random), random.pick(offsets), random.pick(['0', '1', '1', '2', '-1', 'x'])]],
  [6, (random) => ['GETBIT', key(random), random.pick(offsets)]],
  [8, (random) => ['BITCOUNT', key(random), ...random.maybe(0.8, ...range(random))]],
  [8, (random) => ['BITPOS', key(random), random.pick(['0', '1', '0', '1', '2']), ...bounds(random)]],
  [8, (random) => bitop(random)],
  [16, (random) => ['BITFIELD', key(random), ...random.several(1, 4, () => operation(random)).flat()]],
  [4, (random) => ['BITFIELD_RO', key(random), ...random.several(1, 3, () => reading(random)).flat()]],
  [1, (random) => ['BITFIELD', key(random)]],
  [5, (random) => ['SET', key(random), random.pick(random.chance(0.5) ? runs : values)]],
  [3, (random) => ['APPEND', key(random), random.pick(runs)]],
  [2, (random) => ['SETRANGE', key(random), random.pick(['0', '1', '70']), random.pick(runs)]],
  [3, (random) => ['GET', key(random)]],
  [1, (random) => ['EXPIRE', key(random), random.pick(farSeconds)]],
  [1, (random) => ['TTL', key(random)]],
  [2, (random) => ['DEL', key(random)]],
  [1, (random) => ['RPUSH', key(random), 'v']],
]

/** Strings as arrays of bits and of small integers. */
export const bitmapsFamily: Family = {
  name: 'bitmaps',
  connections: 2,
  stepsMax: 40,
  keys,
  databases: [0],
  mustSucceed: 'SETBIT GETBIT BITCOUNT BITPOS BITOP BITFIELD BITFIELD_RO'.split(' '),
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  if (random.chance(0.7)) return single(random, connections, drawSmall(random))
  return { connection: random.below(connections), commands: random.several(2, 8, () => drawSmall(random)) }
}

/** A command that makes no string of hundreds of megabytes, as one may that was spoiled and has a number for an offset:
 *  the servers agree about it, but either works at it for seconds, and at all that follow. */
function drawSmall(random: Random): Words {
  const command = drawCommand(random, rules)
  return reachesFar(command) ? drawSmall(random) : command
}

function reachesFar(command: Words): boolean {
  const words = command.map((word) => word.toUpperCase())
  const isOffset = (_word: string, i: number): boolean =>
    words[0] === 'BITFIELD' ? words[i - 2] === 'SET' || words[i - 2] === 'INCRBY' : i === 2
  if (!['SETBIT', 'SETRANGE', 'BITFIELD'].includes(words[0]!)) return false
  return words.filter(isOffset).some((word) => Number(word) > nearBits && Number(word) < farBits)
}

function bounds(random: Random): string[] {
  const [start, end, unit] = range(random)
  if (random.chance(0.2)) return []
  if (random.chance(0.25)) return [start!]
  return unit === undefined ? [start!, end!] : [start!, end!, unit]
}

function bitop(random: Random): Words {
  const operator = random.word('AND', 'OR', 'XOR', 'NOT', 'NOT')
  const count = operator.toUpperCase() === 'NOT' && random.chance(0.9) ? 1 : 3
  return ['BITOP', operator, key(random), ...random.several(1, count, () => key(random))]
}

function reading(random: Random): string[] {
  return [random.word('GET'), random.pick(encodings), random.pick(fieldOffsets)]
}

function operation(random: Random): string[] {
  const overflow = random.maybe(0.4, random.word('OVERFLOW'), random.word('WRAP', 'SAT', 'FAIL'))
  if (random.chance(0.25)) return [...overflow, ...reading(random)]
  const field = [random.pick(encodings.slice(0, 19)), random.pick(fieldOffsets.slice(0, 10))]
  return [...overflow, random.word('SET', 'INCRBY', 'INCRBY'), ...field, random.pick(numbers)]
}
