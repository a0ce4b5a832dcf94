import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

test('EXEC answers every queued command in one array', () => {
  const client = new TestBroker().client()
  expect(client.call('MULTI')).toBe('+OK')
  expect(client.call('SET key value')).toBe('+QUEUED')
  expect(client.call('GET key')).toBe('+QUEUED')
  expect(client.call('EXEC')).toBe('[+"OK", "value"]')
})

test('a transaction is one log record', () => {
  const broker = new TestBroker()
  const client = broker.client()
  for (const command of ['MULTI', 'SET a 1', 'SET b 2', 'EXEC']) client.call(command)
  expect(broker.records).toEqual(['*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n'])
})

test('EXEC runs nothing when a watched key was changed by another client', () => {
  const broker = new TestBroker()
  const [first, second] = [broker.client(), broker.client()]
  first.call('WATCH key')
  second.call('SET key theirs')
  first.call('MULTI')
  first.call('SET key mine')
  expect(first.call('EXEC')).toBe('*-1')
  expect(first.call('GET key')).toBe('"theirs"')
})

test('a command that is refused while queueing lets EXEC abort', () => {
  const client = new TestBroker().client()
  client.call('MULTI')
  expect(client.call('GET')).toBe("-ERR wrong number of arguments for 'get' command")
  expect(client.call('EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.')
  expect(client.call('EXEC')).toBe('-ERR EXEC without MULTI')
})
