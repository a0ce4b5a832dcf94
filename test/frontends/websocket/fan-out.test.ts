/** Hundreds of sockets on one channel and one stream, so that threads share the writing, each with something of its own in
 *  between. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FanOut } from '../../../src/frontends/fan-out.ts'
import type { RpcClient } from '../../support/rpc-client.ts'
import { WebStage } from '../../support/web-stage.ts'

const socketCount = 300

let stage: WebStage
let clients: RpcClient[]

beforeEach(async () => {
  stage = await WebStage.open({ channelBytesHigh: 64 * 1024 })
  FanOut.of(stage.broker).sharedMin = socketCount - 50
  clients = await Promise.all(Array.from({ length: socketCount }, () => stage.client()))
}, 60_000)
afterEach(() => stage.close())

test('everybody gets every message in order, with its answers between', { timeout: 60_000 }, async () => {
  const messages = 60
  for (const client of clients) {
    await client.call('channel.subscribe', { channel: 'news' })
    await client.call('stream.subscribe', { key: 's', after: '$', credit: 1000 })
  }
  const answers: Promise<unknown>[] = []
  for (let i = 0; i < messages; i++) {
    const [client, other] = [clients[i % socketCount]!, clients[(i * 7) % socketCount]!]
    // By turns: one that hears it itself, one with others in the same turn, one with an entry of the stream.
    if (i % 3 === 0) answers.push(client.call('PUBLISH', ['news', `${i}`]))
    else if (i % 3 === 1) answers.push(stage.run('PUBLISH', 'news', `${i}`), other.call('PING'))
    else answers.push(stage.run('XADD', 's', '*', 'n', `${i}`), stage.run('PUBLISH', 'news', `${i}`))
    if (i % 5 === 0) await Promise.all(answers.splice(0))
  }
  await Promise.all(answers)
  const numbers = Array.from({ length: messages }, (_, i) => i)
  for (const client of clients) {
    const heard: number[] = []
    for (let i = 0; i < messages; i++) heard.push(Number((await client.next('channel.message')).message))
    expect(heard.toSorted((a, b) => a - b)).toEqual(numbers)
    const entries: string[] = []
    while (entries.length < messages / 3) {
      const told = await client.next('stream.entries')
      for (const entry of told.entries) entries.push(entry.fields[0][1])
    }
    expect(entries).toEqual(numbers.filter((i) => i % 3 === 2).map(String))
  }
  const order = clients[0]!.texts.filter((text) => text.includes('channel.message'))
  for (const { texts } of clients) expect(texts.filter((text) => text.includes('channel.message'))).toEqual(order)
})

test('who does not read is left to itself, and the others go on', { timeout: 60_000 }, async () => {
  for (const client of clients) await client.call('channel.subscribe', { channel: 'news', slow: 'conflate' })
  const [slow] = clients
  await slow!.call('channel.subscribe', { channel: 'filler', slow: 'conflate' })
  slow!.socket.pause()
  const filler = 'x'.repeat(60_000)
  while (!/ omem=[1-9]/.test(await stage.run('CLIENT', 'LIST'))) await stage.run('PUBLISH', 'filler', filler)
  const messages = 50
  for (let i = 0; i < messages; i++) await stage.run('PUBLISH', 'news', `${i} ${'.'.repeat(5000)}`)
  for (const client of clients.slice(1)) {
    for (let i = 0; i < messages; i++)
      expect((await client.next('channel.message')).message).toMatch(new RegExp(`^${i} `))
  }
  slow!.socket.resume()
  let last = ''
  while (!last.startsWith(`${messages - 1} `)) last = (await slow!.next('channel.message')).message
  const heard = slow!.texts.filter((text) => text.includes('channel:news')).length
  expect(heard).toBeLessThan(messages)
})
