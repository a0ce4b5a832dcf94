import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Args } from '../../protocol/resp/args.ts'
import { AclPort } from '../../src/server/acl/acl-port.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost, FileRefused, type Host } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const digestOf = (password: string): string => createHash('sha256').update(password).digest('hex')

/** A client that speaks for a user with these rules. */
function clientOf(broker: TestBroker, rules: string): TestClient {
  expect(broker.client().call(`ACL SETUSER worker on nopass ${rules}`)).toBe('+OK')
  const client = broker.client()
  expect(client.call('AUTH worker any')).toBe('+OK')
  return client
}

/** The rules by which a user that was made by these is told. */
function retold(rules: string): string {
  const client = new TestBroker().client()
  expect(client.call(`ACL SETUSER worker ${rules}`)).toBe('+OK')
  return client.call('ACL LIST')!.split('", "').at(-1)!.slice('user worker '.length, -2)
}

test('at first there is one user, which may do everything', () => {
  const client = new TestBroker().client()
  expect(client.call('ACL WHOAMI')).toBe('"default"')
  expect(client.call('ACL USERS')).toBe('["default"]')
  expect(client.call('ACL LIST')).toBe('["user default on nopass ~* &* +@all"]')
  expect(client.call('ACL GETUSER nobody')).toBe('$-1')
  expect(client.call('ACL GETUSER default')).toBe(
    '["flags", ["on", "nopass"], "passwords", [], "commands", "+@all", "keys", "~*", "channels", "&*", "selectors", []]',
  )
})

test('requirepass is the password of the default user, shown by its digest only', () => {
  const client = new TestBroker().client()
  client.call('CONFIG SET requirepass secret')
  expect(client.call('ACL LIST')).toBe(`["user default on #${digestOf('secret')} ~* &* +@all"]`)
  client.call('CONFIG SET requirepass ""')
  expect(client.call('ACL LIST')).toBe('["user default on nopass ~* &* +@all"]')
})

test('commands are found by their category, subcommands too', () => {
  const client = new TestBroker().client()
  expect(client.call('ACL CAT')).toMatch(/^\["keyspace", "read", "write", .*"scripting"\]$/)
  const found = client.call('ACL CAT pubsub') ?? ''
  for (const name of ['publish', 'pubsub|numsub', 'ssubscribe']) expect(found).toContain(`"${name}"`)
  expect(found).not.toContain('"pubsub"')
  expect(client.call('ACL CAT nope')).toBe("-ERR Unknown category 'nope'")
})

// Found with redis-server 7.0.15; where several single commands come together its order is by chance.
test.each([
  ['', 'off resetchannels -@all'],
  ['on nopass ~* &* +@all', 'on nopass ~* &* +@all'],
  ['on >p >p >q <p', `off #${digestOf('q')} resetchannels -@all`.replace('off', 'on')],
  ['ON >p nopass skip-sanitize-payload', 'on nopass skip-sanitize-payload resetchannels -@all'],
  ['>p reset', 'off sanitize-payload resetchannels -@all'],
  ['+@all -@write +set', 'off resetchannels +@all -@write +set'],
  ['+@all -config', 'off resetchannels +@all -config'],
  ['-@all +@fast -@read +@slow -@fast', 'off resetchannels -@all +@slow'],
  ['+get +@read +@connection -strlen', 'off resetchannels -@all +@connection +@read -strlen'],
  ['~a %R~b %W~c %RW~d %rw~e %R~a', 'off ~a %R~b %W~c ~d ~e resetchannels -@all'],
  ['%R~a %W~a &x &y* &x', 'off ~a resetchannels &x &y* -@all'],
  ['+select|0 -select +select|1 +SELECT|x +select|X', 'off resetchannels -@all +select|1 +select|x'],
  ['+config|get +cluster|info', 'off resetchannels -@all +config|get +cluster|info'],
  ['( +get ~x ) ()', 'off resetchannels -@all (~x resetchannels -@all +get) (resetchannels -@all)'],
  ['"(+get \\"x)" (+get) clearselectors', 'off resetchannels -@all'],
])('the rules %s are told as %s', (rules, told) => {
  expect(retold(rules)).toBe(told)
})

