import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

const crowd = (): { broker: TestBroker; clients: ReturnType<TestBroker['client']>[] } => {
  const broker = new TestBroker()
  return { broker, clients: Array.from({ length: 4 }, () => broker.client()) }
}

test('who waits first is served first, one element each', () => {
  const [first, second, third, pusher] = crowd().clients
  for (const waiter of [first, second, third]) expect(waiter!.call('BLPOP list 0')).toBeUndefined()
  expect(pusher!.call('RPUSH list a b')).toBe(':2')
  expect(first!.received()).toEqual(['["list", "a"]'])
  expect(second!.received()).toEqual(['["list", "b"]'])
  expect(third!.received()).toEqual([])
  expect(pusher!.call('EXISTS list')).toBe(':0')
})

test('a waiter for several keys gets the one that became ready first', () => {
  const [waiter, pusher] = crowd().clients
  waiter!.call('BLPOP one two two 0')
  for (const command of ['MULTI', 'RPUSH two b', 'RPUSH one a', 'EXEC']) pusher!.call(command)
  expect(waiter!.received()).toEqual(['["two", "b"]'])
  expect(pusher!.call('LRANGE one 0 -1')).toBe('["a"]')
})

test('a wait ends to the millisecond', () => {
  const { broker, clients } = crowd()
  clients[0]!.call('BLPOP list 0.1')
  clients[1]!.call('BRPOPLPUSH list other .25')
  broker.advance(99)
  expect(clients[0]!.received()).toEqual([])
  broker.advance(1)
  expect(clients[0]!.received()).toEqual(['*-1'])
  broker.advance(149)
  expect(clients[1]!.received()).toEqual([])
  broker.advance(1)
  expect(clients[1]!.received()).toEqual(['*-1'])
})

test.each([
  ['1e-9', 1],
  ['0x.8', 500],
  ['1.0005', 1001],
  ['+.001', 1],
])('a timeout of %s seconds is %d milliseconds', (timeout, ms) => {
  const { broker, clients } = crowd()
  expect(clients[0]!.call(`BLPOP list ${timeout}`)).toBeUndefined()
  broker.advance(ms - 1)
  expect(clients[0]!.received()).toEqual([])
  broker.advance(1)
  expect(clients[0]!.received()).toEqual(['*-1'])
})

test.each([
  ['abc', 'not a float or out of range'],
  ['nan', 'not a float or out of range'],
  ['1s', 'not a float or out of range'],
  ['', 'not a float or out of range'],
  ['0x', 'not a float or out of range'],
  ['-1', 'negative'],
  ['inf', 'negative'],
  ['1e30', 'negative'],
])('a timeout of %j is refused', (timeout, reason) => {
  const [client] = crowd().clients
  expect(client!.call(['BLPOP', 'list', timeout])).toBe(`-ERR timeout is ${reason}`)
})

test('nothing blocks inside MULTI', () => {
  const [client] = crowd().clients
  for (const command of ['MULTI', 'BLPOP a 0', 'BLMOVE a b LEFT LEFT 0', 'BRPOPLPUSH a b 0', 'BLMPOP 0 1 a LEFT']) {
    client!.call(command)
  }
  expect(client!.call('EXEC')).toBe('[*-1, $-1, $-1, *-1]')
})

test.each([['RENAME other list'], ['COPY other list'], ['LMOVE other list LEFT LEFT'], ['LPUSH list a']])(
  '%s wakes who waits',
  (command) => {
    const [waiter, pusher] = crowd().clients
    pusher!.call('RPUSH other a')
    waiter!.call('BRPOP list 0')
    pusher!.call(command)
    expect(waiter!.received()).toEqual(['["list", "a"]'])
  },
)

test('MOVE and SWAPDB wake who waits in the other database', () => {
  const [waiter, pusher] = crowd().clients
  waiter!.call('SELECT 1')
  waiter!.call('BLPOP list 0')
  pusher!.call('RPUSH list a')
  pusher!.call('MOVE list 1')
  expect(waiter!.received()).toEqual(['["list", "a"]'])
  waiter!.call('BLPOP list 0')
  pusher!.call('RPUSH list b')
  pusher!.call('SWAPDB 0 1')
  expect(waiter!.received()).toEqual(['["list", "b"]'])
})

test('moves chain: what one waiter moves, another waits for', () => {
  const { broker, clients } = crowd()
  clients[0]!.call('BLMOVE two three LEFT LEFT 0')
  clients[1]!.call('BLMOVE one two LEFT LEFT 0')
  clients[2]!.call('BLPOP three 0')
  clients[3]!.call('RPUSH one a')
  expect(clients.slice(0, 3).map((client) => client.received())).toEqual([['"a"'], ['"a"'], ['["three", "a"]']])
  expect(broker.records).toHaveLength(1)
  expect(clients[3]!.call('DBSIZE')).toBe(':0')
})

