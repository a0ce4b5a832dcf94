/**
 * Thousands of WebSockets, as a process of its own: `node load.js '{"contender":…}'` prints `open` when all of them are there. A
 * number of messages on its standard input, one a line, makes it measure and print a line of JSON; it ends with its input.
 *
 * It shares the machine with the server that is measured, so a subscriber is a bare socket and a counter of frames. One message
 * is under way at a time: the next is published when everybody has the last one. A delivery's time is from the
 * publisher's write to the read that brings the message.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type Measured, summary } from '../load-summary.ts'
import { encodeRequest } from '../pipe.ts'
import { FrameCounter } from './frame-counter.ts'
import { channelName, type SocketOrder, streamName } from './orders.ts'

const host = '127.0.0.1'
const connectingMax = 100
const headEnd = Buffer.from('\r\n\r\n')
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
/** Any sixteen bytes do: the answer to them is not checked. */
const handshakeKey = Buffer.alloc(16).toString('base64')

const order: SocketOrder = JSON.parse(process.argv[2]!)
const sharedBuffer = Buffer.allocUnsafe(64 * 1024)

/** Told of so many messages that one read brought. */
let onMessages: (count: number) => void = () => {}
let fail: (error: Error) => void = () => {}
let isMeasuring = false

class Subscriber {
  readonly opened: Promise<void>
  readonly #socket: Socket
  readonly #frames = new FrameCounter()
  /** The answer to the handshake, until it is there; undefined afterwards. */
  #head: Buffer | undefined = Buffer.alloc(0)
  #open: () => void = () => {}

  constructor(port: number) {
    this.opened = new Promise((resolve) => {
      this.#open = resolve
    })
    const callback = (size: number): boolean => {
      const start = this.#head === undefined ? 0 : this.#readHead(sharedBuffer.subarray(0, size))
      const count = this.#frames.take(sharedBuffer, start, size)
      if (count > 0) onMessages(count)
      if (this.#frames.takeControls() > 0) this.#socket.write(pong)
      return true
    }
    this.#socket = connect({ port, host, noDelay: true, onread: { buffer: sharedBuffer, callback } })
    this.#socket.on('error', (error) => fail(error))
    this.#socket.on('close', () => fail(new Error('the server closed a socket')))
    const subprotocol = order.contender === 'millrace' ? ['sec-websocket-protocol: millrace.v1'] : []
    const path = order.contender === 'millrace' ? '/ws' : '/'
    const request = [
      `GET ${path} HTTP/1.1`,
      `host: ${host}:${port}`,
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      `sec-websocket-key: ${handshakeKey}`,
      ...subprotocol,
    ]
    this.#socket.write(`${request.join('\r\n')}\r\n\r\n`)
  }

  send(text: string): void {
    this.#socket.write(clientFrame(text))
  }

  /** Without a goodbye, so that its port is free at once. */
  cut(): void {
    this.#socket.removeAllListeners('close')
    this.#socket.resetAndDestroy()
  }

  /** Returns how much of the chunk belongs to the head. */
  #readHead(chunk: Buffer): number {
    const before = this.#head!.length
    const head = Buffer.concat([this.#head!, chunk])
    const end = head.indexOf(headEnd)
    if (end < 0) {
      this.#head = head
      return chunk.length
    }
    if (!head.toString('latin1').startsWith('HTTP/1.1 101')) fail(new Error(head.toString('latin1')))
    this.#head = undefined
    this.#open()
    return end + headEnd.length - before
  }
}

/** A text frame, masked with zeros as nobody forbids. */
function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const isShort = payload.length < 126
  const head = isShort ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload])
}

async function openSubscribers(): Promise<Subscriber[]> {
  const subscribers: Subscriber[] = []
  while (subscribers.length < order.sockets) {
    const count = Math.min(connectingMax, order.sockets - subscribers.length)
    const opening = Array.from({ length: count }, () => new Subscriber(order.socketPort))
    await Promise.all(opening.map(({ opened }) => opened))
    if (order.contender === 'millrace') await everybody(count, () => subscribe(opening))
    subscribers.push(...opening)
  }
  return subscribers
}

function subscribe(subscribers: readonly Subscriber[]): void {
  const [method, params] =
    order.kind === 'channel'
      ? ['channel.subscribe', { channel: channelName }]
      : ['stream.subscribe', { key: streamName, after: '$', credit: Number.MAX_SAFE_INTEGER }]
  const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  for (const subscriber of subscribers) subscriber.send(request)
}

/** Begins something; resolves when that has brought so many messages to all sockets together. */
function everybody(count: number, begin: () => void, note: (count: number) => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    let due = count
    onMessages = (arrived) => {
      note(arrived)
      due -= arrived
      if (due === 0) resolve()
      else if (due < 0) fail(new Error('more messages came than were sent'))
    }
    begin()
  })
}

/** What publishes one message. */
async function openPublisher(): Promise<() => void> {
  const value = 'x'.repeat(order.size)
  if (order.contender === 'relay') {
    const publisher = new Subscriber(order.socketPort)
    await publisher.opened
    return () => publisher.send(value)
  }
  const socket = connect({ port: order.respPort, host, noDelay: true })
  await once(socket, 'connect')
  socket.on('error', (error) => fail(error))
  socket.on('data', (reply) => {
    if (reply[0] === 45) fail(new Error(reply.toString('latin1')))
  })
  const request = encodeRequest(
    order.kind === 'channel' ? ['PUBLISH', channelName, value] : ['XADD', streamName, '*', 'field', value],
  )
  return () => socket.write(request)
}

async function measure(publish: () => void, messages: number): Promise<Measured> {
  const deliveries = messages * order.sockets
  const deliveryMs = new Float64Array(deliveries)
  let noted = 0
  isMeasuring = true
  stayAwake()
  const startedAtMs = performance.now()
  for (let sent = 0; sent < messages; sent++) {
    const sentAtMs = performance.now()
    await everybody(order.sockets, publish, (count) => {
      deliveryMs.fill(performance.now() - sentAtMs, noted, noted + count)
      noted += count
    })
  }
  isMeasuring = false
  return summary(deliveries / ((performance.now() - startedAtMs) / 1000), deliveryMs)
}

/** Keeps this process from sleeping until a read is due: who writes to a sleeper pays for waking it, and it is the server that
 *  is measured. */
function stayAwake(): void {
  if (isMeasuring) setImmediate(stayAwake)
}

async function serve(): Promise<void> {
  const subscribers = await openSubscribers()
  const publish = await openPublisher()
  console.log('open')
  for await (const messages of createInterface(process.stdin)) {
    console.log(JSON.stringify(await measure(publish, Number(messages))))
  }
  for (const subscriber of subscribers) subscriber.cut()
}

const failed = new Promise<never>((_, reject) => {
  fail = reject
})
await Promise.race([serve(), failed])
process.exit()
