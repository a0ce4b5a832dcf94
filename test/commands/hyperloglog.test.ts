import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { replayed } from '../support/replayed.ts'

const elements = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => `e${from + i}`)
const contents = (client: TestClient): (string | undefined)[] => ['a', 'b', 'c'].map((key) => client.call(`GET ${key}`))

test('the log, run again, makes the same bytes, whatever the size that makes one dense', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('CONFIG SET hll-sparse-max-bytes 400')
  client.call(['PFADD', 'a', ...elements(0, 90)])
  client.call(['PFADD', 'a', ...elements(90, 90)])
  expect(client.call('PFDEBUG ENCODING a')).toBe('+dense')
  client.call(['PFADD', 'b', ...elements(1000, 90)])
  client.call('PFMERGE c b')
  expect(client.call('PFDEBUG ENCODING c')).toBe('+sparse')
  client.call('PFCOUNT c')
  client.call('PFMERGE b a c')
  client.call('PFADD c')
  client.call(['PFADD', 'c', ...elements(0, 30)])
  expect(contents(replayed(broker))).toEqual(contents(client))
  client.call('PFDEBUG TODENSE c')
  client.call('PFCOUNT c')
  expect(contents(replayed(broker))).toEqual(contents(client))
})

test('PFCOUNT keeps its answer in the value, logs that, and breaks a WATCH, once', () => {
  const broker = new TestBroker()
  const [client, other] = [broker.client(), broker.client()]
  client.call('PFADD a x y')
  client.call('WATCH a')
  const before = broker.records.length
  expect(other.call('PFCOUNT a')).toBe(':2')
  expect(other.call('PFCOUNT a')).toBe(':2')
  expect(broker.records.length).toBe(before + 1)
  client.call('MULTI')
  client.call('PING')
  expect(client.call('EXEC')).toBe('*-1')
})

test('what was there already changes nothing', () => {
  const broker = new TestBroker()
  const client = broker.client()
  expect(client.call('PFADD a')).toBe(':1')
  expect(client.call('PFADD a')).toBe(':0')
  expect(client.call('PFADD a x')).toBe(':1')
  expect(client.call('PFADD a x x')).toBe(':0')
  expect(broker.records.length).toBe(2)
})

test('a corrupt value is refused without a trace, elements that fit before included', () => {
  const broker = new TestBroker()
  const client = broker.client()
  const broken = `HYLL\x01${'\x00'.repeat(10)}\x80\x43\xff`
  client.call(['SET', 'a', broken])
  const before = client.call('GET a')
  const records = broker.records.length
  expect(client.call(['PFADD', 'a', ...elements(0, 100)])).toBe('-INVALIDOBJ Corrupted HLL object detected')
  for (const command of ['PFCOUNT a', 'PFCOUNT a b', 'PFMERGE b a', 'PFMERGE a b', 'PFDEBUG TODENSE a']) {
    expect(client.call(command)).toBe('-INVALIDOBJ Corrupted HLL object detected')
  }
  expect(client.call('GET a')).toBe(before)
  expect(client.call('EXISTS b')).toBe(':0')
  expect(broker.records.length).toBe(records)
})

test('a dense one is changed where it is, and its time to live stays', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('PFADD a x')
  client.call('EXPIRE a 100')
  client.call('PFDEBUG TODENSE a')
  expect(client.call('TTL a')).toBe(':100')
  expect(client.call('PFADD a y')).toBe(':1')
  expect(client.call('TTL a')).toBe(':100')
  expect(client.call('PFCOUNT a')).toBe(':2')
  expect(client.call('STRLEN a')).toBe(':12304')
})

test('PFSELFTEST finds nothing wrong', () => {
  expect(new TestBroker().client().call('PFSELFTEST')).toBe('+OK')
}, 60_000)
