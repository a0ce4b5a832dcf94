import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RpcClient } from '../../support/rpc-client.ts'
import { WebStage } from '../../support/web-stage.ts'

let stage: WebStage

beforeEach(async () => {
  stage = await WebStage.open({ channelBytesHigh: 64 * 1024, conflatedChannelsMax: 2, membersListedMax: 2 })
})
afterEach(() => stage.close())

describe('channel.subscribe', () => {
  test('a channel and a pattern hear what is published, each as its own subscription', async () => {
    const client = await stage.client()
    expect(await client.call('channel.subscribe', { channel: 'news' })).toEqual({ subscription: 'channel:news' })
    expect(await client.call('channel.subscribe', { pattern: 'n*' })).toEqual({ subscription: 'pattern:n*' })
    expect(await stage.run('PUBLISH', 'news', 'hé')).toBe(2)
    expect(await client.next('channel.message')).toEqual({
      subscription: 'channel:news',
      channel: 'news',
      message: 'hé',
    })
    expect(await client.next('channel.message')).toEqual({ subscription: 'pattern:n*', channel: 'news', message: 'hé' })
    expect(await client.call('unsubscribe', { subscription: 'channel:news' })).toBe(true)
    expect(await client.call('unsubscribe', { subscription: 'pattern:n*' })).toBe(true)
    expect(await stage.run('PUBLISH', 'news', 'x')).toBe(0)
    expect((await client.refusal('unsubscribe', { subscription: 'channel:news' })).message).toBe(
      'ERR no such subscription',
    )
  })

  test('the answer comes before the first message, be that in the same batch', async () => {
    const client = await stage.client()
    const subscribe = { jsonrpc: '2.0', id: 'a', method: 'channel.subscribe', params: { channel: 'c' } }
    client.socket.send(JSON.stringify(subscribe))
    client.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'PUBLISH', params: ['c', 'm'] }))
    await client.next('channel.message')
    expect(client.texts.map((text) => JSON.parse(text).id ?? JSON.parse(text).method)).toEqual(['a', 'channel.message'])
  })

  test('who leaves and comes again in one breath is on the channel once', async () => {
    const client = await stage.client()
    await client.call('channel.subscribe', { channel: 'c' })
    const acts = [
      client.call('unsubscribe', { subscription: 'channel:c' }),
      client.refusal('unsubscribe', { subscription: 'channel:c' }),
      client.call('channel.subscribe', { channel: 'c' }),
      client.refusal('channel.subscribe', { channel: 'c' }),
      client.call('PUBLISH', ['c', 'm']),
    ]
    expect(await Promise.all(acts)).toMatchObject([
      true,
      { message: 'ERR no such subscription' },
      { subscription: 'channel:c' },
      { message: 'ERR already subscribed' },
      1,
    ])
    expect((await client.next('channel.message')).message).toBe('m')
    expect(client.waiting).toEqual([])
  })

  test('bytes that are not UTF-8 are base64, in names, too', async () => {
    const client = await stage.client()
    const subscription = 'channel:base64:/w=='
    expect(await client.call('channel.subscribe', { channel: { base64: '/w==' } })).toEqual({ subscription })
    await client.call('PUBLISH', [{ base64: '/w==' }, { base64: '/gA=' }])
    const message = { subscription, channel: { base64: '/w==' }, message: { base64: '/gA=' } }
    expect(await client.next('channel.message')).toEqual(message)
    expect(await client.call('unsubscribe', { subscription })).toBe(true)
    expect(await stage.run('PUBSUB', 'CHANNELS')).toEqual([])
  })

  test('many hear the same messages in their order, and keep hearing them amid their own answers', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => stage.client()))
    for (const client of clients) await client.call('channel.subscribe', { channel: 'c' })
    const published = Array.from({ length: 200 }, (_each, index) => stage.run('PUBLISH', 'c', `m${index}`))
    const answers = clients.map((client) => client.call('PING'))
    expect(new Set(await Promise.all(published))).toEqual(new Set([8]))
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['PONG']))
    for (const client of clients) {
      for (let i = 0; i < 200; i++) expect((await client.next('channel.message')).message).toBe(`m${i}`)
    }
  })

  test('several messages of one turn, of channels that not all hear, reach those who hear them', async () => {
    const [both, one] = [await stage.client(), await stage.client()]
    await both.call('channel.subscribe', { channel: 'a' })
    await both.call('channel.subscribe', { channel: 'b' })
    await one.call('channel.subscribe', { channel: 'b' })
    const numbers = ['1', '2', '3']
    await Promise.all(
      numbers.flatMap((each) => [stage.run('PUBLISH', 'a', each), stage.run('PUBLISH', 'b', `-${each}`)]),
    )
    const heard = async (client: RpcClient, count: number): Promise<string[]> => {
      const messages: string[] = []
      for (let i = 0; i < count; i++) messages.push((await client.next('channel.message')).message)
      return messages
    }
    expect(await heard(both, 6)).toEqual(['1', '-1', '2', '-2', '3', '-3'])
    expect(await heard(one, 3)).toEqual(['-1', '-2', '-3'])
  })

  test('what may not be heard is refused; what was allowed and is no more closes the socket', async () => {
    await stage.run('ACL', 'SETUSER', 'page', 'on', '>hidden', 'resetchannels', '&open', '+@all')
    const authorization = `Basic ${Buffer.from('page:hidden').toString('base64')}`
    const client = await stage.client(['millrace.v1'], { headers: { authorization } })
    expect((await client.refusal('channel.subscribe', { channel: 'secret' })).data?.code).toBe('NOPERM')
    await client.call('channel.subscribe', { channel: 'open' })
    expect((await client.refusal('channel.subscribe', { channel: 'open' })).message).toBe('ERR already subscribed')
    await stage.run('ACL', 'SETUSER', 'page', 'resetchannels')
    expect(await client.closed()).toBe(1006)
  })

  test.each([
    [{}, 'params must have a channel or a pattern'],
    [{ channel: 'a', pattern: 'b' }, 'params must have a channel or a pattern'],
    [{ pattern: 'b', presence: true }, 'params.presence must be left out for a pattern'],
    [{ channel: 'a', slow: 'wait' }, 'params.slow must be "cut" or "conflate"'],
  ])('%j is refused', async (params, message) => {
    const client = await stage.client()
    expect(await client.refusal('channel.subscribe', params)).toEqual({ code: -32602, message })
  })
})

