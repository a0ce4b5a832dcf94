/** What is sent over a link arrives whole and in order, whatever the peer takes and by whichever road it goes. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { FanOut } from '../../../src/frontends/fan-out.ts'
import { followLimits } from '../../../src/frontends/websocket/limits.ts'
import { Link } from '../../../src/frontends/websocket/link.ts'
import type { Broker } from '../../../src/server/broker.ts'
import { Config } from '../../../src/server/config/config.ts'
import { Outbox } from '../../../src/server/outbox.ts'
import { type SocketPair, SocketPairs } from '../../support/socket-pair.ts'

const pairs = new SocketPairs()
const config = new Config()
const limits = followLimits(config)
const fanOut = FanOut.of({ config, outbox: new Outbox() } as Broker)
fanOut.sharedMin = 500

afterEach(() => pairs.close())
afterAll(() => fanOut.close())

interface Linked extends SocketPair {
  readonly link: Link
  /** How often all had left that had waited. */
  drains: number
  /** What it was told to close with. */
  readonly closes: number[]
  cut(): void
}

async function linked(): Promise<Linked> {
  const pair = await pairs.make()
  const closes: number[] = []
  // What of `ws` a link sees.
  const webSocket = { readyState: 1, pause() {}, resume() {}, close: (code: number) => closes.push(code) }
  const link = new Link(webSocket as unknown as WebSocket, pair.socket, limits, fanOut)
  const cut = (): void => {
    pair.socket.destroy()
    webSocket.readyState = 2
  }
  const made: Linked = { ...pair, link, drains: 0, closes, cut }
  link.onDrain = () => made.drains++
  return made
}

/** Every four bytes count on, so that what is lost, doubled or out of order shows. */
function counted(from: number, count: number): Buffer {
  const bytes = Buffer.alloc(count * 4)
  for (let i = 0; i < count; i++) bytes.writeUInt32BE(from + i, i * 4)
  return bytes
}

async function receive(peer: Socket, size: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let received = 0
  for await (const chunk of peer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    received += chunk.length
    if (received >= size) break
  }
  return Buffer.concat(chunks)
}

test('some is gathered, some waits in the stream, and all arrives in order', async () => {
  const { link, peer, socket } = await linked()
  const perWrite = 64 * 1024
  const writes = 64
  for (let i = 0; i < writes; i++) {
    if (i % 7 === 3) fanOut.begin()
    link.send(counted(i * perWrite, perWrite))
    if (i % 7 === 5) fanOut.end()
  }
  fanOut.end()
  expect(socket.writableLength, 'the system took it all: the test tries nothing').toBeGreaterThan(0)
  expect(link.isDrained).toBe(false)
  expect(link.pendingBytes).toBe(socket.writableLength)
  const size = writes * perWrite * 4
  expect((await receive(peer, size)).equals(counted(0, writes * perWrite))).toBe(true)
})

test('tells when what had to wait has left, and is free again', async () => {
  const linkedPair = await linked()
  const { link, peer } = linkedPair
  while (link.isDrained) link.send(counted(0, 1000))
  link.send(counted(0, 10))
  expect(link.isFree).toBe(false)
  expect(linkedPair.drains).toBe(0)
  peer.resume()
  await expect.poll(() => linkedPair.drains).toBe(1)
  expect(link.isFree).toBe(true)
  expect(link.pendingBytes).toBe(0)
})

test('what is gathered leaves with the round, and tells whether it did', async () => {
  const { link, peer } = await linked()
  fanOut.begin()
  link.send(Buffer.from('gathered'))
  expect(fanOut.end()).toBe(true)
  expect(String((await once(peer, 'data'))[0])).toBe('gathered')
  fanOut.begin()
  link.send(Buffer.alloc(64 * 1024 * 1024))
  expect(fanOut.end()).toBe(false)
})

test('a goodbye comes behind what was gathered', async () => {
  const { link, peer, closes } = await linked()
  fanOut.begin()
  link.send(Buffer.from('last words'))
  expect(closes).toEqual([])
  link.close(1000, '')
  expect(String((await once(peer, 'data'))[0])).toBe('last words')
  expect(closes).toEqual([1000])
  expect(fanOut.end()).toBe(true)
})

test('a socket that closes while something is gathered for it gets nothing, nor does who has its descriptor next', async () => {
  const { link, socket } = await linked()
  fanOut.begin()
  link.send(Buffer.from('strange'))
  socket.destroy()
  const other = await linked()
  fanOut.end()
  other.link.send(Buffer.from('own'))
  expect(String((await once(other.peer, 'data'))[0])).toBe('own')
})

test('pings are answered; of those that come while something waits, the last', async () => {
  const { link, peer } = await linked()
  link.pong(Buffer.from('hi'))
  expect((await once(peer, 'data'))[0]).toEqual(Buffer.from([0x8a, 2, 0x68, 0x69]))
  peer.pause()
  let sent = 0
  for (; link.isDrained; sent++) link.send(counted(0, 1000))
  for (const payload of ['a', 'b', 'c']) link.pong(Buffer.from(payload))
  const received = await receive(peer, sent * 4000 + 3)
  expect(received.subarray(sent * 4000)).toEqual(Buffer.from([0x8a, 1, 'c'.charCodeAt(0)]))
})

test('one message to many is shared among threads, and each gets it where it belongs', async () => {
  const count = 600
  const all: Linked[] = []
  for (let i = 0; i < count; i++) all.push(await linked())
  const received = all.map(() => '')
  for (const [i, { peer }] of all.entries()) peer.on('data', (chunk: Buffer) => (received[i] += String(chunk)))
  const slow = all[17]!
  slow.peer.pause()
  while (slow.link.isDrained) slow.link.send(Buffer.alloc(4096, 'x'))
  for (let round = 0; round < 200; round++) {
    fanOut.begin()
    const frames = Buffer.from(`${round} `)
    for (const { link } of all) link.send(frames)
    if (round === 0) all[18]!.cut()
    // Somebody has an answer behind it.
    all[round % 17]!.link.send(Buffer.from('answer '))
    // Who is slow has what it gets in the stream from the start.
    expect(fanOut.end()).toBe(round > 0)
    if (round % 10 === 0) await new Promise(setImmediate)
  }
  const isHelped = fanOut.helped > 0
  expect(isHelped, 'threads help where there are processors for them').toBe(availableParallelism() > 1)
  slow.peer.resume()
  const numbers = Array.from({ length: 200 }, (_, round) => `${round} `)
  await expect.poll(() => received[17]!.endsWith('199 ')).toBe(true)
  await expect.poll(() => received[599]!.endsWith('199 ')).toBe(true)
  for (let i = 0; i < count; i++) {
    if (i === 18) continue
    const expected = numbers.map((number, round) => (i < 17 && round % 17 === i ? `${number}answer ` : number)).join('')
    expect(received[i]!.replace(/^x*/, '')).toBe(expected)
  }
})
