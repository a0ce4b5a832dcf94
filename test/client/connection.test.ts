/** Coming back: when, as whom, and when not. The clock is in the test's hand. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Client, type ClientOptions, CommandRefused, type ConnectionState } from '../../src/client/client.ts'
import { ScriptedNetwork } from '../support/scripted-socket.ts'

const url = 'ws://broker/ws'
let network: ScriptedNetwork

beforeEach(() => {
  network = new ScriptedNetwork()
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

function clientWith(options: ClientOptions = {}): { client: Client; states: ConnectionState[] } {
  const client = new Client(url, { WebSocket: network.WebSocket, ...options })
  const states: ConnectionState[] = []
  client.onState((state) => states.push(state))
  return { client, states }
}

/** Resolves when the client comes to wait. The clock stands still meanwhile, so it goes on waiting. */
async function waiting(client: Client): Promise<void> {
  if (client.state.name === 'waiting') return
  await new Promise<void>((resolve) => {
    const leave = client.onState(({ name }) => {
      if (name !== 'waiting') return
      leave()
      resolve()
    })
  })
}

const retryOf = (state: ConnectionState | undefined): number =>
  state?.name === 'waiting' ? state.retryInMs : Number.NaN

describe('a connection', () => {
  test('is opened by the first who asks for something, and once', async () => {
    const { client, states } = clientWith()
    expect(network.sockets).toEqual([])
    const pings = [client.call('PING'), client.call('PING')]
    expect(network.sockets).toHaveLength(1)
    const socket = await network.socket()
    expect([socket.url, socket.subprotocols]).toEqual([url, ['millrace.v1']])
    expect(client.state).toEqual({ name: 'connecting' })
    socket.open()
    await socket.answer('PING', 'PONG')
    await socket.answer('PING', 'PONG')
    expect(await Promise.all(pings)).toEqual(['PONG', 'PONG'])
    expect(states.map(({ name }) => name)).toEqual(['connecting', 'open'])
  })

  test('waits twice as long each time it fails, less up to half by chance, and begins anew when the server speaks', async () => {
    const { client, states } = clientWith({ retryMsMin: 100, retryMsMax: 1000 })
    const connected = client.connect()
    for (const span of [100, 200, 400, 800, 1000, 1000]) {
      ;(await network.socket()).break()
      const retryInMs = retryOf(states.at(-1))
      expect(retryInMs).toBeGreaterThanOrEqual(span / 2)
      expect(retryInMs).toBeLessThanOrEqual(span)
      vi.advanceTimersByTime(retryInMs - 1)
      expect(network.sockets).toHaveLength(0)
      vi.advanceTimersByTime(1)
    }
    const socket = await network.opened()
    await socket.answer('alive', true)
    await connected
    socket.break()
    expect(retryOf(states.at(-1))).toBeLessThanOrEqual(100)
  })

  test('is not opened by all at the same moment', async () => {
    const retries = new Set<number>()
    for (let i = 0; i < 50; i++) {
      const { client, states } = clientWith()
      client.call('PING').catch(() => {})
      ;(await network.opened()).break()
      retries.add(retryOf(states.at(-1)))
      client.close()
    }
    expect(retries.size).toBeGreaterThan(10)
  })

  test('on which nothing comes is asked for a sign of life, and dropped without one', async () => {
    const { client, states } = clientWith({ silenceMsMax: 1000 })
    const connected = client.connect()
    const socket = await network.opened()
    await socket.answer('alive', true)
    await connected
    // What came is a sign.
    vi.advanceTimersByTime(1000)
    expect(socket.asked).toEqual([])
    vi.advanceTimersByTime(1000)
    await socket.answer('alive', true)
    vi.advanceTimersByTime(2000)
    expect(socket.asked).toMatchObject([{ method: 'alive' }])
    vi.advanceTimersByTime(1000)
    expect(socket.isClosed).toBe(true)
    expect(states.at(-1)).toMatchObject({ name: 'waiting', reason: { message: 'the server is silent' } })
  })

  test('that does not come about is given up', async () => {
    const { client } = clientWith({ silenceMsMax: 1000, retryMsMax: 1000 })
    client.call('PING').catch(() => {})
    const first = await network.socket()
    vi.advanceTimersByTime(2000)
    expect(first.isClosed).toBe(true)
    expect(network.sockets).toHaveLength(1)
  })

  test('that was dropped is not listened to any more', async () => {
    const { client, states } = clientWith({ silenceMsMax: 1000 })
    client.call('PING').catch(() => {})
    const first = await network.socket()
    vi.advanceTimersByTime(1000)
    const count = states.length
    first.open()
    first.break()
    expect(states).toHaveLength(count)
    expect(client.state.name).toBe('waiting')
  })

  test('is closed for good, and tells nobody who does not listen', async () => {
    const { client, states } = clientWith()
    const heard: string[] = []
    const leave = client.onState(({ name }) => heard.push(name))
    client.call('PING').catch(() => {})
    const socket = await network.opened()
    expect((await socket.next()).method).toBe('PING')
    leave()
    client.close()
    client.close()
    socket.break()
    vi.advanceTimersByTime(60_000)
    expect(socket.isClosed).toBe(true)
    expect(network.sockets).toEqual([])
    expect(heard).toEqual(['connecting', 'open'])
    expect(states.map(({ name }) => name)).toEqual(['connecting', 'open', 'closed'])
  })

  test('that waits to be opened is closed, too', async () => {
    const { client } = clientWith()
    client.call('PING').catch(() => {})
    ;(await network.socket()).break()
    client.close()
    vi.advanceTimersByTime(60_000)
    expect(network.sockets).toEqual([])
  })

  test('needs a WebSocket', () => {
    vi.stubGlobal('WebSocket', undefined)
    expect(() => new Client(url)).toThrow(TypeError)
    vi.unstubAllGlobals()
  })
})

