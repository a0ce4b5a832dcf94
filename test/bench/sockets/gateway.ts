/**
 * What one puts in front of redis-server to reach browsers: a process that subscribes to the channel, or reads the stream
 * with XREAD from its end on, by ioredis, and sends what comes to each of its sockets by `ws`. It knows one channel or one stream
 * for everybody; cursors, rights and back-pressure are left out. `node gateway.js '{"redisPort":…,"kind":…}'` prints its port.
 */
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { WebSocket, WebSocketServer } from 'ws'
import { channelName, type SocketItem, streamName } from './orders.ts'

const { redisPort, kind }: { redisPort: number; kind: SocketItem['kind'] } = JSON.parse(process.argv[2]!)

const redis = new Redis({ host: '127.0.0.1', port: redisPort })
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096 })
server.on('connection', (client) => client.on('error', () => {}))
server.on('listening', () => console.log((server.address() as AddressInfo).port))

if (kind === 'channel') {
  redis.on('message', (_channel, message) => sendToAll(message))
  await redis.subscribe(channelName)
} else await followStream()

async function followStream(): Promise<never> {
  let last = '$'
  while (true) {
    const streams = await redis.xread('BLOCK', 0, 'STREAMS', streamName, last)
    for (const [id, fields] of streams?.[0]?.[1] ?? []) {
      last = id
      sendToAll(JSON.stringify({ id, fields }))
    }
  }
}

function sendToAll(message: string): void {
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(message)
}
