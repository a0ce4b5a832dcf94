/** The built program with HTTP, as curl meets it. */

import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { describe, expect, test } from 'vitest'
import { hasOpenssl, makeCertificates } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { scratchFolder, serve, startInVain, whyNotRun } from './real-process.ts'

describe.skipIf(whyNotRun !== undefined)(`HTTP${whyNotRun ? ` (${whyNotRun})` : ''}`, () => {
  test('serves what RESP serves, says where, and ends its streams of events when the program stops', async () => {
    const port = await freePort()
    const server = await serve(scratchFolder(), ['--http-port', String(port), '--loglevel', 'notice'])
    expect(server.output()).toContain(`http://127.0.0.1:${port}`)
    const headers = { 'content-type': 'application/json' }
    const add = await fetch(`http://127.0.0.1:${port}/v1/streams/orders`, { method: 'POST', headers, body: '{"n":1}' })
    const { result } = (await add.json()) as { result: string }
    const client = await server.connect()
    expect(await client.call('XRANGE', 'orders', result, result)).toMatchObject({ type: 'array' })
    const events = await fetch(`http://localhost:${port}/v1/streams/orders/events?after=0`)
    const text = events.text()
    await server.stop()
    expect(await text).toContain(`id: ${result}\n`)
    expect(await server.exited).toBe(0)
  })

  test('is refused a port that is taken, with a word on how to choose another', async () => {
    const port = await freePort()
    await serve(scratchFolder(), ['--http-port', String(port)])
    const { code, output } = await startInVain(scratchFolder(), ['--http-port', String(port)])
    expect(code).toBe(1)
    expect(output).toContain(`Port ${port} on 127.0.0.1, which is for HTTP, is taken by another program.`)
    expect(output).toContain('--http-port 8380')
    expect(output).not.toContain('    at ')
  })

  test('keys of tokens that can not be read stop the start', async () => {
    const flags = ['--http-port', String(await freePort()), '--jwt-jwks-file', '/nowhere/keys.json']
    const { code, output } = await startInVain(scratchFolder(), flags)
    expect([code, output]).toEqual([1, expect.stringContaining("Can't read /nowhere/keys.json")])
  })

  test.skipIf(!hasOpenssl)('speaks TLS with the certificate of the server', async () => {
    const certificates = makeCertificates()
    const port = await freePort()
    const { certificate, key } = certificates.server
    const tls = ['--http-tls', 'yes', '--tls-cert-file', certificate, '--tls-key-file', key]
    await serve(scratchFolder(), ['--http-port', String(port), ...tls])
    const ca = readFileSync(certificates.authority.certificate)
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/readyz', ca, agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .once('error', reject)
        .end()
    })
    expect(status).toBe(200)
    certificates.remove()
  })
})
