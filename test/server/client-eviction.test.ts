import { beforeEach, describe, expect, test } from 'vitest'
import { encodeRequest } from '../../protocol/resp/args.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import type { Session } from '../../src/server/session.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { StalledConnection } from '../support/stalled-connection.ts'

const kilobyte = 1024
let broker: TestBroker
let admin: TestClient
let logged: string[]

function configure(...directives: [name: string, value: string][]): void {
  const config = new Config()
  for (const [name, value] of directives) config.assign(name, [value])
  logged = []
  broker = new TestBroker(config, { ...bareHost, log: (_level, text) => void logged.push(text) })
  admin = broker.client()
  admin.call('CLIENT NO-EVICT ON')
}

/** A client that reads nothing. */
class Deaf {
  readonly connection = new StalledConnection()
  readonly session: Session

  constructor() {
    this.session = broker.broker.connect(this.connection)
  }

  send(...commands: string[][]): void {
    broker.broker.receive(this.session, Buffer.concat(commands.map((words) => encodeRequest(words))))
    broker.broker.endTurn()
  }

  /** Has so many bytes waiting for it. */
  static owed(kilobytes: number): Deaf {
    const deaf = new Deaf()
    deaf.send(['ECHO', 'x'.repeat(kilobytes * kilobyte)])
    return deaf
  }
}

const areOpen = (...deaf: Deaf[]): boolean[] => deaf.map(({ connection }) => !connection.isClosed)
const evictedCount = (): number => Number(/evicted_clients:(\d+)/.exec(admin.call('INFO stats')!)![1])
const field = (session: Session, name: string): number =>
  Number(new RegExp(` ${name}=(\\d+)`).exec(admin.call(`CLIENT LIST ID ${session.id}`)!)![1])

