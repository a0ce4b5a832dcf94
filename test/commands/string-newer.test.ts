import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { replayed } from '../support/replayed.ts'

/** The record as words, without the wire's sizes. */
const words = (record: string | undefined): string =>
  (record ?? '')
    .replace(/[*$]\d+\r\n/g, '')
    .replaceAll('\r\n', ' ')
    .trim()

const contents = (client: TestClient): (string | undefined)[] =>
  ['a', 'b', 'f'].flatMap((key) => [client.call(`GET ${key}`), client.call(`PEXPIRETIME ${key}`)])

test.each([
  ['SET a 2 IFEQ 1 PX 5000', 'SET a 2 PXAT 1700000005000'],
  ['SET a 2 IFNE 2 KEEPTTL', 'SET a 2 KEEPTTL'],
  ['SET a 2 IFEQ 2', ''],
  ['DELEX a IFEQ 1', 'DEL a'],
  ['DELEX a IFNE 1', ''],
  ['DELIFEQ a 1', 'DEL a'],
  ['MSETEX 2 a 2 b 3 EX 1', 'SET a 2 PXAT 1700000001000 SET b 3 PXAT 1700000001000'],
  ['MSETEX 2 a 2 b 3 NX', ''],
  ['MSETEX 1 a 2 KEEPTTL', 'SET a 2 KEEPTTL'],
  ['INCREX a', 'SET a 2 KEEPTTL'],
  ['INCREX a BYFLOAT 0.5', 'SET a 1.5 KEEPTTL'],
  ['INCREX a EX 10', 'SET a 2 PXAT 1700000010000'],
  ['INCREX a EX 10 ENX', 'SET a 2 KEEPTTL'],
  ['INCREX a PERSIST', 'SET a 2'],
  ['INCREX a EXAT 1', 'DEL a'],
  ['INCREX b EXAT 1', ''],
  ['INCREX a UBOUND 1', ''],
  ['INCREX a NX', ''],
])('%s is logged as what it did', (command, logged) => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('SET a 1 EX 100')
  const before = broker.records.length
  expect(client.call(command)).not.toMatch(/^-/)
  expect(words(broker.records.slice(before).join(''))).toBe(logged)
  expect(contents(replayed(broker))).toEqual(contents(client))
})

test('the events of a counter with a lifetime', () => {
  const broker = new TestBroker()
  const [client, listener] = [broker.client(), broker.client()]
  client.call('CONFIG SET notify-keyspace-events EA')
  listener.call('PSUBSCRIBE *')
  listener.received()
  for (const options of ['EX 100', 'EX 200 ENX', 'PERSIST', 'PERSIST', 'BYFLOAT 0.5', 'UBOUND 0', 'EXAT 1']) {
    client.call(options.startsWith('UBOUND') ? 'INCREX k BYFLOAT 1 UBOUND 0' : `INCREX k ${options}`)
    if (options === 'BYFLOAT 0.5') client.call('SET k 1')
  }
  const events = listener.received().map((reply) => /:(\w+)", "k"\]$/.exec(reply)?.[1])
  expect(events).toEqual(['incrby', 'expire', 'incrby', 'incrby', 'persist', 'incrby', 'incrbyfloat', 'set', 'del'])
})

test('what is refused leaves nothing behind', () => {
  const broker = new TestBroker()
  const client = broker.client()
  for (const command of [
    'SET k v IFEQ a IFNE b',
    'MSETEX 2 a 1 b 2 EX 0',
    'MSETEX 2 a 1 b 2 NX XX',
    'INCREX k LBOUND 2 UBOUND 1',
    'INCREX k ENX',
    'INCREX k EX x',
  ]) {
    expect(client.call(command)).toMatch(/^-ERR /)
  }
  expect(client.call('DBSIZE')).toBe(':0')
  expect(broker.records).toEqual([])
})

test('infinite bounds bound nothing, and a sum that is too large is refused', () => {
  const client = new TestBroker().client()
  expect(client.call('INCREX f BYFLOAT 1.5 LBOUND -inf UBOUND inf')).toBe('["1.5", "1.5"]')
  expect(client.call('INCREX f BYFLOAT 1 LBOUND inf')).toBe('["1.5", "0"]')
  client.call('SET f 1e4932')
  expect(client.call('INCREX f BYFLOAT 1e4932')).toMatch(/"0"\]$/)
  // C's LDBL_MAX, and back.
  expect(client.call('INCREX f BYFLOAT 1e4932 SATURATE LBOUND 0')).toMatch(
    /^\["118973149535723176502\d{4912}", "1\d{4931}"\]$/,
  )
  expect(client.call('INCREX f BYFLOAT 1e4932 SATURATE')).toMatch(/"0"\]$/)
  client.call('SET f -1e4932')
  expect(client.call('INCREX f BYFLOAT -1e4932 SATURATE')).toMatch(
    /^\["-118973149535723176502\d{4912}", "-1\d{4931}"\]$/,
  )
})
