/** node-redis' own cache, which keeps what it has read until the server says that it changed. */
import { BasicClientSideCache, createClient } from 'redis'
import { expect, it, onTestFinished } from 'vitest'
import { againstEachServer } from './judges.ts'

againstEachServer("node-redis' client-side cache", (server) => {
  const connect = async (clientSideCache?: BasicClientSideCache) => {
    const socket = { port: server().port, host: '127.0.0.1', reconnectStrategy: 10 }
    const client = createClient({ socket, RESP: 3, ...(clientSideCache === undefined ? {} : { clientSideCache }) })
    // Without a listener a lost connection, which one test wants, ends the process.
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.destroy())
    return client
  }
  const invalidated = (cache: BasicClientSideCache) => new Promise((resolve) => cache.once('invalidate', resolve))

  it('answers from its memory until somebody else changes the key', async () => {
    const cache = new BasicClientSideCache()
    const [reader, writer] = [await connect(cache), await connect()]
    await writer.flushAll()
    await writer.hSet('user', { name: 'anna' })
    for (let i = 0; i < 3; i++) expect(await reader.hGetAll('user')).toEqual({ name: 'anna' })
    expect(cache.stats()).toMatchObject({ hitCount: 2, missCount: 1 })
    const heard = invalidated(cache)
    await writer.hSet('user', { name: 'bert' })
    expect(String(await heard)).toBe('user')
    expect(cache.size()).toBe(0)
    expect(await reader.hGetAll('user')).toEqual({ name: 'bert' })
  })

  it('hears of keys that expire, of those of one command, and of a flush', async () => {
    const cache = new BasicClientSideCache()
    const [reader, writer] = [await connect(cache), await connect()]
    await writer.mSet({ a: '1', b: '2' })
    expect(await reader.mGet(['a', 'b'])).toEqual(['1', '2'])
    let heard = invalidated(cache)
    await writer.pExpire('b', 500)
    await heard
    expect(await reader.get('b')).toBe('2')
    heard = invalidated(cache)
    while ((await writer.exists('b')) > 0);
    await heard
    expect(await reader.get('b')).toBeNull()
    expect(await reader.get('a')).toBe('1')
    heard = invalidated(cache)
    await writer.flushAll()
    await heard
    expect(await reader.get('a')).toBeNull()
  })

  it('forgets everything with its connection, and tracks anew when it is back', async () => {
    const cache = new BasicClientSideCache()
    const [reader, writer] = [await connect(cache), await connect()]
    await writer.set('a', '1')
    expect(await reader.get('a')).toBe('1')
    const ready = new Promise<void>((resolve) => reader.once('ready', () => resolve()))
    await writer.sendCommand(['CLIENT', 'KILL', 'ID', String(await reader.clientId())])
    await ready
    await writer.set('a', '2')
    expect(await reader.get('a')).toBe('2')
    const heard = invalidated(cache)
    await writer.set('a', '3')
    await heard
    expect(await reader.get('a')).toBe('3')
  })
})