describe('presence', () => {
  test('tells who is there, who joins and who leaves, by whatever way', async () => {
    const [first, second, third] = [await stage.client(), await stage.client(), await stage.client()]
    await first.call('CLIENT', ['SETNAME', 'ada'])
    await second.call('CLIENT', ['SETNAME', 'bob'])
    const ada = { client: await first.call('CLIENT', ['ID']), user: 'default', name: 'ada' }
    const bob = { client: await second.call('CLIENT', ['ID']), user: 'default', name: 'bob' }
    const room = { subscription: 'channel:room' }
    expect(await first.call('channel.subscribe', { channel: 'room', presence: true })).toEqual({
      ...room,
      members: [ada],
      memberCount: 1,
    })
    await second.call('channel.subscribe', { channel: 'room' })
    expect(await first.next('channel.presence')).toEqual({ ...room, event: 'join', member: bob })
    const { members, memberCount } = await third.call('channel.subscribe', { channel: 'room', presence: true })
    expect([members, memberCount]).toEqual([[ada, bob], 3])
    await second.call('unsubscribe', room)
    expect(await third.next('channel.presence')).toEqual({ ...room, event: 'leave', member: bob })
    first.close()
    expect(await third.next('channel.presence')).toEqual({ ...room, event: 'leave', member: ada })
    expect(second.waiting).toEqual([])
  })
})

describe('a socket that does not take what is published', () => {
  const text = 'x'.repeat(20_000)

  const flood = async (channels: readonly string[], count: number): Promise<void> => {
    for (let i = 0; i < count; i++) for (const channel of channels) await stage.run('PUBLISH', channel, `${i} ${text}`)
  }

  test('is cut where the subscription says nothing else', async () => {
    const client = await stage.client()
    await client.call('channel.subscribe', { channel: 'a' })
    client.socket.pause()
    await flood(['a'], 500)
    expect(await stage.run('PUBLISH', 'a', 'x')).toBe(0)
    client.socket.resume()
    expect(await client.closed()).toBe(1006)
  })

  test('gets the newest of each channel once it reads again, where that was asked for', async () => {
    const client = await stage.client()
    await client.call('channel.subscribe', { pattern: '*', slow: 'conflate' })
    client.socket.pause()
    await flood(['a', 'b'], 500)
    expect(Math.max(...[...stage.broker.sessions.values()].map((each) => each.connection.pendingBytes))).toBeLessThan(
      200_000,
    )
    client.socket.resume()
    const last = new Map<string, string>()
    let count = 0
    while (last.get('a') !== '499' || last.get('b') !== '499') {
      const { channel, message } = await client.next('channel.message')
      const number = message.split(' ')[0]!
      expect(Number(number)).toBeGreaterThan(Number(last.get(channel) ?? '-1'))
      last.set(channel, number)
      count++
    }
    expect(count).toBeLessThan(1000)
    await stage.run('PUBLISH', 'a', 'after')
    expect((await client.next('channel.message')).message).toBe('after')
  })

  test('is cut when there are too many channels to keep the newest of', async () => {
    const client = await stage.client()
    await client.call('channel.subscribe', { pattern: '*', slow: 'conflate' })
    client.socket.pause()
    await flood(['a', 'b', 'c'], 500)
    client.socket.resume()
    expect(await client.closed()).toBe(1006)
  })
})
