import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

function clientWith(...commands: readonly string[]): TestClient {
  const client = new TestBroker().client()
  for (const command of commands) expect(client.call(command)).not.toMatch(/^-/)
  return client
}

const entries = ['XADD s 1-1 f a', 'XADD s 1-2 f b', 'XADD s 2-1 f c g d']

test('automatic ids follow the clock, and the last id when the clock is behind it', () => {
  const broker = new TestBroker()
  const client = broker.client()
  const ms = broker.nowMs
  expect(client.call('XADD s * f v')).toBe(`"${ms}-0"`)
  expect(client.call('XADD s * f v')).toBe(`"${ms}-1"`)
  broker.nowMs -= 5000
  expect(client.call('XADD s * f v')).toBe(`"${ms}-2"`)
  broker.nowMs += 6000
  expect(client.call('XADD s * f v')).toBe(`"${ms + 1000}-0"`)
})

test.each([
  ['9999999999999-4294967295', '"9999999999999-4294967296"'],
  ['9007199254740993-9007199254740993', '"9007199254740993-9007199254740994"'],
  ['9007199254740993-18446744073709551615', '"9007199254740994-0"'],
  ['18446744073709551614-18446744073709551615', '"18446744073709551615-0"'],
  ['18446744073709551615-18446744073709551614', '"18446744073709551615-18446744073709551615"'],
])('the automatic id behind %s is %s', (last, next) => {
  expect(clientWith(`XADD s ${last} f v`).call('XADD s * f v')).toBe(next)
})

test('the largest id is the last', () => {
  const client = clientWith('XADD s 18446744073709551615-18446744073709551615 f v')
  const exhausted = '-ERR The stream has exhausted the last possible ID, unable to add more items'
  expect(client.call('XADD s * f v')).toBe(exhausted)
  expect(client.call('XADD s 1-1 f v')).toBe(exhausted)
  expect(client.call('XRANGE s (18446744073709551615-18446744073709551615 +')).toBe(
    '-ERR invalid start ID for the interval',
  )
})

test('maps are maps in RESP3 and flat arrays in RESP2', () => {
  const client = clientWith(...entries, 'XGROUP CREATE s g 1-1')
  expect(client.call('XREAD STREAMS s 1-2')).toBe('[["s", [["2-1", ["f", "c", "g", "d"]]]]]')
  expect(client.call('XINFO GROUPS s')).toBe(
    '[["name", "g", "consumers", :0, "pending", :0, "last-delivered-id", "1-1", "entries-read", $-1, "lag", :2]]',
  )
  client.call('HELLO 3')
  expect(client.call('XREAD STREAMS s 1-2')).toBe('{"s": [["2-1", ["f", "c", "g", "d"]]]}')
  expect(client.call('XINFO GROUPS s')).toBe(
    '[{"name": "g", "consumers": :0, "pending": :0, "last-delivered-id": "1-1", "entries-read": _, "lag": :2}]',
  )
  expect(client.call('XRANGE s - + COUNT 0')).toBe('_')
  expect(client.call('XREAD STREAMS none 0')).toBe('_')
})

test('lag is the number of entries that the group has still to read, whatever was deleted, trimmed or set', () => {
  const client = clientWith(...Array.from({ length: 20 }, (_, i) => `XADD s 1-${i + 1} f v`), 'XGROUP CREATE s g 1-5')
  const lag = (): string | undefined => /"lag", :(\d+)/.exec(client.call('XINFO GROUPS s') ?? '')?.[1]
  expect(lag()).toBe('15')
  client.call('XDEL s 1-3 1-7 1-9 1-20')
  expect(lag()).toBe('12')
  client.call('XTRIM s MINID 1-12')
  expect(lag()).toBe('8')
  client.call('XREADGROUP GROUP g a COUNT 3 STREAMS s >')
  expect(lag()).toBe('5')
  client.call('XGROUP SETID s g 0')
  expect(lag()).toBe('8')
  client.call('XSETID s 9-9 ENTRIESADDED 100 MAXDELETEDID 9-1')
  expect(lag()).toBe('8')
})

test('a consumer reads again what it has pending; what was deleted meanwhile has no fields', () => {
  const client = clientWith(...entries, 'XGROUP CREATE s g 0', 'XREADGROUP GROUP g a STREAMS s >', 'XDEL s 1-2')
  expect(client.call('XREADGROUP GROUP g a STREAMS s 1-1')).toBe(
    '[["s", [["1-2", *-1], ["2-1", ["f", "c", "g", "d"]]]]]',
  )
  expect(client.call('XPENDING s g - + 10')).toBe('[["1-1", "a", :0, :1], ["1-2", "a", :0, :1], ["2-1", "a", :0, :2]]')
})

test('XAUTOCLAIM goes on where its cursor stands and names what it dropped', () => {
  const client = clientWith(...entries, 'XADD s 3-1 f e', 'XGROUP CREATE s g 0', 'XREADGROUP GROUP g a STREAMS s >')
  client.call('XDEL s 1-2')
  expect(client.call('XAUTOCLAIM s g b 0 0 COUNT 2 JUSTID')).toBe('["2-1", ["1-1"], ["1-2"]]')
  expect(client.call('XAUTOCLAIM s g b 0 2-1 COUNT 2 JUSTID')).toBe('["0-0", ["2-1", "3-1"], []]')
  expect(client.call('XPENDING s g')).toBe('[:3, "1-1", "3-1", [["b", "3"]]]')
})

test('counters of 64 bits stay exact', () => {
  const client = clientWith(...entries, 'XSETID s 9-9 ENTRIESADDED 9007199254740993')
  client.call('XGROUP CREATE s g 0 ENTRIESREAD 9007199254740993')
  client.call('XADD s 10-1 f v')
  expect(client.call('XINFO STREAM s')).toContain('"entries-added", :9007199254740994,')
  expect(client.call('XINFO GROUPS s')).toContain('"entries-read", :9007199254740993,')
  client.call('XREADGROUP GROUP g a COUNT 1 STREAMS s >')
  expect(client.call('XINFO GROUPS s')).toContain('"entries-read", :9007199254740994,')
  client.call('XCLAIM s g a 0 1-1 RETRYCOUNT 9223372036854775807')
  expect(client.call('XPENDING s g - + 1')).toContain(':9223372036854775807]')
})

test('the last id in figures means new entries to a group, as > does', () => {
  const client = clientWith(...entries, 'XGROUP CREATE s g 1-2')
  expect(client.call('XREADGROUP GROUP g a STREAMS s 18446744073709551615-18446744073709551615')).toBe(
    '[["s", [["2-1", ["f", "c", "g", "d"]]]]]',
  )
})
