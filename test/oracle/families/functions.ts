import { rdbVersionMax } from '../../../protocol/rdb/payload.ts'
import { payload, text } from '../../support/rdb-payloads.ts'
import { drawCommand, type Rule, single, values } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['fa', 'fb']
const key = (random: Random): string => random.pick(keys)
const register = 'redis.register_function'

/** Libraries by name. No two have more than one function in common: Redis complains of any of several. */
const bodies: readonly (readonly [name: string, body: string])[] = [
  ['a', `local n = 0\n${register}('f', function(keys, args) n = n + 1 return {n, keys, args} end)`],
  [
    'a',
    `${register}('f', function(keys) return redis.call('INCR', keys[1]) end) ${register}('g', function() return 1 end)`,
  ],
  [
    'b',
    `${register}('F', function(keys) return redis.call('GET', keys[1]) end) ${register}('h', function() return {} end)`,
  ],
  [
    'c',
    `local function write(keys, args) return redis.call('SET', keys[1], args[1]) end
${register}('w', write)
${register}{function_name='r', callback=write, flags={'no-writes', 'ALLOW-STALE'}, description='reads'}`,
  ],
  [
    'c',
    `${register}{function_name='w', callback=function(keys, args) return redis.pcall(unpack(args)) end}
${register}{function_name='r', callback=function(keys) return redis.call('GET', keys[1]) end, flags={'no-writes'}}`,
  ],
  [
    'd',
    `${register}('e', function() return nowhere end)
${register}('x', function() return redis.error_reply('BAD luck') end)
${register}('y', function() error({err='WORSE luck'}) end)
${register}('z', function(keys) redis.setresp(3) return redis.call('HGETALL', keys[1]) end)`,
  ],
  ['d', `local r = redis ${register}('e', function() r.register_function('k', function() end) end)`],
  [
    's',
    `${register}('pk', function(keys, args) return struct.pack(unpack(args)) end)
${register}('sz', function(keys, args) return struct.size(args[1]) end)
${register}('up', function(keys, args)
  local read = {struct.unpack(args[1], args[2], args[3])}
  for i = 1, #read do read[i] = tostring(read[i]) end
  return read
end)`,
  ],
]

/** Bodies that no library can have. */
const faulty: readonly string[] = [
  '',
  'x x',
  'x = 1',
  'return x',
  "redis.call('PING')",
  "local a = ('x'):nothing()",
  'local t = nil t.x = 1',
  ...[
    '()',
    '(1)',
    "('f')",
    "('f', 1)",
    "('f.', function() end)",
    '(nil, function() end)',
    "('f', function() end, 1)",
  ].map((call) => register + call),
  ...["{'f'}", '{foo=1}', '{callback=1}', '{flags=1}', "{flags={'x'}}", "{function_name='f'}", '{callback=print}'].map(
    (table) => register + table,
  ),
  `${register}('f', function() end) ${register}('f', function() end)`,
]

const shebangs: readonly string[] = [
  '',
  '#!lua',
  '#!lua\n',
  '#!lua name=\n',
  '#!lua name=a.b\n',
  '#!foo name=a\n',
  '#!lua x=1\n',
]
const names = ['a', 'b', 'c', 'd', 's', 'A', 'nothing']

const source = (name: string, body: string): string => `#!lua name=${name}\n${body}`
const library = (random: Random): string => source(...random.pick(bodies))

function code(random: Random): string {
  if (random.chance(0.7)) return library(random)
  return random.chance(0.7) ? source(random.pick(names), random.pick(faulty)) : random.pick(shebangs)
}

/** A library as RDB has it: 245, its size, its code. */
const dumped = (code: string): string => `\xf5${text(code)}`

function somePayload(random: Random): string {
  const content = dumped(code(random))
  if (random.chance(0.05)) return payload(content, rdbVersionMax + 1)
  if (random.chance(0.05)) return payload(content, 10, 1)
  return random.chance(0.1) ? payload(random.pick(['', '\x00\x01y']), 10) : payload(content, 10)
}

