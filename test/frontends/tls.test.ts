import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectPlainly, type Server, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createRespServer, openTls } from '../../src/frontends/resp.ts'
import { TlsGate, type TlsMaterials, TlsRefused } from '../../src/frontends/tls.ts'
import { hasOpenssl, type KeyPair, makeCertificates } from '../support/certificates.ts'
import { TestBroker } from '../support/in-process.ts'

if (!hasOpenssl) console.warn('skipped: there is no openssl on the PATH to make certificates with')

describe.skipIf(!hasOpenssl)('TLS', () => {
  const certificates = hasOpenssl ? makeCertificates() : (undefined as never)
  const closers: (() => void)[] = []

  afterEach(() => {
    for (const close of closers.splice(0).reverse()) close()
  })
  afterAll(() => certificates.remove())

  const materials = (
    clientCertificates: TlsMaterials['clientCertificates'],
    server: KeyPair = certificates.server,
  ): TlsMaterials => ({
    clientCertificates,
    options: {
      cert: readFileSync(server.certificate),
      key: readFileSync(server.key),
      ca: [readFileSync(certificates.authority.certificate)],
    },
  })

  interface Served {
    readonly broker: TestBroker
    readonly gate: TlsGate
    readonly server: Server
    readonly warnings: string[]
    readonly port: number
  }

  async function serve(clientCertificates: TlsMaterials['clientCertificates']): Promise<Served> {
    const broker = new TestBroker()
    broker.broker.onTurn = () => setImmediate(() => broker.broker.endTurn())
    const warnings: string[] = []
    const gate = new TlsGate(materials(clientCertificates), openTls(broker.broker), (text) => warnings.push(text))
    const server = createRespServer(broker.broker, gate)
    server.listen({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    closers.push(() => {
      gate.close()
      server.close()
      for (const session of broker.broker.sessions.values()) session.connection.destroy()
    })
    return { broker, gate, server, warnings, port: (server.address() as { port: number }).port }
  }

  async function open({ port }: Served, own?: KeyPair, more: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca: [readFileSync(certificates.authority.certificate)],
      ...(own === undefined ? {} : { cert: readFileSync(own.certificate), key: readFileSync(own.key) }),
      ...more,
    })
    socket.on('error', () => {})
    closers.push(() => void socket.destroy())
    await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')])
    return socket
  }

  /** What comes back for one PING: its answer, or nothing when the connection ends instead. */
  async function ping(socket: Socket): Promise<string> {
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString()
      socket.end()
    })
    if (!socket.destroyed) socket.write('PING\r\n')
    if (!socket.closed) await once(socket, 'close')
    return text
  }

  test.each([
    ['no', undefined, '+PONG\r\n'],
    ['yes', 'client', '+PONG\r\n'],
    ['yes', undefined, ''],
    ['yes', 'stranger', ''],
    ['optional', undefined, '+PONG\r\n'],
    ['optional', 'client', '+PONG\r\n'],
    ['optional', 'stranger', ''],
  ] as const)('tls-auth-clients %s and the certificate %s: %j', async (mode, own, answer) => {
    const served = await serve(mode)
    const socket = await open(served, own === undefined ? undefined : certificates[own])
    expect(await ping(socket)).toBe(answer)
    expect(served.warnings).toHaveLength(answer === '' ? 1 : 0)
    if (answer === '') {
      expect(served.warnings[0]).toMatch(
        /^Error accepting a client connection from 127\.0\.0\.1:\d+: the client('s certificate is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT| shows no certificate)$/,
      )
    }
    expect(served.gate.pendingCount).toBe(0)
  })

  test('a session from before certificates were asked for opens no door', async () => {
    const served = await serve('optional')
    const first = await open(served)
    const sessions: Buffer[] = []
    first.on('session', (session) => sessions.push(session))
    expect(await ping(first)).toBe('+PONG\r\n')
    expect(sessions.length).toBeGreaterThan(0)
    served.gate.renew(materials('yes'))
    for (const session of sessions) expect(await ping(await open(served, undefined, { session }))).toBe('')
    expect(served.broker.broker.sessions.size).toBe(0)
  })

  test('plain bytes on the port are refused and told', async () => {
    const served = await serve('no')
    const socket = connectPlainly(served.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    expect(await ping(socket)).not.toContain('PONG')
    expect(served.warnings[0]).toMatch(/^Error accepting a client connection .*wrong version number/)
  })

  test('a certificate that is renewed is shown to those who come, and who is there stays', async () => {
    const served = await serve('no')
    const before = await open(served)
    const serial = before.getPeerCertificate().serialNumber
    served.gate.renew(materials('no', certificates.otherServer))
    expect(() => served.gate.renew({ clientCertificates: 'no', options: { cert: 'x', key: 'y' } })).toThrow(TlsRefused)
    const after = await open(served)
    expect(after.getPeerCertificate().serialNumber).not.toBe(serial)
    expect(await ping(before)).toBe('+PONG\r\n')
    expect(await ping(after)).toBe('+PONG\r\n')
  })

  test('what a client does not read is counted, and the client is cut at its limit', async () => {
    const served = await serve('no')
    const { broker } = served.broker
    const socket = await open(served)
    socket.pause()
    socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n${'x'.repeat(1_000_000)}\r\n`)
    while (broker.sessions.size === 0) await new Promise(setImmediate)
    const [session] = broker.sessions.values()
    broker.config.set(['client-output-buffer-limit', 'normal 20000000 0 0'])
    for (let count = 0; count < 15; count++) socket.write('GET k\r\n')
    while (session!.connection.pendingBytes < 5_000_000) await new Promise(setImmediate)
    expect(session!.connection.isDrained).toBe(false)
    for (let count = 0; count < 30; count++) socket.write('GET k\r\n')
    while (!session!.isClosed) await new Promise(setImmediate)
  })

  test('a client that says it sends nothing more gets all its answers', async () => {
    const served = await serve('no')
    const socket = await open(served)
    let text = ''
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString()
    })
    socket.end('SET k v\r\nGET k\r\n')
    await once(socket, 'close')
    expect(text).toBe('+OK\r\n$1\r\nv\r\n')
  })

  test('handshakes that do not end count as clients', async () => {
    const served = await serve('no')
    served.broker.broker.config.set(['maxclients', '2'])
    const idle = [1, 2].map(() => connectPlainly(served.port, '127.0.0.1'))
    for (const each of idle) {
      closers.push(() => void each.destroy())
      await once(each, 'connect')
    }
    while (served.gate.pendingCount < 2) await new Promise(setImmediate)
    const third = connectPlainly(served.port, '127.0.0.1')
    third.on('error', () => {})
    await once(third, 'close')
    expect(served.gate.pendingCount).toBe(2)
  })
})
