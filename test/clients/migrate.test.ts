/** MIGRATE between processes, in all directions, and to servers that behave badly. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { printReply } from '../support/notation.ts'
import type { RespClient } from '../support/resp-client.ts'
import { findRedisServer, type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { againstEachServer } from './judges.ts'

const ask = async (client: RespClient, ...words: string[]): Promise<string> => printReply(await client.call(...words))

const writes = [
  ['SET', 'text', 'any bytes \r\n\x00\xff'],
  ['SET', 'number', '12345'],
  ['RPUSH', 'list', ...Array.from({ length: 300 }, (_, i) => `element ${i}`)],
  ['SADD', 'set', ...Array.from({ length: 300 }, (_, i) => `member ${i}`)],
  ['SADD', 'intset', '3', '1', '2'],
  ['HSET', 'hash', ...Array.from({ length: 300 }, (_, i) => [`field ${i}`, `value ${i}`]).flat()],
  ['ZADD', 'zset', '1', 'a', '2.5', 'b', '-inf', 'c'],
  ['XADD', 'stream', '1-1', 'field', 'value'],
  ['XGROUP', 'CREATE', 'stream', 'group', '0'],
  ['XREADGROUP', 'GROUP', 'group', 'anna', 'STREAMS', 'stream', '>'],
]
const reads = [
  ['GET', 'text'],
  ['GET', 'number'],
  ['LRANGE', 'list', '0', '-1'],
  ['SCARD', 'set'],
  ['SMISMEMBER', 'set', 'member 0', 'member 299', 'nobody'],
  ['SORT', 'intset'],
  ['HLEN', 'hash'],
  ['HMGET', 'hash', 'field 0', 'field 299'],
  ['ZRANGE', 'zset', '0', '-1', 'WITHSCORES'],
  ['XRANGE', 'stream', '-', '+'],
  ['XPENDING', 'stream', 'group'],
]
const keys = ['text', 'number', 'list', 'set', 'intset', 'hash', 'zset', 'stream']

const starters = { millrace: startMillrace, redis: startRedis }
type Kind = keyof typeof starters

describe.each<[Kind, Kind]>([
  ['millrace', 'millrace'],
  ['millrace', 'redis'],
  ['redis', 'millrace'],
])('MIGRATE from %s to %s', (from, to) => {
  const isSkipped = findRedisServer() === undefined && (from === 'redis' || to === 'redis')
  let servers: RunningServer[]
  beforeAll(async () => {
    if (!isSkipped) servers = [await starters[from](), await starters[to]({ flags: ['--requirepass', 'sesame'] })]
  })
  afterAll(() => Promise.all((servers ?? []).map((server) => server.stop())))

  test.skipIf(isSkipped)('moves values of every kind (skipped without redis-server)', async () => {
    const [source, target] = [await servers[0]!.connect(), await servers[1]!.connect()]
    await target.call('AUTH', 'sesame')
    for (const words of writes) await source.call(...words)
    await source.call('PEXPIRE', 'text', '90000')
    const before = await Promise.all(reads.map((words) => ask(source, ...words)))
    const to = ['MIGRATE', '127.0.0.1', String(servers[1]!.port)]
    expect(await ask(source, ...to, '', '0', '5000', 'AUTH', 'sesame', 'KEYS', ...keys)).toBe('+OK')
    expect(await ask(source, 'DBSIZE')).toBe(':0')
    expect(await Promise.all(reads.map((words) => ask(target, ...words)))).toEqual(before)
    expect(Number((await ask(target, 'PTTL', 'text')).slice(1))).toBeGreaterThan(60_000)
    await source.call('SET', 'text', 'other')
    expect(await ask(source, ...to, 'text', '0', '5000', 'AUTH2', 'default', 'sesame')).toMatch(/error: BUSYKEY/)
    expect(await ask(source, ...to, 'text', '0', '5000', 'AUTH2', 'default', 'sesame', 'REPLACE', 'COPY')).toBe('+OK')
    expect([await ask(source, 'GET', 'text'), await ask(target, 'GET', 'text')]).toEqual(['"other"', '"other"'])
    expect(await ask(source, ...to, 'text', '99', '5000', 'AUTH', 'sesame')).toBe(
      '-ERR Target instance replied with error: ERR DB index is out of range',
    )
  })
})

againstEachServer('MIGRATE to whoever', (server) => {
  let client: RespClient
  beforeEach(async () => {
    client = await server().connect()
    onTestFinished(() => client.reset())
    await client.call('MSET', 'a', '1', 'b', '2')
  })
  const migrate = (port: number, host = '127.0.0.1'): Promise<string> =>
    ask(client, 'MIGRATE', host, String(port), '', '0', '300', 'KEYS', 'a', 'b')
  const listen = async (onConnection: (socket: Socket) => void): Promise<number> => {
    const listener = createServer((socket) => onConnection(socket.on('error', () => {})))
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    onTestFinished(() => void listener.close())
    return (listener.address() as { port: number }).port
  }
  const left = () => ask(client, 'MGET', 'a', 'b')

  test('nobody listens', async () => {
    expect(await migrate(1)).toBe('-IOERR error or timeout writing to target instance')
    expect(await migrate(6379, 'nowhere.invalid')).toBe('-IOERR error or timeout connecting to the client')
    expect(await left()).toBe('["1", "2"]')
  })

  test('it takes everything and says nothing', async () => {
    expect(await migrate(await listen((socket) => socket.resume()))).toBe(
      '-IOERR error or timeout reading to target instance',
    )
    expect(await left()).toBe('["1", "2"]')
  })

  test('it hangs up', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end()))
    expect(await migrate(port)).toBe('-IOERR error or timeout reading to target instance')
    expect(await left()).toBe('["1", "2"]')
  })

  test('it hangs up when it has taken one of two', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end('+OK\r\n+OK\r\n')))
    expect(await migrate(port)).toBe('-IOERR error or timeout reading to target instance')
    expect(await left()).toBe('[$-1, "2"]')
  })

  test('it refuses both, each with words of its own', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.write('+OK\r\n-ERR one\r\n-ERR two\r\n')))
    expect(await migrate(port)).toBe('-ERR Target instance replied with error: ERR one')
    expect(await left()).toBe('["1", "2"]')
  })
})
