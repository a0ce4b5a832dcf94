import { expect, test } from 'vitest'
import { pendingBytesHigh } from '../../src/log/log-limits.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import type { Connection, Session } from '../../src/server/session.ts'
import { TestBroker } from '../support/in-process.ts'
import { StalledConnection } from '../support/stalled-connection.ts'

const requestBytes = 1024 * 1024

/** A client that sends as fast as it is read: what it has sent waits while the connection is paused. */
class FastWriter extends StalledConnection implements Connection {
  readonly #broker: TestBroker
  readonly #session: Session
  #isPaused = false
  read = 0

  constructor(broker: TestBroker) {
    super()
    this.#broker = broker
    this.#session = broker.broker.connect(this)
  }

  override pause(): void {
    this.#isPaused = true
  }

  override resume(): void {
    this.#isPaused = false
  }

  /** Reads up to `count` requests of a megabyte, a turn each; returns how many were read. */
  pump(count: number): number {
    const before = this.read
    const value = 'x'.repeat(requestBytes)
    while (!this.#isPaused && this.read < before + count) {
      this.read++
      this.#broker.broker.receive(
        this.#session,
        Buffer.from(`*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$${requestBytes}\r\n${value}\r\n`),
      )
      this.#broker.broker.endTurn()
    }
    return this.read - before
  }
}

function slowDisk(): { broker: TestBroker; log: MemoryLog } {
  const config = new Config()
  config.set(['appendfsync', 'everysec'])
  const events = { onDurable: (position: number) => broker.broker.onDurable(position), onRefusing() {}, onFatal() {} }
  const log = new MemoryLog({ events, byHand: true })
  const broker = new TestBroker(config, bareHost, log)
  return { broker, log }
}

test('a log that never commits holds no more than its limit and one turn, however fast clients send', () => {
  const { broker, log } = slowDisk()
  const writers = [new FastWriter(broker), new FastWriter(broker)]
  for (let round = 0; round < 100; round++) for (const writer of writers) writer.pump(1)
  expect(log.pendingBytes).toBeGreaterThan(pendingBytesHigh)
  expect(log.pendingBytes).toBeLessThan(pendingBytesHigh + 2 * requestBytes)
  expect(new FastWriter(broker).pump(1), 'a connection that comes later is not read either').toBe(0)
})

test('all are read again when the log has committed, and nothing they sent is lost', () => {
  const { broker, log } = slowDisk()
  const writers = [new FastWriter(broker), new FastWriter(broker)]
  for (const writer of writers) writer.pump(100)
  const latecomer = new FastWriter(broker)
  log.makeDurable()
  for (const writer of [...writers, latecomer]) expect(writer.pump(5)).toBe(5)
  const sent = [...writers, latecomer].reduce((sum, writer) => sum + writer.read, 0)
  expect(log.position).toBe(sent)
})

test('while the log refuses records all are read, however much waits, and less again when it takes them', () => {
  const { broker, log } = slowDisk()
  const writer = new FastWriter(broker)
  writer.pump(100)
  expect(writer.pump(1)).toBe(0)
  broker.broker.refuseWrites('the disk is full')
  expect(writer.pump(5)).toBe(5)
  expect(new FastWriter(broker).pump(1), 'a connection that comes later is read').toBe(1)
  expect(broker.client().call('STRLEN key'), 'what was refused is not written').toBe(`:${requestBytes}`)
  expect(log.pendingBytes).toBeLessThan(pendingBytesHigh + 2 * requestBytes)
  broker.broker.refuseWrites(undefined)
  expect(writer.pump(1), 'what waits is still too much').toBe(0)
  log.makeDurable()
  expect(writer.pump(5)).toBe(5)
})
