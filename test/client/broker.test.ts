/** The client and a broker in this process, over a real socket. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Client, type ClientOptions, ConnectionLost, type Gap, type Presence } from '../../src/client/client.ts'
import { WebStage } from '../support/web-stage.ts'

let stage: WebStage
let clients: Client[]

beforeEach(async () => {
  stage = await WebStage.open()
  clients = []
})
afterEach(async () => {
  for (const client of clients) client.close()
  await stage.close()
})

function open(options: ClientOptions = {}): Client {
  const url = `ws://127.0.0.1:${stage.port}/ws`
  clients.push(new Client(url, { WebSocket, retryMsMin: 5, retryMsMax: 50, ...options }))
  return clients.at(-1)!
}

/** The next items of an iteration. */
async function take<T>(iteration: AsyncIterator<T>, count: number): Promise<T[]> {
  const items: T[] = []
  while (items.length < count) {
    const { done, value } = await iteration.next()
    if (done) break
    items.push(value)
  }
  return items
}

async function add(key: string, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) await stage.run('XADD', key, `${i}-0`, 'n', String(i))
}

/** Cuts all sockets, as a network does. */
async function cut(): Promise<void> {
  for (const type of ['normal', 'pubsub']) await stage.run('CLIENT', 'KILL', 'TYPE', type)
}

/** Cuts all sockets, and lets nobody come back before something was done. */
async function whileCut(act: () => Promise<void>): Promise<void> {
  await stage.run('CONFIG', 'SET', 'maxclients', '1')
  await cut()
  await act()
  await stage.run('CONFIG', 'SET', 'maxclients', '100')
}

const idsOf = (entries: readonly { id: string }[]): string[] => entries.map(({ id }) => id)

describe('commands', () => {
  test('run, in the database that was chosen', async () => {
    const client = open({ db: 2 })
    await client.call('HSET', 'h', 'a', 1, 'b', new Uint8Array([255]))
    expect(await client.call('HGETALL', 'h')).toEqual({ a: '1', b: { base64: '/w==' } })
    await expect(client.call('INCR', 'h')).rejects.toMatchObject({ code: 'WRONGTYPE' })
    expect(await open().call('EXISTS', 'h')).toBe(0)
    const transaction = [client.call('MULTI'), client.call('INCR', 'n'), client.call('EXEC')]
    expect(await Promise.all(transaction)).toEqual(['OK', 'QUEUED', [1]])
  })

  test('of a connection that is cut are lost, and the next ones run', async () => {
    const client = open()
    const lost = expect(client.call('BLPOP', 'q', 0)).rejects.toThrow(ConnectionLost)
    await expect.poll(() => stage.run('INFO', 'clients')).toContain('blocked_clients:1')
    await cut()
    await lost
    expect(await client.call('PING')).toBe('PONG')
  })

  test('wait for who says who it is, and are refused with it', async () => {
    await stage.run('ACL', 'SETUSER', 'page', 'on', '>secret', '~*', '+@all')
    await stage.run('CONFIG', 'SET', 'requirepass', 'other')
    expect(await open({ user: 'page', password: 'secret' }).call('ACL', 'WHOAMI')).toBe('page')
    await expect(open({ password: 'wrong' }).call('PING')).rejects.toMatchObject({ code: 'WRONGPASS' })
    await expect(open().stream('s').open()).rejects.toMatchObject({ code: 'NOAUTH' })
  })
})

