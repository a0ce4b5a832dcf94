/** ioredis, unchanged, in both protocols. */
import { Redis, type RedisOptions } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { againstEachServer } from './judges.ts'

type Entry = [id: string, fields: string[]]

for (const protocol of [2, 3] as const) {
  againstEachServer(`ioredis in RESP${protocol}`, (server) => {
    const open: Redis[] = []
    let redis: Redis
    const connect = (options: Pick<RedisOptions, 'connectionName' | 'db' | 'retryStrategy'> = {}): Redis => {
      const client = new Redis({ port: server().port, host: '127.0.0.1', protocol, ...options })
      open.push(client)
      return client
    }
    beforeEach(async () => {
      redis = connect()
      await redis.flushall()
    })
    afterEach(() => {
      for (const client of open.splice(0)) client.disconnect()
    })

    describe('streams and groups', () => {
      it('hands entries to consumers, keeps them pending until they are acknowledged, and lets another take them over', async () => {
        await redis.xgroup('CREATE', 'orders', 'g', '$', 'MKSTREAM')
        const ids: (string | null)[] = []
        for (const number of [1, 2, 3]) ids.push(await redis.xadd('orders', '*', 'number', number))
        const ofAnna = await readNew(redis, 'anna', 2)
        expect(ofAnna.map(([, fields]) => fields)).toEqual([
          ['number', '1'],
          ['number', '2'],
        ])
        expect(await redis.xack('orders', 'g', ids[0]!)).toBe(1)
        expect(await redis.xpending('orders', 'g')).toEqual([1, ids[1], ids[1], [['anna', '1']]])
        const [next, claimed, deleted] = (await redis.xautoclaim('orders', 'g', 'bert', 0, '0-0')) as [
          string,
          Entry[],
          string[],
        ]
        expect([next, deleted]).toEqual(['0-0', []])
        expect(claimed).toEqual([[ids[1], ['number', '2']]])
        const [[id, owner, , deliveredCount]] = (await redis.xpending('orders', 'g', '-', '+', 10)) as [
          [string, string, number, number],
        ]
        expect([id, owner, deliveredCount]).toEqual([ids[1], 'bert', 2])
      })

      it('wakes a consumer that blocks as soon as an entry comes', async () => {
        await redis.xgroup('CREATE', 'orders', 'g', '$', 'MKSTREAM')
        const waiting = readNew(connect(), 'anna', 1, 5000)
        await oneIsBlocked(redis)
        const id = await redis.xadd('orders', '*', 'number', '1')
        expect(await waiting).toEqual([[id, ['number', '1']]])
      })
    })

    describe('lists', () => {
      it('serves the worker that has waited longest first', async () => {
        const first = connect().blpop('queue', 5)
        await blockedAre(redis, 1)
        const second = connect().blmove('queue', 'held', 'RIGHT', 'LEFT', 5)
        await blockedAre(redis, 2)
        await redis.rpush('queue', 'a', 'b')
        expect(await first).toEqual(['queue', 'a'])
        expect(await second).toBe('b')
        expect(await redis.lrange('held', 0, -1)).toEqual(['b'])
      })

      it('gives up with null when the time is over', async () => {
        expect(await redis.blpop('nothing', 0.01)).toBeNull()
        expect(await redis.blmove('nothing', 'held', 'LEFT', 'LEFT', 0.01)).toBeNull()
      })
    })

    describe('pub/sub', () => {
      it('delivers by channel, by pattern and to shard channels, in order', async () => {
        const heard: string[][] = []
        const subscriber = connect()
        const all = new Promise<void>((resolve) => {
          const hear = (...words: string[]) => {
            if (heard.push(words) === 5) resolve()
          }
          subscriber.on('message', (channel, message) => hear('message', channel, message))
          subscriber.on('pmessage', (pattern, channel, message) => hear('pmessage', pattern, channel, message))
          subscriber.on('smessage', (channel, message) => hear('smessage', channel, message))
        })
        await subscriber.subscribe('news')
        await subscriber.psubscribe('n?ws', 'other.*')
        await subscriber.ssubscribe('shard')
        expect(await redis.publish('news', 'one')).toBe(2)
        expect(await redis.publish('other.thing', 'two')).toBe(1)
        expect(await redis.spublish('shard', 'three')).toBe(1)
        await subscriber.punsubscribe('n?ws')
        expect(await redis.publish('news', 'four')).toBe(1)
        await all
        expect(heard).toEqual([
          ['message', 'news', 'one'],
          ['pmessage', 'n?ws', 'news', 'one'],
          ['pmessage', 'other.*', 'other.thing', 'two'],
          ['smessage', 'shard', 'three'],
          ['message', 'news', 'four'],
        ])
      })
    })

    describe('transactions and pipelines', () => {
      it('runs MULTI as one, and refuses it when a watched key has changed', async () => {
        expect(await redis.multi().set('a', '1').incr('a').exec()).toEqual([
          [null, 'OK'],
          [null, 2],
        ])
        const other = connect()
        await other.watch('a')
        await redis.set('a', 'changed')
        expect(await other.multi().set('a', 'mine').exec()).toBeNull()
        expect(await redis.get('a')).toBe('changed')
      })

      it('answers a pipeline of thousands in order, errors in their places', async () => {
        const pipeline = redis.pipeline()
        for (let number = 0; number < 3000; number++) pipeline.incr('n')
        pipeline.lpush('n', 'x').get('n')
        const results = (await pipeline.exec())!
        expect(results.slice(0, 3000).map(([, value]) => value)).toEqual(
          Array.from({ length: 3000 }, (_, index) => index + 1),
        )
        expect(results[3000]![0]?.message).toBe('WRONGTYPE Operation against a key holding the wrong kind of value')
        expect(results[3001]).toEqual([null, '3000'])
      })
    })

    describe('connections', () => {
      it('speaks the protocol that it was asked for', async () => {
        expect(await redis.call('CLIENT', 'INFO')).toContain(` resp=${protocol}`)
      })

      it('reconnects after its connection was killed, subscriptions and all', async () => {
        const subscriber = connect({ retryStrategy: () => 10 })
        await subscriber.subscribe('news')
        const again = new Promise((resolve) => subscriber.once('ready', resolve))
        expect(await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')).toBe(1)
        await again
        const heard = new Promise<string>((resolve) =>
          subscriber.once('message', (_channel, message) => resolve(message)),
        )
        await subscriber.ping()
        await redis.publish('news', 'still here')
        expect(await heard).toBe('still here')
      })

      it('duplicates itself with its name and its database', async () => {
        const named = connect({ connectionName: 'mill', db: 3 })
        await named.set('here', 'yes')
        const twin = named.duplicate()
        open.push(twin)
        expect(await twin.client('GETNAME')).toBe('mill')
        expect(await twin.get('here')).toBe('yes')
        expect(await redis.get('here')).toBeNull()
      })

      it('carries keys and values of any bytes', async () => {
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
        await redis.set(bytes, bytes)
        expect(await redis.getBuffer(bytes)).toEqual(bytes)
        await redis.xadd('s', '*', bytes, Buffer.concat([bytes, bytes]))
        const [[, fields]] = (await redis.xrangeBuffer('s', '-', '+')) as unknown as [[Buffer, Buffer[]]]
        expect(fields).toEqual([bytes, Buffer.concat([bytes, bytes])])
      })

      it('scans every key once when nothing changes', async () => {
        const keys = Array.from({ length: 500 }, (_, index) => `key:${index}`)
        await redis.mset(Object.fromEntries(keys.map((key) => [key, 'v'])))
        const seen: string[] = []
        for await (const page of redis.scanStream({ match: 'key:*', count: 50 })) seen.push(...page)
        expect([...new Set(seen)].sort()).toEqual(keys.sort())
      })
    })
  })
}

async function readNew(redis: Redis, consumer: string, count: number, blockMs = 10): Promise<Entry[]> {
  const rest = ['STREAMS', 'orders', '>'] as const
  const answer = await redis.xreadgroup('GROUP', 'g', consumer, 'COUNT', count, 'BLOCK', blockMs, ...rest)
  // ioredis hands on what the protocol has: pairs in RESP2, a map in RESP3.
  const streams = (Array.isArray(answer) ? Object.fromEntries(answer as [string, Entry[]][]) : answer) as Record<
    string,
    Entry[]
  >
  return streams.orders ?? []
}

const oneIsBlocked = (redis: Redis): Promise<void> => blockedAre(redis, 1)

/** Resolves when the server counts so many clients that block. */
async function blockedAre(redis: Redis, count: number): Promise<void> {
  while (!(await redis.info('clients')).includes(`blocked_clients:${count}\r\n`));
}
