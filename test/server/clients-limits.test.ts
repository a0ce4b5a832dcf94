import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker } from '../support/in-process.ts'
import { StalledConnection } from '../support/stalled-connection.ts'

function configured(...directives: [name: string, value: string][]): TestBroker {
  const config = new Config()
  for (const [name, value] of directives) config.assign(name, [value])
  return new TestBroker(config)
}

test('more clients than maxclients are told so and closed', () => {
  const broker = configured(['maxclients', '2'])
  const first = broker.client()
  broker.client()
  const third = broker.client()
  expect(third.received()).toEqual(['-ERR max number of clients reached'])
  expect(third.isClosed).toBe(true)
  third.sendRaw('SET key value\r\n')
  expect(third.received()).toEqual([])
  expect(first.call('GET key')).toBe('$-1')
  first.disconnect()
  third.disconnect()
  expect(broker.client().call('PING')).toBe('+PONG')
  expect(broker.client().received()).toEqual(['-ERR max number of clients reached'])
})

test('a connection that is turned away takes no number', () => {
  const broker = configured(['maxclients', '1'])
  const first = broker.client()
  broker.client()
  first.disconnect()
  expect(broker.client().call('CLIENT ID')).toBe(':2')
})

test.each(['10.0.0.1:5000', '[2001:db8::1]:5000'])('without a password %s is kept out by protected mode', (address) => {
  const broker = configured()
  const connection = new StalledConnection(address)
  broker.broker.connect(connection)
  expect(connection.drain()).toMatch(/^-DENIED Redis is running in protected mode because/)
  expect(connection.isClosed).toBe(true)
})

test.each(['127.0.0.1:5000', '[::1]:5000', '/tmp/millrace.sock:0'])('%s is on this machine', (address) => {
  const broker = configured()
  const connection = new StalledConnection(address)
  broker.broker.connect(connection)
  expect(connection.isClosed).toBe(false)
})

test('with a password, or without protected mode, everybody may connect', () => {
  for (const broker of [configured(['requirepass', 'secret']), configured(['protected-mode', 'no'])]) {
    const connection = new StalledConnection('10.0.0.1:5000')
    broker.broker.connect(connection)
    expect(connection.isClosed).toBe(false)
  }
})

test('a client that is silent for longer than timeout is closed, those that wait are not', () => {
  const broker = configured(['timeout', '10'])
  const [silent, busy, subscriber, waiter] = [broker.client(), broker.client(), broker.client(), broker.client()]
  subscriber.call('SUBSCRIBE a')
  waiter.call('BLPOP list 0')
  broker.advance(9000)
  busy.call('PING')
  broker.advance(1000)
  expect(silent.isClosed).toBe(false)
  broker.advance(1000)
  expect([silent, busy, subscriber, waiter].map((each) => each.isClosed)).toEqual([true, false, false, false])
})

test('a timeout that is set later holds at once', () => {
  const broker = configured()
  const [silent, admin] = [broker.client(), broker.client()]
  broker.advance(100_000)
  admin.call('CONFIG SET timeout 10')
  broker.advance(1000)
  expect(silent.isClosed).toBe(true)
  expect(admin.isClosed).toBe(false)
})

test('a request that outgrows client-query-buffer-limit closes the connection', () => {
  const broker = configured(['client-query-buffer-limit', '1mb'])
  const client = broker.client()
  client.sendRaw(`*2\r\n$4\r\nECHO\r\n$3000000\r\n${'x'.repeat(600_000)}`)
  expect(client.isClosed).toBe(false)
  client.sendRaw('x'.repeat(600_000))
  expect(client.isClosed).toBe(true)
})