const formats = [
  'b',
  'B',
  'h',
  'H',
  'i',
  'I',
  'l',
  'L',
  'T',
  'f',
  'd',
  's',
  'c',
  'c0',
  'c3',
  'x',
  'i3',
  'I7',
  'i16',
  'i33',
]
const controls = ['', '', '<', '>', '!', '!2', '!4', '!3', ' ', '=', 'q']
const numbers = [
  '0',
  '1',
  '-1',
  '200',
  '-129',
  '65536',
  '1.5',
  '-1.5',
  '4294967296',
  '9223372036854775807',
  '1e300',
  'x',
]
const format = (random: Random): string =>
  random.several(0, 4, () => random.pick(controls) + random.pick(formats)).join('')

const called = 'f f F g h w r e x y z nothing'.split(' ')

function call(random: Random): Words {
  const count = random.pick(['0', '1', '1', '1', '2', '-1', '3', 'x'])
  const given = Array.from({ length: count === '2' ? 2 : 1 }, () => key(random))
  const args = random.chance(0.2)
    ? ['SET', key(random), random.pick(values)]
    : random.several(0, 2, () => random.pick(values))
  return [random.word('FCALL', 'FCALL', 'FCALL_RO'), random.pick(called), count, ...given, ...args]
}

const rules: readonly Rule[] = [
  [14, (random) => ['FUNCTION', 'LOAD', ...random.maybe(0.7, 'REPLACE'), code(random)]],
  [30, call],
  [5, (random) => ['FCALL', 'pk', '0', format(random), ...random.several(0, 5, () => random.pick(numbers))]],
  [
    5,
    (random) => [
      'FCALL',
      'up',
      '0',
      format(random),
      random.pick(data),
      ...random.maybe(0.3, random.pick(['1', '2', '0', '9', '-1'])),
    ],
  ],
  [3, (random) => ['FCALL', 'sz', '0', format(random)]],
  [
    4,
    (random) => [
      'FUNCTION',
      'LIST',
      ...random.maybe(0.5, 'WITHCODE'),
      ...random.maybe(0.4, 'LIBRARYNAME', random.pick(['*', 'a', 'A', '[bc]', ''])),
    ],
  ],
  [3, (random) => ['FUNCTION', 'DELETE', random.pick(names)]],
  [1, (random) => ['FUNCTION', 'FLUSH', ...random.maybe(0.5, random.word('SYNC', 'ASYNC', 'LATER'))]],
  [3, () => ['FUNCTION', 'DUMP']],
  [
    5,
    (random) => [
      'FUNCTION',
      'RESTORE',
      somePayload(random),
      ...random.maybe(0.7, random.word('FLUSH', 'APPEND', 'REPLACE', 'LATER')),
    ],
  ],
  [3, () => ['FUNCTION', 'STATS']],
  [1, () => ['FUNCTION', 'KILL']],
  [1, () => ['FUNCTION', 'HELP']],
  [2, (random) => ['COMMAND', 'GETKEYS', ...call(random)]],
  [2, (random) => ['HSET', key(random), 'field', random.pick(values)]],
  [2, (random) => ['DEL', key(random)]],
  [2, () => ['FLUSHALL']],
  [3, (random) => [random.word('MULTI', 'EXEC', 'EXEC', 'DISCARD')]],
]

const data = [
  '',
  'abcdefghijklmnopqrstuvwxyz',
  '\x03abc\x00\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7',
  '\x00\x00\xc0\x7f'.repeat(6),
]

/** Libraries, good and bad, and calls of their functions. What loads for too long is left out: it takes half a second. */
export const functionsFamily: Family = {
  name: 'functions',
  connections: 2,
  stepsMax: 40,
  keys,
  databases: [0],
  settings: [['FUNCTION', 'FLUSH']],
  mustSucceed: [
    ...['LOAD', 'DELETE', 'FLUSH', 'LIST', 'DUMP', 'RESTORE', 'STATS', 'HELP'].map((name) => `FUNCTION ${name}`),
    ...['FCALL', 'FCALL_RO'],
  ],
  step: (random): Step => single(random, 2, drawCommand(random, rules)),
}
