import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Server, type Socket } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { FanOut } from '../../src/frontends/fan-out.ts'
import { createRespServer } from '../../src/frontends/resp.ts'
import { TestBroker } from '../support/in-process.ts'

const closers: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function serve(broker: TestBroker, where: { path: string } | { port: number; host: string }): Promise<Server> {
  broker.broker.onTurn = () => setImmediate(() => broker.broker.endTurn())
  const server = createRespServer(broker.broker)
  server.listen(where)
  await once(server, 'listening')
  closers.push(() => void server.close())
  return server
}

async function open(server: Server): Promise<Socket> {
  const address = server.address()
  const socket =
    typeof address === 'string' ? connect(address) : connect((address as { port: number }).port, '127.0.0.1')
  closers.push(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Reads until the text has come. */
async function read(socket: Socket, until: string): Promise<string> {
  let text = ''
  while (!text.includes(until)) text += String((await once(socket, 'data'))[0])
  return text
}

const loopback = { port: 0, host: '127.0.0.1' }

test('a client that says it sends nothing more gets all its answers, those that wait for the log too', async () => {
  const log = { position: 0, durablePosition: 0, append: () => ++log.position }
  const broker = new TestBroker(undefined, undefined, log as never)
  const server = await serve(broker, loopback)
  const socket = await open(server)
  const answers: Buffer[] = []
  socket.on('data', (bytes: Buffer) => answers.push(bytes))
  socket.end('SET key value\r\nGET key\r\n')
  // Both are run and held once the session is closing.
  while (broker.broker.sessions.size === 0 || log.position === 0) await new Promise(setImmediate)
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  expect(answers).toEqual([])
  log.durablePosition = log.position
  broker.broker.onDurable(log.position)
  await once(socket, 'close')
  expect(Buffer.concat(answers).toString()).toBe('+OK\r\n$5\r\nvalue\r\n')
})

test('a client that hangs up while it waits takes nothing with it', async () => {
  const broker = new TestBroker()
  const server = await serve(broker, loopback)
  const socket = await open(server)
  socket.end('BLPOP list 0\r\n')
  await once(socket.resume(), 'close')
  const other = broker.client()
  other.call('LPUSH list x')
  expect(other.call('LLEN list')).toBe(':1')
})

test('a client on a unix socket has the path for an address', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'))
  closers.push(() => rm(folder, { recursive: true }))
  const path = join(folder, 'millrace.sock')
  const server = await serve(new TestBroker(), { path })
  const socket = await open(server)
  socket.write('CLIENT INFO\r\n')
  const line = await read(socket, 'resp=2')
  expect(line).toContain(` addr=${path}:0 laddr=${path}:0 `)
  expect(line).toContain(' flags=U ')
})

test('who sends as fast as it can has others served in between, and everything answered in order', async () => {
  const broker = new TestBroker()
  const server = await serve(broker, loopback)
  const [flood, other] = await Promise.all([open(server), open(server)])
  // Each request is longer than a part of the buffer, and takes longer than one client may have at a time.
  const script = `local t = 0 for i = 1, 1000000 do t = t + i end return ARGV[1]`
  const padding = 'x'.repeat(20_000)
  const requests = Array.from({ length: 30 }, (_, i) => {
    const words = ['EVAL', script, '0', `n${i};`, padding]
    return `*5\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
  })
  const order: string[] = []
  flood.on('data', (bytes: Buffer) => {
    if (order.length === 0) other.write('PING\r\n')
    order.push(...(String(bytes).match(/n\d+(?=;)/g) ?? []))
  })
  other.on('data', () => order.push('pong'))
  flood.end(requests.join(''))
  await once(flood, 'close')
  const pong = order.indexOf('pong')
  expect(pong).toBeGreaterThan(0)
  expect(pong).toBeLessThan(8)
  expect(order.toSpliced(pong, 1)).toEqual(requests.map((_, i) => `n${i}`))
})

test('two hundred subscribers hear everything in order', async () => {
  const broker = new TestBroker()
  const server = await serve(broker, loopback)
  const subscribers = await Promise.all(Array.from({ length: 200 }, () => open(server)))
  for (const each of subscribers) each.write('SUBSCRIBE news\r\n')
  await Promise.all(subscribers.map((each) => read(each, ':1\r\n')))
  const publisher = await open(server)
  const heard = Promise.all(subscribers.map((each) => read(each, '$3\r\n499\r\n')))
  publisher.write(Array.from({ length: 500 }, (_, i) => `PUBLISH news ${i}\r\n`).join(''))
  const expected = Array.from(
    { length: 500 },
    (_, i) => `*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$${String(i).length}\r\n${i}\r\n`,
  ).join('')
  for (const text of await heard) expect(text).toBe(expected)
})

test('with so many that threads share the writing, everybody hears everything in order, with its answers between', async () => {
  const broker = new TestBroker()
  const server = await serve(broker, loopback)
  const subscribers: Socket[] = []
  FanOut.of(broker.broker).sharedMin = 500
  for (let i = 0; i < 700; i++) subscribers.push(await open(server))
  for (const each of subscribers) each.write('SUBSCRIBE news\r\n')
  await Promise.all(subscribers.map((each) => read(each, ':1\r\n')))
  const gone = subscribers.pop()!
  const publisher = await open(server)
  const messages = 150
  const heard = Promise.all(subscribers.map((each) => read(each, `\r\n${messages - 1}\r\n`)))
  for (let i = 0; i < messages; i++) {
    publisher.write(`PUBLISH news ${i}\r\n`)
    for (let at = i; at < subscribers.length; at += messages) subscribers[at]!.write('PING\r\n')
    if (i === 50) gone.resetAndDestroy()
    if (i % 3 === 0) await read(publisher, '\r\n')
  }
  const expected = Array.from(
    { length: messages },
    (_, i) => `*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$${String(i).length}\r\n${i}\r\n`,
  ).join('')
  const pong = '*2\r\n$4\r\npong\r\n$0\r\n\r\n'
  const texts = await heard
  for (const text of texts) expect(text.replace(pong, '')).toBe(expected)
  expect(texts.filter((text) => text.includes(pong)).length).toBeGreaterThan(600)
  expect(FanOut.of(broker.broker).helped > 0).toBe(availableParallelism() > 1)
  broker.broker.outbox.rounds.close()
})

test('a subscriber that does not read is cut, and the memory is free again', async () => {
  const broker = new TestBroker()
  broker.broker.config.set(['client-output-buffer-limit', 'pubsub 4mb 0 0'])
  const server = await serve(broker, loopback)
  const [slow, publisher] = [await open(server), await open(server)]
  slow.write('SUBSCRIBE news\r\n')
  await read(slow, ':1\r\n')
  slow.pause()
  const request = `PUBLISH news ${'x'.repeat(60_000)}\r\n`
  let count = 0
  let answer = ''
  do {
    publisher.write(request.repeat(20))
    count += 20
    answer = await read(publisher, '\r\n')
    const pending = [...broker.broker.sessions.values()].map((session) => session.connection.pendingBytes)
    expect(Math.max(...pending)).toBeLessThan(8 * 1024 * 1024)
  } while (!answer.endsWith(':0\r\n') && count < 10_000)
  expect(answer).toContain(':0\r\n')
  expect(broker.broker.sessions.size).toBe(1)
  await once(slow.resume(), 'close')
})
