import { expect, test } from 'vitest'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** A broker with `appendfsync always` whose records become durable when the test says so. */
function start(): { a: TestClient; b: TestClient; commit(): void; broker: TestBroker } {
  let broker: TestBroker | undefined
  const log = new MemoryLog({
    byHand: true,
    events: { onDurable: (position) => broker?.broker.onDurable(position), onRefusing() {}, onFatal() {} },
  })
  broker = new TestBroker(new Config(), bareHost, log)
  const own = broker
  return {
    a: own.client(),
    b: own.client(),
    broker: own,
    commit() {
      log.makeDurable(log.position)
      own.broker.onDurable(log.durablePosition)
    },
  }
}

test('a write is acknowledged when its record is durable and not before', () => {
  const { a, commit } = start()
  expect(a.call('SET key value')).toBeUndefined()
  commit()
  expect(a.received()).toEqual(['+OK'])
})

test('who hangs up while others are answered early is closed behind what it is owed still', () => {
  const { a, b, commit, broker } = start()
  a.call('SET key value')
  broker.broker.beginTurn()
  broker.broker.hangUp(a.session)
  broker.broker.answerEarly(b.session)
  broker.broker.endTurn()
  expect(a.isClosed).toBe(false)
  commit()
  expect(a.received()).toEqual(['+OK'])
  expect(a.isClosed).toBe(true)
})

test('a reader of the written key waits with the writer', () => {
  const { a, b, commit } = start()
  a.call('SET key value')
  expect(b.call('GET key')).toBeUndefined()
  commit()
  expect(b.received()).toEqual(['"value"'])
})

test('a reader of another key does not wait', () => {
  const { a, b, commit } = start()
  a.call('SET other 1')
  commit()
  a.call('SET key value')
  expect(b.call('GET other')).toBe('"1"')
  expect(b.call('PING')).toBe('+PONG')
})

test('what tells of the server and not of its data does not wait, whatever the disk does', () => {
  const { a, b } = start()
  a.call('SET key value')
  for (const request of [
    'INFO',
    'CONFIG GET dir',
    'SLOWLOG LEN',
    'ACL WHOAMI',
    'COMMAND COUNT',
    'LATENCY LATEST',
    'LASTSAVE',
  ]) {
    expect(b.call(request)).toBeDefined()
  }
  expect(b.call('DBSIZE')).toBeUndefined()
})

test('whoever finds a key deleted waits for the deletion', () => {
  const { a, b, commit } = start()
  a.call('SET key value')
  commit()
  a.call('DEL key')
  expect(b.call('GET key')).toBeUndefined()
  commit()
  expect(b.received()).toEqual(['$-1'])
})

test.each(['DBSIZE', 'KEYS *', 'SCAN 0', 'RANDOMKEY', 'EXISTS key', 'TYPE key', 'TTL key', 'OBJECT ENCODING key'])(
  '%s shows no write that is not durable',
  (command) => {
    const { a, b, commit } = start()
    a.call('SET key value')
    expect(b.call(command)).toBeUndefined()
    commit()
    expect(b.received()).toHaveLength(1)
  },
)

test('answers of one client keep their order though only the first has to wait', () => {
  const { a, commit } = start()
  a.send('SET key value')
  a.send('PING')
  expect(a.received()).toEqual([])
  commit()
  expect(a.received()).toEqual(['+OK', '+PONG'])
})

test('after an emptied or exchanged database every key waits', () => {
  for (const command of ['FLUSHDB', 'SWAPDB 0 1']) {
    const { a, b, commit } = start()
    a.call('SET key value')
    commit()
    a.call(command)
    expect(b.call('GET key')).toBeUndefined()
    commit()
    expect(b.received()).toEqual(['$-1'])
  }
})

test('a message published behind a write is heard when the write is durable', () => {
  const { a, b, commit } = start()
  b.call('SUBSCRIBE news')
  a.call('SET key value')
  a.call('PUBLISH news changed')
  expect(b.received()).toEqual([])
  commit()
  expect(b.received()).toEqual(['["message", "news", "changed"]'])
})

test('a keyspace event is heard when the write is durable', () => {
  const { a, b, commit, broker } = start()
  broker.broker.config.set(['notify-keyspace-events', 'KA'])
  b.call('SUBSCRIBE __keyspace@0__:key')
  a.call('SET key value')
  expect(b.received()).toEqual([])
  commit()
  expect(b.received()).toEqual(['["message", "__keyspace@0__:key", "set"]'])
})

test('a command that meant to write and did not leaves nobody waiting', () => {
  const { a, b, commit } = start()
  a.call('XADD stream 1-1 field value')
  a.call('XGROUP CREATE stream group 0')
  commit()
  a.received()
  expect(a.call('XTRIM stream MAXLEN 10')).toBe(':0')
  expect(b.call('XLEN stream')).toBe(':1')
})

test('a client served from its wait gets the element when the pop is durable', () => {
  const { a, b, commit } = start()
  b.call('BLPOP queue 0')
  a.call('RPUSH queue job')
  expect(b.received()).toEqual([])
  commit()
  expect(b.received()).toEqual(['["queue", "job"]'])
})

test('a client that is closed behind held answers gets them first', () => {
  const { a, commit } = start()
  a.send('SET key value')
  a.send('QUIT')
  expect(a.isClosed).toBe(false)
  commit()
  expect(a.received()).toEqual(['+OK', '+OK'])
  expect(a.isClosed).toBe(true)
})

test('when appendfsync is relaxed, what was held still goes first', () => {
  const { a, broker, commit } = start()
  a.send('SET key value')
  broker.broker.config.set(['appendfsync', 'everysec'])
  a.send('PING')
  expect(a.received()).toEqual([])
  commit()
  expect(a.received()).toEqual(['+OK', '+PONG'])
})

test('what waits for nothing is answered while the rest of a long input still runs', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('CONFIG SET appendfsync everysec')
  broker.usPerLook = 400
  const { writes } = broker.broker.outbox
  client.sendRaw('SET a 1\r\nSET b 1\r\nSET c 1\r\nSET d 1\r\n')
  expect(client.received()).toHaveLength(4)
  expect(broker.broker.outbox.writes - writes).toBe(2)
  expect(broker.records).toHaveLength(2)
})

test('what waits for its record is not cut into more of them, however long it takes', () => {
  const { a, b, commit, broker } = start()
  broker.usPerLook = 400
  a.sendRaw('SET a 1\r\nSET b 1\r\nSET c 1\r\nSET d 1\r\n')
  expect(broker.broker.outbox.writes).toBe(0)
  b.sendRaw('PING\r\nPING\r\nPING\r\nPING\r\n')
  expect(broker.broker.outbox.writes).toBe(2)
  commit()
  expect(broker.broker.outbox.writes).toBe(3)
  expect([a.received(), b.received()].map((replies) => replies.length)).toEqual([4, 4])
})

test('who tracks by a prefix is told once of all that a long input changed, however it was cut', () => {
  const broker = new TestBroker()
  const [tracker, writer] = [broker.client(), broker.client()]
  writer.call('CONFIG SET appendfsync everysec')
  tracker.sendRaw('HELLO 3\r\nCLIENT TRACKING ON BCAST PREFIX k\r\n')
  tracker.received()
  broker.usPerLook = 400
  writer.sendRaw('SET k1 1\r\nSET k2 1\r\nSET k3 1\r\nDEL k1\r\n')
  expect(broker.records).toHaveLength(2)
  expect(tracker.received()).toEqual(['>["invalidate", ["k1", "k2", "k3"]]'])
})
