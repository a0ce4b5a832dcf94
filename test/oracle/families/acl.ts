import { drawCommand, type Rule, spoil } from '../draw.ts'
import type { Family, Step, Words } from '../family.ts'
import type { Random } from '../random.ts'

const users = ['ua', 'ub', 'u\xe9']
const keys = ['ka', 'kb', 'xa']
const channels = ['ca', 'cb', 'xc']
const passwords = ['p', 'q', '']
const digestOfP = '148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940'

/** What the stage itself needs of whoever is asked for a marker; at the end of every change, so that none takes it away. */
const marker = '(+ping +watch ~\x01*)'

const user = (random: Random): string => random.pick(users)
const key = (random: Random): string => random.pick(keys)
const channel = (random: Random): string => random.pick(channels)

const categories = ['@read', '@write', '@list', '@string', '@fast', '@slow', '@dangerous', '@keyspace', '@all']
const commandNames = [
  ...['get', 'set', 'del', 'mget', 'lpush', 'lmove', 'xadd', 'publish', 'subscribe', 'multi', 'exec', 'select', 'copy'],
  ...['config', 'config|get', 'acl', 'acl|whoami', 'xgroup|create', 'client|getname', 'select|0', 'Object|Encoding'],
]
const keyPatterns = ['~*', '~k*', '~ka', '%R~k*', '%W~ka', '%RW~kb', '%rw~x?', '~[kx]a', '~', '%W~*', '%R~*']
const channelPatterns = ['&*', '&c*', '&ca', '&x?', '&']

/** Rules of a selector. */
const rights: readonly (readonly [number, (random: Random) => string])[] = [
  [8, (random) => random.pick(['+', '+', '-']) + random.pick(categories)],
  [8, (random) => random.pick(['+', '+', '-']) + random.pick(commandNames)],
  [8, (random) => random.pick(keyPatterns)],
  [4, (random) => random.pick(channelPatterns)],
  [4, (random) => random.pick(['allkeys', 'resetkeys', 'allchannels', 'resetchannels', 'allcommands', 'nocommands'])],
  [
    1,
    (random) =>
      random.pick(['+nope', '+@nope', '-select|0', '+config|get|x', '+config|', '%X~k', '%~k', '~a b', 'huh']),
  ],
]
const right = (random: Random): string => random.weighted(rights)(random)

const rules: readonly (readonly [number, (random: Random) => readonly string[]])[] = [
  [30, (random) => [right(random)]],
  [4, (random) => [random.pick(['on', 'on', 'ON', 'off'])]],
  [3, (random) => [random.pick(['nopass', 'resetpass'])]],
  [4, (random) => [random.pick(['>', '>', '<']) + random.pick(passwords)]],
  [2, (random) => [random.pick(['#', '!']) + random.pick([digestOfP, 'abc'])]],
  [1, () => ['reset']],
  [1, (random) => [random.pick(['clearselectors', 'sanitize-payload', 'skip-sanitize-payload', ''])]],
  [4, (random) => [`(${random.several(0, 3, () => right(random)).join(' ')})`]],
  [1, (random) => ['(', right(random), right(random), ')']],
  [1, (random) => [random.pick(['(+get', ')', '(on)', '(+get "x)'])]],
]

function setUser(random: Random): Words {
  const drawn = random.several(0, 5, () => random.weighted(rules)(random)).flat()
  return ['ACL', random.word('SETUSER'), user(random), ...drawn, marker]
}

const administration: readonly Rule[] = [
  [12, setUser],
  [4, (random) => ['ACL', random.word('GETUSER'), random.pick([...users, 'default', 'nobody'])]],
  [3, () => ['ACL', 'LIST']],
  [2, () => ['ACL', 'USERS']],
  [4, (random) => ['ACL', 'LOG', ...random.maybe(0.4, random.pick(['1', '3', '-1', 'RESET', 'x']))]],
  [2, (random) => ['ACL', 'DELUSER', ...random.several(1, 2, () => random.pick([...users, 'nobody', 'default']))]],
  [6, (random) => ['ACL', 'DRYRUN', user(random), ...drawCommand(random, requests)]],
  [1, (random) => ['ACL', 'GENPASS', ...random.maybe(0.6, random.pick(['1', '7', '4096', '4097', '0', 'x']))]],
  [1, (random) => ['ACL', 'CAT', ...random.maybe(0.3, 'nope')]],
  [1, (random) => ['ACL', random.pick(['LOAD', 'SAVE', 'HELP', 'NOPE'])]],
  [1, (random) => ['CLIENT', 'KILL', 'USER', random.pick([...users, 'nobody'])]],
  [1, (random) => ['CONFIG', 'SET', 'acl-pubsub-default', random.pick(['allchannels', 'resetchannels'])]],
]

