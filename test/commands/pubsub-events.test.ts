import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

function listening(flags: string): { broker: TestBroker; client: TestClient; listener: TestClient } {
  const broker = new TestBroker()
  expect(broker.broker.config.set(['notify-keyspace-events', flags])).toBeUndefined()
  const [client, listener] = [broker.client(), broker.client()]
  listener.call('PSUBSCRIBE __key*')
  return { broker, client, listener }
}

test('a change is told by key and by event, where both are asked for', () => {
  const { client, listener } = listening('KEA')
  client.call('SET key value')
  expect(listener.received()).toEqual([
    '["pmessage", "__key*", "__keyspace@0__:key", "set"]',
    '["pmessage", "__key*", "__keyevent@0__:set", "key"]',
  ])
})

test('only the kind of channel and the classes asked for are told', () => {
  const { client, listener } = listening('El')
  client.call('SET key value')
  client.call('LPUSH list x')
  expect(listener.received()).toEqual(['["pmessage", "__key*", "__keyevent@0__:lpush", "list"]'])
})

test('the channel names the database of the change', () => {
  const { client, listener } = listening('K$')
  client.call('SELECT 3')
  client.call('SET key value')
  expect(listener.received()).toEqual(['["pmessage", "__key*", "__keyspace@3__:key", "set"]'])
})

test('keys of any bytes and any length are told whole', () => {
  const { client, listener } = listening('KE$')
  const key = `${'\x00\xff*'.repeat(200)}\r\n`
  client.call(['SET', key, 'v'])
  client.call(['SET', 'short', 'v'])
  const messages = listener.received()
  expect(messages).toHaveLength(4)
  expect(messages[3]).toBe('["pmessage", "__key*", "__keyevent@0__:set", "short"]')
  expect(messages[1]).toContain('\\x00\\xff*\\x00\\xff*')
})

test('an expired key is told when it is deleted', () => {
  const { broker, client, listener } = listening('Ex')
  client.call('SET key value PX 10')
  broker.advance(11)
  expect(listener.received()).toEqual(['["pmessage", "__key*", "__keyevent@0__:expired", "key"]'])
})

test('new keys and missed keys are told to those who ask for them by name', () => {
  const { client, listener } = listening('Emn')
  client.call('GET key')
  client.call('SET key value')
  client.call('SET key again')
  client.call('RENAME key other')
  expect(listener.received()).toEqual([
    '["pmessage", "__key*", "__keyevent@0__:keymiss", "key"]',
    '["pmessage", "__key*", "__keyevent@0__:new", "key"]',
    '["pmessage", "__key*", "__keyevent@0__:new", "other"]',
  ])
})

test('who hears of its own change hears of it before the answer', () => {
  const { client } = listening('E$')
  client.call('HELLO 3')
  client.call('SUBSCRIBE __keyevent@0__:set')
  client.send('SET key value')
  expect(client.received()).toEqual(['>["message", "__keyevent@0__:set", "key"]', '+OK'])
})
