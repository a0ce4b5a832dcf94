/** Tokens over WebSocket: in the list of subprotocols and in `auth`, good, expired and narrowed; and what ACL LOG tells of
 *  those that are not good. */
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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
    const client = await open(await sign({ sub: 'page' }, 1))
    expect(await client.closed()).toBe(4001)
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
