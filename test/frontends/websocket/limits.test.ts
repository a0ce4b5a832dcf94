/** Limits that are configured hold for sockets that are open, too. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebStage } from '../../support/web-stage.ts'

let stage: WebStage

beforeEach(async () => {
  stage = await WebStage.open()
})
afterEach(() => stage.close())

const set = (name: string, value: number | string): Promise<unknown> =>
  stage.run('CONFIG', 'SET', `websocket-${name}`, String(value))

test('subscriptions of a socket', async () => {
  const client = await stage.client()
  await set('subscriptions-max', 1)
  await client.call('channel.subscribe', { channel: 'a' })
  expect((await client.refusal('channel.subscribe', { channel: 'b' })).data?.message).toBe('ERR too many subscriptions')
  await set('subscriptions-max', 2)
  await client.call('channel.subscribe', { channel: 'b' })
})

test('requests of a batch', async () => {
  const client = await stage.client()
  await set('batch-max', 1)
  client.socket.send('[{"jsonrpc":"2.0","id":1,"method":"PING"},{"jsonrpc":"2.0","id":2,"method":"PING"}]')
  expect(await client.loose()).toMatchObject({ error: { code: -32600 } })
})

test('the credit of a member of a group', async () => {
  const client = await stage.client()
  await client.call('XGROUP', ['CREATE', 's', 'g', '$', 'MKSTREAM'])
  await set('group-credit-max', 5)
  const member = { key: 's', group: 'g', consumer: 'c' }
  expect((await client.refusal('group.consume', { ...member, credit: 6 })).data?.message).toBe(
    'ERR credit is 5 at most',
  )
  await client.call('group.consume', { ...member, credit: 5 })
})

test('bytes of a message, for sockets that open from then on', async () => {
  const before = await stage.client()
  await set('message-max', 1024)
  const after = await stage.client()
  expect(await before.call('ECHO', ['x'.repeat(2000)])).toHaveLength(2000)
  after.socket.send(JSON.stringify('x'.repeat(2000)))
  expect(await after.closed()).toBe(1009)
})

test('messages a second, where 0 is no limit', async () => {
  const client = await stage.client()
  await set('messages-per-second', 0)
  const answers = Array.from({ length: 200 }, () => client.call('PING'))
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['PONG']))
  await set('messages-per-second', 20)
  for (let i = 0; i < 60; i++) client.socket.send('{"jsonrpc":"2.0","method":"PING"}')
  expect(await client.closed()).toBe(1008)
})

test('silence: a socket is pinged after the interval', async () => {
  await set('ping-interval', 1)
  const client = await stage.client()
  await new Promise((resolve) => client.socket.once('ping', resolve))
  expect(await client.call('PING')).toBe('PONG')
})

test('what they are is told, and bounds are refused', async () => {
  expect(await stage.run('CONFIG', 'GET', 'websocket-*')).toEqual({
    'websocket-message-max': '16777216',
    'websocket-messages-per-second': '100000',
    'websocket-batch-max': '10000',
    'websocket-subscriptions-max': '1000',
    'websocket-group-credit-max': '100000',
    'websocket-ping-interval': '30',
    'websocket-stream-backlog': '262144',
    'websocket-channel-backlog': '1048576',
  })
  expect((await set('ping-interval', 0)) as object).toMatchObject({ error: { code: 'ERR' } })
})
