/** Socket.IO, unchanged: three servers of one site that know of each other by Redis alone. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter'
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { type Socket as ClientSocket, io } from 'socket.io-client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { againstEachServer } from './judges.ts'

const serverCount = 3

type AdapterKind = { readonly name: string; create(connect: () => Redis): Parameters<Server['adapter']>[0] }

const kinds: readonly AdapterKind[] = [
  { name: 'redis-adapter', create: (connect) => createAdapter(connect(), connect()) },
  { name: 'redis-adapter with shard channels', create: (connect) => createShardedAdapter(connect(), connect()) },
  { name: 'redis-streams-adapter', create: (connect) => createStreamsAdapter(connect(), { blockTimeInMs: 100 }) },
]

for (const kind of kinds) {
  againstEachServer(`Socket.IO with ${kind.name}`, (server) => {
    let site: Site
    beforeEach(async () => {
      site = await Site.open(server().port, kind)
    })
    afterEach(() => site.close())

    it('reaches everybody, whichever server they are connected to', async () => {
      const heard = site.clients.map((client) => next(client, 'news'))
      site.servers[0]!.emit('news', 'harvest', Buffer.from([0, 255]))
      // Where missed packets are handed on later, a packet's offset comes behind what it says.
      const words = (await Promise.all(heard)).map((each) => each.slice(0, 2))
      expect(words).toEqual(Array(serverCount).fill(['harvest', Buffer.from([0, 255])]))
    })

    it('reaches those in a room, and nobody twice', async () => {
      const [first, second, third] = site.servers as [Server, Server, Server]
      await first.in(site.clients[1]!.id!).socketsJoin(['millers', 'bakers'])
      await first.in(site.clients[2]!.id!).socketsJoin('bakers')
      while ((await second.in('bakers').fetchSockets()).length < 2);
      const heard: string[][] = [[], [], []]
      for (const [index, client] of site.clients.entries()) client.on('room', (word) => heard[index]!.push(word))
      third.to(['millers', 'bakers']).emit('room', 'both')
      third.to('bakers').except('millers').emit('room', 'bakers only')
      const last = site.clients.map((client) => next(client, 'last'))
      third.emit('last')
      await Promise.all(last)
      expect(heard).toEqual([[], ['both'], ['both', 'bakers only']])
    })

    it('tells of the sockets of all servers, and closes them', async () => {
      const sockets = await site.servers[1]!.fetchSockets()
      expect(sockets.map(({ id }) => id).sort()).toEqual(site.clients.map(({ id }) => id!).sort())
      const gone = site.clients.map((client) => next(client, 'disconnect'))
      site.servers[2]!.disconnectSockets()
      expect((await Promise.all(gone)).map(([reason]) => reason)).toEqual(
        Array(serverCount).fill('io server disconnect'),
      )
    })

    it('carries words and answers between servers, and answers of all clients', async () => {
      const [first, ...others] = site.servers as [Server, Server, Server]
      for (const [index, other] of others.entries()) {
        other.on('weigh', (grain: string, answer: (told: string) => void) => answer(`${grain} ${index}`))
      }
      expect((await first.serverSideEmitWithAck('weigh', 'rye')).sort()).toEqual(['rye 0', 'rye 1'])
      for (const [index, client] of site.clients.entries()) client.on('count', (answer) => answer(index))
      expect((await first.timeout(20_000).emitWithAck('count')).sort()).toEqual([0, 1, 2])
    })

    it.runIf(kind.name === 'redis-streams-adapter')(
      'hands a client that lost its connection what it has missed',
      async () => {
        const [client] = site.clients as [ClientSocket]
        const before = next(client, 'number')
        site.servers[1]!.emit('number', 0)
        await before
        const numbers: number[] = []
        client.on('number', (number) => numbers.push(number))
        const lost = next(client, 'disconnect')
        client.io.engine.close()
        await lost
        for (const number of [1, 2, 3]) site.servers[number % serverCount]!.emit('number', number)
        while ((await site.redis.xlen('socket.io')) === 0);
        await next(client, 'connect')
        expect(client.recovered).toBe(true)
        const last = next(client, 'last')
        site.servers[2]!.emit('last')
        await last
        expect(numbers.sort()).toEqual([1, 2, 3])
      },
    )
  })
}

/** Three servers with a client each. */
class Site {
  readonly servers: Server[] = []
  readonly clients: ClientSocket[] = []
  readonly redis: Redis
  readonly #port: number
  readonly #connections: Redis[] = []

  private constructor(port: number) {
    this.#port = port
    this.redis = this.#connect()
  }

  static async open(port: number, kind: AdapterKind): Promise<Site> {
    const site = new Site(port)
    await site.redis.flushall()
    for (let index = 0; index < serverCount; index++) await site.#addServer(kind)
    for (const each of site.servers) while ((await countServers(each)) < serverCount) await site.redis.ping()
    await site.#hearEachOther()
    return site
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.disconnect()
    for (const each of this.servers) await each.close()
    for (const connection of this.#connections) await connection.quit().catch(() => {})
  }

  /** Until it has read something the streams adapter asks for what comes from now on, and misses what comes between two questions. */
  async #hearEachOther(): Promise<void> {
    const missing = new Set<string>()
    for (const [to, client] of this.clients.entries()) {
      for (const from of this.servers.keys()) missing.add(`${from} ${to}`)
      client.on('ready', (from) => missing.delete(`${from} ${to}`))
    }
    while (missing.size > 0) {
      for (const [from, server] of this.servers.entries()) server.emit('ready', from)
      await this.redis.blpop('nothing', 0.02)
    }
    for (const client of this.clients) client.off('ready')
  }

  #connect(): Redis {
    const redis = new Redis({ port: this.#port, host: '127.0.0.1' })
    // An adapter that is being closed may have a request under way.
    redis.on('error', () => {})
    this.#connections.push(redis)
    return redis
  }

  async #addServer(kind: AdapterKind): Promise<void> {
    const http = createServer()
    const connectionStateRecovery = kind.name === 'redis-streams-adapter' ? { connectionStateRecovery: {} } : {}
    const server = new Server(http, { adapter: kind.create(() => this.#connect()), ...connectionStateRecovery })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { port } = http.address() as AddressInfo
    this.servers.push(server)
    const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnectionDelay: 200, forceNew: true })
    this.clients.push(client)
    await next(client, 'connect')
  }
}

async function countServers(server: Server): Promise<number> {
  return server.of('/').adapter.serverCount()
}

/** What the client hears next by that name. */
function next(client: ClientSocket, name: string): Promise<unknown[]> {
  return new Promise((resolve) => client.once(name, (...words: unknown[]) => resolve(words)))
}
