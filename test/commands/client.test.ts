import { describe, expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

test('CLIENT INFO has the fields of Redis 7.0 in their order', () => {
  const client = new TestBroker().client()
  client.call('CLIENT SETNAME worker')
  const line = client.call('CLIENT INFO') ?? ''
  expect(line.replace(/=[^ ]*/g, '')).toBe(
    '"id addr laddr fd name age idle flags db sub psub ssub multi qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem ' +
      'tot-mem events cmd user redir resp',
  )
  expect(line).toMatch(/^"id=1 addr=127\.0\.0\.1:\d+ laddr=127\.0\.0\.1:6379 /)
  expect(line).toContain(' name=worker ')
  expect(line).toContain(' cmd=client|info user=default ')
})

test('CLIENT LIST tells what each client is in the midst of', () => {
  const broker = new TestBroker()
  const [client, subscriber, waiter, writer] = [broker.client(), broker.client(), broker.client(), broker.client()]
  subscriber.call('SUBSCRIBE a b')
  waiter.call('BLPOP list 0')
  writer.call('WATCH key')
  writer.call('MULTI')
  writer.call('SET key value')
  broker.advance(5000)
  client.call('SET key 1')
  const lines = (client.call('CLIENT LIST') ?? '').split('\\n')
  expect(lines[1]).toMatch(/^id=2 .* age=5 idle=5 flags=P db=0 sub=2 psub=0 .* cmd=subscribe /)
  expect(lines[2]).toMatch(/^id=3 .* flags=b .* argv-mem=[1-9]\d* .* cmd=blpop /)
  expect(lines[3]).toMatch(/^id=4 .* flags=xd .* multi=1 .* multi-mem=[1-9]\d* .* cmd=set /)
})

test('CLIENT LIST chooses by type and by ids', () => {
  const broker = new TestBroker()
  const [client, subscriber] = [broker.client(), broker.client()]
  subscriber.call('SUBSCRIBE a')
  const ids = (command: string): string[] =>
    [...(client.call(command) ?? '').matchAll(/(?:^"|\\n)id=(\d+)/g)].map((match) => match[1]!)
  expect(ids('CLIENT LIST TYPE PUBSUB')).toEqual(['2'])
  expect(ids('CLIENT LIST TYPE normal')).toEqual(['1'])
  expect(ids('CLIENT LIST TYPE replica')).toEqual([])
  expect(ids('CLIENT LIST ID 2 1 99')).toEqual(['2', '1'])
  expect(client.call('CLIENT LIST TYPE foo')).toBe("-ERR Unknown client type 'foo'")
  expect(client.call('CLIENT LIST ID x')).toBe('-ERR Invalid client ID')
  expect(client.call('CLIENT LIST ID')).toBe('-ERR syntax error')
})

test('a client has a name, a number and a library', () => {
  const client = new TestBroker().client()
  expect(client.call('CLIENT ID')).toBe(':1')
  expect(client.call('CLIENT GETNAME')).toBe('$-1')
  expect(client.call('CLIENT SETNAME worker')).toBe('+OK')
  expect(client.call('CLIENT GETNAME')).toBe('"worker"')
  expect(client.call('CLIENT SETNAME "a b"')).toBe(
    '-ERR Client names cannot contain spaces, newlines or special characters.',
  )
  expect(client.call('CLIENT SETINFO LIB-NAME ioredis')).toBe('+OK')
  expect(client.call('CLIENT SETINFO lib-ver 5.0')).toBe('+OK')
  expect(client.call('CLIENT SETINFO color red')).toBe("-ERR Unrecognized option 'color'")
  expect(client.call('CLIENT INFO')).toMatch(/ lib-name=ioredis lib-ver=5\.0\\n"$/)
})

test('CLIENT KILL by address closes the client and says when there is none', () => {
  const broker = new TestBroker()
  const [client, victim] = [broker.client(), broker.client()]
  expect(client.call('CLIENT KILL 1.2.3.4:5')).toBe('-ERR No such client')
  victim.call('SUBSCRIBE a')
  expect(client.call('CLIENT KILL TYPE pubsub')).toBe(':1')
  expect(victim.isClosed).toBe(true)
  expect(client.call('PUBLISH a m')).toBe(':0')
})

test('CLIENT KILL spares the one who asks unless told otherwise, and then answers first', () => {
  const broker = new TestBroker()
  const [client, victim] = [broker.client(), broker.client()]
  expect(client.call('CLIENT KILL TYPE normal')).toBe(':1')
  expect(victim.isClosed).toBe(true)
  client.sendRaw('CLIENT KILL ID 1 SKIPME no\r\nPING\r\n')
  expect(client.received()).toEqual([':1'])
  expect(client.isClosed).toBe(true)
})

test.each([
  ['CLIENT KILL ID 0', '-ERR client-id should be greater than 0'],
  ['CLIENT KILL ID x', '-ERR client-id should be greater than 0'],
  ['CLIENT KILL TYPE foo', "-ERR Unknown client type 'foo'"],
  ['CLIENT KILL USER foo', "-ERR No such user 'foo'"],
  ['CLIENT KILL SKIPME maybe', '-ERR syntax error'],
  ['CLIENT KILL ID 99 ID', '-ERR syntax error'],
  ['CLIENT KILL ID 99 LADDR 1.2.3.4:5', ':0'],
  ['CLIENT REPLY foo', '-ERR syntax error'],
  ['CLIENT PAUSE x', '-ERR timeout is not an integer or out of range'],
  ['CLIENT PAUSE -1', '-ERR timeout is negative'],
  ['CLIENT PAUSE x FOO', '-ERR CLIENT PAUSE mode must be WRITE or ALL'],
  ['CLIENT UNBLOCK x', '-ERR value is not an integer or out of range'],
  ['CLIENT UNBLOCK 99 FOO', '-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR'],
  ['CLIENT NO-EVICT maybe', '-ERR syntax error'],
  ['CLIENT FOO', "-ERR unknown subcommand 'FOO'. Try CLIENT HELP."],
  ['CLIENT TRACKING OFF', '+OK'],
  ['CLIENT TRACKINGINFO', '["flags", ["off"], "redirect", :-1, "prefixes", []]'],
  ['CLIENT GETREDIR', ':-1'],
])('%s is answered %s', (command, answer) => {
  expect(new TestBroker().client().call(command)).toBe(answer)
})

test('CLIENT UNBLOCK ends a wait as a time-out or with an error', () => {
  const broker = new TestBroker()
  const [client, waiter] = [broker.client(), broker.client()]
  waiter.call('BLPOP list 0')
  expect(client.call('CLIENT UNBLOCK 2')).toBe(':1')
  expect(waiter.received()).toEqual(['*-1'])
  waiter.call('BLPOP list 0')
  expect(client.call('CLIENT UNBLOCK 2 ERROR')).toBe(':1')
  expect(waiter.received()).toEqual(['-UNBLOCKED client unblocked via CLIENT UNBLOCK'])
  expect(client.call('CLIENT UNBLOCK 2')).toBe(':0')
  expect(client.call('LPUSH list x')).toBe(':1')
  expect(client.call('LLEN list')).toBe(':1')
})

test('an unblocked client goes on with what it had sent', () => {
  const broker = new TestBroker()
  const [client, waiter] = [broker.client(), broker.client()]
  waiter.sendRaw('BLPOP list 0\r\nPING\r\n')
  client.sendRaw('MULTI\r\nCLIENT UNBLOCK 2\r\nCLIENT UNBLOCK 2\r\nEXEC\r\n')
  expect(client.received().at(-1)).toBe('[:1, :0]')
  expect(waiter.received()).toEqual(['*-1', '+PONG'])
})

test('CLIENT REPLY SKIP silences itself and the next command', () => {
  const client = new TestBroker().client()
  client.sendRaw('CLIENT REPLY SKIP\r\nSET key 1\r\nGET key\r\n')
  expect(client.received()).toEqual(['"1"'])
})

test('CLIENT REPLY OFF silences everything until ON', () => {
  const client = new TestBroker().client()
  client.sendRaw('CLIENT REPLY OFF\r\nSET key 1\r\nGET\r\nCLIENT REPLY ON\r\nGET key\r\n')
  expect(client.received()).toEqual(['+OK', '"1"'])
})

test('CLIENT REPLY SKIP silences RESET, and OFF does not', () => {
  const client = new TestBroker().client()
  client.sendRaw('CLIENT REPLY SKIP\r\nRESET\r\nECHO one\r\nCLIENT REPLY OFF\r\nRESET\r\nECHO two\r\n')
  expect(client.received()).toEqual(['"one"', '+RESET', '"two"'])
})

test.each(['OFF', 'SKIP'])(
  'after CLIENT REPLY %s a request that is malformed closes the connection without a word',
  (mode) => {
    const client = new TestBroker().client()
    client.sendRaw(`PING\r\nCLIENT REPLY ${mode}\r\n*x\r\nPING\r\n`)
    expect(client.received()).toEqual(['+PONG'])
    expect(client.isClosed).toBe(true)
  },
)

describe('CLIENT REPLY silences what comes late', () => {
  const late: [string, (broker: TestBroker, other: TestClient) => void][] = [
    ['an element', (_, other) => other.call('RPUSH list a')],
    ['a time-out', (broker) => broker.advance(1000)],
    ['an unblocking', (_, other) => other.call('CLIENT UNBLOCK 2')],
  ]
  test.each(late)('%s', (_what, end) => {
    const broker = new TestBroker()
    const [other, client] = [broker.client(), broker.client()]
    client.sendRaw('CLIENT REPLY SKIP\r\nBLPOP list 1\r\nECHO one\r\nCLIENT REPLY OFF\r\nBLPOP list 1\r\nECHO two\r\n')
    end(broker, other)
    end(broker, other)
    client.sendRaw('CLIENT REPLY ON\r\n')
    expect(client.received()).toEqual(['"one"', '+OK'])
    expect(other.call('LLEN list')).toBe(':0')
  })
})

test('a client that sends HTTP is closed with all that it was answered, and the log says so now and then', () => {
  const lines: string[] = []
  const broker = new TestBroker(new Config(), { ...bareHost, log: (_level, text) => lines.push(text) })
  const other = broker.client()
  for (const input of ['GET / HTTP/1.1\r\nHost: a\r\n\r\nSET key 1\r\n', 'post /\r\nSET key 1\r\n']) {
    const client = broker.client()
    client.sendRaw(input)
    expect(client.received()).toEqual([])
    expect(client.isClosed).toBe(true)
  }
  expect(other.call('EXISTS key')).toBe(':0')
  expect(lines.filter((line) => line.includes('HTTP'))).toHaveLength(1)
  expect(other.call('ECHO POST')).toBe('"POST"')
})

test('with CLIENT NO-TOUCH reads leave the access time alone', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('SET key value')
  client.call('CLIENT NO-TOUCH ON')
  broker.advance(10_000)
  client.call('GET key')
  broker.client().call('PING')
  expect(client.call('OBJECT IDLETIME key')).toBe(':10')
  client.call('CLIENT NO-TOUCH OFF')
  client.call('GET key')
  expect(client.call('OBJECT IDLETIME key')).toBe(':0')
})

test('CLIENT PAUSE WRITE lets reads pass and keeps writes in order until CLIENT UNPAUSE', () => {
  const broker = new TestBroker()
  const [admin, writer, reader] = [broker.client(), broker.client(), broker.client()]
  admin.call('CLIENT PAUSE 100000 WRITE')
  writer.sendRaw('GET key\r\nSET key 1\r\nGET key\r\n')
  writer.sendRaw('SET key 2\r\n')
  expect(writer.received()).toEqual(['$-1'])
  expect(reader.call('GET key')).toBe('$-1')
  expect(admin.call('CLIENT LIST')).toContain('flags=b')
  expect(admin.call('CLIENT UNPAUSE')).toBe('+OK')
  expect(writer.received()).toEqual(['+OK', '"1"', '+OK'])
  expect(reader.call('GET key')).toBe('"2"')
})

test('CLIENT PAUSE ALL keeps everything, CLIENT UNPAUSE too, until the time is up', () => {
  const broker = new TestBroker()
  const [admin, other] = [broker.client(), broker.client()]
  admin.call('CLIENT PAUSE 100')
  expect(other.call('PING')).toBeUndefined()
  expect(admin.call('CLIENT UNPAUSE')).toBeUndefined()
  broker.advance(99)
  expect(other.received()).toEqual([])
  broker.advance(1)
  expect(other.received()).toEqual(['+PONG'])
  expect(admin.received()).toEqual(['+OK'])
})

test('a second pause makes the first longer or stricter, never shorter or milder', () => {
  const broker = new TestBroker()
  const [admin, other] = [broker.client(), broker.client()]
  admin.sendRaw('CLIENT PAUSE 100 WRITE\r\nCLIENT PAUSE 10 ALL\r\n')
  expect(other.call('GET key')).toBeUndefined()
  broker.advance(50)
  expect(other.received()).toEqual([])
  broker.advance(50)
  expect(other.received()).toEqual(['$-1'])
})

test('a pause of writes holds publications and transactions that write, not others', () => {
  const broker = new TestBroker()
  const [admin, publisher, writer, reader] = [broker.client(), broker.client(), broker.client(), broker.client()]
  writer.sendRaw('MULTI\r\nSET key 1\r\n')
  writer.received()
  admin.call('CLIENT PAUSE 1000 WRITE')
  expect(publisher.call('PUBLISH a m')).toBeUndefined()
  expect(writer.call('EXEC')).toBeUndefined()
  reader.sendRaw('MULTI\r\nGET key\r\nEXEC\r\n')
  expect(reader.received()).toEqual(['+OK', '+QUEUED', '[$-1]'])
  expect(reader.call('LPUSH list')).toBe("-ERR wrong number of arguments for 'lpush' command")
  broker.advance(1000)
  expect(publisher.received()).toEqual([':0'])
  expect(writer.received()).toEqual(['[+"OK"]'])
})

test('while paused nothing expires, but what should have is not shown', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('SET key value PX 10')
  client.call('CLIENT PAUSE 100 WRITE')
  const before = broker.records.length
  broker.advance(20)
  expect(client.call('GET key')).toBe('$-1')
  expect(broker.records).toHaveLength(before)
  broker.advance(100)
  expect(broker.records.at(-1)).toContain('DEL')
})

test('a client that vanishes while it is paused writes nothing', () => {
  const broker = new TestBroker()
  const [admin, writer] = [broker.client(), broker.client()]
  admin.call('CLIENT PAUSE 100 WRITE')
  writer.call('SET key 1')
  writer.disconnect()
  broker.advance(100)
  expect(admin.call('GET key')).toBe('$-1')
})
