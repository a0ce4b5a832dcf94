/** Tokens over WebSocket: in the list of subprotocols and in `auth`, good, expired and narrowed; and what ACL LOG tells of
 *  those that are not good. */
import { once } from 'node:events'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { RpcClient } from '../../support/rpc-client.ts'
import { WebStage } from '../../support/web-stage.ts'

const secret = 'a secret of at least thirty-two bytes'
let stage: WebStage

beforeEach(async () => {
  stage = await WebStage.open()
  await stage.run('CONFIG', 'SET', 'jwt-secret', secret)
  await stage.run('ACL', 'SETUSER', 'default', 'resetpass', '>password')
  await stage.run('ACL', 'SETUSER', 'page', 'on', 'nopass', '~*', '&*', '+@all')
  await stage.run('XADD', 'orders:1', '1-0', 'sku', 'A-1')
})
afterEach(() => stage.close())

/** A token that is good for so many seconds. */
function sign(claims: object, seconds = 60): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + seconds
  return new SignJWT({ exp, ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret))
}

type Way = (token: string) => Promise<RpcClient>

/** Both ways of showing a token; rejects when it is refused. */
const ways: readonly [string, Way][] = [
  ['in the list of subprotocols', (token) => stage.client(['millrace.v1', `bearer.${token}`])],
  [
    'by auth',
    async (token) => {
      const client = await stage.client()
      expect(await client.call('auth', { token })).toBe('OK')
      return client
    },
  ],
]

describe.each(ways)('a token %s', (_name, open) => {
  test('lets its user in, and subscribe', async () => {
    const client = await open(await sign({ sub: 'page' }))
    expect(await client.call('ACL', ['WHOAMI'])).toBe('page')
    await client.call('stream.subscribe', { key: 'orders:1', after: '0', credit: 10 })
    expect(await client.next('stream.entries')).toMatchObject({ entries: [{ id: '1-0' }] })
  })

  test('narrows the user to the keys and channels that it claims, in commands and subscriptions alike', async () => {
    const client = await open(await sign({ sub: 'page', keys: ['orders:*'], channels: ['news:*'] }))
    expect(await client.call('XLEN', ['orders:1'])).toBe(1)
    expect((await client.refusal('XLEN', ['bills:1'])).data?.code).toBe('NOPERM')
    expect((await client.refusal('PUBLISH', ['chat', 'x'])).data?.code).toBe('NOPERM')
    await client.call('stream.subscribe', { key: 'orders:1', credit: 1 })
    expect((await client.refusal('stream.subscribe', { key: 'bills:1', credit: 1 })).data?.code).toBe('NOPERM')
    await client.call('channel.subscribe', { channel: 'news:1' })
    expect((await client.refusal('channel.subscribe', { channel: 'chat' })).data?.code).toBe('NOPERM')
    expect(
      (await client.refusal('group.consume', { key: 'bills:1', group: 'g', consumer: 'c', credit: 1 })).data?.code,
    ).toBe('NOPERM')
  })

  test('ends its socket when it expires', async () => {
    const client = await open(await sign({ sub: 'page' }))
    stage.advance(61_000)
    expect(await client.closed()).toBe(4001)
  })
})

