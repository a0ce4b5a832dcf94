import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** A stream `s` of three entries and its group `g`; `alice` was given the first `count` of them. */
function givenToAlice(count = 3): { broker: TestBroker; client: TestClient } {
  const broker = new TestBroker()
  const client = broker.client()
  for (let i = 1; i <= 3; i++) client.call(`XADD s ${i}-0 f v${i}`)
  client.call('XGROUP CREATE s g 0')
  client.call(`XREADGROUP GROUP g alice COUNT ${count} STREAMS s >`)
  return { broker, client }
}

test('what has been idle for long enough comes first, with its numbers, and new entries behind it with zeros', () => {
  const { broker, client } = givenToAlice(2)
  broker.advance(49)
  expect(client.call('XREADGROUP GROUP g bob COUNT 1 CLAIM 50 STREAMS s >')).toBe(
    '[["s", [["3-0", ["f", "v3"], :0, :0]]]]',
  )
  broker.advance(1)
  client.call('XADD s 4-0 f v4')
  expect(client.call('XREADGROUP GROUP g bob CLAIM 50 STREAMS s >')).toBe(
    '[["s", [["1-0", ["f", "v1"], :50, :1], ["2-0", ["f", "v2"], :50, :1], ["4-0", ["f", "v4"], :0, :0]]]]',
  )
  expect(client.call('XPENDING s g - + 10')).toBe(
    '[["1-0", "bob", :0, :2], ["2-0", "bob", :0, :2], ["3-0", "bob", :1, :1], ["4-0", "bob", :0, :1]]',
  )
})

test('the longest idle is first, whatever its id, and COUNT is for idle and new entries together', () => {
  const { broker, client } = givenToAlice(2)
  client.call('XCLAIM s g alice 0 2-0 IDLE 9000 JUSTID')
  broker.advance(100)
  expect(client.call('XREADGROUP GROUP g bob COUNT 1 CLAIM 50 STREAMS s >')).toContain(
    '["2-0", ["f", "v2"], :9100, :1]',
  )
  expect(client.call('XREADGROUP GROUP g bob COUNT 2 CLAIM 50 STREAMS s >')).toBe(
    '[["s", [["1-0", ["f", "v1"], :100, :1], ["3-0", ["f", "v3"], :0, :0]]]]',
  )
  expect(client.call('XREADGROUP GROUP g bob CLAIM 50 STREAMS s >')).toBe('*-1')
})

test('NOACK is for new entries only, and CLAIM is not for the history', () => {
  const { broker, client } = givenToAlice(1)
  broker.advance(100)
  client.call('XREADGROUP GROUP g bob NOACK CLAIM 50 STREAMS s >')
  expect(client.call('XPENDING s g - + 10')).toBe('[["1-0", "bob", :0, :2]]')
  expect(client.call('XREADGROUP GROUP g bob CLAIM 0 STREAMS s 0')).toBe('[["s", [["1-0", ["f", "v1"]]]]]')
})

test('entries that were deleted are pending no more when they would be claimed', () => {
  const { broker, client } = givenToAlice()
  client.call('XDEL s 1-0 2-0')
  broker.advance(100)
  expect(client.call('XREADGROUP GROUP g bob COUNT 1 CLAIM 50 STREAMS s >')).toContain('"3-0"')
  expect(client.call('XPENDING s g')).toBe('[:1, "3-0", "3-0", [["bob", "1"]]]')
})

test('what was delivered once more after XGROUP SETID is pending once', () => {
  const { broker, client } = givenToAlice(1)
  client.call('XGROUP SETID s g 0')
  broker.advance(10)
  expect(client.call('XREADGROUP GROUP g bob COUNT 2 CLAIM 10 STREAMS s >')).toBe(
    '[["s", [["1-0", ["f", "v1"], :10, :1], ["1-0", ["f", "v1"], :0, :0]]]]',
  )
  expect(client.call('XPENDING s g - + 10')).toBe('[["1-0", "bob", :0, :1]]')
})

test.each([
  ['XREADGROUP GROUP g a CLAIM x STREAMS s >', '-ERR min-idle-time is not an integer or out of range'],
  ['XREADGROUP GROUP g a CLAIM 5.5 STREAMS s >', '-ERR min-idle-time is not an integer or out of range'],
  ['XREADGROUP GROUP g a CLAIM -10 STREAMS s >', '-ERR min-idle-time must be a positive integer'],
  ['XREADGROUP GROUP g a CLAIM STREAMS s >', '-ERR min-idle-time is not an integer or out of range'],
  ['XREADGROUP GROUP g CLAIM 50 a STREAMS s >', '-ERR syntax error'],
  ['XREAD CLAIM 5 STREAMS s 0', '-ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.'],
  ['XREAD MAXCOUNT 0 STREAMS s 0', '-ERR MAXCOUNT must be a positive integer'],
  ['XREADGROUP GROUP g a MAXSIZE x STREAMS s >', '-ERR value is not an integer or out of range'],
  ['XREAD COUNT 2 MAXCOUNT 1 STREAMS s 0', '-ERR MAXCOUNT must be greater than or equal to COUNT'],
])('%s is refused', (command, error) => {
  expect(givenToAlice().client.call(command)).toBe(error)
})

