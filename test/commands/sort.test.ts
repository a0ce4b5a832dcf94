import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { everythingOf, keptBroker, restarted } from '../support/kept-broker.ts'

const fresh = (): TestClient => new TestBroker().client()

test('SORT orders numbers, or texts with ALPHA, up or down', () => {
  const client = fresh()
  client.call('RPUSH list 10 9 2.5 -1')
  expect(client.call('SORT list')).toBe('["-1", "2.5", "9", "10"]')
  expect(client.call('SORT list DESC')).toBe('["10", "9", "2.5", "-1"]')
  expect(client.call('SORT list ALPHA')).toBe('["-1", "10", "2.5", "9"]')
  expect(client.call('SORT_RO list LIMIT 1 2')).toBe('["2.5", "9"]')
  client.call('RPUSH list text')
  expect(client.call('SORT list')).toBe("-ERR One or more scores can't be converted into double")
})

test('SORT takes sets and sorted sets, and nothing else', () => {
  const client = fresh()
  client.call('SADD set b a c')
  client.call('ZADD zset 1 z 2 y 3 x')
  client.call('SET text value')
  client.call('HSET hash f v')
  expect(client.call('SORT set ALPHA DESC')).toBe('["c", "b", "a"]')
  expect(client.call('SORT zset ALPHA')).toBe('["x", "y", "z"]')
  expect(client.call('SORT zset BY nosort DESC LIMIT 0 2')).toBe('["x", "y"]')
  expect(client.call('SORT none')).toBe('[]')
  expect(client.call('SORT text')).toMatch(/^-WRONGTYPE/)
  expect(client.call('SORT hash')).toMatch(/^-WRONGTYPE/)
})

test('BY sorts by keys or fields named after the elements, GET answers what such hold', () => {
  const client = fresh()
  client.call('RPUSH list 1 2 3')
  client.call('MSET w_1 30 w_2 20 w_3 10')
  client.call('HSET h_1 f one')
  client.call('HSET h_3 f three g ""')
  expect(client.call('SORT list BY w_*')).toBe('["3", "2", "1"]')
  expect(client.call('SORT list BY h_*->f ALPHA')).toBe('["2", "1", "3"]')
  expect(client.call('SORT list GET # GET h_*->f GET h_*->g GET none')).toBe(
    '["1", "one", $-1, $-1, "2", $-1, $-1, $-1, "3", "three", "", $-1]',
  )
  expect(client.call('SORT list BY none DESC LIMIT 1 1')).toBe('["2"]')
})

test.each(['1e400', '1e-400', '4e-320', 'nan', '.', '0x', ' ', '1 ', 'x'])('%j is no number to sort by', (word) => {
  const client = fresh()
  client.call(['RPUSH', 'list', word, '1'])
  expect(client.call('SORT list')).toBe("-ERR One or more scores can't be converted into double")
})

test('what C reads as a number is one', () => {
  const client = fresh()
  client.call(['RPUSH', 'list', 'inf', ' 7', '0x1p3', '', '.5', '6\x00x', '-infinity', '1e2'])
  expect(client.call('SORT list')).toBe('["-infinity", "", ".5", "6\\x00x", " 7", "0x1p3", "1e2", "inf"]')
})

test('STORE replaces whatever is there, with empty strings for what is not; nothing is no key', () => {
  const client = fresh()
  client.call('RPUSH list 2 1')
  client.call('SET w_2 two')
  client.call('SET to value EX 1000')
  expect(client.call('SORT list GET w_* STORE to')).toBe(':2')
  expect(client.call('LRANGE to 0 -1')).toBe('["", "two"]')
  expect(client.call('TTL to')).toBe(':-1')
  expect(client.call('SORT list STORE list')).toBe(':2')
  expect(client.call('LRANGE list 0 -1')).toBe('["1", "2"]')
  expect(client.call('SORT none STORE to')).toBe(':0')
  expect(client.call('EXISTS to')).toBe(':0')
  expect(client.call('SORT_RO list STORE to')).toBe('-ERR syntax error')
  expect(client.call('COMMAND GETKEYS SORT list STORE a BY STORE STORE b')).toBe('["list", "b"]')
})

test('a set that is stored without a BY that sorts is stored in order', () => {
  const client = fresh()
  client.call('SADD set c a b')
  client.call('SORT set BY nosort STORE to')
  expect(client.call('LRANGE to 0 -1')).toBe('["a", "b", "c"]')
})

test('equal weights come in the order that Redis gives them', () => {
  const client = fresh()
  const elements = Array.from({ length: 60 }, (_, i) => String(i))
  client.call(['RPUSH', 'list', ...elements])
  for (const each of elements) client.call(`SET w_${each} ${Number(each) % 3}`)
  // Recorded from redis-server 7.0.15.
  expect(client.call('SORT list BY w_* ALPHA LIMIT 0 8')).toBe('["3", "21", "0", "39", "24", "9", "36", "27"]')
})

test('what SORT stored is there after a restart, with members of equal weight in the same order', async () => {
  const kept = keptBroker()
  const client = kept.broker.client()
  client.call(['SADD', 'set', ...Array.from({ length: 3000 }, (_, i) => `m${i}`)])
  client.call(['RPUSH', 'list', ...Array.from({ length: 100 }, (_, i) => `${(i * 7) % 100}`)])
  client.call('SPOP set 500')
  client.call('SORT set BY none_* ALPHA STORE to')
  client.call('SORT list BY none_* ALPHA LIMIT 3 20 STORE other')
  client.call('SORT set BY none_* ALPHA LIMIT 0 0 STORE none')
  expect(everythingOf(await restarted(kept))).toEqual(everythingOf(kept.broker))
})
