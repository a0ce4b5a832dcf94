import { expect, test } from 'vitest'
import { luaCode } from '../../src/cli/lua-code.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

interface Stage {
  readonly runner: TestClient
  readonly other: TestClient
  readonly third: TestClient
  readonly broker: TestBroker
  readonly log: MemoryLog
  /** Looks at what happened when a script writes to the log of the program. */
  onLog(): void
}

/** A broker whose log commits when the test says. */
function start(): Stage {
  let broker: TestBroker | undefined
  const log = new MemoryLog({
    byHand: true,
    events: { onDurable: (position) => broker?.broker.onDurable(position), onRefusing() {}, onFatal() {} },
  })
  const host = { ...bareHost, luaCode, log: () => stage.onLog() }
  broker = new TestBroker(new Config(), host, log)
  const [runner, other, third] = [broker.client(), broker.client(), broker.client()]
  const stage: Stage = { runner, other, third, broker, log, onLog() {} }
  return stage
}

/** Runs requests within the turn that is under way. */
function receive(broker: TestBroker, client: TestClient, ...lines: string[]): void {
  broker.broker.receive(client.session, Buffer.from(lines.map((line) => `${line}\r\n`).join('')))
}

/** The clock reaches the threshold whenever somebody looks at it. */
function letTimeFly({ broker }: Stage): void {
  broker.usPerLook = 6_000_000
}

const busyScript = `EVAL "for i = 1, 10000000 do end redis.log(redis.LOG_NOTICE, 'busy') return 'done'" 0`

test('who was answered before a busy script in its turn hears so at once', () => {
  const stage = start()
  const { runner, other, third, broker } = stage
  const early: string[][] = []
  stage.onLog = () => early.push(...[other, third, runner].map((client) => client.received()))
  receive(broker, other, 'PING')
  receive(broker, third, 'QUIT')
  receive(broker, runner, 'PING')
  letTimeFly(stage)
  receive(broker, runner, busyScript)
  expect(early).toEqual([['+PONG'], ['+OK'], []])
  expect(third.isClosed).toBe(true)
  broker.broker.endTurn()
  expect(runner.received()).toEqual(['+PONG', '"done"'])
  expect(other.received()).toEqual([])
})

test('who wrote, or read what is not on disk yet, waits for the record as ever', () => {
  const stage = start()
  const { runner, other, third, broker, log } = stage
  receive(broker, other, 'PING', 'SET key value', 'PING')
  receive(broker, third, 'GET key')
  letTimeFly(stage)
  receive(broker, runner, busyScript)
  expect([other.received(), third.received()]).toEqual([[], []])
  broker.broker.endTurn()
  expect([other.received(), third.received()]).toEqual([[], []])
  log.makeDurable()
  expect(other.received()).toEqual(['+PONG', '+OK', '+PONG'])
  expect(third.received()).toEqual(['"value"'])
})

test('a message that the script publishes goes out while it runs, a message that tells of its write does not', () => {
  const stage = start()
  const { runner, other, third, broker, log } = stage
  letTimeFly(stage)
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