describe('who logs in again', () => {
  const claims = { sub: 'page', keys: ['orders:*'] }
  const open = async (): Promise<RpcClient> => stage.client(['millrace.v1', `bearer.${await sign(claims)}`])
  /** Resolves when a token that was good for a minute has ended, and its sockets with it. */
  async function expire(): Promise<void> {
    const client = await open()
    stage.advance(61_000)
    expect(await client.closed()).toBe(4001)
  }
  const lasting = (more: object): Promise<string> => sign({ sub: 'page', ...more }, 3600)

  test.each<[string, (client: RpcClient) => Promise<unknown>]>([
    ['by password, with auth', (client) => client.call('auth', { user: 'page', password: 'any' })],
    ['by password, with AUTH', (client) => client.call('AUTH', ['page', 'any'])],
    [
      'in a transaction',
      (client) => Promise.all([client.call('MULTI'), client.call('AUTH', ['page', 'any']), client.call('EXEC')]),
    ],
    ['by a token that lasts', async (client) => client.call('auth', { token: await lasting({}) })],
  ])('%s is no more who the token named, nor bound to its end and claims', async (_name, login) => {
    const client = await open()
    expect((await client.refusal('XLEN', ['bills:1'])).data?.code).toBe('NOPERM')
    await login(client)
    expect(await client.call('XLEN', ['bills:1'])).toBe(0)
    await client.call('stream.subscribe', { key: 'bills:1', credit: 1 })
    await expire()
    expect(await client.call('PING')).toBe('PONG')
  })

  test('speaks RESP, and is as free', async () => {
    const protocols = ['resp', `bearer.${await sign(claims)}`]
    const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/ws`, protocols)
    await once(socket, 'open')
    const ask = async (command: string): Promise<string> => {
      socket.send(Buffer.from(`${command}\r\n`))
      return String((await once(socket, 'message'))[0])
    }
    expect(await ask('AUTH page any')).toBe('+OK\r\n')
    await expire()
    expect(await ask('PING')).toBe('+PONG\r\n')
    socket.terminate()
  })

  test('by a token takes its end and its claims', async () => {
    const client = await stage.client()
    await client.call('auth', { password: 'password' })
    expect(await client.call('XLEN', ['bills:1'])).toBe(0)
    await client.call('auth', { token: await sign(claims) })
    expect((await client.refusal('XLEN', ['bills:1'])).data?.code).toBe('NOPERM')
    await expire()
    expect(await client.closed()).toBe(4001)
  })

  test('in vain stays bound', async () => {
    const client = await open()
    expect((await client.refusal('auth', { password: 'wrong' })).data?.code).toBe('WRONGPASS')
    expect((await client.refusal('auth', { token: 'none' })).data?.code).toBe('WRONGPASS')
    await expire()
    expect(await client.closed()).toBe(4001)
  })

  test.each<[string, object]>([
    ['stream.subscribe', { key: 'orders:1', credit: 1 }],
    ['channel.subscribe', { channel: 'news' }],
    ['group.consume', { key: 'orders:1', group: 'g', consumer: 'c', credit: 1 }],
  ])('but hears still what the token let it hear, by %s, hears it to that end', async (method, params) => {
    await stage.run('XGROUP', 'CREATE', 'orders:1', 'g', '0')
    const [hears, left] = [await open(), await open()]
    const { subscription } = await left.call(method, params)
    await left.call('unsubscribe', { subscription })
    await left.call('auth', { password: 'password' })
    await Promise.all([hears.call(method, params), hears.call('auth', { password: 'password' })])
    await expire()
    expect(await hears.closed()).toBe(4001)
    expect(await left.call('PING')).toBe('PONG')
  })

  test('as the same user with the same claims goes on hearing', async () => {
    const client = await open()
    await client.call('stream.subscribe', { key: 'orders:1', after: '1-0', credit: 10 })
    await client.call('auth', { token: await lasting({ keys: ['orders:*'] }) })
    await expire()
    await stage.run('XADD', 'orders:1', '2-0', 'sku', 'A-1')
    expect(await client.ids(1)).toEqual(['2-0'])
  })
})

describe('a token that is not good', () => {
  const bad: readonly [string, string, () => Promise<string>][] = [
    ['has expired', '', () => sign({ sub: 'page' }, -60)],
    ['nobody signed', '', async () => `${(await sign({ sub: 'page' })).slice(0, -4)}AAAA`],
    ['is for nobody who is there', 'nobody', () => sign({ sub: 'nobody' })],
    ['claims no list of keys', 'page', () => sign({ sub: 'page', keys: 'orders:*' })],
  ]

  test.each(bad)('that %s lets nobody in, and ACL LOG tells of it', async (_name, username, make) => {
    const token = await make()
    await expect(stage.client(['millrace.v1', `bearer.${token}`])).rejects.toThrow('status 401')
    const client = await stage.client()
    expect((await client.refusal('auth', { token })).data?.code).toBe('WRONGPASS')
    expect((await client.refusal('PING', [])).data?.code).toBe('NOAUTH')
    const [entry, ...others] = await stage.run('ACL', 'LOG')
    expect(entry).toMatchObject({ reason: 'auth', context: 'toplevel', object: 'AUTH', username, count: 2 })
    expect(entry['client-info']).toMatch(new RegExp(`^id=\\d+ addr=127.0.0.1:\\d+ laddr=127.0.0.1:${stage.port} `))
    expect(others).toEqual([])
  })
})

test('a wrong password shows in ACL LOG, in the header and in auth alike', async () => {
  const authorization = `Basic ${Buffer.from('page2:wrong').toString('base64')}`
  await expect(stage.client(['millrace.v1'], { headers: { authorization } })).rejects.toThrow('status 401')
  const client = await stage.client()
  expect((await client.refusal('auth', { user: 'page2', password: 'wrong' })).data?.code).toBe('WRONGPASS')
  expect(await stage.run('ACL', 'LOG')).toMatchObject([{ reason: 'auth', object: 'AUTH', username: 'page2', count: 2 }])
})