test('a waiting reader is woken when an entry has been idle for long enough', () => {
  const { broker, client } = givenToAlice()
  const waiter = broker.client()
  waiter.call('HELLO 3')
  broker.advance(10)
  expect(waiter.call('XREADGROUP GROUP g bob COUNT 1 BLOCK 5000 CLAIM 100 STREAMS other s > >')).toMatch(/^-NOGROUP/)
  client.call('XGROUP CREATE other g 0 MKSTREAM')
  expect(waiter.call('XREADGROUP GROUP g bob COUNT 1 BLOCK 5000 CLAIM 100 STREAMS other s > >')).toBeUndefined()
  expect(broker.broker.nextDueAtMs).toBe(broker.nowMs + 90)
  broker.advance(89)
  expect(waiter.received()).toEqual([])
  broker.advance(1)
  expect(waiter.received()).toEqual(['{"s": [["1-0", ["f", "v1"], :100, :1]]}'])
})

test('who came first is woken first, the next by what is left', () => {
  const { broker } = givenToAlice()
  const waiters = [0, 1, 2, 3].map(() => broker.client())
  for (const [index, waiter] of waiters.entries()) {
    waiter.call(`XREADGROUP GROUP g w${index} COUNT 1 BLOCK 0 CLAIM 100 STREAMS s >`)
  }
  broker.advance(100)
  const got = waiters.map(
    (waiter) =>
      waiter
        .received()
        .join()
        .match(/"(\d-0)"/)?.[1],
  )
  expect(got).toEqual(['1-0', '2-0', '3-0', undefined])
  broker.advance(100)
  expect(waiters[3]!.received()).toEqual(['[["s", [["1-0", ["f", "v1"], :100, :2]]]]'])
})

test('a waiting reader is woken by new entries, by what others are given later, hand back or claim as older', () => {
  const { broker, client } = givenToAlice()
  client.call('XACK s g 1-0 2-0 3-0')
  const waitFor = (consumer: string): TestClient => {
    const waiter = broker.client()
    expect(waiter.call(`XREADGROUP GROUP g ${consumer} BLOCK 0 CLAIM 100 STREAMS s >`)).toBeUndefined()
    return waiter
  }
  const first = waitFor('bob')
  client.call('XADD s 5-0 f v5')
  expect(first.received()).toEqual(['[["s", [["5-0", ["f", "v5"], :0, :0]]]]'])
  const second = waitFor('carol')
  client.call('XNACK s g FAIL IDS 1 5-0')
  expect(second.received()).toEqual(['[["s", [["5-0", ["f", "v5"], :1700000000000, :1]]]]'])
  const third = waitFor('dave')
  client.call('XCLAIM s g carol 0 5-0 IDLE 99 JUSTID')
  broker.advance(1)
  expect(third.received()).toEqual(['[["s", [["5-0", ["f", "v5"], :100, :2]]]]'])
  client.call('XACK s g 5-0')
  const fourth = waitFor('erin')
  expect(broker.broker.nextDueAtMs).toBe(Number.POSITIVE_INFINITY)
  client.call('XCLAIM s g dave 0 1-0 FORCE JUSTID')
  broker.advance(100)
  expect(fourth.received()).toEqual(['[["s", [["1-0", ["f", "v1"], :100, :1]]]]'])
})

test('a wait ends at its deadline, and by UNBLOCK, and leaves no time to wake at', () => {
  const { broker, client } = givenToAlice()
  const waiter = broker.client()
  waiter.call('XREADGROUP GROUP g bob BLOCK 50 CLAIM 100 STREAMS s >')
  broker.advance(50)
  expect(waiter.received()).toEqual(['*-1'])
  waiter.call('XREADGROUP GROUP g bob BLOCK 0 CLAIM 100 STREAMS s >')
  client.call(`CLIENT UNBLOCK ${waiter.session.id}`)
  expect(waiter.received()).toEqual(['*-1'])
  expect(broker.broker.nextDueAtMs).toBe(Number.POSITIVE_INFINITY)
})

test('while writes are paused no reader is woken by time; it is when the pause is over', () => {
  const { broker, client } = givenToAlice(1)
  client.call('XREADGROUP GROUP g alice NOACK STREAMS s >')
  const waiter = broker.client()
  waiter.call('XREADGROUP GROUP g bob BLOCK 0 CLAIM 100 STREAMS s >')
  client.call('CLIENT PAUSE 500 WRITE')
  broker.advance(200)
  expect(waiter.received()).toEqual([])
  expect(broker.broker.nextDueAtMs).toBe(broker.nowMs + 300)
  broker.advance(300)
  expect(waiter.received()).toEqual(['[["s", [["1-0", ["f", "v1"], :500, :1]]]]'])
})

