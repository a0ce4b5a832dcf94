/** Who is recognized by HTTP, and what tokens allow. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HttpFrontEnd } from '../../../src/frontends/http/front-end.ts'
import { TokenKeysRefused } from '../../../src/frontends/http/tokens.ts'
import { type HttpBroker, httpBroker } from '../../support/http-broker.ts'

const secret = 'a secret of at least thirty-two bytes'
/** The clock of the brokers here. */
const now = 1_700_000_000

async function run({ frontEnd }: HttpBroker, authorization: string | undefined, ...command: string[]) {
  const answer = await frontEnd.app.inject({
    method: 'POST',
    url: '/v1/commands',
    headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
    payload: JSON.stringify(command),
  })
  const body = answer.json()
  return {
    status: answer.statusCode,
    answer: 'result' in body ? body.result : body.error.code,
    headers: answer.headers,
  }
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

function sign(claims: object, key: Uint8Array | KeyObject = Buffer.from(secret), alg = 'HS256', kid?: string) {
  return new SignJWT({ exp: now + 60, ...claims })
    .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
    .sign(key)
}

function scratchFile(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-tokens-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('logins that are refused', () => {
  test('show in ACL LOG as those of RESP do; who shows nothing is not among them', async () => {
    const broker = await httpBroker(['requirepass', 'secret'], ['jwt-secret', secret])
    const admin = broker.test.client()
    admin.call('AUTH secret')
    await run(broker, undefined, 'GET', 'key')
    await run(broker, basic('default', 'secret'), 'GET', 'key')
    expect(admin.call('ACL LOG')).toBe('[]')
    await run(broker, basic('reader', 'wrong'), 'GET', 'key')
    await run(broker, `Bearer ${await sign({ sub: 'reader', exp: now - 60 })}`, 'GET', 'key')
    await run(broker, `Bearer ${await sign({ sub: 'gone' })}`, 'GET', 'key')
    const log = admin.call('ACL LOG')!
    expect([...log.matchAll(/"username", "(\w*)"/g)].map(([, name]) => name)).toEqual(['gone', '', 'reader'])
    expect(log).toContain('"reason", "auth", "context", "toplevel", "object", "AUTH"')
    expect(log).toMatch(/addr=127\.0\.0\.1:\d+ .* lib-name=http/)
    expect(broker.test.broker.sessions.size).toBe(1)
  })
})

describe('passwords', () => {
  test('let users of the ACL in, with their rights; others are asked to show one', async () => {
    const broker = await httpBroker(['requirepass', 'secret'])
    const admin = broker.test.client()
    admin.call('AUTH secret')
    admin.call('ACL SETUSER reader on >pass:word ~* +get')
    admin.call('ACL SETUSER gone off >word ~* +get')
    const none = await run(broker, undefined, 'GET', 'key')
    expect(none).toMatchObject({ status: 401, answer: 'NOAUTH' })
    expect(none.headers['www-authenticate']).toContain('Basic realm="millrace"')
    expect(await run(broker, basic('default', 'secret'), 'SET', 'key', 'value')).toMatchObject({ answer: 'OK' })
    expect(await run(broker, basic('', 'secret'), 'GET', 'key')).toMatchObject({ answer: 'value' })
    expect(await run(broker, basic('reader', 'pass:word'), 'GET', 'key')).toMatchObject({ answer: 'value' })
    expect(await run(broker, basic('reader', 'pass:word'), 'SET', 'key', 'x')).toMatchObject({
      status: 403,
      answer: 'NOPERM',
    })
    for (const wrong of [
      basic('reader', 'pass'),
      basic('gone', 'word'),
      basic('nobody', ''),
      'Basic',
      'Digest x',
      'x',
    ]) {
      expect(await run(broker, wrong, 'GET', 'key'), wrong).toMatchObject({ status: 401, answer: 'WRONGPASS' })
    }
  })

  test('are never repeated in an answer', async () => {
    const broker = await httpBroker(['requirepass', 'secret'])
    const answer = await broker.frontEnd.app.inject({
      method: 'POST',
      url: '/v1/commands',
      headers: { 'content-type': 'application/json', authorization: basic('default', 'hunter2') },
      payload: '["PING"]',
    })
    expect(answer.body + JSON.stringify(answer.headers)).not.toContain('hunter2')
    expect(broker.warnings).toEqual([])
  })
})

describe('tokens', () => {
  async function withUsers(...directives: (readonly [string, ...string[]])[]): Promise<HttpBroker> {
    const broker = await httpBroker(['requirepass', 'secret'], ['jwt-secret', secret], ...directives)
    const admin = broker.test.client()
    admin.call('AUTH secret')
    admin.call('ACL SETUSER app on ~app:* &news:* &chat:* +@all')
    admin.call('ACL SETUSER all on ~* &* +@all')
    admin.call('ACL SETUSER off off ~* &* +@all')
    return broker
  }
  const get = async (broker: HttpBroker, token: string, key = 'app:1') => {
    const { status, answer } = await run(broker, `Bearer ${token}`, 'EXISTS', key)
    return status === 200 ? answer : `${status} ${answer}`
  }

  test('name a user', async () => {
    const broker = await withUsers()
    expect(await get(broker, await sign({ sub: 'app' }))).toBe(0)
    expect(await get(broker, await sign({ sub: 'app' }), 'other')).toBe('403 NOPERM')
    expect(await run(broker, `bearer ${await sign({ sub: 'app' })}`, 'ACL', 'WHOAMI')).toMatchObject({ answer: 'app' })
  })

  test('by the claim that jwt-user-claim says', async () => {
    const broker = await withUsers(['jwt-user-claim', 'role'])
    expect(await get(broker, await sign({ sub: 'somebody', role: 'app' }))).toBe(0)
    expect(await get(broker, await sign({ sub: 'app' }))).toBe('401 WRONGPASS')
  })

  test.each<[what: string, make: () => Promise<string> | string]>([
    ['of nobody', () => sign({})],
    ['of a user who is off', () => sign({ sub: 'off' })],
    ['of a user who is not there', () => sign({ sub: 'nobody' })],
    ['that ended', () => sign({ sub: 'app', exp: now - 6 })],
    ['that never ends', () => sign({ sub: 'app', exp: undefined })],
    ['that has not begun', () => sign({ sub: 'app', nbf: now + 6 })],
    ['of another issuer', () => sign({ sub: 'app', iss: 'other', aud: 'millrace' })],
    ['for somebody else', () => sign({ sub: 'app', iss: 'us', aud: ['other'] })],
    ['signed with another secret', () => sign({ sub: 'app' }, Buffer.from(secret.toUpperCase()))],
    ['signed by nothing', () => `${part({ alg: 'none' })}.${part({ sub: 'app', exp: now + 60 })}.`],
    ['with keys that are no list', () => sign({ sub: 'app', iss: 'us', aud: 'millrace', keys: 'app:*' })],
    ['with a key pattern that is none', () => sign({ sub: 'app', iss: 'us', aud: 'millrace', keys: ['a b'] })],
    ['of no form', () => 'a.b.c'],
    ['of no length', () => ''],
    ['of a million characters', () => 'a'.repeat(20_000)],
  ])('%s are refused', async (_what, make) => {
    const broker = await withUsers(['jwt-issuer', 'us'], ['jwt-audience', 'millrace'])
    expect(await get(broker, await sign({ sub: 'app', iss: 'us', aud: 'millrace' }))).toBe(0)
    expect(await get(broker, await make())).toBe('401 WRONGPASS')
  })

  test('narrow the user by their claims, and never widen it', async () => {
    const broker = await withUsers()
    const narrow = await sign({ sub: 'app', keys: ['app:1*', 'other', '%R~app:read'], channels: ['news:eu', 'x'] })
    expect(await get(broker, narrow, 'app:1')).toBe(0)
    expect(await get(broker, narrow, 'app:2')).toBe('403 NOPERM')
    expect(await get(broker, narrow, 'other')).toBe('403 NOPERM')
    const with_ = (...command: string[]) => run(broker, `Bearer ${narrow}`, ...command)
    expect((await with_('GET', 'app:read')).status).toBe(200)
    expect((await with_('SET', 'app:read', 'x')).status).toBe(403)
    expect((await with_('PUBLISH', 'news:eu', 'x')).status).toBe(200)
    expect((await with_('PUBLISH', 'news:us', 'x')).status).toBe(403)
    expect((await with_('PUBLISH', 'x', 'x')).status).toBe(403)
    expect((await with_('SORT', 'app:1', 'BY', 'app:1*')).status).toBe(400)
  })

  test('narrow a user who may do everything, too', async () => {
    const broker = await withUsers()
    const narrow = `Bearer ${await sign({ sub: 'all', keys: [], channels: ['*', 'a'] })}`
    expect((await run(broker, narrow, 'GET', 'key')).status).toBe(403)
    expect((await run(broker, narrow, 'PUBLISH', 'anything', 'x')).status).toBe(200)
    expect((await run(broker, narrow, 'PING')).status).toBe(200)
  })

  test('end what waits by them, and take nothing for it any more', async () => {
    const broker = await withUsers()
    const token = await sign({ sub: 'app', exp: now + 1 })
    const waiting = run(broker, `Bearer ${token}`, 'BLPOP', 'app:queue', '0')
    expect(await get(broker, token)).toBe(0)
    expect(await waiting).toMatchObject({ status: 401, answer: 'WRONGPASS' })
    expect(await run(broker, basic('default', 'secret'), 'LPUSH', 'app:queue', 'kept')).toMatchObject({ answer: 1 })
    expect(await run(broker, basic('default', 'secret'), 'LLEN', 'app:queue')).toMatchObject({ answer: 1 })
  })

  test('by RS256 and ES256 come from a key set, whose file is read anew when it changes', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = (key: KeyObject, kid: string, alg: string) => ({
      ...key.export({ format: 'jwk' }),
      kid,
      alg,
      use: 'sig',
    })
    const file = scratchFile('keys.json', JSON.stringify({ keys: [jwk(rsa.publicKey, 'one', 'RS256')] }))
    const broker = await withUsers(['jwt-jwks-file', file])
    const byRsa = await sign({ sub: 'app' }, rsa.privateKey, 'RS256', 'one')
    const byEc = await sign({ sub: 'app' }, ec.privateKey, 'ES256', 'two')
    expect([await get(broker, byRsa), await get(broker, byEc)]).toEqual([0, '401 WRONGPASS'])
    writeFileSync(file, JSON.stringify({ keys: [jwk(ec.publicKey, 'two', 'ES256')] }))
    utimesSync(file, 1, 1)
    expect([await get(broker, byRsa), await get(broker, byEc)]).toEqual(['401 WRONGPASS', 0])
    writeFileSync(file, 'nonsense')
    expect(await get(broker, byEc)).toBe('401 WRONGPASS')
    expect(broker.warnings).toEqual([`${file} is no JSON Web Key Set.`])
  })

  test('a public key is never taken for the secret of HS256', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const file = scratchFile('keys.json', JSON.stringify({ keys: [rsa.publicKey.export({ format: 'jwk' })] }))
    const broker = await withUsers(['jwt-secret', ''], ['jwt-jwks-file', file])
    const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' })
    expect(await get(broker, await sign({ sub: 'app' }, Buffer.from(pem)))).toBe('401 WRONGPASS')
    expect(await get(broker, await sign({ sub: 'app' }, rsa.privateKey, 'RS256'))).toBe(0)
  })

  test('a secret in a file wins over the one in the configuration; its last line end is none of it', async () => {
    const file = scratchFile('secret', `${secret}, the other one\n`)
    const broker = await withUsers(['jwt-secret-file', file])
    expect(await get(broker, await sign({ sub: 'app' }))).toBe('401 WRONGPASS')
    expect(await get(broker, await sign({ sub: 'app' }, Buffer.from(`${secret}, the other one`)))).toBe(0)
  })

  test('keys that can not be had stop the start', async () => {
    const { test: broker } = await httpBroker()
    const options = { tls: undefined, warn: () => {} }
    for (const [name, value] of [
      ['jwt-secret', 'short'],
      ['jwt-jwks-file', '/nowhere/keys.json'],
    ] as const) {
      broker.broker.config.assign(name, [value])
      await expect(HttpFrontEnd.create(broker.broker, options)).rejects.toThrow(TokenKeysRefused)
      broker.broker.config.assign(name, [''])
    }
  })
})

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
