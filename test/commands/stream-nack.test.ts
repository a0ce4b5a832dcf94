import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

function givenToAlice(): TestClient {
  const client = new TestBroker().client()
  for (let i = 1; i <= 3; i++) client.call(`XADD s ${i}-0 f v`)
  client.call('XGROUP CREATE s g 0')
  client.call('XREADGROUP GROUP g alice COUNT 2 STREAMS s >')
  return client
}

test.each([
  ['SILENT', '0'],
  ['FAIL', '1'],
  ['FATAL', '9223372036854775807'],
])('XNACK %s hands entries back: nobody has them, and the count is %s', (mode, count) => {
  const client = givenToAlice()
  expect(client.call(`XNACK s g ${mode} IDS 3 1-0 3-0 9-0`)).toBe(':1')
  expect(client.call('XPENDING s g - + 10')).toBe(`[["1-0", "", :-1, :${count}], ["2-0", "alice", :0, :1]]`)
  expect(client.call('XPENDING s g')).toBe('[:2, "1-0", "2-0", [["alice", "1"]]]')
  expect(client.call('XREADGROUP GROUP g alice STREAMS s 0')).toBe('[["s", [["2-0", ["f", "v"]]]]]')
})

test('RETRYCOUNT sets the count, and FORCE makes what is not pending so', () => {
  const client = givenToAlice()
  expect(client.call('XNACK s g FATAL IDS 1 1-0 RETRYCOUNT 5')).toBe(':1')
  expect(client.call('XNACK s g FAIL FORCE IDS 2 3-0 9-0')).toBe(':1')
  expect(client.call('XNACK s g SILENT IDS 1 3-0')).toBe(':1')
  expect(client.call('XPENDING s g - + 10')).toBe(
    '[["1-0", "", :-1, :5], ["2-0", "alice", :0, :1], ["3-0", "", :-1, :0]]',
  )
})

test('whoever claims gets what was handed back, however short the time and in the order of handing back', () => {
  const client = givenToAlice()
  client.call('XNACK s g FAIL IDS 2 2-0 1-0')
  expect(client.call('XPENDING s g IDLE 9223372036854775807 - + 10')).toContain('"2-0"')
  expect(client.call('XCLAIM s g bob 9223372036854775807 1-0 JUSTID')).toBe('["1-0"]')
  client.call('XNACK s g FAIL IDS 1 1-0')
  expect(client.call('XREADGROUP GROUP g bob COUNT 2 CLAIM 9223372036854775807 STREAMS s >')).toBe(
    '[["s", [["2-0", ["f", "v"], :1700000000000, :1], ["1-0", ["f", "v"], :1700000000000, :1]]]]',
  )
  client.call('XNACK s g FATAL IDS 1 2-0')
  expect(client.call('XAUTOCLAIM s g carol 9223372036854775807 - COUNT 5')).toBe('["0-0", [["2-0", ["f", "v"]]], []]')
  expect(client.call('XPENDING s g 2-0 2-0 1')).toBe('[["2-0", "carol", :0, :9223372036854775807]]')
})

test('what was handed back may be acknowledged, deleted with its references, and survives its consumer', () => {
  const client = givenToAlice()
  client.call('XNACK s g FAIL IDS 2 1-0 2-0')
  expect(client.call('XGROUP DELCONSUMER s g alice')).toBe(':0')
  expect(client.call('XACK s g 1-0')).toBe(':1')
  expect(client.call('XINFO STREAM s FULL')).toContain('["2-0", "", :0, :1]')
  expect(client.call('XACKDEL s g ACKED IDS 1 2-0')).toBe('[:1]')
  expect(client.call('XPENDING s g')).toBe('[:0, $-1, $-1, *-1]')
})

test('XINFO STREAM FULL counts what was handed back, in groups where anything was', () => {
  const client = givenToAlice()
  expect(client.call('XINFO STREAM s FULL')).not.toContain('nacked-count')
  client.call('XNACK s g FAIL IDS 2 2-0 1-0')
  expect(client.call('XINFO STREAM s FULL')).toContain('"pel-count", :2, "nacked-count", :2, "pending", [["1-0", "", ')
})

test.each([
  ['XNACK s none FAIL IDS 1 1-0', "-NOGROUP No such key 's' or consumer group 'none'"],
  ['XNACK none g FAIL IDS 1 1-0', "-NOGROUP No such key 'none' or consumer group 'g'"],
  ['XNACK s g LOUD IDS 1 1-0', '-ERR mode must be SILENT, FAIL, or FATAL'],
  ['XNACK s g FAIL IDS 1 1-0 2-0', "-ERR Unrecognized XNACK option '2-0'"],
  ['XNACK s g FAIL SILENT IDS 1 1-0', "-ERR Unrecognized XNACK option 'SILENT'"],
  ['XNACK s g FAIL IDS 1 1-0 RETRYCOUNT', "-ERR Unrecognized XNACK option 'RETRYCOUNT'"],
  ['XNACK s g FAIL IDS 2 1-0', "-ERR number of IDs doesn't match numids"],
  ['XNACK s g FAIL IDS x 1-0', '-ERR numids must be a positive integer'],
  ['XNACK s g FAIL IDS 1 x', '-ERR Invalid stream ID specified as stream command argument'],
  ['XNACK s none LOUD IDS 1 x', "-NOGROUP No such key 's' or consumer group 'none'"],
  ['XNACK text g LOUD IDS 1 x', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['XNACK s g FAIL IDS 0 1-0', '-ERR numids must be a positive integer'],
  ['XNACK s g FAIL IDS 1 1-0 RETRYCOUNT -1', '-ERR Invalid RETRYCOUNT value, must be >= 0'],
  ['XNACK s g FAIL IDS 1 1-0 RETRYCOUNT x', '-ERR value is not an integer or out of range'],
  ['XNACK s g FAIL FORCE RETRYCOUNT 3', '-ERR syntax error, expected IDS keyword'],
  ['XNACK text g FAIL IDS 1 1-0', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
])('%s is refused', (command, error) => {
  const client = givenToAlice()
  client.call('SET text v')
  expect(client.call(command)).toBe(error)
})