test.each([
  ['%~a', 'Syntax error'],
  ['"~a b"', 'Syntax error'],
  ['huh', 'Syntax error'],
  ['(on)', 'Syntax error'],
  ['+config|', 'Syntax error'],
  ['+nope', 'Unknown command or category name in ACL'],
  ['-@nope', 'Unknown command or category name in ACL'],
  ['+config|nope', 'Unknown command or category name in ACL'],
  ['-select|0', 'Unknown command or category name in ACL'],
  ['+config|get|x', 'Allowing first-arg of a subcommand is not supported'],
  ['<p', 'The password you are trying to remove from the user does not exist'],
  ['#abc', 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters'],
])('the rule %s is refused, and with it all others', (rule, reason) => {
  const client = new TestBroker().client()
  expect(client.call(`ACL SETUSER worker on ${rule}`)).toBe(
    `-ERR Error in ACL SETUSER modifier '${rule.replaceAll('"', '')}': ${reason}`,
  )
  expect(client.call('ACL USERS')).toBe('["default"]')
})

test('a selector that is begun while another is open takes its place', () => {
  const client = new TestBroker().client()
  expect(client.call('ACL SETUSER worker (+get ON ( +del )')).toBe('+OK')
  expect(client.call('ACL LIST')).toContain('user worker off resetchannels -@all (resetchannels -@all +del)')
})

test('an error quotes up to the first NUL', () => {
  const client = new TestBroker().client()
  client.call('ACL SETUSER worker +get ~k')
  expect(client.call('ACL DRYRUN worker GET "\\x00a"')).toBe(`"This user has no permissions to access the '' key"`)
  expect(client.call('ACL CAT "\\x00"')).toBe("-ERR Unknown category ''")
})

test('a parenthesis must be closed, and a name has no blanks', () => {
  const client = new TestBroker().client()
  expect(client.call('ACL SETUSER worker on (+get ~x')).toBe(
    "-ERR Unmatched parenthesis in acl selector starting at '(+get'.",
  )
  expect(client.call(['ACL', 'SETUSER', 'a b'])).toBe("-ERR Usernames can't contain spaces or null characters")
})

test('a command that is not allowed is refused by its name', () => {
  const client = clientOf(new TestBroker(), '~* +@all -set -config|get')
  expect(client.call('SET k v')).toBe("-NOPERM this user has no permissions to run the 'set' command")
  expect(client.call('config get port')).toBe("-NOPERM this user has no permissions to run the 'config|get' command")
  expect(client.call('GET k')).toBe('$-1')
  expect(client.call('NOPE')).toMatch(/^-"ERR unknown command/)
})

test('keys are allowed for reading, writing or both', () => {
  const client = clientOf(new TestBroker(), '%R~r* %W~w* ~b* +@all')
  const refusal = '-NOPERM this user has no permissions to access one of the keys used as arguments'
  expect(client.call('GET r1')).toBe('$-1')
  expect(client.call('SET r1 v')).toBe(refusal)
  expect(client.call('SET w1 v')).toBe('+OK')
  expect(client.call('SET w1 v GET')).toBe(refusal)
  expect(client.call('SET b1 v GET')).toBe('$-1')
  expect(client.call('COPY w1 w2')).toBe(refusal)
  expect(client.call('COPY b1 w2')).toBe(':1')
  expect(client.call('MGET r1 b1 w1')).toBe(refusal)
  expect(client.call('EXISTS w1')).toBe(':1')
  expect(client.call('EXISTS other')).toBe(refusal)
  expect(client.call('LMPOP x b1 LEFT')).toBe('-ERR numkeys should be greater than 0')
})

test('one selector must allow all of a request', () => {
  const client = clientOf(new TestBroker(), '~a +get (~b +set)')
  expect(client.call('GET a')).toBe('$-1')
  expect(client.call('SET b v')).toBe('+OK')
  expect(client.call('GET b')).toMatch(/keys used as arguments$/)
  expect(client.call('DEL a')).toBe("-NOPERM this user has no permissions to run the 'del' command")
})

test('a command may be allowed with one first argument alone', () => {
  const client = clientOf(new TestBroker(), '-select +select|0')
  expect(client.call('SELECT 0')).toBe('+OK')
  expect(client.call('SELECT 1')).toBe("-NOPERM this user has no permissions to run the 'select' command")
})

test('channels match patterns, and patterns only themselves', () => {
  const client = clientOf(new TestBroker(), '&c* +@all')
  const refusal = '-NOPERM this user has no permissions to access one of the channels used as arguments'
  expect(client.call('PUBLISH ca m')).toBe(':0')
  expect(client.call('PUBLISH x m')).toBe(refusal)
  expect(client.call('SPUBLISH x m')).toBe(refusal)
  expect(client.call('SSUBSCRIBE x')).toBe(refusal)
  expect(client.call('PSUBSCRIBE ca*')).toBe(refusal)
  expect(client.call('PSUBSCRIBE c*')).toBe('["psubscribe", "c*", :1]')
  expect(client.call('SUBSCRIBE ca x')).toBe(refusal)
  expect(client.call('UNSUBSCRIBE x')).toBe('["unsubscribe", "x", :1]')
})

test('a transaction is checked when it is queued and again when it runs', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '~k +multi +exec +get +set')
  client.call('MULTI')
  expect(client.call('GET other')).toMatch(/^-NOPERM/)
  expect(client.call('EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.')
  client.call('MULTI')
  client.call('GET k')
  client.call('SET k v')
  broker.client().call('ACL SETUSER worker resetkeys %R~k')
  expect(client.call('EXEC')).toBe(
    '[$-1, -"NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This ' +
      'command is no longer allowed for the following reason: no permission to touch the specified keys"]',
  )
  client.call('MULTI')
  broker.client().call('ACL SETUSER worker -exec')
  expect(client.call('EXEC')).toBe(
    "-EXECABORT Transaction discarded because of: NOPERM this user has no permissions to run the 'exec' command",
  )
})

test('AUTH and HELLO take a user and its password, and say no more when they fail', () => {
  const broker = new TestBroker()
  broker.client().call('ACL SETUSER worker on >p >q +@all')
  broker.client().call('ACL SETUSER sleeper >p')
  const client = broker.client()
  const refusal = '-WRONGPASS invalid username-password pair or user is disabled.'
  for (const words of ['worker wrong', 'sleeper p', 'nobody p']) expect(client.call(`AUTH ${words}`)).toBe(refusal)
  expect(client.call('HELLO 3 AUTH worker wrong')).toBe(refusal)
  expect(client.call('AUTH worker p')).toBe('+OK')
  expect(client.call('AUTH worker q')).toBe('+OK')
  expect(client.call('ACL WHOAMI')).toBe('"worker"')
  expect(client.call('CLIENT LIST')).toContain('user=worker')
  expect(client.call('RESET')).toBe('+RESET')
  expect(client.call('ACL WHOAMI')).toBe('"default"')
})

test('a default user that is off lets nobody in but those who say who they are', () => {
  const broker = new TestBroker()
  const admin = broker.client()
  admin.call('ACL SETUSER worker on nopass +@all ~*')
  admin.call('ACL SETUSER default off')
  const client = broker.client()
  expect(client.call('GET k')).toBe('-NOAUTH Authentication required.')
  expect(client.call('AUTH x')).toMatch(/^-ERR AUTH <password> called without any password configured/)
  expect(client.call('AUTH worker x')).toBe('+OK')
  expect(client.call('GET k')).toBe('$-1')
})

test('a user that is deleted loses its connections, the caller behind its answer', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '+@all')
  const other = broker.client()
  other.call('AUTH worker x')
  expect(client.call('ACL DELUSER worker nobody')).toBe(':1')
  expect([client.isClosed, other.isClosed]).toEqual([true, true])
  expect(broker.client().call('ACL DELUSER default')).toBe("-ERR The 'default' user cannot be removed")
})

