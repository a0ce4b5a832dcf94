/** Server-sent events over real sockets. */
import { connect } from 'node:net'
import { SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type HttpBroker, httpBroker } from '../../support/http-broker.ts'

interface ServerEvent {
  readonly id?: string
  readonly event?: string
  readonly data?: string
}

/** Reads events, comments among them as an event without anything. */
class Events {
  readonly #reader: AsyncIterator<string>
  readonly #abort: AbortController
  #text = ''

  constructor(body: ReadableStream, abort: AbortController) {
    this.#reader = body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
    this.#abort = abort
  }

  /** The next event; undefined at the end. */
  async next(): Promise<ServerEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const lines = this.#text.slice(0, end).split('\n')
        this.#text = this.#text.slice(end + 2)
        return Object.fromEntries(lines.map((line) => line.split(/: (.*)/s)).filter(([name]) => name !== ''))
      }
      const { value, done } = await this.#reader.next()
      if (done === true) return undefined
      this.#text += value
    }
  }

  async entries(count: number): Promise<(string | undefined)[]> {
    const ids = []
    while (ids.length < count) {
      const event = await this.next()
      if (event === undefined) break
      if (event.data !== undefined) ids.push(event.event ?? event.id)
    }
    return ids
  }

  close(): void {
    this.#abort.abort()
  }
}

async function listen({ frontEnd }: HttpBroker): Promise<number> {
  return frontEnd.listen({ host: '127.0.0.1', port: 0, backlog: 16 })
}

async function open(port: number, path: string, headers: Record<string, string> = {}): Promise<Events> {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: abort.signal })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const events = new Events(answer.body as ReadableStream, abort)
  expect(await events.next()).toEqual({ retry: '2000' })
  return events
}

const orders = '/v1/streams/orders/events'

