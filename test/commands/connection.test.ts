import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

function guarded(): { broker: TestBroker; client: TestClient } {
  const config = new Config()
  config.assign('requirepass', ['secret'])
  const broker = new TestBroker(config)
  return { broker, client: broker.client() }
}

const wrongPass = '-WRONGPASS invalid username-password pair or user is disabled.'
const noAuth = '-NOAUTH Authentication required.'

test('HELLO switches to RESP3 with its own answer, and back', () => {
  const client = new TestBroker().client()
  expect(client.call('HELLO 3')).toMatch(/^\{"server": "redis", "version": "7\.0\.\d+", "proto": :3, "id": :1, /)
  expect(client.call('GET nothing')).toBe('_')
  expect(client.call('HELLO 2')).toMatch(/^\["server", "redis", "version", .*"proto", :2/)
  expect(client.call('GET nothing')).toBe('$-1')
})

test('HELLO without a version tells and changes nothing', () => {
  const client = new TestBroker().client()
  expect(client.call('HELLO')).toBe(
    '["server", "redis", "version", "7.0.15", "proto", :2, "id", :1, "mode", "standalone", "role", "master", "modules", []]',
  )
})

test.each([
  ['HELLO x', '-ERR Protocol version is not an integer or out of range'],
  ['HELLO 1', '-NOPROTO unsupported protocol version'],
  ['HELLO 4', '-NOPROTO unsupported protocol version'],
  ['HELLO 3 FOO', "-ERR Syntax error in HELLO option 'FOO'"],
  ['HELLO 3 AUTH user', "-ERR Syntax error in HELLO option 'AUTH'"],
  ['HELLO 3 SETNAME', "-ERR Syntax error in HELLO option 'SETNAME'"],
  ['HELLO 3 SETNAME "a b"', '-ERR Client names cannot contain spaces, newlines or special characters.'],
  ['HELLO 3 AUTH nobody x', wrongPass],
  ['AUTH a b c', '-ERR syntax error'],
  [
    'AUTH x',
    '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
  ],
  ['AUTH nobody x', wrongPass],
  ['AUTH default whatever', '+OK'],
  ['PING a b', "-ERR wrong number of arguments for 'ping' command"],
  ['ECHO hello', '"hello"'],
])('%s without a password is answered %s', (command, answer) => {
  const client = new TestBroker().client()
  expect(client.call(command)).toBe(answer)
  expect(client.call('GET nothing')).toBe('$-1')
})

test('with a password nothing but greeting and leaving is allowed before AUTH', () => {
  const { client } = guarded()
  expect(client.call('PING')).toBe(noAuth)
  expect(client.call('SET key value')).toBe(noAuth)
  expect(client.call('HELLO 3')).toMatch(/^-NOAUTH HELLO must be called with the client already authenticated/)
  expect(client.call('RESET')).toBe('+RESET')
  expect(client.call('AUTH wrong')).toBe(wrongPass)
  expect(client.call('AUTH default wrong')).toBe(wrongPass)
  expect(client.call('AUTH nobody secret')).toBe(wrongPass)
  expect(client.call('PING')).toBe(noAuth)
  expect(client.call('AUTH secret')).toBe('+OK')
  expect(client.call('SET key value')).toBe('+OK')
})

test('AUTH takes the user in front of the password, and HELLO takes both', () => {
  const { broker, client } = guarded()
  expect(client.call('AUTH default secret')).toBe('+OK')
  const other = broker.client()
  expect(other.call('HELLO 3 AUTH default secret SETNAME worker')).toMatch(/^\{"server"/)
  expect(other.call('CLIENT GETNAME')).toBe('"worker"')
})

test('a wrong password leaves a client that is in where it is', () => {
  const { client } = guarded()
  client.call('AUTH secret')
  expect(client.call('AUTH wrong')).toBe(wrongPass)
  expect(client.call('PING')).toBe('+PONG')
})

test('before AUTH requests must be small', () => {
  const { client } = guarded()
  client.sendRaw('*11\r\n')
  expect(client.received()).toEqual(['-ERR Protocol error: unauthenticated multibulk length'])
  expect(client.isClosed).toBe(true)
})

test('a password that is set later keeps out those who come later', () => {
  const broker = new TestBroker()
  const early = broker.client()
  expect(early.call('CONFIG SET requirepass secret')).toBe('+OK')
  expect(early.call('PING')).toBe('+PONG')
  const late = broker.client()
  expect(late.call('PING')).toBe(noAuth)
  early.call(['CONFIG', 'SET', 'requirepass', ''])
  expect(late.call('PING')).toBe('+PONG')
})

test('RESET makes the connection as new', () => {
  const { broker, client } = guarded()
  client.call('HELLO 3 AUTH default secret SETNAME worker')
  client.call('SELECT 3')
  client.call('WATCH key')
  client.call('MULTI')
  expect(client.call('RESET')).toBe('+RESET')
  expect(client.call('GET key')).toBe(noAuth)
  client.call('AUTH secret')
  expect(client.call('CLIENT GETNAME')).toBe('$-1')
  expect(client.call('EXEC')).toBe('-ERR EXEC without MULTI')
  expect(client.call('CLIENT INFO')).toMatch(/ flags=N db=0 .* resp=2\\n/)
  expect(broker.broker.watches.isEmpty).toBe(true)
})

test('QUIT answers everything before it and nothing behind it', () => {
  const client = new TestBroker().client()
  client.sendRaw('PING\r\nQUIT\r\nPING\r\n')
  expect(client.received()).toEqual(['+PONG', '+OK'])
  expect(client.isClosed).toBe(true)
})

test('QUIT inside MULTI leaves at once', () => {
  const client = new TestBroker().client()
  client.sendRaw('MULTI\r\nSET key value\r\nQUIT\r\nEXEC\r\n')
  expect(client.received()).toEqual(['+OK', '+QUEUED', '+OK'])
})