test('whoever hears what its user may not hear any more is closed', () => {
  const broker = new TestBroker()
  const one = clientOf(broker, '+@all &a* &b')
  const two = clientOf(broker, '')
  one.call('SUBSCRIBE a1')
  two.call('PSUBSCRIBE a*')
  broker.client().call('ACL SETUSER worker resetchannels &a1')
  expect([one.isClosed, two.isClosed]).toEqual([false, true])
})

test('CLIENT KILL finds connections by their user', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '+@all')
  expect(broker.client().call('CLIENT KILL USER worker')).toBe(':1')
  expect(client.isClosed).toBe(true)
})

test('ACL DRYRUN says what would be refused, and why', () => {
  const client = new TestBroker().client()
  client.call('ACL SETUSER worker &c +@all -config ~k')
  expect(client.call('ACL DRYRUN worker GET k')).toBe('+OK')
  expect(client.call('ACL DRYRUN worker GET x')).toBe('"This user has no permissions to access the \'x\' key"')
  expect(client.call('ACL DRYRUN worker PUBLISH x m')).toBe(
    '"This user has no permissions to access the \'x\' channel"',
  )
  expect(client.call('ACL DRYRUN worker CONFIG GET x')).toBe(
    '"This user has no permissions to run the \'config|get\' command"',
  )
  expect(client.call('ACL DRYRUN nobody GET k')).toBe("-ERR User 'nobody' not found")
  expect(client.call(['ACL', 'DRYRUN', 'a\0b', 'GET', 'k'])).toBe("-ERR User 'a' not found")
  expect(client.call('ACL DRYRUN worker CONFIG nope')).toBe("-ERR Command 'CONFIG' not found")
  expect(client.call('ACL DRYRUN worker GET')).toBe("-ERR wrong number of arguments for 'get' command")
  expect(client.call('ACL DRYRUN worker SET k')).toBe("-ERR wrong number of arguments for 'set' command")
})

