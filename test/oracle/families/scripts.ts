import { createHash } from 'node:crypto'
import { drawCommand, type Rule, single } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['text', 'list', 'hash', 'set', 'zset', 'log']
const args = ['a', '1', '-3', '3.25', '', 'x\r\ny', '\x00\xff', 'f', '10']

/** Numbers at the edges of what Lua, Redis and the wire make of them. */
const numbers = [
  ...[
    '0',
    '1',
    '-1',
    '3.99',
    '-3.99',
    '1e15',
    '1e16',
    '123456789012345678',
    '-0',
    '0.1',
    '1/3',
    '1e100',
    '2^53',
    '2^63',
  ],
  ...[
    '-2^63',
    '1e14',
    '12345678901234',
    '3.0',
    '1e-7',
    '-2.5',
    '4294967296',
    '2147483648',
    '-2147483649',
    '0.5',
    '1.5',
  ],
]

const json = [
  ...['1', '-0.5', '1e3', '"x"', '"\\u00e9\\n"', 'true', 'null', '[]', '{}', '[1,2,[3,null]]', '{"a":[1,{"b":false}]}'],
  ...[
    '[',
    '{"a":}',
    '[1,]',
    'nul',
    '"\\q"',
    '12345678901234567890',
    '[1 2]',
    '{"a":1',
    '',
    ' [1] ',
    '{"1":2}',
    '"\\ud83d\\ude00"',
  ],
]

const quote = (text: string): string => {
  const escaped = [...text].map((character) => `\\${String(character.charCodeAt(0)).padStart(3, '0')}`)
  return /^[\w.* -]*$/.test(text) ? `'${text}'` : `'${escaped.join('')}'`
}

const key = (random: Random): string => random.pick(['KEYS[1]', 'KEYS[2]', ...keys.map(quote)])
const value = (random: Random): string =>
  random.pick(['ARGV[1]', 'ARGV[2]', random.pick(numbers), ...args.map(quote), 'nil', '{}', 'true'])

/** Commands of every type, and mistakes: a wrong number of arguments, no such command, not from scripts. */
function command(random: Random): string {
  const at = key(random)
  const some = value(random)
  return random.pick([
    ...[`'SET',${at},${some}`, `'SET','text',${some}`, `'GET',${at}`, `'INCR',${at}`, `'APPEND','text',${some}`],
    ...[`'INCRBYFLOAT','text',${some}`, `'STRLEN',${at}`, `'RPUSH','list',${some},${some}`, `'LPUSH',${at},${some}`],
    ...[
      "'LRANGE','list',0,-1",
      "'LRANGE','list','0',-2",
      `'LPOP',${at}`,
      `'HSET','hash','f',${some}`,
      "'HGETALL','hash'",
    ],
    ...[`'HGET',${at},'f'`, `'HMGET','hash','f',${some}`, `'SADD','set',${some}`, `'SISMEMBER',${at},${some}`],
    ...[
      `'SCARD',${at}`,
      "'SORT','set','BY','nosort'",
      `'ZADD','zset',${random.pick(numbers)},${some}`,
      `'ZSCORE',${at},${some}`,
    ],
    ...["'ZRANGE','zset',0,-1", "'ZRANGE','zset',0,-1,'WITHSCORES'", "'XADD','log','1-1','f','v'", "'XLEN','log'"],
    ...[
      `'DEL',${at}`,
      `'TYPE',${at}`,
      `'EXISTS',${at},${at}`,
      `'EXPIRE',${at},100000`,
      `'PERSIST',${at}`,
      "'PING'",
      "'PING','x'",
    ],
    ...[
      "'GET'",
      "'NOPE','x'",
      "'SET','text'",
      "'EVAL','return 1',0",
      "'BLPOP','list',0",
      "'MULTI'",
      "'SUBSCRIBE','x'",
      '',
      '{}',
    ],
    ...[
      "'SELECT',1",
      "'SELECT',0",
      "'SELECT','x'",
      "'ECHO','x'",
      `'RENAME',${at},'text'`,
      "'BLMOVE','list','list','LEFT','RIGHT',0",
    ],
    ...[
      "'LMPOP',1,'list','LEFT'",
      `'ZINCRBY','zset',1,${some}`,
      `'GETSET',${at},${some}`,
      `'OBJECT','HELP','x'`,
      "'HELLO',3",
    ],
    ...[
      "'SRANDMEMBER','nokey',2",
      "'XRANGE','nokey','-','+'",
      "'LPOS','list','a'",
      "'ZRANDMEMBER','nokey'",
      "'CLIENT','ID','x'",
    ],
  ])
}