test('an entry that is deleted while a reader waits for it does not wake it again and again', () => {
  const { broker, client } = givenToAlice(1)
  client.call('XREADGROUP GROUP g alice NOACK STREAMS s >')
  const waiter = broker.client()
  waiter.call('XREADGROUP GROUP g bob BLOCK 0 CLAIM 100 STREAMS s >')
  client.call('XDEL s 1-0')
  broker.advance(100)
  expect(waiter.received()).toEqual([])
  expect(broker.broker.nextDueAtMs).toBe(Number.POSITIVE_INFINITY)
  expect(client.call('XPENDING s g')).toBe('[:0, $-1, $-1, *-1]')
})

test('MAXCOUNT is for all streams together, in the order of the request', () => {
  const client = new TestBroker().client()
  for (const key of ['a', 'b', 'c']) {
    for (let i = 1; i <= 3; i++) client.call(`XADD ${key} ${i}-0 f v`)
    client.call(`XGROUP CREATE ${key} g 0`)
  }
  const shape = (reply?: string): (string | number)[] =>
    [...reply!.matchAll(/\["([abc])", (\[\[.*?\]\]\])/g)].flatMap(([, key, entries]) => [
      key!,
      entries!.split('-0"').length - 1,
    ])
  expect(shape(client.call('XREAD COUNT 2 MAXCOUNT 3 STREAMS a b c 0 0 0'))).toEqual(['a', 2, 'b', 1])
  expect(shape(client.call('XREAD MAXCOUNT 100 STREAMS a b 0 0'))).toEqual(['a', 3, 'b', 3])
  expect(shape(client.call('XREADGROUP GROUP g w MAXCOUNT 5 STREAMS a b c > > >'))).toEqual(['a', 3, 'b', 2])
  expect(shape(client.call('XREADGROUP GROUP g w MAXCOUNT 4 STREAMS a b c 0 > >'))).toEqual(['a', 3, 'b', 1])
  expect(client.call('XPENDING c g')).toBe('[:0, $-1, $-1, *-1]')
})

test('MAXSIZE is kept but for a first entry that is larger', () => {
  const client = new TestBroker().client()
  for (const key of ['a', 'b']) {
    for (let i = 1; i <= 5; i++) client.call(['XADD', key, `${i}-0`, 'f', 'x'.repeat(50)])
    client.call(`XGROUP CREATE ${key} g 0`)
  }
  const count = (reply?: string): number => reply!.split('-0"').length - 1
  expect(count(client.call('XREAD MAXSIZE 1 STREAMS a b 0 0'))).toBe(1)
  const two = client.call('XREAD MAXSIZE 220 STREAMS a b 0 0')!
  expect(count(two)).toBe(2)
  expect(two).not.toContain('"b"')
  expect(count(client.call('XREAD MAXSIZE 100000 STREAMS a b 0 0'))).toBe(10)
  expect(count(client.call('XREADGROUP GROUP g w MAXSIZE 1 STREAMS a b > >'))).toBe(1)
  expect(count(client.call('XREADGROUP GROUP g w CLAIM 0 MAXSIZE 250 STREAMS a b > >'))).toBe(2)
  expect(count(client.call('XREADGROUP GROUP g w MAXSIZE 1 STREAMS a 0'))).toBe(1)
  expect(client.call('XPENDING a g')).toContain('[:2, ')
})

test('whoever has waited is given no more than the limits allow', () => {
  const broker = new TestBroker()
  const [client, waiter] = [broker.client(), broker.client()]
  client.call('XGROUP CREATE s g $ MKSTREAM')
  waiter.call('XREADGROUP GROUP g w MAXCOUNT 1 BLOCK 0 STREAMS s >')
  for (const command of ['MULTI', 'XADD s 1-0 f v', 'XADD s 2-0 f v', 'EXEC']) client.call(command)
  expect(waiter.received()).toEqual(['[["s", [["1-0", ["f", "v"]]]]]'])
})

test('XREAD + reads the last entry, or waits for the next', () => {
  const broker = new TestBroker()
  const [client, waiter] = [broker.client(), broker.client()]
  expect(client.call('XREAD STREAMS s +')).toBe('*-1')
  expect(waiter.call('XREAD BLOCK 0 STREAMS s +')).toBeUndefined()
  client.call('XADD s 1-0 f v')
  expect(waiter.received()).toEqual(['[["s", [["1-0", ["f", "v"]]]]]'])
  client.call('XADD s 2-0 f v')
  expect(client.call('XREAD COUNT 5 STREAMS s +')).toBe('[["s", [["2-0", ["f", "v"]]]]]')
  client.call('XDEL s 2-0')
  expect(client.call('XREAD STREAMS s +')).toBe('[["s", [["1-0", ["f", "v"]]]]]')
  client.call('XDEL s 1-0')
  expect(client.call('XREAD STREAMS s +')).toBe('*-1')
  expect(waiter.call('XREAD BLOCK 0 STREAMS s +')).toBeUndefined()
  client.sendRaw('MULTI\r\nXADD s 3-0 f v\r\nXADD s 4-0 f v\r\nEXEC\r\n')
  expect(waiter.received()).toEqual(['[["s", [["4-0", ["f", "v"]]]]]'])
})