test('ACL LOG tells denials, youngest first, and counts those that come again within a minute', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '+get ~k')
  const admin = broker.client()
  client.call('SET k v')
  client.call('GET x')
  client.call('SET k v')
  client.call('AUTH worker2 secret')
  broker.advance(1500)
  const log = admin.call('ACL LOG')!
  expect(log.match(/"object", "[^"]*"/g)).toEqual(['"object", "AUTH"', '"object", "set"', '"object", "x"'])
  expect(log).toContain(
    '["count", :2, "reason", "command", "context", "toplevel", "object", "set", "username", "worker"',
  )
  expect(log).toContain('"username", "worker2", "age-seconds", "1.5", "client-info", "id=')
  expect(log).not.toContain('secret')
  broker.advance(61_000)
  client.call('SET k v')
  expect(admin.call('ACL LOG 1')).toContain('"count", :1')
  admin.call('CONFIG SET acllog-max-len 2')
  client.call('GET y')
  expect(admin.call('ACL LOG -1')).toBe('[]')
  expect(admin.call('ACL LOG 10')!.match(/"count"/g)).toHaveLength(2)
  expect(admin.call('ACL LOG RESET')).toBe('+OK')
  expect(admin.call('ACL LOG')).toBe('[]')
})

test('passwords are in neither SLOWLOG nor MONITOR', () => {
  const broker = new TestBroker()
  const client = broker.client()
  const monitor = broker.client()
  monitor.call('MONITOR')
  client.call('CONFIG SET slowlog-log-slower-than 0')
  client.call('ACL SETUSER worker on >secret1')
  client.call('AUTH worker secret1')
  client.call('HELLO 2 AUTH worker secret1')
  client.call('ACL DELUSER secret2')
  const told = `${client.call('SLOWLOG GET -1')} ${monitor.received().join(' ')}`
  expect(told).toContain('(redacted)')
  expect(told).not.toMatch(/secret/)
})

/** A host with one file. */
function hostWith(file: { text: string | undefined }): Host {
  return {
    ...bareHost,
    secretBytes: (count) => new Uint8Array(count).fill(0xab),
    readAclFile() {
      if (file.text === undefined) throw new FileRefused('No such file or directory')
      return file.text
    },
    writeAclFile(_path, text) {
      if (file.text === undefined) throw new FileRefused('Permission denied')
      file.text = text
    },
  }
}

function brokerWithFile(file: { text: string | undefined }): TestBroker {
  const config = new Config()
  config.assign('aclfile', ['users.acl'])
  return new TestBroker(config, hostWith(file))
}

test('ACL GENPASS gives as many digits as the bits ask for', () => {
  const client = brokerWithFile({ text: '' }).client()
  expect(client.call('ACL GENPASS')).toBe(`"${'ab'.repeat(32)}"`)
  expect(client.call('ACL GENPASS 5')).toBe('"ab"')
  expect(client.call('ACL GENPASS 12')).toBe('"aba"')
  for (const bits of [0, 4097]) {
    expect(client.call(`ACL GENPASS ${bits}`)).toBe(
      '-ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
    )
  }
})

test('ACL SAVE and ACL LOAD carry users through the file', () => {
  const file = { text: '' }
  const broker = brokerWithFile(file)
  const client = broker.client()
  client.call('ACL SETUSER worker on >p ~k %R~r (+get ~x)')
  expect(client.call('ACL SAVE')).toBe('+OK')
  expect(file.text).toBe(
    `user default on nopass ~* &* +@all\nuser worker on #${digestOf('p')} ~k %R~r resetchannels -@all (~x resetchannels -@all +get)\n`,
  )
  const before = client.call('ACL LIST')
  const worker = broker.client()
  worker.call('AUTH worker p')
  expect(client.call('ACL LOAD')).toBe('+OK')
  expect(client.call('ACL LIST')).toBe(before)
  expect([client.isClosed, worker.isClosed]).toEqual([false, true])
})

