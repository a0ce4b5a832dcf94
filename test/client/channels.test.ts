/** Channels and patterns: messages, who is there, and what becomes of a consumer that is slow. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ChannelMessage, Client, type Presence, TooMuchWaits } from '../../src/client/client.ts'
import { ScriptedNetwork } from '../support/scripted-socket.ts'

const subscription = 'channel:news'
let network: ScriptedNetwork
let client: Client

beforeEach(() => {
  network = new ScriptedNetwork()
  client = new Client('ws://broker/ws', { WebSocket: network.WebSocket, retryMsMin: 1, retryMsMax: 1 })
})
afterEach(() => client.close())

describe('a channel', () => {
  test('gives its messages, and keeps those that came when the connection breaks', async () => {
    const iteration = (await opened())[Symbol.asyncIterator]()
    const socket = current!
    say('a', 'b')
    socket.break()
    await (await network.opened()).answer('channel.subscribe', { subscription })
    expect([(await iteration.next()).value, (await iteration.next()).value]).toEqual([message('a'), message('b')])
  })

  test('and a pattern are told apart', async () => {
    const [channel, pattern] = [client.channel('news').open(), client.pattern('n*', { slow: 'conflate' }).open()]
    const socket = await network.opened()
    expect(await socket.answer('channel.subscribe', { subscription })).toEqual({ channel: 'news' })
    const params = await socket.answer('channel.subscribe', { subscription: 'pattern:n*' })
    expect(params).toEqual({ pattern: 'n*', slow: 'conflate' })
    socket.notify('channel.message', { subscription: 'pattern:n*', channel: 'nice', message: 'm' })
    const heard = await (await pattern)[Symbol.asyncIterator]().next()
    expect(heard.value).toEqual({ channel: 'nice', message: 'm' })
    await channel
  })

  test('tells who is there, whenever it is there itself, and who comes and goes', async () => {
    const heard: Presence[] = []
    const [anna, bert] = ['anna', 'bert'].map((name, client) => ({ client, user: 'default', name }))
    const opening = client.channel('news', { onPresence: (presence) => heard.push(presence) }).open()
    const socket = await network.opened()
    const answer = { subscription, members: [anna!], memberCount: 1 }
    expect(await socket.answer('channel.subscribe', answer)).toEqual({ channel: 'news', presence: true })
    await opening
    socket.notify('channel.presence', { subscription, event: 'join', member: bert! })
    socket.notify('channel.presence', { subscription, event: 'leave', member: anna! })
    socket.break()
    await (await network.opened()).answer('channel.subscribe', { subscription, members: [bert!], memberCount: 1 })
    expect(heard).toEqual([
      { event: 'here', members: [anna], memberCount: 1 },
      { event: 'join', member: bert },
      { event: 'leave', member: anna },
      { event: 'here', members: [bert], memberCount: 1 },
    ])
  })

  test('of which too much waits ends behind what came', async () => {
    const iteration = (await opened({ waitingMax: 2 }))[Symbol.asyncIterator]()
    say('a', 'b', 'c')
    expect([(await iteration.next()).value, (await iteration.next()).value]).toEqual([message('a'), message('b')])
    await expect(iteration.next()).rejects.toThrow(TooMuchWaits)
    expect(current!.asked).toEqual([{ method: 'unsubscribe', params: { subscription } }])
  })

  test('that is conflated keeps the newest of each channel', async () => {
    const iteration = (await opened({ waitingMax: 3, slow: 'conflate' }))[Symbol.asyncIterator]()
    say('a', 'b')
    current!.notify('channel.message', { subscription, channel: 'other', message: 'o' })
    say('c', 'd')
    const heard = [await iteration.next(), await iteration.next(), await iteration.next()]
    expect(heard.map(({ value }) => (value as ChannelMessage).message)).toEqual(['o', 'c', 'd'])
    say('e', 'f')
    for (const channel of ['x', 'y', 'z']) current!.notify('channel.message', { subscription, channel, message: 'm' })
    await expect(drain(iteration)).rejects.toThrow(TooMuchWaits)
  })

  test('whose listener throws ends with that', async () => {
    const opening = client.channel('news', {
      onPresence() {
        throw new Error('mine')
      },
    })
    const first = opening[Symbol.asyncIterator]().next()
    const socket = await network.opened()
    await socket.answer('channel.subscribe', { subscription, members: [], memberCount: 0 })
    await expect(first).rejects.toThrow('mine')
  })
})

let current: Awaited<ReturnType<ScriptedNetwork['opened']>> | undefined

async function opened(options = {}): Promise<AsyncIterable<ChannelMessage>> {
  const opening = client.channel('news', options).open()
  current = await network.opened()
  await current.answer('channel.subscribe', { subscription })
  return opening
}

const message = (text: string): ChannelMessage => ({ channel: 'news', message: text })

function say(...texts: string[]): void {
  for (const text of texts) current!.notify('channel.message', { subscription, ...message(text) })
}

async function drain(iteration: AsyncIterator<unknown>): Promise<void> {
  while (!(await iteration.next()).done);
}
