import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker } from '../support/in-process.ts'

test('a watched key that expires breaks the watch, met by anybody or not', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('SET key value PX 10')
  client.call('WATCH key')
  broker.nowMs += 11
  client.call('MULTI')
  client.call('PING')
  expect(client.call('EXEC')).toBe('*-1')
})

test('a key that had expired before WATCH breaks nothing', () => {
  const broker = new TestBroker()
  const [client, other] = [broker.client(), broker.client()]
  client.call('SET key value PX 10')
  broker.nowMs += 11
  client.call('WATCH key')
  other.call('GET key')
  client.call('MULTI')
  client.call('PING')
  expect(client.call('EXEC')).toBe('[+"PONG"]')
})

test('all of a transaction sees one time', () => {
  const broker: TestBroker = new TestBroker(new Config(), {
    ...bareHost,
    sleep(ms) {
      broker.nowMs += ms
    },
  })
  const client = broker.client()
  broker.broker.state.debugCommands = 'yes'
  client.sendRaw('MULTI\r\nSET key value PX 10\r\nDEBUG SLEEP 0.02\r\nDEL key\r\nEXEC\r\n')
  expect(client.received().at(-1)).toBe('[+"OK", +"OK", :1]')
})