test('a file with a fault changes nothing', () => {
  const file = { text: 'user a on nopass +get\nuser a on\nusr b\n\nuser c ~* ~x #1 +nope (+fo)\nuser d (+get' }
  const client = brokerWithFile(file).client()
  expect(client.call('ACL LOAD')).toBe(
    "-ERR WARNING: Duplicate user 'a' found on line 2. users.acl:3 should start with user keyword followed by the " +
      'username. users.acl:5: Adding a pattern after the * pattern (or the ' +
      "'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of " +
      "patterns. users.acl:5: Error in applying operation '+nope': Unknown command or category name in ACL. " +
      "users.acl:5: Error in applying operation '(+fo)': Unknown command or category name in ACL. users.acl:6: " +
      'Unmatched parenthesis in selector definition. WARNING: ACL errors detected, no change to the previously active ' +
      'ACL rules was performed',
  )
  expect(client.call('ACL USERS')).toBe('["default"]')
})

test('without a file ACL LOAD and ACL SAVE say so, and a file that fails is told', () => {
  const client = new TestBroker().client()
  for (const name of ['LOAD', 'SAVE']) {
    expect(client.call(`ACL ${name}`)).toMatch(/^-ERR This Redis instance is not configured to use an ACL file/)
  }
  const other = brokerWithFile({ text: undefined }).client()
  expect(other.call('ACL LOAD')).toBe("-ERR Error loading ACLs, opening file 'users.acl': No such file or directory")
  expect(other.call('ACL SAVE')).toMatch(/^-ERR There was an error trying to save the ACLs/)
})

test('a restricted user writes into the log of data as anybody, and its rights are not in it', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '~* +set')
  client.call('SET k v')
  expect(broker.records).toHaveLength(1)
  expect(broker.records[0]).not.toContain('worker')
})

test('SORT follows patterns only for those who may read every key', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '%R~k* %W~out +sort')
  expect(client.call('SORT k')).toBe('[]')
  expect(client.call('SORT k STORE out')).toBe(':0')
  expect(client.call('SORT k STORE k2')).toMatch(/keys used as arguments$/)
  expect(client.call('SORT k BY constant')).toBe('[]')
  expect(client.call('SORT k BY w*')).toBe('-ERR BY option of SORT denied due to insufficient ACL permissions.')
  expect(client.call('SORT k GET #')).toBe('-ERR GET option of SORT denied due to insufficient ACL permissions.')
  broker.client().call('ACL SETUSER worker %R~*')
  expect(client.call('SORT k BY w* GET #')).toBe('[]')
})

test('what BITFIELD does with its key is said by its operations', () => {
  const client = clientOf(new TestBroker(), '%R~k +@all')
  expect(client.call('BITFIELD k GET u8 0')).toBe('[:0]')
  expect(client.call('BITFIELD k SET u8 0 1')).toMatch(/keys used as arguments$/)
})

test('rules name commands by their own names, and clients by those of rename-command', () => {
  const config = new Config()
  config.renamedCommands.push({ from: 'get', to: 'fetch' }, { from: 'flushall', to: '' })
  const client = clientOf(new TestBroker(config), '~* -@all +get +flushall')
  expect(client.call('FETCH k')).toBe('$-1')
  expect(client.call('SET k v')).toMatch(/'set' command$/)
  expect(client.call('FLUSHALL')).toMatch(/unknown command/)
})

test('scripts ask whether their caller may run a command, and denials are noted', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '%R~k +get +set &c +publish')
  const { acl } = broker.broker
  const port = new AclPort(broker.broker)
  const ask = (...words: string[]) => port.scriptRefusal(client.session, Args.of(...words))
  expect(ask('GET', 'k')).toBeUndefined()
  expect(ask('DEL', 'k')).toBe("ERR The user executing the script can't run this command or subcommand")
  expect(ask('SET', 'k', 'v')).toBe(
    "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
  )
  expect(ask('PUBLISH', 'd', 'm')).toBe(
    "ERR The user executing the script can't publish to the channel mentioned in the command",
  )
  expect(acl.log.latest(9, broker.nowMs).map(({ context, object }) => [context, object])).toEqual([
    ['lua', 'd'],
    ['lua', 'k'],
    ['lua', 'del'],
  ])
  expect(port.mayRun(client.session, Args.of('SET', 'k', 'v'))).toBe(false)
  expect(port.mayRun(client.session, Args.of('GET', 'k'))).toBe(true)
  expect(port.mayRun(client.session, Args.of('NOPE'))).toBeUndefined()
})

test('who may do everything takes the short road, whoever it is', () => {
  const broker = new TestBroker()
  const client = clientOf(broker, '~* &* +@all')
  expect(client.session.flags).toBe(0)
  broker.client().call('ACL SETUSER worker -get')
  expect(client.session.flags).not.toBe(0)
  broker.client().call('ACL SETUSER worker allcommands')
  expect(client.session.flags).toBe(0)
})