describe('maxmemory-clients', () => {
  beforeEach(() => configure(['maxmemory-clients', '500kb']))

  test('closes the largest clients first, and no more than it must', () => {
    const [small, large, middle] = [Deaf.owed(50), Deaf.owed(200), Deaf.owed(150)]
    expect(areOpen(small, large, middle)).toEqual([true, true, true])
    const last = Deaf.owed(100)
    expect(areOpen(small, large, middle, last)).toEqual([true, false, true, true])
    expect(evictedCount()).toBe(1)
    expect(logged).toEqual([expect.stringMatching(/^Evicting client: id=\d+ .* omem=204\d{3} tot-mem=2\d{5} /)])
    expect(admin.call('CLIENT LIST')).not.toContain(`id=${large.session.id} `)
  })

  test('closes the one that takes too much by itself, whoever it is', () => {
    const [other, greedy] = [Deaf.owed(10), Deaf.owed(600)]
    expect(areOpen(other, greedy)).toEqual([true, false])
  })

  test('counts those whom CLIENT NO-EVICT spares, and closes others for them', () => {
    const spared = Deaf.owed(10)
    spared.send(['CLIENT', 'NO-EVICT', 'ON'], ['ECHO', 'x'.repeat(300 * kilobyte)])
    const [one, another] = [Deaf.owed(120), Deaf.owed(130)]
    expect(areOpen(spared, one, another)).toEqual([true, true, false])
    spared.send(['CLIENT', 'NO-EVICT', 'OFF'], ['ECHO', 'x'.repeat(100 * kilobyte)])
    expect(areOpen(spared, one)).toEqual([false, true])
  })

  test('says once that nobody is left to close', () => {
    const spared = Deaf.owed(10)
    spared.send(['CLIENT', 'NO-EVICT', 'ON'], ['ECHO', 'x'.repeat(600 * kilobyte)])
    const other = Deaf.owed(1)
    expect(areOpen(spared, other)).toEqual([true, false])
    Deaf.owed(1)
    const complaint = 'Over client maxmemory after evicting all evictable clients'
    expect(logged.filter((line) => line === complaint)).toHaveLength(1)
    spared.connection.drain()
    Deaf.owed(1)
    spared.send(['ECHO', 'x'.repeat(600 * kilobyte)])
    expect(logged.filter((line) => line === complaint)).toHaveLength(2)
  })

  test('forgets what a client has read meanwhile', () => {
    for (let i = 0; i < 20; i++) Deaf.owed(300).connection.drain()
    expect(evictedCount()).toBe(0)
  })

  test('runs nothing more of a client that it closed in the midst of its requests', () => {
    admin.call(['SET', 'value', 'x'.repeat(200 * kilobyte)])
    const deaf = new Deaf()
    deaf.send(...Array.from({ length: 10 }, () => ['GET', 'value']), ['SET', 'end', 'reached'])
    expect(areOpen(deaf)).toEqual([false])
    expect(admin.call('EXISTS end')).toBe(':0')
  })

  test('counts requests that are not complete, transactions, and what waits to be run', () => {
    const text = 'x'.repeat(100 * kilobyte)
    const [unfinished, queueing, blocked] = [new Deaf(), new Deaf(), new Deaf()]
    broker.broker.receive(unfinished.session, Buffer.from(`*2\r\n$4\r\nECHO\r\n$200000\r\n${text}`))
    broker.broker.endTurn()
    queueing.send(['MULTI'], ['SET', 'key', text])
    blocked.send(['BLPOP', text, '0'])
    expect(field(unfinished.session, 'qbuf')).toBeGreaterThan(text.length)
    expect(field(queueing.session, 'multi-mem')).toBeGreaterThan(text.length)
    expect(field(blocked.session, 'argv-mem')).toBeGreaterThan(text.length)
    for (const { session } of [unfinished, queueing, blocked]) {
      expect(field(session, 'tot-mem')).toBeGreaterThan(text.length + 5 * kilobyte)
    }
    Deaf.owed(160)
    expect(evictedCount()).toBe(1)
  })

  test('counts what a client watches, hears and tracks', () => {
    const deaf = new Deaf()
    const before = field(deaf.session, 'tot-mem')
    deaf.send(['WATCH', 'a'.repeat(1000)])
    deaf.send(['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'b'.repeat(1000), 'REDIRECT', '1'])
    deaf.send(['SUBSCRIBE', 'c', 'd'])
    deaf.connection.drain()
    expect(field(deaf.session, 'tot-mem') - before).toBeGreaterThan(2200)
  })

  test('closes subscribers that do not read', () => {
    const deaf = new Deaf()
    deaf.send(['SUBSCRIBE', 'news'])
    const text = 'x'.repeat(100 * kilobyte)
    for (let i = 0; i < 4; i++) expect(admin.call(['PUBLISH', 'news', text])).toBe(':1')
    expect(admin.call(['PUBLISH', 'news', text])).toBe(':1')
    expect(areOpen(deaf)).toEqual([false])
    expect(admin.call('PUBLISH news x')).toBe(':0')
  })
})

test('a percentage is one of maxmemory, and nothing without that', () => {
  configure(['maxmemory-clients', '50%'])
  const one = Deaf.owed(2000)
  expect(areOpen(one)).toEqual([true])
  admin.call('CONFIG SET maxmemory 8mb')
  const other = Deaf.owed(1000)
  expect(areOpen(one, other)).toEqual([true, true])
  admin.call('CONFIG SET maxmemory 5mb')
  expect(areOpen(one, other)).toEqual([false, true])
})

test('a limit holds as soon as it is set, is at least 128 KiB, and can be lifted', () => {
  configure()
  const [one, other] = [Deaf.owed(200), Deaf.owed(90)]
  expect(admin.call('CONFIG SET maxmemory-clients 1')).toBe('+OK')
  expect(areOpen(one, other)).toEqual([false, true])
  expect(admin.call('CONFIG SET maxmemory-clients 0')).toBe('+OK')
  expect(areOpen(other, Deaf.owed(2000))).toEqual([true, true])
  expect(evictedCount()).toBe(1)
  admin.call('CONFIG RESETSTAT')
  expect(evictedCount()).toBe(0)
})
