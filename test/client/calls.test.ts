/** Calls: answered, refused, lost with their connection, left by their caller. */
import { beforeEach, describe, expect, test } from 'vitest'
import { bytesOf, Client, ClientClosed, CommandRefused, ConnectionLost, TooMuchWaits } from '../../src/client/client.ts'
import { ScriptedNetwork, type ScriptedSocket } from '../support/scripted-socket.ts'

let network: ScriptedNetwork
let client: Client

beforeEach(() => {
  network = new ScriptedNetwork()
  client = new Client('ws://broker/ws', { WebSocket: network.WebSocket, retryMsMin: 1, callsMax: 3 })
})

/** A socket behind its greeting. */
async function connected(): Promise<ScriptedSocket> {
  const done = client.connect()
  const socket = await network.opened()
  await socket.answer('alive', true)
  await done
  return socket
}

describe('a call', () => {
  test('gets its own answer, in whatever order they come', async () => {
    const socket = await connected()
    const calls = [client.call<string>('GET', 'a'), client.call<string>('GET', 'b')]
    const [first, second] = [await socket.next(), await socket.next()]
    expect([first.params, second.params]).toEqual([['a'], ['b']])
    socket.say({ id: second.id, result: 'of b' })
    socket.say({ id: first.id, result: 'of a' })
    expect(await Promise.all(calls)).toEqual(['of a', 'of b'])
  })

  test('that is refused rejects with the code word and the text', async () => {
    const socket = await connected()
    const call = client.call('INCR', 'k')
    await socket.refuse('INCR', 'WRONGTYPE', 'WRONGTYPE Operation')
    await expect(call).rejects.toThrow(CommandRefused)
    await expect(call).rejects.toMatchObject({ code: 'WRONGTYPE', message: 'WRONGTYPE Operation' })
    const wrong = client.request('unsubscribe', [])
    socket.say({ id: (await socket.next()).id, error: { code: -32602, message: 'params must be an object' } })
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID', message: 'params must be an object' })
  })

  test('in flight when the connection breaks is rejected, and never sent again', async () => {
    const socket = await connected()
    const call = client.call('INCR', 'k')
    await socket.next()
    socket.break()
    await expect(call).rejects.toThrow(ConnectionLost)
    await expect(call).rejects.toMatchObject({ message: 'the connection broke (1006)' })
    const next = client.call('PING')
    const second = await network.opened()
    expect((await second.next()).method).toBe('PING')
    second.break()
    await expect(next).rejects.toThrow(ConnectionLost)
  })

  test('that was not sent waits for the next connection, in order with others of the same breath', async () => {
    const socket = await connected()
    socket.break()
    const calls = [client.call('MULTI'), client.call('INCR', 'k'), client.call('EXEC')]
    const failed = await network.socket()
    failed.break()
    const second = await network.opened()
    await second.answer('MULTI', 'OK')
    await second.answer('INCR', 'QUEUED')
    await second.answer('EXEC', [1])
    expect(await Promise.all(calls)).toEqual(['OK', 'QUEUED', [1]])
  })

  test('whose caller aborts is left, and not sent if that can be', async () => {
    const abort = new AbortController()
    const unsent = client.request('GET', ['a'], abort.signal)
    abort.abort(new Error('no more'))
    await expect(unsent).rejects.toThrow('no more')
    await expect(client.request('GET', ['a'], abort.signal)).rejects.toThrow('no more')
    const socket = await network.opened()
    const other = client.call('PING')
    await socket.answer('PING', 'PONG')
    expect(await other).toBe('PONG')
    const later = new AbortController()
    const sent = client.request('GET', ['b'], later.signal)
    const { id } = await socket.next()
    later.abort()
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
    socket.say({ id, result: 'late' })
    expect(socket.asked).toEqual([])
  })

  test('is rejected when the client is closed, sent or not, and afterwards', async () => {
    const socket = await connected()
    const sent = client.call('GET', 'a')
    await socket.next()
    client.close()
    await expect(sent).rejects.toThrow(ClientClosed)
    await expect(client.call('GET', 'a')).rejects.toThrow(ClientClosed)
    const other = new Client('ws://broker/ws', { WebSocket: network.WebSocket })
    const unsent = other.call('GET', 'a')
    other.close()
    await expect(unsent).rejects.toThrow(ClientClosed)
  })

  test('is one too many when so many wait for their answers', async () => {
    const socket = await connected()
    const calls = [client.call('GET', 'a'), client.call('GET', 'b'), client.call('GET', 'c')]
    await expect(client.call('GET', 'd')).rejects.toThrow(TooMuchWaits)
    await socket.answer('GET', null)
    const after = client.call('GET', 'e')
    for (let i = 0; i < 3; i++) await socket.answer('GET', null)
    expect(await Promise.all([...calls, after])).toEqual([null, null, null, null])
  })

  test('takes bytes, and text that came can be made bytes', async () => {
    const socket = await connected()
    const call = client.call('SET', 'k', new Uint8Array([0, 255]), 5, { base64: 'AA==' })
    expect(await socket.answer('SET', 'OK')).toEqual(['k', { base64: 'AP8=' }, 5, { base64: 'AA==' }])
    await call
    expect(bytesOf({ base64: 'AP8=' })).toEqual(new Uint8Array([0, 255]))
    expect(bytesOf('ü')).toEqual(new Uint8Array([0xc3, 0xbc]))
  })
})

test('what the server pushes of its own accord is told', async () => {
  const pushes: unknown[] = []
  client = new Client('ws://broker/ws', { WebSocket: network.WebSocket, onPush: (push) => pushes.push(push) })
  const socket = await connected()
  socket.notify('push', { push: ['invalidate', ['k']] })
  expect(pushes).toEqual([['invalidate', ['k']]])
})
