/** redlock, unchanged: a lock on three servers holds while most of them are there. */
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import Redlock, { ExecutionError, type Lock } from 'redlock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findRedisServer, type RunningServer, startMillrace, startRedis } from '../support/servers.ts'

/** Tries until there is a majority. redlock's own tries keep the votes of the one before, so that three who hold a server each wait
 *  for each other until their votes expire, on redis-server too; a try that is given up gives its votes back. */
async function inTheEnd(acquire: () => Promise<Lock>): Promise<Lock> {
  for (;;) {
    try {
      return await acquire()
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error
      await delay(Math.random() * 40)
    }
  }
}

for (const [name, start] of [
  ['Millrace', startMillrace],
  ['redis-server', startRedis],
] as const) {
  const isHere = name === 'Millrace' || findRedisServer() !== undefined
  describe.skipIf(!isHere)(`redlock on three of ${isHere ? name : `${name}, skipped: none is installed`}`, () => {
    let servers: RunningServer[]
    const open: Redis[] = []
    const locker = (): Redlock => {
      const clients = servers.map(({ port }) => {
        const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null })
        client.on('error', () => {})
        return client
      })
      open.push(...clients)
      const redlock = new Redlock(clients, { retryCount: 0 })
      // It tells of each vote against it.
      redlock.on('error', () => {})
      return redlock
    }
    beforeEach(async () => {
      servers = [await start(), await start(), await start()]
    })
    afterEach(async () => {
      for (const client of open.splice(0)) client.disconnect()
      await Promise.all(servers.map((server) => server.stop()))
    })

    it('is held by one at a time, extended, and given to who asks when it is released', async () => {
      const [anna, bert] = [locker(), locker()]
      const lock = await anna.acquire(['mill', 'oven'], 20_000)
      await expect(bert.acquire(['oven'], 20_000)).rejects.toThrow('unable to achieve a quorum')
      const extended = await lock.extend(60_000)
      for (const client of open.slice(0, 3)) {
        expect(await client.get('oven')).toBe(lock.value)
        expect(await client.pttl('oven')).toBeGreaterThan(20_000)
      }
      await extended.release()
      // One of its own clients: asked behind the lock, whichever two servers were the majority.
      const held = await bert.using(['oven'], 20_000, () => open[3]!.get('oven'))
      expect(held).toEqual(expect.any(String))
      expect(held).not.toBe(lock.value)
      expect((await bert.acquire(['oven'], 20_000)).value).not.toBe(lock.value)
    })

    it('keeps those who count together from counting at once', async () => {
      const lockers = [locker(), locker(), locker()]
      const [client] = open as [Redis]
      // While a server does not know its scripts yet, redlock may give up a lock before it has asked for it a second time;
      // and it is content when two servers of three have answered.
      for (const each of open.slice(0, 3)) await (await new Redlock([each]).acquire(['first of all'], 20_000)).release()
      const countOn = async (redlock: Redlock) => {
        for (let turn = 0; turn < 5; turn++) {
          const lock = await inTheEnd(() => redlock.acquire(['count'], 20_000))
          const count = Number(await client.get('counted'))
          await client.set('counted', count + 1)
          await lock.release()
        }
      }
      await Promise.all(lockers.map(countOn))
      expect(await client.get('counted')).toBe('15')
    })

    it('is held and released while one server is gone, and not while two are', async () => {
      const anna = locker()
      const lock = await anna.acquire(['mill'], 20_000)
      await servers[2]!.stop('SIGKILL')
      await (await lock.extend(20_000)).release()
      const again = await anna.acquire(['mill'], 20_000)
      await servers[1]!.stop('SIGKILL')
      await expect(again.extend(20_000)).rejects.toThrow('unable to achieve a quorum')
    })
  })
}
