import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { bareHost, FileRefused, type Host } from '../../src/server/host.ts'
import { TestBroker } from '../support/in-process.ts'

test('CONFIG GET answers pairs, as a map in RESP3', () => {
  const client = new TestBroker().client()
  expect(client.call('CONFIG GET databases')).toBe('["databases", "16"]')
  client.call('HELLO 3')
  expect(client.call('CONFIG GET databases nosuch')).toBe('{"databases": "16"}')
})

test('CONFIG SET of several directives sets all or none', () => {
  const client = new TestBroker().client()
  expect(client.call('CONFIG SET slowlog-max-len 7 timeout x')).toMatch(/^-ERR CONFIG SET failed/)
  expect(client.call('CONFIG GET slowlog-max-len')).toBe('["slowlog-max-len", "128"]')
  expect(client.call('CONFIG SET slowlog-max-len 7 timeout 5')).toBe('+OK')
  expect(client.call('CONFIG GET slowlog-max-len timeout')).toBe('["slowlog-max-len", "7", "timeout", "5"]')
})

test('values of any bytes go in and out', () => {
  const client = new TestBroker().client()
  client.call(['CONFIG', 'SET', 'requirepass', '\xff\0"'])
  expect(client.call('CONFIG GET requirepass')).toBe('["requirepass", "\\xff\\x00\\""]')
})

test.each([
  ['CONFIG GET', "-ERR wrong number of arguments for 'config|get' command"],
  ['CONFIG SET timeout', "-ERR wrong number of arguments for 'config|set' command"],
  ['CONFIG SET timeout 1 x', '-ERR syntax error'],
  ['CONFIG SET nosuch 1', "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"],
  ['CONFIG nosuch', "-ERR unknown subcommand 'nosuch'. Try CONFIG HELP."],
  ['CONFIG REWRITE', '-ERR The server is running without a config file'],
])('%s answers %s', (line, answer) => {
  expect(new TestBroker().client().call(line)).toBe(answer)
})

test('CONFIG REWRITE writes what has changed into the file', () => {
  let file = 'timeout 1\n'
  const host: Host = {
    ...bareHost,
    facts: () => ({ ...bareHost.facts(), configFile: '/etc/millrace.conf' }),
    rewriteConfigFile(rewrite) {
      file = rewrite(file)
    },
  }
  const client = new TestBroker(new Config(), host).client()
  client.call('CONFIG SET timeout 30')
  expect(client.call('CONFIG REWRITE')).toBe('+OK')
  expect(file).toBe('timeout 30\n')
})

test('CONFIG REWRITE tells why the file could not be written', () => {
  const host: Host = {
    ...bareHost,
    facts: () => ({ ...bareHost.facts(), configFile: '/etc/millrace.conf' }),
    rewriteConfigFile() {
      throw new FileRefused('Permission denied')
    },
  }
  expect(new TestBroker(new Config(), host).client().call('CONFIG REWRITE')).toBe(
    '-ERR Rewriting config file: Permission denied',
  )
})

test('CONFIG RESETSTAT begins the statistics anew', () => {
  const client = new TestBroker().client()
  client.call('GET key')
  client.call('NOSUCH')
  expect(client.call('CONFIG RESETSTAT')).toBe('+OK')
  const info = client.call('INFO stats commandstats errorstats latencystats') ?? ''
  expect(info).toContain('keyspace_misses:0')
  expect(info).toContain('total_error_replies:0')
  expect(info).toContain('total_commands_processed:1\\r')
  expect(info).not.toContain('cmdstat_get')
  expect(info).not.toContain('errorstat_')
})

test('a smaller proto-max-bulk-len refuses larger arguments from then on', () => {
  const client = new TestBroker().client()
  client.call('CONFIG SET proto-max-bulk-len 1mb')
  expect(client.call(['SET', 'key', 'x'.repeat(1024 ** 2 + 1)])).toBe('-ERR Protocol error: invalid bulk length')
  expect(client.isClosed).toBe(true)
})

test('notify-keyspace-events is heard from the next command on', () => {
  const broker = new TestBroker()
  const [client, listener] = [broker.client(), broker.client()]
  listener.call('SUBSCRIBE __keyevent@0__:set')
  listener.received()
  client.call('SET key value')
  client.call('CONFIG SET notify-keyspace-events KEA')
  client.call('SET key value')
  expect(listener.received()).toEqual(['["message", "__keyevent@0__:set", "key"]'])
})

test('DEBUG is refused unless enable-debug-command allows it', () => {
  const refusal = /^-ERR DEBUG command not allowed\. If the enable-debug-command option is set to "local"/
  expect(new TestBroker().client().call('DEBUG SLEEP 0')).toMatch(refusal)
  for (const allowed of ['local', 'yes']) {
    const config = new Config()
    config.assign('enable-debug-command', [allowed])
    expect(new TestBroker(config).client().call('DEBUG SLEEP 0')).toBe('+OK')
  }
})

test('a running broker neither opens nor closes its log', () => {
  const client = new TestBroker().client()
  expect(client.call('CONFIG SET appendonly no timeout 5')).toBe(
    "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - whether there is a log is decided at start",
  )
  expect(client.call('CONFIG GET appendonly timeout')).toBe('["appendonly", "yes", "timeout", "0"]')
})