const call = (random: Random): string => `redis.${random.chance(0.5) ? 'pcall' : 'call'}(${command(random)})`

/** A value of Lua; tables with names have one, since the order of more is Lua's own. */
function expression(random: Random, depth = 0): string {
  const inner = (): string => (depth > 2 ? random.pick(numbers) : expression(random, depth + 1))
  return random.weighted<(random: Random) => string>([
    [8, call],
    [4, () => random.pick(numbers)],
    [3, () => random.pick(args.map(quote))],
    [2, () => random.pick(['nil', 'true', 'false', 'KEYS', 'ARGV', '#KEYS', 'ARGV[1]', 'KEYS[3]'])],
    [4, () => `{${random.several(0, 4, inner).join(',')}}`],
    [2, () => `{${random.pick(['ok', 'err', 'big_number', 'double', 'other'])}=${inner()}}`],
    [1, () => `{${random.pick(['map', 'set'])}={[${quote(random.pick(args))}]=${inner()}}}`],
    [
      1,
      () =>
        `{verbatim_string={string=${quote(random.pick(args))},format=${random.pick(["'txt'", "'mkd'", "'x'", '1'])}}}`,
    ],
    [3, () => `tostring(${random.pick(numbers)})`],
    [3, () => `${random.pick(numbers)} .. ''`],
    [2, () => `tonumber(${value(random)})`],
    [
      2,
      () =>
        `string.format('${random.pick(['%d', '%5.2f', '%x', '%s', '%g', '%q', '%05d', '%i', '%c'])}',${random.pick(numbers)})`,
    ],
    [3, () => `cjson.encode(${inner()})`],
    [3, () => `cjson.decode(${quote(random.pick(json))})`],
    [2, () => `cjson.encode(cjson.decode(${quote(random.pick(json))}))`],
    [3, () => `cmsgpack.pack(${inner()})`],
    [3, () => `cmsgpack.unpack(cmsgpack.pack(${inner()}))`],
    [1, () => `cmsgpack.unpack(${quote(random.pick(args))})`],
    [
      3,
      () =>
        `bit.${random.pick(['band', 'bor', 'bxor', 'lshift', 'rshift', 'arshift', 'rol', 'ror'])}(${random.pick(numbers)},${random.pick(numbers)})`,
    ],
    [1, () => `bit.${random.pick(['tobit', 'bnot', 'bswap', 'tohex'])}(${random.pick(numbers)})`],
    [1, () => `redis.${random.pick(['error_reply', 'status_reply', 'sha1hex'])}(${value(random)})`],
    [1, () => `({pcall(function() ${random.pick(["error('oops')", 'return nothing', `return ${inner()}`])} end)})[2]`],
    [1, () => `select('#',unpack(${inner()}))`],
  ])(random)
}

/** Elements and names in any order, so that Lua keeps elements among the names; some go again. */
function assignments(random: Random, table: string): string {
  const place = (): string =>
    random.pick(['[1]', '[1]', '[2]', '[3]', '.a', '.b', '.c', '.d', '.err', '.ok', '.double', '.map', '.set'])
  const some = (): string => random.pick(['nil', '1', "'x'", "'x'", '2.5', '{}', "{a='y'}"])
  return random.several(1, 8, () => `${table}${place()} = ${some()}`).join(' ')
}

