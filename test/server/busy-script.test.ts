import { expect, test } from 'vitest'
import { luaCode } from '../../src/cli/lua-code.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** A broker whose clock reaches the threshold whenever a script looks at it, and whose log commits when the test says. */
function start(): { runner: TestClient; other: TestClient; third: TestClient; broker: TestBroker; log: MemoryLog } {
  let broker: TestBroker | undefined
  const log = new MemoryLog({
    byHand: true,
    events: { onDurable: (position) => broker?.broker.onDurable(position), onRefusing() {}, onFatal() {} },
  })
  broker = new TestBroker(new Config(), { ...bareHost, luaCode }, log)
  broker.usPerLook = 6_000_000
  return { runner: broker.client(), other: broker.client(), third: broker.client(), broker, log }
}

/** Runs requests within the turn that is under way. */
function receive(broker: TestBroker, client: TestClient, ...lines: string[]): void {
  broker.broker.receive(client.session, Buffer.from(lines.map((line) => `${line}\r\n`).join('')))
}

const busyScript = `EVAL "for i = 1, 10000000 do end return 'done'" 0`

test('who was answered before a busy script in its turn hears so at once', () => {
  const { runner, other, third, broker } = start()
  receive(broker, other, 'PING')
  receive(broker, third, 'QUIT')
  receive(broker, runner, 'PING', busyScript)
  expect(other.received()).toEqual(['+PONG'])
  expect(third.received()).toEqual(['+OK'])
  expect(third.isClosed).toBe(true)
  expect(runner.received()).toEqual([])
  broker.broker.endTurn()
  expect(runner.received()).toEqual(['+PONG', '"done"'])
  expect(other.received()).toEqual([])
})

test('who wrote, or read what is not on disk yet, waits for the record as ever', () => {
  const { runner, other, third, broker, log } = start()
  receive(broker, other, 'PING', 'SET key value', 'PING')
  receive(broker, third, 'GET key')
  receive(broker, runner, busyScript)
  expect([other.received(), third.received()]).toEqual([[], []])
  broker.broker.endTurn()
  expect([other.received(), third.received()]).toEqual([[], []])
  log.makeDurable()
  expect(other.received()).toEqual(['+PONG', '+OK', '+PONG'])
  expect(third.received()).toEqual(['"value"'])
})

test('a message that the script publishes goes out while it runs, a message that tells of its write does not', () => {
  const { runner, other, third, broker, log } = start()
  third.call('CONFIG SET notify-keyspace-events KA')
  other.call('SUBSCRIBE news')
  third.call('PSUBSCRIBE __key*')
  const busy = 'for i = 1, 10000000 do end'
  receive(broker, runner, `EVAL "redis.call('PUBLISH', 'news', 'a') ${busy}" 0`)
  expect(other.received()).toEqual(['["message", "news", "a"]'])
  receive(broker, runner, `EVAL "redis.call('SET', 'key', '1') redis.call('PUBLISH', 'news', 'b') ${busy}" 0`)
  expect([other.received(), third.received()]).toEqual([[], []])
  broker.broker.endTurn()
  log.makeDurable()
  expect(other.received()).toEqual(['["message", "news", "b"]'])
  expect(third.received()).toEqual(['["pmessage", "__key*", "__keyspace@0__:key", "set"]'])
})
