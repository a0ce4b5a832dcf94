/** Who is let in by HTTP, and what of a request is never served. */
import { describe, expect, test } from 'vitest'
import { RequestRate } from '../../../src/frontends/http/request-rate.ts'
import { exchange, httpBroker } from '../../support/http-broker.ts'

const stranger = { remoteAddress: '192.0.2.7' }

describe('a server without a password', () => {
  test('serves this machine alone', async () => {
    const { frontEnd } = await httpBroker()
    expect((await frontEnd.app.inject({ url: '/readyz' })).statusCode).toBe(200)
    const answer = await frontEnd.app.inject({ url: '/readyz', ...stranger })
    expect(answer.statusCode).toBe(403)
    expect(answer.json().error.code).toBe('DENIED')
  })

  test('serves everybody where protected-mode is off', async () => {
    const { frontEnd } = await httpBroker(['protected-mode', 'no'])
    expect((await frontEnd.app.inject({ url: '/readyz', ...stranger })).statusCode).toBe(200)
  })

  test.each([
    ['localhost:8379', 200],
    ['console.localhost', 200],
    ['127.0.0.1:8379', 200],
    ['[::1]:8379', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example:8379', 403],
    ['app.example:8379', 200],
  ])('answers to the name %s with %i, since a name may be made to lead here', async (host, status) => {
    const { frontEnd } = await httpBroker(['http-allowed-origins', 'http://app.example:8379'])
    expect((await frontEnd.app.inject({ url: '/healthz', headers: { host } })).statusCode).toBe(status)
  })
})

describe('pages', () => {
  test.each([
    ['http://localhost:8379', 200],
    ['https://localhost:8379', 403],
    ['http://localhost:9999', 403],
    ['https://app.example', 200],
    ['https://app.example.evil.example', 403],
    ['null', 403],
  ])('of the origin %s are answered with %i', async (origin, status) => {
    const { frontEnd } = await httpBroker(['http-allowed-origins', 'https://app.example'])
    const headers = { host: 'localhost:8379', origin }
    expect((await frontEnd.app.inject({ url: '/healthz', headers })).statusCode).toBe(status)
  })

  test('of allowed origins may ask first, others are not even told why', async () => {
    const { frontEnd } = await httpBroker(['http-allowed-origins', 'https://app.example'])
    const ask = (origin: string) =>
      frontEnd.app.inject({
        method: 'OPTIONS',
        url: '/v1/commands',
        headers: { host: 'localhost', origin, 'access-control-request-method': 'POST' },
      })
    const allowed = await ask('https://app.example')
    expect(allowed.statusCode).toBe(204)
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      vary: 'origin',
    })
    const refused = await ask('https://evil.example')
    expect(refused.statusCode).toBe(403)
    expect(refused.headers['access-control-allow-origin']).toBeUndefined()
  })

  test('are kept from framing and from loading anything from elsewhere', async () => {
    const { frontEnd } = await httpBroker()
    for (const url of ['/healthz', '/nothing', '/%zz']) {
      const { headers } = await frontEnd.app.inject({ url })
      expect(headers, url).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' })
      expect(headers['content-security-policy'], url).toContain("default-src 'self'")
    }
  })
})

describe('an address', () => {
  test('that asks too often is told to wait', async () => {
    const { frontEnd, test: broker } = await httpBroker(['requirepass', 'x'], ['http-requests-per-second', '3'])
    const ask = async (remoteAddress: string) =>
      (await frontEnd.app.inject({ url: '/healthz', remoteAddress })).statusCode
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push(await ask('192.0.2.7'))
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    expect(await ask('192.0.2.8')).toBe(200)
    for (let i = 0; i < 5; i++) expect(await ask('127.0.0.1')).toBe(200)
    broker.nowMs += 1000
    expect(await ask('192.0.2.7')).toBe(200)
  })

  test('is forgotten when ten thousand others came after it', () => {
    let nowMs = 0
    const rate = new RequestRate(() => nowMs)
    expect([rate.take('first', 1), rate.take('first', 1)]).toEqual([true, false])
    for (let i = 0; i < 10_000; i++) rate.take(`${i}`, 1)
    expect(rate.take('first', 1)).toBe(true)
    nowMs = -5
    expect(rate.take('first', 1)).toBe(false)
  })
})

describe('a request that is not what it seems', () => {
  const twoLengths = 'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'
  const lengthAndChunks =
    'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  const bareFeed = 'GET /healthz HTTP/1.1\nHost: localhost\n\n'
  const foldedHeader = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n'
  const longHeader = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`
  const noHost = 'GET /healthz HTTP/1.1\r\n\r\n'

  test.each([
    ['two lengths', twoLengths, 400],
    ['a length and chunks', lengthAndChunks, 400],
    ['lines that end in a bare feed', bareFeed, 400],
    ['no Host', noHost, 400],
    ['a header of forty thousand characters', longHeader, 431],
  ])('is refused: %s', async (_what, bytes, status) => {
    const { frontEnd } = await httpBroker()
    const answer = await exchange(frontEnd, bytes)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    // One request, one answer: nothing of it was taken for a second one.
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  test('a header that goes on in the next line stays one header', async () => {
    const { frontEnd } = await httpBroker()
    const answer = await exchange(frontEnd, foldedHeader.replace('X: a', 'Connection: close\r\nX: a'))
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  test('a path that would leave its folder leads nowhere', async () => {
    const { frontEnd } = await httpBroker()
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '//etc/passwd', '/%00']) {
      const close = 'Host: localhost\r\nConnection: close'
      expect(await exchange(frontEnd, `GET ${path} HTTP/1.1\r\n${close}\r\n\r\n`), path).toMatch(/^HTTP\/1.1 40[04] /)
    }
  })

  test('an upgrade to nothing is refused as any request is', async () => {
    const { frontEnd } = await httpBroker()
    const upgrade = (host: string): string =>
      `GET /elsewhere HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
    expect(await exchange(frontEnd, upgrade('localhost'))).toMatch(/^HTTP\/1.1 404 /)
    expect(await exchange(frontEnd, upgrade('evil.example'))).toMatch(/^HTTP\/1.1 403 [\s\S]*"DENIED"/)
  })
})