function statement(random: Random): string {
  return random.weighted<(random: Random) => string>([
    [10, () => call(random)],
    [2, () => `redis.setresp(${random.pick(['3', '3', '2', '4'])})`],
    [2, () => `local x = ${expression(random)}`],
    [1, () => `for i = 1, 3 do ${call(random)} end`],
    [1, () => `if ${call(random)} then ${call(random)} end`],
    [3, () => assignments(random, random.pick(['KEYS', 'ARGV']))],
    [2, () => `do local t = {} ${assignments(random, 't')} return t end`],
    [
      1,
      () =>
        random.pick([
          "error('oops')",
          "error({err='MY error'})",
          'nothing = 1',
          'return nothing',
          'return x y',
          'KEYS = 1',
        ]),
    ],
  ])(random)
}

function script(random: Random): string {
  const lines = [...random.several(0, 3, () => statement(random)), `return ${expression(random)}`]
  const shebang = random.pick(['#!lua', '#!lua flags=no-writes', '#!lua flags=allow-oom', '#!lua flags=nope', '#!js'])
  return [...random.maybe(0.1, shebang), ...lines].join('\n')
}

/** Scripts that are found by their SHA1, too. */
const known = [
  "return redis.call('INCR',KEYS[1])",
  "redis.call('RPUSH','list',ARGV[1]) return redis.call('LLEN','list')",
  'return {KEYS,ARGV}',
  'local n = {} for k in pairs(KEYS) do n[#n+1] = k end for k in pairs(ARGV) do n[#n+1] = k end return {#n, KEYS, ARGV}',
  "return redis.call('GET',KEYS[1])",
]
const sha = (text: string): string => createHash('sha1').update(text).digest('hex')
const parameters = (random: Random): string[] => {
  const count = random.below(3)
  return [
    String(count),
    ...random.several(count, count, () => random.pick(keys)),
    ...random.several(0, 3, () => random.pick(args)),
  ]
}

const evals: readonly Rule[] = [
  [40, (random) => ['EVAL', script(random), ...parameters(random)]],
  [8, (random) => ['EVAL_RO', script(random), ...parameters(random)]],
  [5, (random) => ['EVAL', random.pick(known), '1', random.pick(keys), random.pick(args)]],
  [5, (random) => ['EVALSHA', sha(random.pick(known)), '1', random.pick(keys), random.pick(args)]],
  [3, (random) => ['EVALSHA_RO', sha(random.pick(known)).toUpperCase(), '1', random.pick(keys), random.pick(args)]],
  [3, (random) => ['SCRIPT', 'LOAD', random.pick([...known, 'return x y'])]],
  [2, (random) => ['SCRIPT', 'EXISTS', ...random.several(1, 3, () => sha(random.pick(known)))]],
  [1, (random) => ['SCRIPT', 'FLUSH', ...random.maybe(0.5, random.pick(['SYNC', 'ASYNC', 'nonsense']))]],
  [1, () => ['SCRIPT', 'KILL']],
]

const others: readonly Rule[] = [
  [3, () => ['BLPOP', 'list', '0']],
  [2, (random) => ['SET', random.pick(keys), random.pick(args)]],
  [2, (random) => ['DEL', random.pick(keys)]],
  [2, () => ['RPUSH', 'list', 'a', 'b']],
  [1, () => ['WATCH', 'text', 'list']],
  [1, () => ['LRANGE', 'list', '0', '-1']],
]

/** Lua and what becomes of its values: random scripts, and clients that wait for what they write. What follows no order
 *  but a hash table's is left out. */
export const scriptsFamily: Family = {
  name: 'scripts',
  connections: 2,
  stepsMax: 30,
  keys,
  databases: [0, 1],
  mustSucceed: ['EVAL', 'EVALSHA', 'EVAL_RO', 'EVALSHA_RO', 'SCRIPT LOAD', 'SCRIPT EXISTS', 'SCRIPT FLUSH'],
  step: drawStep,
}

function drawStep(random: Random, { connections }: { connections: number }): Step {
  const connection = random.below(connections)
  if (random.chance(0.1)) {
    const queued: Words[] = random.several(1, 3, () => random.weighted([...evals, ...others])(random))
    return { connection, commands: [['MULTI'], ...queued, ['EXEC']] }
  }
  return single(random, connections, drawCommand(random, [...evals, ...others]))
}