test('a wait for a list turned round in itself leaves it as it is', () => {
  const [waiter, pusher] = crowd().clients
  waiter!.call('BLMOVE list list LEFT RIGHT 0')
  pusher!.call('RPUSH list a')
  expect(waiter!.received()).toEqual(['"a"'])
  expect(pusher!.call('LRANGE list 0 -1')).toBe('["a"]')
})

test('who waits for a list does not see other types', () => {
  const [waiter, pusher] = crowd().clients
  waiter!.call('BLPOP key 0')
  pusher!.call('SET key value')
  pusher!.call('DEL key')
  pusher!.call('XADD key 1-1 field value')
  expect(waiter!.received()).toEqual([])
  pusher!.call('DEL key')
  pusher!.call('LPUSH key a')
  expect(waiter!.received()).toEqual(['["key", "a"]'])
})

test('a move whose destination became a string is refused when it is woken, and the element stays for the next', () => {
  const [mover, popper, pusher] = crowd().clients
  mover!.call('BLMOVE list other LEFT LEFT 0')
  popper!.call('BLPOP list 0')
  pusher!.call('SET other value')
  pusher!.call('RPUSH list a')
  expect(mover!.received()).toEqual(['-WRONGTYPE Operation against a key holding the wrong kind of value'])
  expect(popper!.received()).toEqual(['["list", "a"]'])
})

test('an element that is pushed and taken in one transaction wakes nobody', () => {
  const [waiter, pusher] = crowd().clients
  waiter!.call('BLPOP list 0')
  for (const command of ['MULTI', 'RPUSH list a', 'DEL list', 'EXEC']) pusher!.call(command)
  expect(waiter!.received()).toEqual([])
})

test('a client that vanishes while it waits takes nothing with it', () => {
  const [gone, next, pusher] = crowd().clients
  gone!.call('BLPOP list 0')
  next!.call('BLPOP list 0')
  gone!.disconnect()
  pusher!.call('RPUSH list a')
  expect(next!.received()).toEqual(['["list", "a"]'])
  expect(pusher!.call('EXISTS list')).toBe(':0')
})

test('BLMPOP takes as many as it asked for when it is served', () => {
  const { broker, clients } = crowd()
  const [waiter, pusher] = clients
  waiter!.call('BLMPOP 0 2 one two RIGHT COUNT 2')
  pusher!.call('RPUSH two a b c')
  expect(waiter!.received()).toEqual(['["two", ["c", "b"]]'])
  expect(pusher!.call('LRANGE two 0 -1')).toBe('["a"]')
  expect(broker.records[0]).toMatch(/RPOP\r\n\$3\r\ntwo\r\n\$1\r\n2\r\n$/)
})

test('requests behind a wait run when it ends', () => {
  const [waiter, pusher] = crowd().clients
  waiter!.sendRaw('BLPOP list 0\r\nPING\r\n')
  expect(waiter!.received()).toEqual([])
  pusher!.call('RPUSH list a')
  expect(waiter!.received()).toEqual(['["list", "a"]', '+PONG'])
})

test('the events of lists come in the order of Redis', () => {
  const [client, listener] = crowd().clients
  client!.call('CONFIG SET notify-keyspace-events Elg')
  listener!.call('PSUBSCRIBE __keyevent@0__:*')
  listener!.received()
  client!.call('RPUSH list a b a')
  client!.call('LMOVE list other LEFT RIGHT')
  client!.call('LREM list 0 a')
  client!.call('LTRIM list 1 0')
  client!.call('RPOP other')
  const events = listener!.received().map((message) => /__:(\w+)", "(\w+)"/.exec(message)?.slice(1).join(' '))
  expect(events).toEqual([
    'rpush list',
    'rpush other',
    'lpop list',
    'lrem list',
    'ltrim list',
    'del list',
    'rpop other',
    'del other',
  ])
})

test('a worker that waits again and again still gives up in time', () => {
  const { broker, clients } = crowd()
  const [worker, pusher, other] = clients
  other!.call('BLPOP elsewhere 2')
  for (let i = 0; i < 3000; i++) {
    worker!.send('BLPOP list 60')
    pusher!.call('RPUSH list a')
  }
  expect(worker!.received()).toHaveLength(3000)
  worker!.call('BLPOP list 1')
  broker.advance(1000)
  expect(worker!.received()).toEqual(['*-1'])
  broker.advance(1000)
  expect(other!.received()).toEqual(['*-1'])
})

test('of a thousand waiters two elements wake the first two', () => {
  const broker = new TestBroker()
  const waiters = Array.from({ length: 1000 }, () => broker.client())
  for (const waiter of waiters) waiter.call('BLPOP list 0')
  broker.client().call('RPUSH list a b')
  const served = waiters.flatMap((waiter, index) => waiter.received().map((reply) => `${index}: ${reply}`))
  expect(served).toEqual(['0: ["list", "a"]', '1: ["list", "b"]'])
})
