import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RpcClient } from '../../support/rpc-client.ts'
import { WebStage } from '../../support/web-stage.ts'

let stage: WebStage

beforeEach(async () => {
  stage = await WebStage.open({ entriesPerMessageMax: 10, streamBytesHigh: 32 * 1024, subscriptionsMax: 3 })
})
afterEach(() => stage.close())

const add = (count: number, key = 's'): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_each, index) => stage.run('XADD', key, '*', 'n', String(index))))

/** Somebody who has subscribed to `s` and reads nothing, and the ids of so many entries that came meanwhile. */
async function unreadBurst(count: number, valueBytes: number): Promise<{ client: RpcClient; ids: string[] }> {
  const client = await stage.client()
  await client.call('stream.subscribe', { key: 's', after: '0', credit: 1_000_000 })
  client.socket.pause()
  const value = 'x'.repeat(valueBytes)
  const ids: string[] = []
  for (let i = 0; i < count; i++) ids.push(await stage.run('XADD', 's', '*', 'v', value))
  return { client, ids }
}

describe('stream.subscribe', () => {
  test('sends what there is behind the cursor, and what comes', async () => {
    const before = await add(25)
    const client = await stage.client()
    expect(await client.call('stream.subscribe', { key: 's', after: '0', credit: 1000 })).toEqual({
      subscription: 'stream:0:s',
      after: '0-0',
    })
    expect(await client.ids(25)).toEqual(before)
    const after = await add(5)
    expect(await client.ids(5)).toEqual(after)
    await stage.run('XADD', 's', '*', 'same', '1', 'same', '2')
    expect((await client.next('stream.entries')).entries[0].fields).toEqual([
      ['same', '1'],
      ['same', '2'],
    ])
  })

  test('$ is the newest there is, an id is a cursor, and a key need not exist', async () => {
    const [first, second] = await add(2)
    const client = await stage.client()
    expect((await client.call('stream.subscribe', { key: 's', credit: 10 })).after).toBe(second)
    expect((await client.call('stream.subscribe', { key: 'none', credit: 10 })).after).toBe('0-0')
    expect((await client.call('stream.subscribe', { key: 's', after: first, db: 1, credit: 10 })).subscription).toBe(
      'stream:1:s',
    )
    const [third] = await add(1)
    expect(await client.next('stream.entries')).toMatchObject({ subscription: 'stream:0:s', entries: [{ id: third }] })
    const [made] = await add(1, 'none')
    expect(await client.ids(1)).toEqual([made])
  })

  test('credit bounds what is sent; more lets more come', async () => {
    const ids = await add(8)
    const client = await stage.client()
    await client.call('stream.subscribe', { key: 's', after: '0', credit: 3 })
    expect(await client.ids(3)).toEqual(ids.slice(0, 3))
    await client.call('PING')
    expect(client.waiting).toEqual([])
    await client.call('stream.credit', { subscription: 'stream:0:s', credit: 6 })
    expect(await client.ids(5)).toEqual(ids.slice(3))
    const more = await add(3)
    expect(await client.ids(1)).toEqual(more.slice(0, 1))
    await stage.run('PING')
    expect(client.waiting).toEqual([])
    await client.call('stream.credit', { subscription: 'stream:0:s', credit: 100 })
    expect(await client.ids(2)).toEqual(more.slice(1))
  })

  test('who is at the head shares one reader and one frame', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => stage.client()))
    for (const client of clients) await client.call('stream.subscribe', { key: 's', after: '0', credit: 100 })
    while (stage.webSocket.headCount === 0) await stage.run('PING')
    const ids = await add(3)
    for (const client of clients) expect(await client.ids(3)).toEqual(ids)
    expect(stage.webSocket.headCount).toBe(1)
    for (const client of clients) await client.call('unsubscribe', { subscription: 'stream:0:s' })
    while (stage.webSocket.headCount > 0) await stage.run('PING')
    const readers = (await stage.run('CLIENT', 'LIST')) as string
    expect(readers).not.toContain('millrace-head')
  })

  test('whoever was trimmed past is told, and goes on', async () => {
    const ids = await add(6)
    await stage.run('XTRIM', 's', 'MAXLEN', '2')
    const client = await stage.client()
    await client.call('stream.subscribe', { key: 's', after: ids[0], credit: 100 })
    expect(await client.next('stream.gap')).toEqual({ subscription: 'stream:0:s', from: ids[0], to: ids[4] })
    expect(await client.ids(2)).toEqual(ids.slice(4))
    await stage.run('XTRIM', 's', 'MAXLEN', '0')
    const [next] = await add(1)
    expect(await client.ids(1)).toEqual([next])
    const late = await stage.client()
    await late.call('stream.subscribe', { key: 's', after: '0', credit: 100 })
    expect(await late.ids(1)).toEqual([next])
    expect([...client.waiting, ...late.waiting]).toEqual([])
  })

  test('who has everything up to the newest entry that was trimmed has no gap, though its own last one is gone', async () => {
    const ids = await add(6)
    await stage.run('XTRIM', 's', 'MAXLEN', '3')
    await stage.run('XDEL', 's', ids[3]!)
    const client = await stage.client()
    await client.call('stream.subscribe', { key: 's', after: ids[2], credit: 100 })
    expect(await client.ids(2)).toEqual(ids.slice(4))
    await stage.run('XDEL', 's', ...ids.slice(4))
    expect(client.waiting).toEqual([])
    const again = await stage.client()
    await again.call('stream.subscribe', { key: 's', after: ids[3], resumes: true, credit: 100 })
    const [next] = await add(1)
    for (const each of [client, again]) expect(await each.ids(1)).toEqual([next])
    expect([...client.waiting, ...again.waiting]).toEqual([])
  })

  test('what comes and is trimmed under those who wait at the head is told to all of them, once', async () => {
    const clients = await Promise.all(Array.from({ length: 3 }, () => stage.client()))
    await stage.run('XADD', 's', '1-0', 'n', '1')
    for (const client of clients) await client.call('stream.subscribe', { key: 's', credit: 100 })
    while (stage.webSocket.headCount === 0) await stage.run('PING')
    const [producer] = clients
    const words = ['2-0', '3-0', '4-0'].map((id) => ['s', 'MAXLEN', 2, id, 'n', '1'])
    const calls = [
      producer!.call('MULTI'),
      ...words.map((each) => producer!.call('XADD', each)),
      producer!.call('EXEC'),
    ]
    await Promise.all(calls)
    for (const client of clients) {
      expect(await client.next('stream.gap')).toEqual({ subscription: 'stream:0:s', from: '1-0', to: '3-0' })
      expect(await client.ids(2)).toEqual(['3-0', '4-0'])
    }
    await stage.run('XADD', 's', '5-0', 'n', '1')
    for (const client of clients) {
      expect(await client.ids(1)).toEqual(['5-0'])
      expect(client.waiting).toEqual([])
    }
    expect(stage.webSocket.headCount).toBe(1)
  })

  test('a stream that begins anew with lower ids is told as a gap, and sent from its beginning', async () => {
    for (const id of ['5-0', '6-0']) await stage.run('XADD', 's', id, 'n', '1')
    const [waiting, late] = [await stage.client(), await stage.client()]
    await waiting.call('stream.subscribe', { key: 's', after: '0', credit: 100 })
    expect(await waiting.ids(2)).toEqual(['5-0', '6-0'])
    while (stage.webSocket.headCount === 0) await stage.run('PING')
    await stage.run('DEL', 's')
    // Who comes while there is no stream is not kept by who waits behind an id of the old one.
    await late.call('stream.subscribe', { key: 's', after: '0', credit: 100 })
    await late.call('PING')
    for (const id of ['1-0', '2-0']) await stage.run('XADD', 's', id, 'n', '1')
    expect(await waiting.next('stream.gap')).toEqual({ subscription: 'stream:0:s', from: '6-0', to: '1-0' })
    for (const client of [waiting, late]) expect(await client.ids(2)).toEqual(['1-0', '2-0'])
    await stage.run('XTRIM', 's', 'MAXLEN', '0')
    await stage.run('XSETID', 's', '1-0')
    await stage.run('XADD', 's', '1-5', 'n', '1')
    for (const client of [waiting, late]) {
      expect(await client.next('stream.gap')).toEqual({ subscription: 'stream:0:s', from: '2-0', to: '1-5' })
      expect(await client.ids(1)).toEqual(['1-5'])
      expect(client.waiting).toEqual([])
    }
  })

  test('the beginning is behind what is gone, and nothing hides from who comes again to a stream that was not there', async () => {
    const ids = await add(4)
    await stage.run('XTRIM', 's', 'MAXLEN', '2')
    const client = await stage.client()
    const { after } = await client.call('stream.subscribe', { key: 's', after: '0', credit: 0 })
    expect(after).toBe(ids[1])
    await client.call('unsubscribe', { subscription: 'stream:0:s' })
    expect((await client.call('stream.subscribe', { key: 't', credit: 0 })).after).toBe('0-0')
    await client.call('unsubscribe', { subscription: 'stream:0:t' })
    const others = await add(3, 't')
    await stage.run('XTRIM', 't', 'MAXLEN', '1')
    await client.call('stream.subscribe', { key: 's', after, resumes: true, credit: 9 })
    expect(await client.ids(2)).toEqual(ids.slice(2))
    expect(client.waiting).toEqual([])
    await client.call('stream.subscribe', { key: 't', after: '0-0', resumes: true, credit: 9 })
    expect(await client.next('stream.gap')).toEqual({ subscription: 'stream:0:t', from: '0-0', to: others[2] })
    expect(await client.ids(1)).toEqual(others.slice(2))
  })

  test('a key that is deleted, made anew or renamed to is followed', async () => {
    const client = await stage.client()
    await client.call('stream.subscribe', { key: 's', after: '0', credit: 100 })
    expect(await client.ids(0)).toEqual([])
    await stage.run('XADD', 's', '1-0', 'n', '1')
    expect(await client.ids(1)).toEqual(['1-0'])
    await stage.run('DEL', 's')
    await stage.run('XADD', 's', '2-0', 'n', '2')
    expect(await client.ids(1)).toEqual(['2-0'])
    await stage.run('XADD', 'other', '3-0', 'n', '3')
    await stage.run('RENAME', 'other', 's')
    expect(await client.ids(1)).toEqual(['3-0'])
  })

  test('what comes before it waits at the head is sent, though the head is answered at once', async () => {
    const client = await stage.client()
    const { broker } = stage
    const receive = broker.receive.bind(broker)
    let reads = 0
    broker.receive = (session, chunk) => {
      // By a clock that is so fast every command is long, and its turn cut: it is answered before `receive` returns.
      if (session.libraryName === 'millrace-head')
        Object.assign(broker.state, { clockUs: () => performance.now() * 1e6 })
      receive(session, chunk)
      // The first read finds its place, the second that there is nothing.
      if (session.libraryName === 'millrace-reader' && ++reads === 2) void stage.run('XADD', 's', '1-0', 'n', '1')
    }
    await client.call('stream.subscribe', { key: 's', after: '0', credit: 100 })
    expect(await client.ids(1)).toEqual(['1-0'])
    expect(reads).toBe(2)
  })

  test('a key of another type ends it, at once or when it is read again', async () => {
    await stage.run('SET', 'text', 'x')
    const client = await stage.client()
    expect((await client.refusal('stream.subscribe', { key: 'text', credit: 1 })).data?.code).toBe('WRONGTYPE')
    await client.call('stream.subscribe', { key: 's', after: '0', credit: 1 })
    const [first] = await add(1)
    expect(await client.ids(1)).toEqual([first])
    await stage.run('SET', 's', 'x')
    await client.call('stream.credit', { subscription: 'stream:0:s', credit: 5 })
    expect(await client.next('subscription.closed')).toMatchObject({
      subscription: 'stream:0:s',
      error: { code: 'WRONGTYPE' },
    })
    expect((await client.refusal('stream.credit', { subscription: 'stream:0:s', credit: 5 })).data?.code).toBe('ERR')
  })

  test('only what a user may read is sent, and nothing after it may not', async () => {
    await stage.run('ACL', 'SETUSER', 'reader', 'on', '>hidden', '~s', '+@read', '+ping')
    const authorization = `Basic ${Buffer.from('reader:hidden').toString('base64')}`
    const client = await stage.client(['millrace.v1'], { headers: { authorization } })
    expect((await client.refusal('stream.subscribe', { key: 'other', credit: 1 })).data?.code).toBe('NOPERM')
    await client.call('stream.subscribe', { key: 's', credit: 100 })
    const [first] = await add(1)
    expect(await client.ids(1)).toEqual([first])
    await stage.run('ACL', 'SETUSER', 'reader', 'resetkeys')
    await add(3)
    expect((await client.next('subscription.closed')).error.code).toBe('NOPERM')
    await stage.run('ACL', 'DELUSER', 'reader')
    expect(await client.closed()).toBe(1006)
  })

  test('a name is subscribed to once, and there are not too many', async () => {
    const client = await stage.client()
    await client.call('stream.subscribe', { key: 'a', credit: 1 })
    expect((await client.refusal('stream.subscribe', { key: 'a', credit: 1 })).message).toBe('ERR already subscribed')
    await client.call('stream.subscribe', { key: 'b', credit: 1 })
    await client.call('channel.subscribe', { channel: 'c' })
    expect((await client.refusal('stream.subscribe', { key: 'd', credit: 1 })).message).toBe(
      'ERR too many subscriptions',
    )
    expect((await client.refusal('stream.subscribe', { key: 'd', credit: 1, db: 99 })).message).toBe(
      'ERR DB index is out of range',
    )
    expect((await client.refusal('stream.subscribe', { key: 'd', credit: 1, after: 'x' })).code).toBe(-32602)
  })

  test('a socket that stops reading costs a cursor, not a buffer, and misses nothing', async () => {
    const { client, ids } = await unreadBurst(3000, 10_000)
    const waiting = [...stage.broker.sessions.values()].map(({ connection }) => connection.pendingBytes)
    expect(Math.max(...waiting)).toBeLessThan(1_000_000)
    client.socket.resume()
    expect(await client.ids(3000)).toEqual(ids)
  })

  test('a backlog below what Node lets wait by itself holds nobody up for ever', async () => {
    await stage.close()
    stage = await WebStage.open({ streamBytesHigh: 1000 })
    const { client, ids } = await unreadBurst(2000, 5000)
    client.socket.resume()
    expect(await client.ids(2000)).toEqual(ids)
  })

  test('a subscription that would be one client too many is refused, and possible later', async () => {
    const client = await stage.client()
    const clients = Number(/connected_clients:(\d+)/.exec(await stage.run('INFO', 'clients'))![1])
    await stage.run('CONFIG', 'SET', 'maxclients', String(clients))
    const params = { key: 's', after: '0', credit: 1 }
    expect((await client.refusal('stream.subscribe', params)).message).toBe('ERR max number of clients reached')
    await stage.run('CONFIG', 'SET', 'maxclients', '100')
    await stage.run('XADD', 's', '1-0', 'n', '1')
    await client.call('stream.subscribe', params)
    expect(await client.ids(1)).toEqual(['1-0'])
  })

  test('`timeout` spares who has subscribed', async () => {
    const [idle, subscribed] = [await stage.client(), await stage.client()]
    await subscribed.call('stream.subscribe', { key: 's', credit: 1 })
    for (const session of stage.broker.sessions.values()) session.lastActiveAtMs -= 60_000
    await stage.run('CONFIG', 'SET', 'timeout', '5')
    expect(await idle.closed()).toBe(1006)
    expect(await subscribed.call('PING')).toBe('PONG')
  })
})
