/** The built program with TLS, as stock clients meet it. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { hasOpenssl, makeCertificates } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { printReply } from '../support/notation.ts'
import { RespClient } from '../support/resp-client.ts'
import { type RunningServer, startMillrace } from '../support/servers.ts'
import { scratchFolder, startInVain, whyNotRun } from './real-process.ts'

const whyNot = whyNotRun ?? (hasOpenssl ? undefined : 'there is no openssl on the PATH')
if (whyNot !== undefined) console.warn(`skipped: ${whyNot}`)
const help = spawnSync('redis-cli', ['--help'])
const hasRedisCli = `${help.stdout}${help.stderr}`.includes('--tls')

/** Calls until the server says that it is busy: the script may just have begun. */
async function callUntilBusy(client: RespClient): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await client.call('PING')
    if (answer.type === 'error' && answer.text.startsWith('BUSY')) return
  }
  throw new Error('never busy')
}

describe.skipIf(whyNot !== undefined)('the program with TLS', () => {
  const certificates = whyNot === undefined ? makeCertificates() : (undefined as never)
  afterAll(() => certificates.remove())

  async function serve(...flags: string[]): Promise<{ server: RunningServer; tlsPort: number }> {
    const tlsPort = await freePort()
    const server = await startMillrace({
      flags: [
        ...['--tls-port', String(tlsPort)],
        ...['--tls-cert-file', certificates.server.certificate, '--tls-key-file', certificates.server.key],
        ...['--tls-ca-cert-file', certificates.authority.certificate, ...flags],
      ],
    })
    onTestFinished(() => server.stop())
    return { server, tlsPort }
  }

  const clientTls = () => ({
    ca: readFileSync(certificates.authority.certificate),
    cert: readFileSync(certificates.client.certificate),
    key: readFileSync(certificates.client.key),
  })

  test('ioredis and node-redis work with client certificates', async () => {
    const { tlsPort } = await serve()
    const one = new Redis({ port: tlsPort, host: '127.0.0.1', tls: clientTls() })
    onTestFinished(() => one.disconnect())
    const value = 'x'.repeat(3_000_000)
    expect(await one.set('key', value)).toBe('OK')
    const two = createClient({ socket: { port: tlsPort, host: '127.0.0.1', tls: true, ...clientTls() } })
    await two.connect()
    onTestFinished(() => two.destroy())
    expect(await two.get('key')).toBe(value)
    expect(await one.client('LIST')).toMatch(new RegExp(`laddr=127\\.0\\.0\\.1:${tlsPort} `))
  })

  test.skipIf(!hasRedisCli)(
    'redis-cli is served with a certificate, and refused without and with a wrong one',
    async () => {
      const { server, tlsPort } = await serve()
      const ping = (...words: string[]): string =>
        String(spawnSync('redis-cli', ['--tls', '-p', String(tlsPort), ...words, 'ping']).stdout)
      const trusting = ['--cacert', certificates.authority.certificate]
      const { client, stranger } = certificates
      expect(ping(...trusting, '--cert', client.certificate, '--key', client.key)).toBe('PONG\n')
      expect(ping(...trusting)).not.toContain('PONG')
      expect(ping(...trusting, '--cert', stranger.certificate, '--key', stranger.key)).not.toContain('PONG')
      expect(ping('--cacert', stranger.certificate)).not.toContain('PONG')
      await expect.poll(() => server.output()).toContain('the client shows no certificate')
      await expect.poll(() => server.output()).toContain('is not trusted')
    },
  )

  test('who is connected is heard while a script is busy, and ends it', async () => {
    const { server, tlsPort } = await serve('--busy-reply-threshold', '50')
    const socket = connect({ port: tlsPort, host: '127.0.0.1', ...clientTls() })
    await once(socket, 'secureConnect')
    const client = RespClient.over(socket)
    onTestFinished(() => {
      socket.destroy()
    })
    expect(await client.call('SET', 'key', 'x'.repeat(100_000))).toMatchObject({ text: 'OK' })
    const [runner, other] = [await server.connect(), await server.connect()]
    onTestFinished(() => {
      runner.reset()
      other.reset()
    })
    runner.send(['EVAL', 'while true do end', '0'])
    const busy = { type: 'error', text: expect.stringMatching(/^BUSY Redis is busy running a script/) }
    // Once somebody else has seen it, the next answer is the first over TLS, so that it leaves at once.
    await callUntilBusy(other)
    expect(await client.call('PING')).toMatchObject(busy)
    client.send(['GET', 'x'.repeat(30_000)], ['PING'])
    client.send(['SCRIPT', 'KILL'])
    expect((await runner.next()).reply).toMatchObject({ text: expect.stringContaining('Script killed by user') })
    expect((await client.next()).reply).toMatchObject(busy)
    expect((await client.next()).reply).toMatchObject(busy)
    expect((await client.next()).reply).toMatchObject({ text: 'OK' })
    expect(await client.call('STRLEN', 'key')).toMatchObject({ text: '100000' })
  })

  test('who connects while a script is busy is heard, ends it, and stays', async () => {
    const { server, tlsPort } = await serve('--busy-reply-threshold', '50')
    const [runner, watcher] = [await server.connect(), await server.connect()]
    const clients: RespClient[] = []
    onTestFinished(() => {
      for (const each of [runner, watcher, ...clients]) each.reset()
    })
    const busy = { type: 'error', text: expect.stringMatching(/^BUSY Redis is busy running a script/) }
    const large = 'x'.repeat(300_000)
    for (let round = 0; round < 3; round++) {
      runner.send(['EVAL', 'while true do end', '0'])
      await callUntilBusy(watcher)
      const socket = connect({ port: tlsPort, host: '127.0.0.1', ...clientTls() })
      await once(socket, 'secureConnect')
      const client = RespClient.over(socket)
      clients.push(client)
      // Those of the rounds before are heard like everybody else.
      for (const each of clients) expect(await each.call('GET', 'x'.repeat(30_000))).toMatchObject(busy)
      const stranger = connect({ port: tlsPort, host: '127.0.0.1', ca: clientTls().ca })
      stranger.on('error', () => {})
      await once(stranger, 'close')
      client.write('*1\r\n$4\r\nPI')
      expect(await watcher.call('SCRIPT', 'KILL')).toMatchObject({ text: 'OK' })
      expect((await runner.next()).reply).toMatchObject({ text: expect.stringContaining('Script killed by user') })
      // What was cut in two by the end of the script is one request.
      client.write('NG\r\n')
      expect((await client.next()).reply).toMatchObject({ text: 'PONG' })
      expect(await client.call('SET', 'key', large)).toMatchObject({ text: 'OK' })
      expect(await client.call('GET', 'key')).toMatchObject({ text: large })
    }
    expect(server.output()).toContain('the client shows no certificate')
    const list = printReply(await watcher.call('CLIENT', 'LIST'))
    expect(list.match(new RegExp(` addr=127\\.0\\.0\\.1:\\d+ laddr=127\\.0\\.0\\.1:${tlsPort} `, 'g'))).toHaveLength(3)
    clients[0]!.send(['GET', 'key'], ['QUIT'])
    expect((await clients[0]!.next()).reply).toMatchObject({ text: large })
    expect((await clients[0]!.next()).reply).toMatchObject({ text: 'OK' })
    await clients[0]!.waitForClose()
    await expect.poll(async () => printReply(await watcher.call('CLIENT', 'LIST')).match(/ addr=/g)).toHaveLength(4)
    clients[1]!.end()
    await expect.poll(async () => printReply(await watcher.call('CLIENT', 'LIST')).match(/ addr=/g)).toHaveLength(3)
    await server.stop()
    await clients[2]!.waitForClose()
  })

  test('CONFIG SET takes new certificates, refuses those that do not fit, and moves the port', async () => {
    const { server, tlsPort } = await serve('--tls-auth-clients', 'no')
    const client = await server.connect()
    onTestFinished(() => client.reset())
    const set = async (...words: string[]): Promise<string> => {
      const reply = await client.call('CONFIG', 'SET', ...words)
      return 'text' in reply ? reply.text : reply.type
    }
    const refused = (name: string): string =>
      `ERR CONFIG SET failed (possibly related to argument '${name}') - Unable to update TLS configuration. Check server logs.`
    const { otherServer, client: other } = certificates
    expect(await set('tls-cert-file', 'nowhere')).toBe(refused('tls-cert-file'))
    expect(await set('tls-cert-file', other.certificate)).toBe(refused('tls-cert-file'))
    expect(await set('tls-protocols', 'bogus')).toBe(refused('tls-protocols'))
    expect(await set('tls-ciphers', 'nope')).toBe(refused('tls-ciphers'))
    expect(await set('tls-cert-file', otherServer.certificate, 'tls-key-file', otherServer.key)).toBe('OK')
    expect(await set('tls-protocols', 'TLSv1.2')).toBe('OK')
    expect(await set('tls-port', String(server.port))).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'tls-port') - Unable to listen on this port. Check server logs.",
    )
    const moved = await freePort()
    expect(await set('tls-port', String(moved))).toBe('OK')
    const reachable = async (port: number): Promise<boolean> => {
      const redis = new Redis({
        port,
        host: '127.0.0.1',
        tls: clientTls(),
        lazyConnect: true,
        retryStrategy: () => null,
      })
      redis.on('error', () => {})
      try {
        await redis.connect()
        return (await redis.ping()) === 'PONG'
      } catch {
        return false
      } finally {
        redis.disconnect()
      }
    }
    expect([await reachable(moved), await reachable(tlsPort)]).toEqual([true, false])
    expect(await set('tls-port', '0')).toBe('OK')
    expect(await set('tls-cert-file', 'nowhere')).toBe('OK')
    expect(await set('tls-port', String(moved))).toBe(refused('tls-port'))
  })

  test('TLS may be all that is listened on', async () => {
    const { server, tlsPort } = await serve('--tls-auth-clients', 'no')
    const client = await server.connect()
    onTestFinished(() => client.reset())
    await client.call('CONFIG', 'SET', 'port', '0')
    const redis = new Redis({ port: tlsPort, host: '127.0.0.1', tls: clientTls() })
    onTestFinished(() => redis.disconnect())
    expect(await redis.info('server')).toContain(`tcp_port:${tlsPort}`)
  })

  test('a start without certificates is refused in words', async () => {
    const folder = scratchFolder()
    const port = String(await freePort())
    expect(await startInVain(folder, ['--tls-port', port])).toMatchObject({
      code: 1,
      output: 'No tls-cert-file configured!\n',
    })
    const { certificate, key } = certificates.server
    const outcome = await startInVain(folder, [
      '--tls-port',
      port,
      '--tls-cert-file',
      certificate,
      '--tls-key-file',
      key,
    ])
    expect(outcome.output).toMatch(/^Either tls-ca-cert-file or tls-ca-cert-dir must be specified/)
  })
})