describe('the events of a stream', () => {
  test('are its entries as they come, with their ids', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    client.call('XADD orders 1-0 n 1')
    const events = await open(await listen(broker), orders)
    expect(await events.next()).toEqual({ id: '1-0' })
    client.call('XADD orders 2-0 sku A-1 sku "B\\n"')
    expect(await events.next()).toEqual({ id: '2-0', data: '{"id":"2-0","fields":[["sku","A-1"],["sku","B\\n"]]}' })
    client.call('XADD orders 3-0 n 3')
    expect(await events.entries(1)).toEqual(['3-0'])
  })

  test('go on behind the last one that the client has', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    for (let i = 1; i <= 250; i++) client.call(`XADD orders ${i}-0 n ${i}`)
    const port = await listen(broker)
    const first = await open(port, `${orders}?after=0`)
    const seen = await first.entries(120)
    first.close()
    const second = await open(port, `${orders}?after=0`, { 'last-event-id': seen.at(-1)! })
    expect([...seen, ...(await second.entries(130))]).toEqual(Array.from({ length: 250 }, (_, i) => `${i + 1}-0`))
  })

  test('begin with a stream that is not there yet', async () => {
    const broker = await httpBroker()
    const events = await open(await listen(broker), orders)
    expect(await events.next()).toEqual({ id: '0-0' })
    broker.test.client().call('XADD orders 1-0 n 1')
    expect(await events.entries(1)).toEqual(['1-0'])
  })

  test('say where entries are missing, once', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    for (let i = 1; i <= 9; i++) client.call(`XADD orders ${i}-0 n ${i}`)
    client.call('XTRIM orders MAXLEN 3')
    const port = await listen(broker)
    const behind = await open(port, `${orders}?after=2-0`)
    await behind.next()
    expect(await behind.next()).toEqual({ event: 'gap', data: '{"from":"2-0","to":"7-0"}' })
    expect(await behind.entries(3)).toEqual(['7-0', '8-0', '9-0'])
    // The last entry that this one has is gone, and nothing else that it lacks.
    const upToDate = await open(port, `${orders}?after=6-0`)
    expect(await upToDate.entries(3)).toEqual(['7-0', '8-0', '9-0'])
  })

  test('from the beginning are those that are there, and who comes again to where nothing was misses nothing', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    const port = await listen(broker)
    for (let i = 1; i <= 3; i++) client.call(`XADD orders MAXLEN 1 ${i}-0 n ${i}`)
    const first = await open(port, `${orders}?after=0`)
    expect(await first.next()).toEqual({ id: '2-0' })
    expect(await first.entries(1)).toEqual(['3-0'])
    first.close()
    const again = await open(port, `${orders}?after=0`, { 'last-event-id': '2-0' })
    expect(await again.entries(1)).toEqual(['3-0'])
    const before = await open(port, orders, { 'last-event-id': '0-0' })
    expect(await before.entries(2)).toEqual(['gap', '3-0'])
  })

  test('say so when the stream begins anew under a client that waits', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    client.call('XADD orders 5-0 n 1')
    const events = await open(await listen(broker), orders)
    await expect.poll(() => broker.test.broker.waiters.count).toBe(1)
    client.call('DEL orders')
    client.call('XADD orders 1-0 n 1')
    await events.next()
    expect(await events.next()).toEqual({ event: 'gap', data: '{"from":"5-0","to":"1-0"}' })
    expect(await events.entries(1)).toEqual(['1-0'])
  })

  test('say so, too, of a stream that has nothing left, and of one that began anew', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    client.call('XADD orders 5-0 n 1')
    client.call('XTRIM orders MAXLEN 0')
    const port = await listen(broker)
    const emptied = await open(port, `${orders}?after=1-0`)
    await emptied.next()
    expect(await emptied.next()).toEqual({ event: 'gap', data: '{"from":"1-0","to":null}' })
    client.call('XADD orders 6-0 n 1')
    expect(await emptied.entries(1)).toEqual(['6-0'])
    client.call('DEL orders')
    client.call('XADD orders 1-0 n 1')
    const anew = await open(port, `${orders}?after=6-0`)
    expect(await anew.entries(2)).toEqual(['gap', '1-0'])
  })

  test('an entry that was deleted by itself is no gap', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    for (let i = 1; i <= 4; i++) client.call(`XADD orders ${i}-0 n ${i}`)
    client.call('XDEL orders 3-0')
    const events = await open(await listen(broker), `${orders}?after=2-0`)
    expect(await events.entries(1)).toEqual(['4-0'])
  })

  test('a burst that is trimmed while it is written does not go by unnoticed', async () => {
    const broker = await httpBroker()
    const events = await open(await listen(broker), orders)
    await events.next()
    await expect.poll(() => broker.test.broker.waiters.count).toBe(1)
    const burst = Array.from({ length: 50 }, (_, i) => {
      const id = `${i + 1}-0`
      return `*8\r\n$4\r\nXADD\r\n$6\r\norders\r\n$6\r\nMAXLEN\r\n$1\r\n=\r\n$1\r\n2\r\n$${id.length}\r\n${id}\r\n$1\r\nn\r\n$1\r\n1\r\n`
    })
    broker.test.client().sendRaw(burst.join(''))
    expect(await events.entries(4)).toEqual(['1-0', 'gap', '49-0', '50-0'])
  })

  test('what comes and is trimmed in one transaction does not, either', async () => {
    const broker = await httpBroker()
    const events = await open(await listen(broker), orders)
    await events.next()
    await expect.poll(() => broker.test.broker.waiters.count).toBe(1)
    const client = broker.test.client()
    for (const each of ['MULTI', 'XADD orders 1-0 n 1', 'XADD orders MAXLEN 1 2-0 n 2', 'EXEC']) client.call(each)
    expect(await events.entries(2)).toEqual(['gap', '2-0'])
  })

  test('need no right but XREAD', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    client.call('XADD orders 1-0 n 1')
    client.call('ACL SETUSER reader on >hidden ~orders +xread')
    const authorization = `Basic ${Buffer.from('reader:hidden').toString('base64')}`
    const events = await open(await listen(broker), `${orders}?after=0`, { authorization })
    expect(await events.entries(1)).toEqual(['1-0'])
  })

  test('a silent one says that it is alive', async () => {
    const broker = await httpBroker()
    const events = await open(await listen(broker), orders)
    await events.next()
    await expect.poll(() => broker.test.broker.waiters.count).toBe(1)
    broker.test.advance(15_000)
    expect(await events.next()).toEqual({})
  })

  test('a client that reads nothing costs a cursor: no more is read than the socket takes', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    const large = 'x'.repeat(150_000)
    for (let i = 1; i <= 150; i++) client.call(`XADD orders ${i}-0 n ${large}`)
    const port = await listen(broker)
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
    })
    socket.pause()
    const { administration } = broker.test.broker
    const before = administration.totalCommands
    socket.write(`GET ${orders}?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await expect.poll(() => broker.test.broker.sessions.size).toBe(2)
    // What it has not been sent is still in the stream: of 22 megabytes the sockets hold a few, and each read has one entry.
    let asked = -1
    const stands = (): boolean => {
      const earlier = asked
      asked = administration.totalCommands - before
      return asked >= 2 && asked === earlier
    }
    await expect.poll(stands, { interval: 200, timeout: 10_000 }).toBe(true)
    expect(asked).toBeLessThan(100)
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      received = (received + chunk).slice(-200_000)
    })
    socket.resume()
    await expect.poll(() => received.includes('id: 150-0'), { timeout: 20_000 }).toBe(true)
  }, 90_000)

  test('end when their client is gone, and when the session is killed', async () => {
    const broker = await httpBroker()
    const port = await listen(broker)
    const gone = await open(port, orders)
    await gone.next()
    gone.close()
    await expect.poll(() => broker.test.broker.sessions.size).toBe(0)
    const killed = await open(port, orders)
    await killed.next()
    broker.test.client().call('CLIENT KILL TYPE normal SKIPME yes')
    expect(await killed.next()).toBeUndefined()
  })

  test('are refused with a status when they can not begin', async () => {
    const broker = await httpBroker()
    broker.test.client().call('SET orders text')
    const status = async (headers: Record<string, string> = {}) =>
      (await broker.frontEnd.app.inject({ url: orders, headers })).json().error.code
    expect(await status()).toBe('WRONGTYPE')
    expect(await status({ 'last-event-id': 'x' })).toBe('BADREQUEST')
  })

  test('end with the token that opened them', async () => {
    const secret = 'a secret of at least thirty-two bytes'
    const broker = await httpBroker(['requirepass', 'x'], ['jwt-secret', secret])
    const exp = Math.floor(broker.test.nowMs / 1000) + 1
    const token = await new SignJWT({ sub: 'default', exp })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(secret))
    const events = await open(await listen(broker), orders, { authorization: `Bearer ${token}` })
    await events.next()
    expect(await events.next()).toBeUndefined()
  })
})

describe('the events of a channel', () => {
  test('are its messages', async () => {
    const broker = await httpBroker()
    const port = await listen(broker)
    const news = await open(port, '/v1/channels/news/events')
    const all = await open(port, '/v1/channels/n*/events?pattern=true')
    broker.test.client().call('PUBLISH news "a\\nb"')
    expect(await news.next()).toEqual({ data: '{"channel":"news","message":"a\\nb"}' })
    expect(await all.next()).toEqual({ data: '{"pattern":"n*","channel":"news","message":"a\\nb"}' })
  })

  test('are cut when nobody reads them', async () => {
    const broker = await httpBroker(['client-output-buffer-limit', 'pubsub', '1mb', '0', '0'])
    const port = await listen(broker)
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.pause()
    socket.write('GET /v1/channels/news/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const client = broker.test.client()
    await expect.poll(() => client.call('PUBLISH news hello')).toBe(':1')
    for (let i = 0; i < 100; i++) client.call(`PUBLISH news ${'x'.repeat(100_000)}`)
    await expect.poll(() => broker.test.broker.sessions.size).toBe(1)
  })

  test('need the right to hear it', async () => {
    const broker = await httpBroker()
    broker.test.client().call('ACL SETUSER default resetchannels')
    const answer = await broker.frontEnd.app.inject({ url: '/v1/channels/news/events' })
    expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'NOPERM'])
  })
})
