/** ioredis and node-redis over TLS: what they do with plain connections works through a certificate, too. */
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { hasOpenssl, makeCertificates } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { againstEachServer } from './judges.ts'

const certificates = hasOpenssl ? makeCertificates() : undefined
afterAll(() => certificates?.remove())

let tlsPort = 0
const flags = async (): Promise<string[]> => {
  if (certificates === undefined) return []
  tlsPort = await freePort()
  const { authority, server } = certificates
  return [
    ...['--tls-port', String(tlsPort), '--tls-ca-cert-file', authority.certificate],
    ...['--tls-cert-file', server.certificate, '--tls-key-file', server.key],
  ]
}
const credentials = () => ({
  ca: readFileSync(certificates!.authority.certificate),
  cert: readFileSync(certificates!.client.certificate),
  key: readFileSync(certificates!.client.key),
})

againstEachServer(
  hasOpenssl ? 'TLS' : 'TLS, skipped: there is no openssl,',
  (server) => {
    for (const protocol of [2, 3] as const) {
      it.skipIf(!hasOpenssl)(
        `serves ioredis in RESP${protocol}: pipelines, transactions, workers, subscribers`,
        async () => {
          const connect = (): Redis => {
            const redis = new Redis({ port: tlsPort, host: '127.0.0.1', protocol, tls: credentials() })
            onTestFinished(() => redis.disconnect())
            return redis
          }
          const redis = connect()
          await redis.flushall()
          expect(await redis.client('INFO')).toContain(` laddr=127.0.0.1:${tlsPort} `)
          const pipeline = redis.pipeline()
          for (let i = 0; i < 3000; i++) pipeline.incr('n')
          expect((await pipeline.exec())!.at(-1)).toEqual([null, 3000])
          expect(await redis.multi().set('a', '1').incr('a').exec()).toEqual([
            [null, 'OK'],
            [null, 2],
          ])
          const bytes = Buffer.alloc(3_000_000, 'any bytes \x00\xff\r\n', 'latin1')
          await redis.set('large', bytes)
          expect((await redis.getBuffer('large'))!.equals(bytes)).toBe(true)

          const waiting = connect().blpop('queue', 5)
          while (!(await redis.info('clients')).includes('blocked_clients:1\r\n'));
          await redis.rpush('queue', 'job')
          expect(await waiting).toEqual(['queue', 'job'])

          const subscriber = connect()
          const heard = new Promise((resolve) => subscriber.once('message', (...words) => resolve(words)))
          await subscriber.subscribe('news')
          expect(await redis.publish('news', 'one')).toBe(1)
          expect(await heard).toEqual(['news', 'one'])
        },
      )
    }

    it.skipIf(!hasOpenssl)('serves node-redis, which comes back when its connection was killed', async () => {
      const connect = async () => {
        const socket = {
          port: tlsPort,
          host: '127.0.0.1',
          tls: true as const,
          reconnectStrategy: 10,
          ...credentials(),
        }
        const client = createClient({ socket, RESP: 3 })
        client.on('error', () => {})
        await client.connect()
        onTestFinished(() => client.destroy())
        return client
      }
      const [redis, subscriber] = [await connect(), await connect()]
      const numbers = await Promise.all(Array.from({ length: 3000 }, () => redis.incr('m')))
      expect(numbers.at(-1)).toBe(3000)
      await subscriber.subscribe('news', () => {})
      const ready = new Promise<void>((resolve) => subscriber.once('ready', () => resolve()))
      expect(await redis.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])).toBe(1)
      await ready
      const heard: string[] = []
      await subscriber.subscribe('more', (message) => heard.push(message))
      expect(await redis.publish('more', 'x')).toBe(1)
      await subscriber.ping()
      expect(heard).toEqual(['x'])
    })

    it.skipIf(!hasOpenssl)('lets nobody in without a certificate', async () => {
      const { ca } = credentials()
      const redis = new Redis({ port: tlsPort, host: '127.0.0.1', tls: { ca }, retryStrategy: () => null })
      redis.on('error', () => {})
      onTestFinished(() => redis.disconnect())
      await expect(redis.ping()).rejects.toThrow()
      expect(await (await server().connect()).call('PING')).toEqual({ type: 'simple', text: 'PONG' })
    })
  },
  flags,
)
