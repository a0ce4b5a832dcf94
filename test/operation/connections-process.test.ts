/** Ways to connect to the real program, and many of them at once. */
import { existsSync, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { RespClient } from '../support/resp-client.ts'
import { scratchFolder, serve, whyNotRun } from './real-process.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'))
/** Beyond Node's own files, with room to spare below the usual limit of 1024. */
const connectionCount = Number(process.env.IDLE_CONNECTIONS ?? 900)
const residentKibibytesPerConnectionMax = 40

async function residentKibibytes(client: RespClient): Promise<number> {
  const info = await client.call('INFO', 'memory')
  return Number(/used_memory_rss:(\d+)/.exec('text' in info ? info.text : '')![1]) / 1024
}

describe.skipIf(whyNotRun !== undefined)(`connections${whyNotRun ? ` (${whyNotRun})` : ''}`, () => {
  test('a unix socket serves with the permissions asked for, and is gone after the stop; a leftover is no hindrance', async () => {
    const folder = scratchFolder()
    const path = join(folder, 'socket')
    const flags = ['--unixsocket', path, '--unixsocketperm', '700']
    const first = await serve(folder, flags)
    const client = await RespClient.open({ path })
    expect(await client.call('SET', 'key', 'value')).toMatchObject({ text: 'OK' })
    expect(statSync(path).mode & 0o777).toBe(0o700)
    await first.stop('SIGKILL')
    expect(existsSync(path)).toBe(true)
    const second = await serve(folder, flags)
    expect(await (await RespClient.open({ path })).call('GET', 'key')).toMatchObject({ text: 'value' })
    await second.stop()
    expect(existsSync(path)).toBe(false)
  })

  test.skipIf(!hasIpv6)('IPv6 serves like IPv4 (where the machine has it)', async () => {
    const server = await serve(scratchFolder(), ['--bind', '127.0.0.1', '::1'])
    const client = await RespClient.open({ port: server.port, host: '::1' })
    expect(await client.call('SET', 'key', 'six')).toMatchObject({ text: 'OK' })
    expect(await client.call('CLIENT', 'INFO')).toMatchObject({
      text: expect.stringContaining(` laddr=[::1]:${server.port} `),
    })
    expect(await (await server.connect()).call('GET', 'key')).toMatchObject({ text: 'six' })
  })

  test('inline commands come by hand, cut anywhere, with quotes', async () => {
    const server = await serve(scratchFolder())
    const client = await server.connect()
    for (const byte of 'SET greeting "hello\\r\\n\\x21"\r\nGET greeting\n\r\n  PING  \r\n') client.write(byte)
    expect((await client.next()).reply).toMatchObject({ text: 'OK' })
    expect((await client.next()).reply).toMatchObject({ type: 'bulk', text: 'hello\r\n!' })
    expect((await client.next()).reply).toMatchObject({ text: 'PONG' })
    client.write('SET "unbalanced\r\n')
    expect((await client.next()).reply).toMatchObject({
      type: 'error',
      text: 'ERR Protocol error: unbalanced quotes in request',
    })
    await client.waitForClose()
  })

  test('a client that vanishes while it waits takes nothing with it', async () => {
    const server = await serve(scratchFolder())
    const vanishing = await server.connect()
    const client = await server.connect()
    vanishing.send(['BLPOP', 'queue', '0'])
    await waitUntil(client, 'blocked_clients:1')
    vanishing.reset()
    await waitUntil(client, 'blocked_clients:0')
    expect(await client.call('RPUSH', 'queue', 'job')).toMatchObject({ text: '1' })
    expect(await client.call('LPOP', 'queue')).toMatchObject({ text: 'job' })
  })

  test(`${connectionCount} idle connections cost little memory, and the next is served at once`, async () => {
    const server = await serve(scratchFolder())
    const client = await server.connect()
    const before = await residentKibibytes(client)
    const idle: RespClient[] = []
    while (idle.length < connectionCount) {
      const more = await Promise.all(Array.from({ length: 50 }, () => server.connect()))
      await Promise.all(more.map((each) => each.call('PING')))
      idle.push(...more)
    }
    expect(await client.call('INFO', 'clients')).toMatchObject({
      text: expect.stringContaining(`connected_clients:${idle.length + 1}\r\n`),
    })
    const perConnection = ((await residentKibibytes(client)) - before) / idle.length
    expect(perConnection).toBeLessThan(residentKibibytesPerConnectionMax)
    for (const each of idle) each.reset()
    await waitUntil(client, 'connected_clients:1\r\n')
  })
})

/** Asks INFO until it says so. */
async function waitUntil(client: RespClient, wanted: string): Promise<void> {
  for (;;) {
    const info = await client.call('INFO', 'clients')
    if (info.type === 'bulk' && info.text.includes(wanted)) return
  }
}