/** What users try to do. */
const requests: readonly Rule[] = [
  [4, (random) => ['GET', key(random)]],
  [4, (random) => ['SET', key(random), 'v', ...random.maybe(0.4, 'GET')]],
  [2, (random) => ['DEL', ...random.several(1, 3, () => key(random))]],
  [2, (random) => ['MGET', ...random.several(1, 3, () => key(random))]],
  [2, (random) => ['MSET', key(random), '1', key(random), '2']],
  [1, (random) => ['EXISTS', key(random)]],
  [
    1,
    (random) => [
      'SORT',
      key(random),
      ...random.maybe(0.3, 'BY', random.pick(['k*', 'nosort'])),
      ...random.maybe(0.3, 'GET', random.pick(['k*', '#'])),
      ...random.maybe(0.3, 'STORE', key(random)),
    ],
  ],
  [
    1,
    (random) => [
      'BITFIELD',
      key(random),
      ...random
        .several(0, 2, () => random.pick(['GET u8 0', 'SET u8 0 1', 'OVERFLOW SAT']))
        .flatMap((each) => each.split(' ')),
    ],
  ],
  [2, (random) => ['COPY', key(random), key(random)]],
  [1, (random) => ['RENAME', key(random), key(random)]],
  [2, (random) => ['LPUSH', key(random), 'x']],
  [2, (random) => ['LMOVE', key(random), key(random), 'LEFT', 'RIGHT']],
  [1, (random) => ['LMPOP', random.pick(['1', '2', 'x']), key(random), key(random), 'LEFT']],
  [1, (random) => ['XADD', key(random), '*', 'f', 'v']],
  [1, (random) => ['XREAD', 'STREAMS', key(random), '0']],
  [1, (random) => ['XGROUP', random.pick(['CREATE', 'SETID']), key(random), 'g', '0']],
  [1, (random) => ['OBJECT', random.pick(['ENCODING', 'FREQ']), key(random)]],
  [2, (random) => ['SELECT', random.pick(['0', '00'])]],
  [2, (random) => ['PUBLISH', channel(random), 'm']],
  [1, (random) => ['SPUBLISH', channel(random), 'm']],
  [2, () => ['ACL', 'WHOAMI']],
  [1, () => ['CLIENT', 'GETNAME']],
  [1, () => ['CONFIG', 'GET', 'acllog-max-len']],
  [1, (random) => [random.pick(['NOSUCH', 'GET', 'CONFIG', 'ACL', 'XGROUP'])]],
]

const subscriptions: readonly Rule[] = [
  [3, (random) => ['SUBSCRIBE', ...random.several(1, 2, () => channel(random))]],
  [3, (random) => ['PSUBSCRIBE', random.pick(['c*', 'ca', '*', 'x?'])]],
  [1, (random) => ['SSUBSCRIBE', channel(random)]],
  [1, (random) => ['UNSUBSCRIBE', channel(random)]],
]

const entries: readonly Rule[] = [
  [8, (random) => ['AUTH', random.pick([...users, ...users, 'default', 'nobody']), random.pick(passwords)]],
  [1, (random) => ['AUTH', random.pick(passwords)]],
  [2, (random) => ['HELLO', random.pick(['2', '3']), 'AUTH', user(random), random.pick(passwords)]],
  [1, () => ['RESET']],
  [3, () => ['MULTI']],
  [4, () => ['EXEC']],
  [1, () => ['DISCARD']],
]

/** Users, their rights, and what becomes of those who use them. Connection 0 administers, the others come as users. */
export const aclFamily: Family = {
  name: 'acl',
  connections: 4,
  stepsMax: 50,
  keys,
  databases: [0],
  settings: [
    ['CONFIG', 'SET', 'acl-pubsub-default', 'resetchannels'],
    ['ACL', 'DELUSER', ...users],
    ['ACL', 'SETUSER', 'ua', 'on', 'nopass', '~k*', '+@read', '+multi', '+exec', '+acl|whoami', marker],
    ['ACL', 'SETUSER', 'ub', 'on', '>p', '+@all', '%R~*', '&c*', marker],
    ['ACL', 'LOG', 'RESET'],
  ],
  mustSucceed: [
    ...'AUTH HELLO RESET MULTI EXEC GET SET COPY LMOVE PUBLISH SUBSCRIBE PSUBSCRIBE'.split(' '),
    ...'SETUSER GETUSER LIST USERS LOG DELUSER DRYRUN GENPASS CAT WHOAMI HELP'.split(' ').map((name) => `ACL ${name}`),
  ],
  step: drawStep,
}

function drawStep(random: Random): Step {
  const kind = random.below(100)
  const connection = 1 + random.below(3)
  if (kind < 35) return { connection: 0, commands: [administer(random)] }
  if (kind < 50) {
    const command = drawCommand(random, entries)
    // Whoever listens runs no transactions: a message to oneself comes amid EXEC's array in redis-server 7.0.
    const begins = command[0]?.toUpperCase() === 'MULTI'
    return { connection: begins ? 1 + random.below(2) : connection, commands: [command] }
  }
  if (kind < 58) return { connection: 3, commands: [drawCommand(random, subscriptions)] }
  return { connection, commands: [drawCommand(random, requests)] }
}

/** Now and then with a mistake, but never in the last word of SETUSER. */
function administer(random: Random): Words {
  const command = random.weighted(administration)(random)
  if (!random.chance(0.05) || command[0] !== 'ACL') return command
  if (command.at(-1) !== marker) return spoil(random, command)
  return [...spoil(random, command.slice(0, -1)), marker]
}
