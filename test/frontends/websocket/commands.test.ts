import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebStage } from '../../support/web-stage.ts'

let stage: WebStage

beforeEach(async () => {
  stage = await WebStage.open({ batchRequestsMax: 4, messageBytesMax: 4096, messagesPerSecondMax: 500 })
})
afterEach(() => stage.close())

describe('millrace.v1: commands', () => {
  test('any command by its name, answered as JSON', async () => {
    const client = await stage.client()
    expect(await client.call('HSET', ['h', 'a', 1, 'b', { base64: '/w==' }])).toBe(2)
    expect(await client.call('hgetall', ['h'])).toEqual({ a: '1', b: { base64: '/w==' } })
    expect(await client.call('INCRBYFLOAT', ['f', 1.5])).toBe('1.5')
    expect(await client.call('SET', ['n', '9007199254740993'])).toBe('OK')
    expect(await client.call('INCR', ['n'])).toBe('9007199254740994')
    expect(await client.call('GET', ['nothing'])).toBeNull()
    expect(await client.call('PING')).toBe('PONG')
  })

  test('errors carry the code word and the text of Redis', async () => {
    const client = await stage.client()
    await client.call('SET', ['a', 'x'])
    expect(await client.refusal('LPUSH', ['a', 'y'])).toEqual({
      code: -32000,
      message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
      data: { code: 'WRONGTYPE', message: 'WRONGTYPE Operation against a key holding the wrong kind of value' },
    })
    expect((await client.refusal('NOSUCH', [])).data?.message).toMatch(/^ERR unknown command/)
    expect(await client.refusal('GET', [true])).toEqual({
      code: -32602,
      message: 'argument 1 must be a string, a number or {"base64":"…"}',
    })
    expect((await client.refusal('GET', { key: 'a' })).code).toBe(-32602)
    expect((await client.refusal('SUBSCRIBE', ['a'])).data?.message).toBe('ERR SUBSCRIBE needs a connection of RESP')
    expect((await client.refusal('stream.subscribe', { key: 'a' })).code).toBe(-32602)
    expect((await client.refusal('stream.subscribe', { key: 'a', credit: 1, more: 1 })).message).toBe(
      'params.more must be left out',
    )
  })

  test('answers carry the id of their request, whatever it is; notifications are not answered', async () => {
    const client = await stage.client()
    client.socket.send('{"jsonrpc":"2.0","method":"SET","params":["a","1"]}')
    client.socket.send('{"jsonrpc":"2.0","method":"NOSUCH"}')
    client.socket.send('{"jsonrpc":"2.0","id":"x\\u0000","method":"GET","params":["a"]}')
    expect(await client.loose()).toEqual({ jsonrpc: '2.0', id: 'x\u0000', result: '1' })
    expect(client.texts.length).toBe(1)
  })

  test('what is no request is told, and the next one is answered', async () => {
    const client = await stage.client()
    const errorOf = async (text: string): Promise<unknown> => {
      client.socket.send(text)
      return ((await client.loose()) as { error: { code: number } }).error.code
    }
    expect(await errorOf('{')).toBe(-32700)
    expect(await errorOf('1')).toBe(-32600)
    expect(await errorOf('{"jsonrpc":"1.0","id":null,"method":"PING"}')).toBe(-32600)
    expect(await errorOf('{"jsonrpc":"2.0","id":{},"method":"PING"}')).toBe(-32600)
    expect(await errorOf('[]')).toBe(-32600)
    expect(await errorOf(`[${Array(5).fill('{"jsonrpc":"2.0","method":"PING"}')}]`)).toBe(-32600)
    expect(await client.call('PING')).toBe('PONG')
  })

  test('a batch is answered by one array, without its notifications', async () => {
    const client = await stage.client()
    client.socket.send(
      '[{"jsonrpc":"2.0","id":1,"method":"SET","params":["a","1"]},{"jsonrpc":"2.0","method":"INCR","params":["a"]},' +
        '7,{"jsonrpc":"2.0","id":2,"method":"GET","params":["a"]}]',
    )
    const answers = (await client.loose()) as { id: unknown; result?: unknown; error?: { code: number } }[]
    expect(answers.find(({ id }) => id === 1)?.result).toBe('OK')
    expect(answers.find(({ id }) => id === 2)?.result).toBe('2')
    expect(answers.find(({ id }) => id === null)?.error?.code).toBe(-32600)
    expect(answers.length).toBe(3)
  })

  test('transactions and commands that wait work as on any connection', async () => {
    const [client, other] = [await stage.client(), await stage.client()]
    expect(await client.call('MULTI')).toBe('OK')
    expect(await client.call('SET', ['a', '1'])).toBe('QUEUED')
    expect((await client.refusal('channel.subscribe', { channel: 'c' })).data?.message).toBe(
      'ERR not possible inside MULTI',
    )
    expect(await client.call('EXEC')).toEqual(['OK'])
    const waiting = client.call('BLPOP', ['q', 0])
    await other.call('RPUSH', ['q', 'job'])
    expect(await waiting).toEqual(['q', 'job'])
  })

  test('`alive` is answered at once, behind a command that waits, too', async () => {
    const client = await stage.client()
    const waiting = client.call('BLPOP', ['q', 0])
    expect(await client.call('alive', {})).toBe(true)
    expect((await client.refusal('alive', { a: 1 })).message).toBe('params.a must be left out')
    await stage.run('RPUSH', 'q', 'e')
    expect(await waiting).toEqual(['q', 'e'])
  })

  test('pushes of RESP3 that no subscription knows come as they are', async () => {
    const client = await stage.client()
    await client.call('CLIENT', ['TRACKING', 'ON', 'BCAST'])
    await stage.run('SET', 'watched', '1')
    expect(await client.next('push')).toEqual({ push: ['invalidate', ['watched']] })
  })
})