describe('a stream', () => {
  test('is read from its beginning and on, over connections that are cut, with a small credit', async () => {
    await add('s', 1, 20)
    const iteration = open().stream('s', { credit: 3 }).after('0')[Symbol.asyncIterator]()
    const seen = idsOf(await take(iteration, 5))
    await cut()
    seen.push(...idsOf(await take(iteration, 15)))
    const rest = take(iteration, 10)
    await cut()
    await add('s', 21, 30)
    seen.push(...idsOf(await rest))
    expect(seen).toEqual(Array.from({ length: 30 }, (_each, i) => `${i + 1}-0`))
  })

  test('that was trimmed while the connection was broken has a gap', async () => {
    await add('s', 1, 3)
    const gaps: Gap[] = []
    const iteration = open()
      .stream('s', { onGap: (gap) => gaps.push(gap) })
      .after('0')
      [Symbol.asyncIterator]()
    await take(iteration, 3)
    await whileCut(async () => {
      await add('s', 4, 9)
      await stage.run('XTRIM', 's', 'MAXLEN', '2')
    })
    expect(idsOf(await take(iteration, 2))).toEqual(['8-0', '9-0'])
    expect(gaps).toEqual([{ from: '3-0', to: '8-0' }])
  })

  test('that was trimmed up to what was taken has none, and one that was not there when it began has', async () => {
    await add('s', 1, 3)
    const gaps: Gap[] = []
    const onGap = (gap: Gap): void => void gaps.push(gap)
    const client = open()
    const taken = client.stream('s', { onGap }).after('0')[Symbol.asyncIterator]()
    const started = await client.stream('t', { onGap }).open()
    await take(taken, 3)
    await whileCut(async () => {
      await add('s', 4, 5)
      await stage.run('XTRIM', 's', 'MINID', '4')
      await add('t', 1, 3)
      await stage.run('XTRIM', 't', 'MAXLEN', '1')
    })
    expect(idsOf(await take(taken, 2))).toEqual(['4-0', '5-0'])
    expect(idsOf(await take(started[Symbol.asyncIterator](), 1))).toEqual(['3-0'])
    expect(gaps).toEqual([{ from: '0-0', to: '3-0' }])
  })

  test('that begins anew with lower ids is read from its beginning, behind a gap', async () => {
    await add('s', 5, 6)
    const gaps: Gap[] = []
    const iteration = open()
      .stream('s', { onGap: (gap) => gaps.push(gap) })
      .after('0')
      [Symbol.asyncIterator]()
    await take(iteration, 2)
    await stage.run('DEL', 's')
    await add('s', 1, 2)
    expect(idsOf(await take(iteration, 2))).toEqual(['1-0', '2-0'])
    await cut()
    await add('s', 3, 3)
    expect(idsOf(await take(iteration, 1))).toEqual(['3-0'])
    expect(gaps).toEqual([{ from: '6-0', to: '1-0' }])
  })

  test('is left and read again in one breath', async () => {
    await add('s', 1, 3)
    const client = open()
    for (let i = 0; i < 3; i++) {
      for await (const { id } of client.stream('s').after('1-0')) {
        expect(id).toBe('2-0')
        break
      }
    }
    const [left, stays] = [client.stream('s').after('0'), client.stream('s').after('2-0')]
    const iteration = left[Symbol.asyncIterator]()
    void iteration.next()
    await iteration.return?.()
    expect(idsOf(await take(stays[Symbol.asyncIterator](), 1))).toEqual(['3-0'])
    await expect(client.stream('s').open()).rejects.toMatchObject({ message: 'ERR already subscribed' })
  })
})

test('members of a group acknowledge, hand back, and lose what they held with their connection', async () => {
  await add('s', 1, 4)
  await stage.run('XGROUP', 'CREATE', 's', 'g', '0')
  const [anna, bert] = [open(), open()]
  const ofAnna = anna.group('s', 'g', 'anna', { credit: 3 })
  const held = ofAnna[Symbol.asyncIterator]()
  const [first, second] = await take(held, 2)
  expect(await ofAnna.ack(first!.id)).toBe(1)
  expect(await ofAnna.ack(first!.id)).toBe(0)
  expect(await ofAnna.nack(second!.id, 'fatal')).toBe(1)
  anna.close()
  const ofBert = bert.group('s', 'g', 'bert')
  const deliveries = await take(ofBert[Symbol.asyncIterator](), 3)
  expect(new Map(deliveries.map(({ id, deliveries }) => [id, deliveries]))).toEqual(
    new Map<string, unknown>([
      ['2-0', '9223372036854775807'],
      ['3-0', 1],
      ['4-0', 1],
    ]),
  )
  expect(await ofBert.ack(...idsOf(deliveries))).toBe(3)
})

test('a channel is heard, with who is there, over connections that are cut', async () => {
  const heard: Presence[] = []
  const client = open()
  const room = await client.channel('room', { onPresence: (presence) => heard.push(presence) }).open()
  const pattern = await client.pattern('ro*').open()
  const other = await open().channel('room').open()
  expect(await stage.run('PUBLISH', 'room', 'a')).toBe(3)
  const iteration = room[Symbol.asyncIterator]()
  for (const each of [iteration, pattern[Symbol.asyncIterator](), other[Symbol.asyncIterator]()]) {
    expect(await take(each, 1)).toEqual([{ channel: 'room', message: 'a' }])
  }
  await cut()
  await expect.poll(() => heard.filter(({ event }) => event === 'here').length).toBe(2)
  await stage.run('PUBLISH', 'room', 'b')
  expect(await take(iteration, 1)).toEqual([{ channel: 'room', message: 'b' }])
  expect(heard[1]).toMatchObject({ event: 'join', member: { user: 'default' } })
})
