/** Streams: from the cursor on, never more than the credit, and nothing that shows of broken connections. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Client, ClientClosed, CommandRefused, EntriesLost, type Entry, type Gap } from '../../src/client/client.ts'
import { ScriptedNetwork, type ScriptedSocket } from '../support/scripted-socket.ts'

const name = 'stream:0:s'
let network: ScriptedNetwork
let client: Client

beforeEach(() => {
  network = new ScriptedNetwork()
  client = new Client('ws://broker/ws', { WebSocket: network.WebSocket, retryMsMin: 1, retryMsMax: 1 })
})
afterEach(() => client.close())

const entry = (number: number): Entry => ({ id: `${number}-0`, fields: [['n', String(number)]] })
const entries = (...numbers: number[]): Entry[] => numbers.map(entry)

/** The next socket, on which the server has taken the subscription; with what it was asked for. */
async function subscribed(
  after = '0-0',
): Promise<{ socket: ScriptedSocket; params: { after: string; credit: number } }> {
  const socket = await network.opened()
  return { socket, params: await socket.answer('stream.subscribe', { subscription: name, after }) }
}

describe('a stream', () => {
  test('gives the entries behind the one named, in their order', async () => {
    const iteration = client.stream('s', { db: 2 }).after('5-0')[Symbol.asyncIterator]()
    const first = iteration.next()
    const { socket, params } = await subscribed('5-0')
    expect(params).toEqual({ key: 's', after: '5-0', credit: 256, db: 2 })
    socket.notify('stream.entries', { subscription: name, entries: entries(6, 7) })
    expect(await first).toEqual({ done: false, value: entry(6) })
    expect(await iteration.next()).toEqual({ done: false, value: entry(7) })
  })

  test('asks for nothing before somebody wants it, and tells when the server has taken it', async () => {
    const stream = client.stream(new Uint8Array([255]))
    expect(network.sockets).toEqual([])
    const opened = stream.open()
    const { params } = await subscribed('9-0')
    expect(params).toMatchObject({ key: { base64: '/w==' }, after: '$' })
    expect(await opened).toBe(stream)
    expect(await stream.open()).toBe(stream)
  })

  test('goes on behind the last entry that was taken, and what was not comes again', async () => {
    const iteration = client.stream('s').after('0')[Symbol.asyncIterator]()
    const first = iteration.next()
    const { socket } = await subscribed()
    socket.notify('stream.entries', { subscription: name, entries: entries(1, 2, 3) })
    await first
    socket.break()
    const second = iteration.next()
    const again = await subscribed('1-0')
    expect(again.params).toMatchObject({ after: '1-0', resumes: true, credit: 256 })
    again.socket.notify('stream.entries', { subscription: name, entries: entries(2, 3) })
    expect([await second, await iteration.next()].map(({ value }) => value?.id)).toEqual(['2-0', '3-0'])
  })

  test('from now on is from when the server first took it', async () => {
    const opened = client.stream('s').open()
    const { socket } = await subscribed('7-0')
    await opened
    socket.break()
    expect((await subscribed('7-0')).params.after).toBe('7-0')
  })

  test('lets more come as entries are taken', async () => {
    const iteration = client.stream('s', { credit: 4 })[Symbol.asyncIterator]()
    const first = iteration.next()
    const { socket } = await subscribed()
    socket.notify('stream.entries', { subscription: name, entries: entries(1, 2, 3, 4) })
    await first
    expect(socket.asked).toEqual([])
    await iteration.next()
    expect(socket.asked).toEqual([{ method: 'stream.credit', params: { subscription: name, credit: 2 } }])
    await iteration.next()
    expect(socket.asked).toHaveLength(1)
  })

  test('with a credit of one lets one come at a time', async () => {
    const iteration = client.stream('s', { credit: 1 })[Symbol.asyncIterator]()
    const taken = [iteration.next(), iteration.next()]
    const { socket } = await subscribed()
    for (const number of [1, 2]) {
      socket.notify('stream.entries', { subscription: name, entries: entries(number) })
      expect(await socket.next()).toEqual({ method: 'stream.credit', params: { subscription: name, credit: 1 } })
    }
    expect((await Promise.all(taken)).map(({ value }) => value?.id)).toEqual(['1-0', '2-0'])
  })

  test('tells of a gap where it lies', async () => {
    const seen: (string | Gap)[] = []
    const stream = client.stream('s', { onGap: (gap) => seen.push(gap) }).after('1-0')
    const done = (async () => {
      for await (const { id } of stream) seen.push(id)
    })()
    const { socket } = await subscribed('1-0')
    socket.notify('stream.entries', { subscription: name, entries: entries(2) })
    socket.notify('stream.gap', { subscription: name, from: '2-0', to: '9-0' })
    socket.notify('stream.entries', { subscription: name, entries: entries(9) })
    socket.notify('subscription.closed', { subscription: name, error: { code: 'WRONGTYPE', message: 'WRONGTYPE it' } })
    await expect(done).rejects.toMatchObject({ code: 'WRONGTYPE', message: 'WRONGTYPE it' })
    expect(seen).toEqual(['2-0', { from: '2-0', to: '9-0' }, '9-0'])
  })

  test('of whose gap nobody wants to hear ends with an error', async () => {
    const iteration = client.stream('s')[Symbol.asyncIterator]()
    const first = iteration.next()
    const { socket } = await subscribed()
    socket.notify('stream.gap', { subscription: name, from: '2-0', to: null })
    await expect(first).rejects.toThrow(EntriesLost)
    expect(await iteration.next()).toEqual({ done: true, value: undefined })
    expect(socket.asked).toEqual([{ method: 'unsubscribe', params: { subscription: name } }])
  })

  test('that was ended behind a gap ends with the gap', async () => {
    const opened = client.stream('s').open()
    const { socket } = await subscribed()
    socket.notify('stream.gap', { subscription: name, from: '2-0', to: null })
    socket.notify('subscription.closed', { subscription: name, error: { code: 'WRONGTYPE', message: 'WRONGTYPE it' } })
    const iteration = (await opened)[Symbol.asyncIterator]()
    await expect(iteration.next()).rejects.toThrow(EntriesLost)
    expect(await iteration.next()).toEqual({ done: true, value: undefined })
  })

  test('that is refused ends with the error, once', async () => {
    const iteration = client.stream('s')[Symbol.asyncIterator]()
    const [first, second] = [iteration.next(), iteration.next()]
    await (await network.opened()).refuse('stream.subscribe', 'NOPERM')
    await expect(first).rejects.toThrow(CommandRefused)
    expect(await second).toEqual({ done: true, value: undefined })
  })

  test('of a broker that is loading is asked for again', async () => {
    const opened = client.stream('s').open()
    await (await network.opened()).refuse('stream.subscribe', 'LOADING')
    await subscribed()
    await opened
  })

  test('is left by breaking out of the loop', async () => {
    const done = (async () => {
      for await (const { id } of client.stream('s')) return id
      return undefined
    })()
    const { socket } = await subscribed()
    socket.notify('stream.entries', { subscription: name, entries: entries(1, 2) })
    expect(await done).toBe('1-0')
    expect(socket.asked).toEqual([{ method: 'unsubscribe', params: { subscription: name } }])
  })

  test('that was left before the server took it does not stand in the way of the next', async () => {
    const left = client.stream('s')[Symbol.asyncIterator]()
    void left.next()
    const socket = await network.opened()
    const { id } = await socket.next()
    await left.return?.()
    const opened = client.stream('s').open()
    expect(socket.asked).toEqual([])
    socket.say({ id, result: { subscription: name, after: '0-0' } })
    expect(await socket.next()).toEqual({ method: 'unsubscribe', params: { subscription: name } })
    socket.notify('stream.entries', { subscription: name, entries: entries(1) })
    await socket.answer('stream.subscribe', { subscription: name, after: '0-0' })
    await opened
  })

  test('ends when its signal aborts, with the reason', async () => {
    const abort = new AbortController()
    const iteration = client.stream('s', { signal: abort.signal })[Symbol.asyncIterator]()
    const first = iteration.next()
    const { socket } = await subscribed()
    abort.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    expect(socket.asked).toMatchObject([{ method: 'unsubscribe' }])
    await expect(client.stream('s', { signal: abort.signal }).open()).rejects.toThrow('enough')
  })

  test('ends with the client', async () => {
    const iteration = client.stream('s')[Symbol.asyncIterator]()
    const first = iteration.next()
    await subscribed()
    const opened = client.stream('other').open()
    client.close()
    expect(await first).toEqual({ done: true, value: undefined })
    await expect(opened).rejects.toThrow(ClientClosed)
  })

  test('ends with the client, be it before the server has answered', async () => {
    const first = client.stream('s')[Symbol.asyncIterator]().next()
    const socket = await network.opened()
    expect((await socket.next()).method).toBe('stream.subscribe')
    client.close()
    expect(await first).toEqual({ done: true, value: undefined })
  })
})

