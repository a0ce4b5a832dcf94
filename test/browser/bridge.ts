/** Serves the built console and carries the frames of its WebSocket to a server's RESP port, as the broker itself does. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { extname, join } from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const acceptKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export function openBridge(redisPort: number, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url!.split('?')[0]!
    try {
      const body = readFileSync(join('dist/console', path))
      response.setHeader('content-security-policy', "default-src 'self'; frame-ancestors 'none'")
      response.setHeader('content-type', types[extname(path)] ?? 'application/octet-stream')
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${acceptKey}`).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: resp\r\n\r\n`,
    )
    carry(socket as Socket, connect(redisPort, '127.0.0.1'))
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

function carry(browser: Socket, redis: Socket): void {
  let bytes = Buffer.alloc(0)
  browser.on('data', (piece) => {
    bytes = Buffer.concat([bytes, piece])
    for (let frame = readFrame(bytes); frame !== undefined; frame = readFrame(bytes)) {
      bytes = bytes.subarray(frame.next)
      if (frame.code === 8) browser.end()
      else redis.write(frame.payload)
    }
  })
  redis.on('data', (piece) => browser.write(Buffer.concat([header(piece.length), piece])))
  browser.on('close', () => redis.destroy())
  browser.on('error', () => redis.destroy())
  redis.on('close', () => browser.destroy())
  redis.on('error', () => browser.destroy())
}

function readFrame(bytes: Buffer): { code: number; payload: Buffer; next: number } | undefined {
  if (bytes.length < 6) return undefined
  let length = bytes[1]! & 127
  let at = 2
  if (length === 126) {
    length = bytes.readUInt16BE(2)
    at = 4
  } else if (length === 127) {
    length = Number(bytes.readBigUInt64BE(2))
    at = 10
  }
  const begin = at + 4
  if (bytes.length < begin + length) return undefined
  const payload = Buffer.from(bytes.subarray(begin, begin + length))
  for (let i = 0; i < length; i++) payload[i] = payload[i]! ^ bytes[at + (i & 3)]!
  return { code: bytes[0]! & 15, payload, next: begin + length }
}

function header(length: number): Buffer {
  if (length < 126) return Buffer.from([0x82, length])
  if (length < 65_536) return Buffer.from([0x82, 126, length >> 8, length & 255])
  const wide = Buffer.alloc(10)
  wide[0] = 0x82
  wide[1] = 127
  wide.writeBigUInt64BE(BigInt(length), 2)
  return wide
}