describe('the greeting', () => {
  test('says who it is and chooses the database, before anything else', async () => {
    const { client, states } = clientWith({ user: 'page', password: 'secret', db: 3 })
    void client.call('PING').catch(() => {})
    const socket = await network.opened()
    expect(await socket.answer('auth', 'OK')).toEqual({ user: 'page', password: 'secret' })
    expect(client.state.name).toBe('connecting')
    expect(await socket.answer('SELECT', 'OK')).toEqual([3])
    expect((await socket.next()).method).toBe('PING')
    expect(states.at(-1)).toEqual({ name: 'open' })
  })

  test('fetches a token for each connection', async () => {
    let number = 0
    const { client } = clientWith({ token: async () => `token-${++number}` })
    void client.call('PING').catch(() => {})
    const first = await network.opened()
    expect(await first.answer('auth', 'OK')).toEqual({ token: 'token-1' })
    first.break(4001)
    vi.runOnlyPendingTimers()
    expect(await (await network.opened()).answer('auth', 'OK')).toEqual({ token: 'token-2' })
  })

  test('that is refused is the end of it, for calls and iterations', async () => {
    const { client } = clientWith({ password: 'wrong' })
    const call = client.call('PING')
    const iteration = client.stream('s')[Symbol.asyncIterator]().next()
    await (await network.opened()).refuse('auth', 'WRONGPASS')
    await expect(call).rejects.toThrow(CommandRefused)
    await expect(iteration).rejects.toMatchObject({ code: 'WRONGPASS' })
    await expect(client.call('PING')).rejects.toMatchObject({ code: 'WRONGPASS' })
    await expect(client.channel('c').open()).rejects.toMatchObject({ code: 'WRONGPASS' })
    expect(client.state).toMatchObject({ name: 'closed', reason: { code: 'WRONGPASS' } })
    vi.advanceTimersByTime(60_000)
    expect(network.sockets).toEqual([])
  })

  test('of a broker that is loading, or without a token, is tried again', async () => {
    let isThere = false
    const token = () => (isThere ? Promise.resolve('t') : Promise.reject(new Error('nobody there')))
    const { client } = clientWith({ token })
    const call = client.call('PING')
    await network.opened()
    await waiting(client)
    isThere = true
    vi.runOnlyPendingTimers()
    await (await network.opened()).refuse('auth', 'LOADING')
    await waiting(client)
    vi.runOnlyPendingTimers()
    const socket = await network.opened()
    await socket.answer('auth', 'OK')
    await socket.answer('PING', 'PONG')
    expect(await call).toBe('PONG')
  })

  test('of a connection that broke meanwhile is not gone on with', async () => {
    let arrive: (token: string) => void = () => {}
    const { client } = clientWith({ token: () => new Promise((resolve) => (arrive = resolve)) })
    client.call('PING').catch(() => {})
    const first = await network.opened()
    first.break()
    arrive('late')
    vi.runOnlyPendingTimers()
    const second = await network.opened()
    await vi.advanceTimersByTimeAsync(0)
    expect([first.asked, second.asked]).toEqual([[], []])
    arrive('in time')
    expect(await second.answer('auth', 'OK')).toEqual({ token: 'in time' })
  })
})
