/** node-redis, unchanged, in both protocols. */
import { createClient, RESP_TYPES } from 'redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { againstEachServer } from './judges.ts'

for (const RESP of [2, 3] as const) {
  againstEachServer(`node-redis in RESP${RESP}`, (server) => {
    const connectTo = async (port: number, database = 0) => {
      const client = createClient({
        socket: { port, host: '127.0.0.1', reconnectStrategy: 10 },
        RESP,
        database,
        name: 'mill',
      })
      // Without a listener a lost connection, which one test wants, ends the process.
      client.on('error', () => {})
      return client.connect()
    }
    type Client = Awaited<ReturnType<typeof connectTo>>
    const open: Client[] = []
    let redis: Client
    const connect = async (database = 0): Promise<Client> => {
      const client = await connectTo(server().port, database)
      open.push(client)
      return client
    }
    /** Resolves when the server counts so many clients that block. */
    const blockedAre = async (count: number) => {
      while (!(await redis.info('clients')).includes(`blocked_clients:${count}\r\n`));
    }
    beforeEach(async () => {
      redis = await connect()
      await redis.flushAll()
    })
    afterEach(() => {
      for (const client of open.splice(0)) client.destroy()
    })

    describe('streams and groups', () => {
      it('hands out, holds as pending, acknowledges, and hands over what was left', async () => {
        await redis.xGroupCreate('orders', 'g', '0', { MKSTREAM: true })
        const ids: string[] = []
        for (const number of ['1', '2', '3']) ids.push(await redis.xAdd('orders', '*', { number }))
        const answer = await redis.xReadGroup('g', 'anna', { key: 'orders', id: '>' }, { COUNT: 2 })
        expect(messagesOf(answer)).toEqual([
          [ids[0], '1'],
          [ids[1], '2'],
        ])
        expect(await redis.xAck('orders', 'g', ids[0]!)).toBe(1)
        const summary = await redis.xPending('orders', 'g')
        expect(summary).toMatchObject({ pending: 1, firstId: ids[1], lastId: ids[1] })
        expect(summary.consumers).toEqual([{ name: 'anna', deliveriesCounter: 1 }])
        const claimed = await redis.xAutoClaim('orders', 'g', 'bert', 0, '0-0')
        expect(claimed.nextId).toBe('0-0')
        expect(claimed.messages.map((message) => message?.id)).toEqual([ids[1]])
        const [pending] = await redis.xPendingRange('orders', 'g', '-', '+', 10)
        expect(pending).toMatchObject({ id: ids[1], consumer: 'bert', deliveriesCounter: 2 })
      })

      it('wakes a consumer that blocks, and tells of the stream by XINFO', async () => {
        await redis.xGroupCreate('orders', 'g', '$', { MKSTREAM: true })
        const consumer = await connect()
        const waiting = consumer.xReadGroup('g', 'anna', { key: 'orders', id: '>' }, { BLOCK: 5000 })
        await blockedAre(1)
        const id = await redis.xAdd('orders', '*', { number: '1' })
        expect(messagesOf(await waiting)).toEqual([[id, '1']])
        const [group] = await redis.xInfoGroups('orders')
        expect(group).toMatchObject({ name: 'g', consumers: 1, pending: 1, 'last-delivered-id': id })
        expect(await redis.xInfoStream('orders')).toMatchObject({ length: 1, groups: 1, 'last-generated-id': id })
      })
    })

    describe('lists', () => {
      it('serves those who block in the order of their coming', async () => {
        const [anna, bert] = [await connect(), await connect()]
        const first = anna.brPop(['urgent', 'queue'], 5)
        await blockedAre(1)
        const second = bert.blMove('queue', 'held', 'RIGHT', 'LEFT', 5)
        await blockedAre(2)
        await redis.lPush('queue', ['a', 'b'])
        expect(await first).toEqual({ key: 'queue', element: 'a' })
        expect(await second).toBe('b')
        expect(await redis.lRange('held', 0, -1)).toEqual(['b'])
        expect(await anna.blPop('nothing', 0.01)).toBeNull()
      })
    })

    describe('pub/sub', () => {
      it('delivers by channel, by pattern and to shard channels', async () => {
        const subscriber = await connect()
        const heard: string[] = []
        const hear = (message: string, channel: string) => heard.push(`${channel}: ${message}`)
        await subscriber.subscribe('news', hear)
        await subscriber.pSubscribe('other.*', hear)
        await subscriber.sSubscribe('shard', hear)
        expect(await redis.publish('news', 'one')).toBe(1)
        expect(await redis.publish('other.thing', 'two')).toBe(1)
        expect(await redis.sPublish('shard', 'three')).toBe(1)
        await subscriber.ping()
        expect(heard).toEqual(['news: one', 'other.thing: two', 'shard: three'])
        await subscriber.unsubscribe('news')
        expect(await redis.publish('news', 'four')).toBe(0)
        expect(await redis.pubSubChannels()).toEqual([])
        expect(await redis.pubSubNumPat()).toBe(1)
      })
    })

    describe('transactions and pipelines', () => {
      it('runs MULTI as one, and refuses it when a watched key has changed', async () => {
        expect(await redis.multi().set('a', '1').incr('a').lPush('l', 'x').exec()).toEqual(['OK', 2, 1])
        const other = await connect()
        await other.watch('a')
        await redis.set('a', 'changed')
        await expect(other.multi().set('a', 'mine').exec()).rejects.toThrow(
          'One (or more) of the watched keys has been changed',
        )
        expect(await redis.get('a')).toBe('changed')
      })

      it('answers what was sent in one turn in order', async () => {
        const numbers = await Promise.all(Array.from({ length: 3000 }, () => redis.incr('n')))
        expect(numbers).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1))
        await expect(redis.lPush('n', 'x')).rejects.toThrow(
          'WRONGTYPE Operation against a key holding the wrong kind of value',
        )
      })
    })

    describe('connections', () => {
      it('speaks the protocol that it was asked for', async () => {
        expect(await redis.sendCommand(['CLIENT', 'INFO'])).toContain(` resp=${RESP}`)
      })

      it('comes back by itself after its connection was killed', async () => {
        const victim = await connect()
        const ready = new Promise<void>((resolve) => victim.once('ready', () => resolve()))
        await redis.sendCommand(['CLIENT', 'KILL', 'ID', String(await victim.clientId())])
        await ready
        expect(await victim.set('after', 'all')).toBe('OK')
      })

      it('keeps its name and its database apart from others', async () => {
        const elsewhere = await connect(3)
        await elsewhere.set('here', 'yes')
        expect(await elsewhere.clientGetName()).toBe('mill')
        expect(await redis.get('here')).toBeNull()
        const twin = await elsewhere.duplicate().connect()
        open.push(twin)
        expect(await twin.get('here')).toBe('yes')
      })

      it('carries keys and values of any bytes', async () => {
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
        const binary = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
        await binary.set(bytes, bytes)
        expect(await binary.get(bytes)).toEqual(bytes)
        expect(await redis.strLen(bytes)).toBe(256)
      })

      it('scans every key once when nothing changes', async () => {
        const keys = Array.from({ length: 500 }, (_, index) => `key:${index}`)
        await redis.mSet(keys.map((key) => [key, 'v'] as [string, string]))
        const seen: string[] = []
        for await (const page of redis.scanIterator({ MATCH: 'key:*', COUNT: 50 })) seen.push(...page)
        expect([...new Set(seen)].sort()).toEqual(keys.sort())
      })
    })
  })
}

/** Id and number of each message of the one stream that was asked for. */
function messagesOf(answer: unknown): [id: string, number: string | undefined][] {
  const [stream] = answer as { messages: { id: string; message: Record<string, string> }[] }[]
  return (stream?.messages ?? []).map(({ id, message }) => [id, message.number])
}
