import { drawCommand, type Rule, single, values } from '../draw.ts'
import type { Family, Position, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const keys = ['sa', 'sb', 'wide', 'auto']
const groups = ['g', 'h']
const consumers = ['alice', 'bob', '']
const lastId = '18446744073709551615-18446744073709551615'
const ids = ['0-0', '0-1', '1-1', '1-2', '2-0', '2-1', '3-1', '4-0', '5-2', '1', '3', '0']
const oddIds = [lastId, '18446744073709551615-0', '5-18446744073709551615', '-', '+', '$', '>', '*', '1-', 'x', '1-2-3']

/** Ids around the borders of what a double, 32, 63 and 64 bits and 15 digits hold; the streams named wide have no others. */
const wideIds = [
  '0-4294967295',
  '0-4294967296',
  '1-9007199254740991',
  '1-9007199254740993',
  '1-9223372036854775807',
  '2-18446744073709551614',
  '2-18446744073709551615',
  '4294967295-4294967295',
  '4294967296-0',
  '99999999999999-0',
  '999999999999999-999999999999999',
  '1000000000000000-1000000000000000',
  '9007199254740992-0',
  '9007199254740993-1',
  '9223372036854775807-18446744073709551615',
  '9223372036854775808-0',
  '18446744073709551614-18446744073709551615',
  '18446744073709551615-0',
]

/** All that a stream is likely to have behind 1-9: without them XSETID may go back, and lower ids follow. */
const laterIds = [2, 3, 4, 5].flatMap((ms) => Array.from({ length: 40 }, (_, i) => `${ms}-${i}`))

const key = (random: Random): string => random.pick(['sa', 'sb'])
const group = (random: Random): string => random.pick(groups)
const consumer = (random: Random): string => random.pick(consumers)
const id = (random: Random): string => (random.chance(0.06) ? random.pick(oddIds) : random.pick(ids))
/** For XREAD: `+` is of Redis 7.4. */
const idToRead = (random: Random): string => id(random).replace('+', '-')
const someIds = (random: Random): string[] => random.several(1, 3, () => id(random))
const count = (random: Random): string[] => random.maybe(0.4, 'COUNT', random.pick(['0', '1', '2', '10', '-1']))
const from = (random: Random): string => random.pick(['-', '-', id(random), `(${id(random)}`])
const to = (random: Random): string => random.pick(['+', '+', id(random), `(${id(random)}`])
/** Connections that work. */
const workers = 3
/** Either nothing is that idle or everything is: what lies between depends on the clock. */
const minIdle = (random: Random): string => random.pick(['0', '0', '0', '1000000', '-1'])

const writes: readonly Rule[] = [
  [4, (random) => ['XDEL', key(random), ...someIds(random)]],
  [4, (random) => ['XTRIM', key(random), ...trim(random)]],
  [3, (random) => xsetid(random)],
  [1, (random) => ['XDEL', key(random), ...laterIds]],
  [2, (random) => ['XADD', 'auto', ...random.maybe(0.2, 'MAXLEN', '3'), '*', 'f', random.pick(values)]],
  [2, (random) => overthrow(random)],
  [1, (random) => ['WATCH', key(random)]],
]

const reads: readonly Rule[] = [
  [3, (random) => ['XLEN', key(random)]],
  [5, (random) => ['XRANGE', key(random), from(random), to(random), ...count(random)]],
  [5, (random) => ['XREVRANGE', key(random), to(random), from(random), ...count(random)]],
  [4, (random) => ['XREAD', ...count(random), ...streams(random, () => random.pick([idToRead(random), '$', '0']))]],
  [2, (random) => ['XINFO', random.word('STREAM'), key(random)]],
  [3, (random) => ['XINFO', 'STREAM', key(random), random.word('FULL'), ...count(random)]],
  [3, (random) => ['XINFO', random.word('GROUPS'), key(random)]],
  [3, (random) => ['XINFO', 'CONSUMERS', key(random), group(random)]],
  [1, (random) => [random.pick(['XINFO', 'XGROUP']), 'HELP']],
  [1, (random) => [random.pick(['XLEN', 'TYPE', 'EXISTS']), random.pick(keys)]],
  [1, () => ['XRANGE', 'auto', '-', '+']],
]

/** Work on streams whose ids are wide; MINID and the groups have their borders there too. */
const wideWork: readonly Rule[] = [
  [6, (random) => ['XADD', 'wide', ...random.maybe(0.2, 'MINID', wide(random)), wideNew(random), 'f', 'v']],
  [2, (random) => ['XRANGE', 'wide', wideEnd(random, '-'), wideEnd(random, '+'), ...count(random)]],
  [2, (random) => ['XREVRANGE', 'wide', wideEnd(random, '+'), wideEnd(random, '-'), ...count(random)]],
  [1, (random) => ['XDEL', 'wide', wide(random)]],
  [1, (random) => ['XREAD', 'STREAMS', 'wide', wide(random)]],
  [1, (random) => ['XSETID', 'wide', wide(random)]],
  [1, (random) => ['XGROUP', 'CREATE', 'wide', group(random), random.pick(['0', wide(random)]), 'MKSTREAM']],
  [2, (random) => readOf('wide', group(random), consumer(random), random.pick(['>', '>', '0', wide(random)]))],
  [1, (random) => ['XACK', 'wide', group(random), wide(random)]],
  [1, (random) => ['XPENDING', 'wide', group(random), wideEnd(random, '-'), wideEnd(random, '+'), '10']],
  [1, (random) => ['XAUTOCLAIM', 'wide', group(random), 'bob', '0', wideEnd(random, '-'), 'COUNT', '1']],
  [1, (random) => ['XCLAIM', 'wide', group(random), 'bob', '0', wide(random), ...random.maybe(0.5, 'FORCE')]],
]

const groupWork: readonly Rule[] = [
  [10, (random) => xreadgroup(random, [])],
  [5, (random) => ['XACK', key(random), group(random), ...someIds(random)]],
  [3, (random) => ['XPENDING', key(random), group(random)]],
  [5, (random) => xpending(random)],
  [6, (random) => xclaim(random)],
  [5, (random) => xautoclaim(random)],
  [7, (random) => xgroupCreate(random)],
  [3, (random) => ['XGROUP', random.word('CREATECONSUMER'), key(random), group(random), consumer(random)]],
  [2, (random) => ['XGROUP', random.word('DELCONSUMER'), key(random), group(random), consumer(random)]],
  [2, (random) => ['XGROUP', random.word('DESTROY'), key(random), group(random)]],
  [
    3,
    (random) => [
      'XGROUP',
      random.word('SETID'),
      key(random),
      group(random),
      random.pick([id(random), '$']),
      ...entriesRead(random),
    ],
  ],
]

const blocking: readonly Rule[] = [
  [
    3,
    (random) => [
      'XREAD',
      ...count(random),
      'BLOCK',
      '0',
      ...streams(random, () => random.pick(['$', '$', idToRead(random)])),
    ],
  ],
  [4, (random) => xreadgroup(random, ['BLOCK', '0'])],
  [
    2,
    (random) => [
      'CLIENT',
      'UNBLOCK',
      `<client:${random.below(3)}>`,
      ...random.maybe(0.5, random.word('TIMEOUT', 'ERROR')),
    ],
  ],
]

/** Streams and consumer groups on three connections, some of which wait; a fourth may hear of every change. */
export const streamsFamily: Family = {
  name: 'streams',
  connections: 4,
  stepsMax: 50,
  settings: [
    ['CONFIG', 'SET', 'notify-keyspace-events', 'KEA'],
    ['CONFIG', 'SET', 'stream-node-max-entries', '100'],
  ],
  keys,
  databases: [0, 1],
  mustSucceed: [
    ...'XADD XLEN XRANGE XREVRANGE XREAD XREADGROUP XACK XPENDING XCLAIM XAUTOCLAIM XDEL XTRIM XSETID'.split(' '),
    ...['CREATE', 'CREATECONSUMER', 'DELCONSUMER', 'DESTROY', 'SETID', 'HELP'].map((name) => `XGROUP ${name}`),
    ...['STREAM', 'GROUPS', 'CONSUMERS', 'HELP'].map((name) => `XINFO ${name}`),
    'CLIENT UNBLOCK',
  ],
  step: drawStep,
}

function drawStep(random: Random, position: Position): Step {
  if (position.index === 0)
    return { connection: workers, commands: [['PSUBSCRIBE', random.pick(['none', '__key*__:*'])]] }
  const adds: Rule = [24, () => xadd(random, position)]
  const kind = random.below(100)
  const connection = random.below(workers)
  const plain = [adds, ...writes, ...reads, ...groupWork, ...wideWork]
  if (kind >= 95) {
    const commands = random.several(1, 4, () => drawCommand(random, [adds, ...writes, ...groupWork, ...blocking]))
    return { connection, commands: [['MULTI'], ...commands, ['EXEC']] }
  }
  if (kind < 4) {
    const timeout = ['BLOCK', '5']
    const command = random.chance(0.5)
      ? xreadgroup(random, timeout)
      : ['XREAD', ...timeout, ...streams(random, () => '$')]
    return { connection, commands: [command], endsByItself: true }
  }
  if (kind < 12) return { connection, commands: random.several(2, 5, () => drawCommand(random, plain)) }
  return single(random, workers, drawCommand(random, [...plain, ...blocking]))
}

function xadd(random: Random, { index }: Position): Words {
  const ms = 1 + Math.floor(index / 8)
  const next = random.pick([`${ms}-*`, `${ms}-*`, `${ms}-${index}`, `${ms + 1}`, id(random), '0-*', '99999999999999-*'])
  const fields = random.several(1, 3, () => [random.pick(['f', 'g', '']), random.pick(values)]).flat()
  return [
    'XADD',
    key(random),
    ...random.maybe(0.15, 'NOMKSTREAM'),
    ...(random.chance(0.25) ? trim(random) : []),
    // A far id ends the stream's growth by small ones, so it is rare.
    next.startsWith('9999') && random.chance(0.9) ? `${ms}-*` : next,
    ...fields,
  ]
}

function trim(random: Random): string[] {
  const [what, threshold] = random.chance(0.5)
    ? [random.word('MAXLEN'), random.pick(['0', '1', '2', '3', '5', '-1'])]
    : [random.word('MINID'), id(random)]
  const approximate = random.chance(0.3)
  return [
    what,
    ...(approximate ? ['~'] : random.maybe(0.4, '=')),
    threshold,
    ...random.maybe(approximate ? 0.4 : 0.05, 'LIMIT', random.pick(['0', '1', '2', '10', '-1'])),
  ]
}

/** Takes a stream away, or puts another value in its place: whoever waits in a group must be told. */
function overthrow(random: Random): Words {
  const name = key(random)
  return random.pick<() => Words>([
    () => ['DEL', name],
    () => ['DEL', name],
    () => ['UNLINK', name],
    () => ['SET', name, random.pick(values)],
    () => ['LPUSH', name, 'e'],
    () => ['RENAME', name, key(random)],
    () => ['RENAMENX', name, key(random)],
    () => [
      'COPY',
      name,
      key(random),
      ...random.maybe(0.5, 'DB', random.pick(['0', '1'])),
      ...random.maybe(0.7, 'REPLACE'),
    ],
    () => ['MOVE', name, '1'],
    () => ['SWAPDB', '0', '1'],
    () => random.pick([['FLUSHALL'], ['FLUSHDB']]),
    () => ['PEXPIREAT', name, '1'],
    () => ['GETDEL', name],
  ])()
}

const wide = (random: Random): string => random.pick(wideIds)
const wideNew = (random: Random): string => (random.chance(0.3) ? `${wide(random).split('-')[0]}-*` : wide(random))
const wideEnd = (random: Random, open: string): string => random.pick([open, wide(random), `(${wide(random)}`])

function readOf(name: string, groupName: string, consumerName: string, after: string): Words {
  return ['XREADGROUP', 'GROUP', groupName, consumerName, 'COUNT', '2', 'STREAMS', name, after]
}

function streams(random: Random, drawId: () => string): string[] {
  const names = random.chance(0.7) ? [key(random)] : random.several(2, 2, () => key(random))
  return ['STREAMS', ...names, ...names.map(drawId)]
}

function xreadgroup(random: Random, block: readonly string[]): Words {
  const isNew = random.chance(0.75)
  return [
    'XREADGROUP',
    'GROUP',
    group(random),
    consumer(random),
    ...count(random),
    ...block,
    ...random.maybe(0.15, 'NOACK'),
    ...streams(random, () => (isNew ? '>' : id(random))),
  ]
}

function xpending(random: Random): Words {
  return [
    'XPENDING',
    key(random),
    group(random),
    ...random.maybe(0.3, 'IDLE', minIdle(random)),
    from(random),
    to(random),
    random.pick(['1', '2', '10', '0', '-1']),
    ...random.maybe(0.4, consumer(random)),
  ]
}

function xclaim(random: Random): Words {
  return [
    'XCLAIM',
    key(random),
    group(random),
    consumer(random),
    minIdle(random),
    ...someIds(random),
    ...random.maybe(0.2, 'IDLE', random.pick(['0', '2000000', '-1'])),
    ...random.maybe(0.1, 'TIME', random.pick(['1000', '0', '-1'])),
    ...random.maybe(0.2, 'RETRYCOUNT', random.pick(['0', '7', '-1'])),
    ...random.maybe(0.4, random.word('FORCE')),
    ...random.maybe(0.3, random.word('JUSTID')),
    ...random.maybe(0.15, 'LASTID', id(random)),
  ]
}

function xautoclaim(random: Random): Words {
  return [
    'XAUTOCLAIM',
    key(random),
    group(random),
    consumer(random),
    minIdle(random),
    from(random),
    ...random.maybe(0.4, 'COUNT', random.pick(['1', '2', '10', '0'])),
    ...random.maybe(0.3, random.word('JUSTID')),
  ]
}

function xgroupCreate(random: Random): Words {
  const start = random.pick([id(random), '$', '0', '0'])
  return [
    'XGROUP',
    random.word('CREATE'),
    key(random),
    group(random),
    start,
    ...random.maybe(0.7, 'MKSTREAM'),
    ...entriesRead(random),
  ]
}

function entriesRead(random: Random): string[] {
  return random.maybe(0.2, 'ENTRIESREAD', random.pick(['0', '1', '3', '100', '-1', '-2']))
}

function xsetid(random: Random): Words {
  return [
    'XSETID',
    key(random),
    random.pick([id(random), '6-0', '7-0']),
    ...random.maybe(0.3, 'ENTRIESADDED', random.pick(['0', '5', '100', '-1'])),
    ...random.maybe(0.3, 'MAXDELETEDID', id(random)),
  ]
}