describe('sockets and sessions', () => {
  test('CLIENT LIST shows them, CLIENT KILL ends them, maxclients counts them', async () => {
    const client = await stage.client()
    await client.call('CLIENT', ['SETNAME', 'page'])
    const list: string = await stage.run('CLIENT', 'LIST')
    const line = list.split('\n').find((each) => each.includes('name=page'))!
    expect(line).toMatch(new RegExp(`laddr=127.0.0.1:${stage.port} .*resp=3 .*lib-name=millrace-ws`))
    expect(await stage.run('CLIENT', 'KILL', 'ID', String(await client.call('CLIENT', ['ID'])))).toBe(1)
    expect(await client.closed()).toBe(1006)
    await stage.run('CONFIG', 'SET', 'maxclients', '1')
    const late = await stage.client()
    expect(await late.closed()).toBe(1013)
  })

  test('the wrong subprotocol, none, and a bad token are refused before there is a socket', async () => {
    await expect(stage.client(['chat'])).rejects.toThrow('status 400')
    await expect(stage.client([])).rejects.toThrow('status 400')
    await expect(stage.client(['millrace.v1', 'bearer.nonsense'])).rejects.toThrow('status 401')
    await expect(stage.client(['millrace.v1'], { origin: 'https://evil.example' })).rejects.toThrow('status 403')
    expect(stage.webSocket.count).toBe(0)
  })

  test('a password is asked for, by a message or by the header', async () => {
    await stage.run('ACL', 'SETUSER', 'default', 'resetpass', '>secret')
    await stage.run('ACL', 'SETUSER', 'reader', 'on', '>hidden', '~*', '+@read', '+acl|whoami')
    const client = await stage.client()
    expect((await client.refusal('GET', ['a'])).data?.code).toBe('NOAUTH')
    expect((await client.refusal('stream.subscribe', { key: 's', credit: 1 })).data?.code).toBe('NOAUTH')
    expect((await client.refusal('auth', { password: 'wrong' })).data?.code).toBe('WRONGPASS')
    expect((await client.refusal('auth', { token: 'wrong' })).data?.code).toBe('WRONGPASS')
    expect((await client.refusal('auth', {})).code).toBe(-32602)
    expect(await client.call('auth', { password: 'secret' })).toBe('OK')
    expect(await client.call('GET', ['a'])).toBeNull()
    const authorization = `Basic ${Buffer.from('reader:hidden').toString('base64')}`
    const reader = await stage.client(['millrace.v1'], { headers: { authorization } })
    expect(await reader.call('ACL', ['WHOAMI'])).toBe('reader')
    expect((await reader.refusal('SET', ['a', '1'])).data?.code).toBe('NOPERM')
  })

  test.each<[string, (socket: import('ws').WebSocket) => void, number]>([
    ['a message that is too large', (socket) => socket.send('x'.repeat(5000)), 1009],
    ['a binary message', (socket) => socket.send(Buffer.from('{}')), 1003],
    ['text that is not UTF-8', (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }), 1007],
    [
      'more messages a second than it may',
      (socket) => {
        for (let i = 0; i < 1200; i++) socket.send('{"jsonrpc":"2.0","method":"PING"}')
      },
      1008,
    ],
  ])('%s closes the socket', async (_what, act, code) => {
    const client = await stage.client()
    act(client.socket)
    expect(await client.closed()).toBe(code)
    expect(await stage.run('PING')).toBe('PONG')
  })

  test('a socket that is cut in mid-frame leaves nothing behind', async () => {
    const client = await stage.client()
    const raw = (client.socket as unknown as { _socket: import('node:net').Socket })._socket
    const before = stage.broker.sessions.size
    raw.write(Buffer.from([0x81, 0xfe, 0x01]))
    raw.destroy()
    await client.closed()
    while (stage.broker.sessions.size === before) await stage.run('PING')
    expect(stage.webSocket.count).toBe(0)
  })
})

test('who does not answer pings is cut, who does stays', async () => {
  const quick = await WebStage.open({ pingEveryMs: 40 })
  try {
    const [alive, dead] = [await quick.client(), await quick.client([...['millrace.v1']], { autoPong: false })]
    expect(await dead.closed()).toBe(1006)
    expect(await alive.call('PING')).toBe('PONG')
  } finally {
    await quick.close()
  }
})