/** A server of one stream that keeps to the credit and counts what is on its way. */
class StreamServer {
  readonly #count: number
  readonly #creditMax: number
  #socket: ScriptedSocket | undefined
  #cursor = 0
  #credit = 0

  constructor(count: number, creditMax: number) {
    this.#count = count
    this.#creditMax = creditMax
  }

  /** Whether there is a socket to act on. */
  isConnected(): boolean {
    this.#socket ??= network.sockets.shift()?.open()
    return this.#socket !== undefined
  }

  break(): void {
    this.#socket?.break()
    this.#socket = undefined
  }

  /** Reads one message of the client. */
  read(taken: number): void {
    const asked = this.#socket?.asked.shift()
    if (asked?.method === 'stream.subscribe') {
      this.#cursor = Number.parseInt(asked.params.after, 10)
      this.#credit = asked.params.credit
      this.#socket?.say({ id: asked.id, result: { subscription: name, after: `${this.#cursor}-0` } })
    } else if (asked?.method === 'stream.credit') this.#credit += asked.params.credit
    // What is on its way and what may come is never more than was allowed.
    expect(this.#cursor + this.#credit - taken).toBeLessThanOrEqual(this.#creditMax)
  }

  send(upTo: number): void {
    const numbers: number[] = []
    while (numbers.length < upTo && this.#credit > 0 && this.#cursor < this.#count) {
      this.#credit--
      numbers.push(++this.#cursor)
    }
    if (numbers.length > 0) this.#socket?.notify('stream.entries', { subscription: name, entries: entries(...numbers) })
  }
}

test('whatever breaks when, every entry comes once and in order, and never more than the credit', async () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.constant({ kind: 'read' as const }) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 9 }).map((upTo) => ({ kind: 'send' as const, upTo })) },
    { weight: 5, arbitrary: fc.constant({ kind: 'take' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'break' as const }) },
  )
  const run = async (credit: number, steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
    const count = 40
    network = new ScriptedNetwork()
    client = new Client('ws://broker/ws', { WebSocket: network.WebSocket, retryMsMin: 0, retryMsMax: 0 })
    const server = new StreamServer(count, credit)
    const taken: string[] = []
    const iteration = client.stream('s', { credit }).after('0')[Symbol.asyncIterator]()
    let asked = 0
    const take = (): void => {
      if (asked >= count) return
      asked++
      void iteration.next().then(({ value }) => taken.push(value?.id ?? 'end'))
    }
    // Behind the steps come enough of each to see the end.
    const rest = Array.from({ length: 6 * count }, (_each, i) => {
      return [{ kind: 'take' }, { kind: 'read' }, { kind: 'send', upTo: 3 }][i % 3] as (typeof steps)[number]
    })
    take()
    for (const each of [...steps, ...rest]) {
      while (!server.isConnected()) await new Promise((resolve) => setImmediate(resolve))
      await Promise.resolve()
      if (each.kind === 'take') take()
      else if (each.kind === 'read') server.read(taken.length)
      else if (each.kind === 'send') server.send(each.upTo)
      else server.break()
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(taken).toEqual(entries(...Array.from({ length: count }, (_each, i) => i + 1)).map(({ id }) => id))
    client.close()
  }
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 120 }), run), {
    numRuns: 100,
  })
})
