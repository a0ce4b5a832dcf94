import { expect, test } from 'vitest'
import type { Log } from '../../src/log/log.ts'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker } from '../support/in-process.ts'
import { StalledConnection } from '../support/stalled-connection.ts'

function configured(limits: string): TestBroker {
  const config = new Config()
  config.assign('client-output-buffer-limit', limits.split(' '))
  return new TestBroker(config)
}

function stalled(broker: TestBroker, commands: string): StalledConnection {
  const connection = new StalledConnection()
  const session = broker.broker.connect(connection)
  broker.broker.receive(session, Buffer.from(commands))
  broker.broker.endTurn()
  return connection
}

const message = 'x'.repeat(1000)

test('a subscriber that does not read is cut at the hard limit, and the others go on', () => {
  const broker = configured('pubsub 10000 0 0')
  const slow = stalled(broker, 'SUBSCRIBE a\r\n')
  const [publisher, quick] = [broker.client(), broker.client()]
  quick.call('SUBSCRIBE a')
  const counts = Array.from({ length: 12 }, () => publisher.call(`PUBLISH a ${message}`))
  expect(slow.isClosed).toBe(true)
  expect(slow.pendingBytes).toBe(0)
  expect(counts.slice(0, 9).every((count) => count === ':2')).toBe(true)
  expect(counts.slice(10)).toEqual([':1', ':1'])
  expect(quick.received()).toHaveLength(12)
})

test('what waits for a subscriber never exceeds the limit by more than one turn', () => {
  const broker = configured('pubsub 10000 0 0')
  const slow = stalled(broker, 'SUBSCRIBE a\r\n')
  const publisher = broker.client()
  let largest = 0
  for (let i = 0; i < 1000; i++) {
    publisher.call(`PUBLISH a ${message}`)
    largest = Math.max(largest, slow.pendingBytes)
  }
  expect(largest).toBeLessThan(10_000)
})

test('a subscriber over its soft limit is cut when its time is up, though nothing more is sent', () => {
  const broker = configured('pubsub 0 5000 2')
  const slow = stalled(broker, 'SUBSCRIBE a\r\n')
  broker.client().sendRaw(`PUBLISH a ${message}\r\n`.repeat(6))
  broker.advance(2000)
  expect(slow.isClosed).toBe(false)
  broker.advance(1000)
  expect(slow.isClosed).toBe(true)
})

test('a subscriber that catches up in time is spared', () => {
  const broker = configured('pubsub 0 5000 2')
  const slow = stalled(broker, 'SUBSCRIBE a\r\n')
  const publisher = broker.client()
  publisher.sendRaw(`PUBLISH a ${message}\r\n`.repeat(6))
  broker.advance(2000)
  expect(slow.drain()).toContain(message)
  broker.advance(10_000)
  expect(slow.isClosed).toBe(false)
  expect(publisher.call('PUBLISH a m')).toBe(':1')
})

test('the limits of subscribers are not those of other clients', () => {
  const broker = configured('pubsub 1000 0 0')
  broker.client().call(['SET', 'key', 'x'.repeat(5000)])
  const reader = stalled(broker, 'GET key\r\n')
  expect(reader.isClosed).toBe(false)
  expect(reader.drain()).toContain('x'.repeat(5000))
})

test('a client that asks and does not read is cut where there is a limit for it', () => {
  const broker = configured('normal 20000 0 0')
  broker.client().call(['SET', 'key', 'x'.repeat(5000)])
  const reader = stalled(broker, 'GET key\r\n'.repeat(10))
  expect(reader.isClosed).toBe(true)
  expect(broker.broker.sessions.size).toBe(1)
})

test('messages that wait for the log count too', () => {
  const log = { position: 0, durablePosition: 0, append: () => ++log.position }
  const config = new Config()
  config.assign('client-output-buffer-limit', ['pubsub', '100000', '0', '0'])
  const held = new TestBroker(config, undefined, log as unknown as Log)
  const [publisher, subscriber] = [held.client(), held.client()]
  expect(subscriber.call('SUBSCRIBE a')).toBe('["subscribe", "a", :1]')
  const lines = `SET key 1\r\nPUBLISH a ${message}\r\n`
  for (let i = 0; i < 90; i++) publisher.sendRaw(lines)
  expect(subscriber.isClosed).toBe(false)
  for (let i = 0; i < 20; i++) publisher.sendRaw(lines)
  expect(subscriber.isClosed).toBe(true)
  log.durablePosition = log.position
  held.broker.onDurable(log.position)
  expect(subscriber.received()).toEqual([])
  expect(publisher.received()).toHaveLength(220)
})

test('a client that has not authenticated is cut when it leaves its refusals unread', () => {
  const config = new Config()
  config.assign('requirepass', ['secret'])
  const broker = new TestBroker(config)
  expect(stalled(broker, 'GET key\r\n'.repeat(10)).isClosed).toBe(false)
  expect(stalled(broker, 'GET key\r\n'.repeat(100)).isClosed).toBe(true)
})
