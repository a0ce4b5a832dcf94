/** What Node applications keep in Redis: sessions, locks, limits and caches, by packages that run unchanged. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fastifyRedis from '@fastify/redis'
import KeyvRedis from '@keyv/redis'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import fastify from 'fastify'
import { Redis } from 'ioredis'
import { Keyv } from 'keyv'
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { againstEachServer } from './judges.ts'

declare module 'express-session' {
  interface SessionData {
    visits: number
  }
}

againstEachServer('what web applications use', (server) => {
  let redis: Redis
  beforeEach(async () => {
    redis = new Redis({ port: server().port, host: '127.0.0.1' })
    await redis.flushall()
  })
  afterEach(() => redis.disconnect())

  it('express-session with connect-redis: two instances of an application share sessions, which expire and end', async () => {
    const [first, second] = [await sessionApp(server().port), await sessionApp(server().port)]
    const { body, cookie } = await first.visit('/')
    expect(body).toBe('1')
    expect((await second.visit('/', cookie)).body).toBe('2')
    expect((await first.visit('/', cookie)).body).toBe('3')
    const [key] = (await redis.keys('*')) as [string]
    expect(key).toMatch(/^sess:/)
    expect(await redis.ttl(key)).toBeGreaterThan(0)
    expect(await redis.ttl(key)).toBeLessThanOrEqual(600)
    expect(JSON.parse((await redis.get(key))!)).toMatchObject({ visits: 3 })
    expect(await first.store.length()).toBe(1)
    expect(await first.store.all()).toMatchObject([{ visits: 3, id: key.slice('sess:'.length) }])
    await second.visit('/logout', cookie)
    expect(await redis.dbsize()).toBe(0)
    expect((await first.visit('/', cookie)).body).toBe('1')
    for (const app of [first, second]) await app.close()
  })

  it('@fastify/redis: an application has connections by name, which it closes itself', async () => {
    const app = fastify()
    const { port } = server()
    await app.register(fastifyRedis, { host: '127.0.0.1', port, namespace: 'cache', db: 1, closeClient: true })
    await app.register(fastifyRedis, { host: '127.0.0.1', port, namespace: 'jobs', closeClient: true })
    const named = app.redis as unknown as Record<'cache' | 'jobs', Redis>
    app.get('/put/:word', async (request) => named.cache.set('word', (request.params as { word: string }).word))
    app.get('/word', async () => ({ word: await named.cache.get('word'), elsewhere: await named.jobs.get('word') }))
    expect((await app.inject('/put/rye')).body).toBe('OK')
    expect((await app.inject('/word')).json()).toEqual({ word: 'rye', elsewhere: null })
    await app.close()
    // The server hears of it in its own time.
    await expect.poll(() => redis.client('LIST')).not.toContain('db=1')
  })

  it('rate-limiter-flexible: points run out, come back, and are given and taken', async () => {
    const limiter = new RateLimiterRedis({ storeClient: redis, points: 3, duration: 60, blockDuration: 120 })
    for (const left of [2, 1, 0]) expect((await limiter.consume('anna')).remainingPoints).toBe(left)
    const refused = await limiter.consume('anna').catch((result: RateLimiterRes) => result)
    expect(refused.remainingPoints).toBe(0)
    expect(refused.msBeforeNext).toBeGreaterThan(60_000)
    expect((await limiter.consume('bert')).consumedPoints).toBe(1)
    expect((await limiter.penalty('bert', 1)).consumedPoints).toBe(2)
    expect((await limiter.reward('bert', 2)).consumedPoints).toBe(0)
    expect(await limiter.get('nobody')).toBeNull()
    expect(await limiter.delete('anna')).toBe(true)
    expect((await limiter.consume('anna', 3)).remainingPoints).toBe(0)
    const brief = new RateLimiterRedis({ storeClient: redis, points: 1, duration: 1, keyPrefix: 'brief' })
    await brief.consume('carl')
    while ((await brief.get('carl')) !== null);
    expect((await brief.consume('carl')).consumedPoints).toBe(1)
  })

  it('rate-limiter-flexible: fifty at once get no more than there is', async () => {
    const limiter = new RateLimiterRedis({ storeClient: redis, points: 20, duration: 60 })
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => limiter.consume('all')))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
  })

  describe('keyv with @keyv/redis', () => {
    let cache: Keyv
    beforeEach(() => {
      cache = new Keyv(new KeyvRedis(`redis://127.0.0.1:${server().port}`), { namespace: 'cache' })
    })
    afterEach(() => cache.disconnect())

    it('keeps values of any shape until their time is over', async () => {
      expect(await cache.set('grain', { kind: 'rye', weights: [1, 2.5] })).toBe(true)
      expect(await cache.get('grain')).toEqual({ kind: 'rye', weights: [1, 2.5] })
      expect(await cache.has('grain')).toBe(true)
      await cache.set('brief', 'gone', 30)
      while ((await cache.get('brief')) !== undefined);
      expect(await redis.keys('*')).toEqual(['cache::cache:grain'])
      expect(await cache.delete('grain')).toBe(true)
      expect(await cache.delete('grain')).toBe(false)
    })

    it('reads, deletes and walks many, and clears its own only', async () => {
      await redis.set('foreign', 'stays')
      await cache.setMany(['a', 'b', 'c'].map((key) => ({ key, value: key.toUpperCase() })))
      expect(await cache.getMany(['a', 'missing', 'c'])).toEqual(['A', undefined, 'C'])
      const walked: unknown[] = []
      for await (const [key, value] of cache.iterator!({})) walked.push([key, value])
      expect(walked.sort()).toEqual([
        ['a', 'A'],
        ['b', 'B'],
        ['c', 'C'],
      ])
      expect(await cache.deleteMany(['a', 'b'])).toBe(true)
      await cache.clear()
      expect(await redis.keys('*')).toEqual(['foreign'])
    })
  })
})

/** An application that counts the visits of each session. */
async function sessionApp(redisPort: number) {
  const client = await createClient({ url: `redis://127.0.0.1:${redisPort}` }).connect()
  const store = new RedisStore({ client, ttl: 600 })
  const app = express()
  app.use(session({ store, secret: 'only for tests', resave: false, saveUninitialized: false }))
  app.get('/', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1
    response.send(String(request.session.visits))
  })
  app.get('/logout', (request, response) => request.session.destroy(() => void response.send('bye')))
  const listening = app.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  return {
    store,
    async visit(path: string, cookie = '') {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie, connection: 'close' } })
      return { body: await response.text(), cookie: response.headers.get('set-cookie')?.split(';')[0] ?? cookie }
    },
    async close() {
      listening.close()
      await client.close()
    },
  }
}
