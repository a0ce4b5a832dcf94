/** Commands, streams and channels over HTTP. */
import { describe, expect, test } from 'vitest'
import { type HttpBroker, httpBroker } from '../../support/http-broker.ts'

async function post({ frontEnd }: HttpBroker, url: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await frontEnd.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.statusCode, body: answer.json() }
}

async function get({ frontEnd }: HttpBroker, url: string) {
  const answer = await frontEnd.app.inject({ url })
  return { status: answer.statusCode, body: answer.json() }
}

describe('POST /v1/commands', () => {
  test('runs a command and tells its result in the shapes of RESP3', async () => {
    const broker = await httpBroker()
    const run = async (...words: unknown[]) => (await post(broker, '/v1/commands', words)).body
    expect(await run('SET', 'key', 'value')).toEqual({ result: 'OK' })
    expect(await run('GET', 'key')).toEqual({ result: 'value' })
    expect(await run('GET', 'none')).toEqual({ result: null })
    expect(await run('HSET', 'hash', 'a', 1, 'b', { base64: '/w==' })).toEqual({ result: 2 })
    expect(await run('HGETALL', 'hash')).toEqual({ result: { a: '1', b: { base64: '/w==' } } })
  })

  test('an error has a status, and its code and words', async () => {
    const broker = await httpBroker()
    const run = (...words: unknown[]) => post(broker, '/v1/commands', words)
    await run('SET', 'key', 'value')
    expect(await run('XLEN', 'key')).toEqual({
      status: 400,
      body: {
        error: {
          code: 'WRONGTYPE',
          message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
        },
      },
    })
    expect(await run('NOSUCH')).toMatchObject({ status: 400, body: { error: { code: 'ERR' } } })
  })

  test('a pipeline runs in one session, in order, and tells of each command', async () => {
    const broker = await httpBroker()
    const pipeline = [['MULTI'], ['INCR', 'n'], ['INCR', 'n'], ['EXEC'], ['XLEN', 'n'], ['GET', 'n']]
    const answer = await post(broker, '/v1/commands?db=3', pipeline)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual([
      { result: 'OK' },
      { result: 'QUEUED' },
      { result: 'QUEUED' },
      { result: [1, 2] },
      { error: { code: 'WRONGTYPE', message: expect.stringContaining('WRONGTYPE') } },
      { result: '2' },
    ])
    const other = broker.test.client()
    expect(other.call('EXISTS n')).toBe(':0')
    other.call('SELECT 3')
    expect(other.call('EXISTS n')).toBe(':1')
  })

  test.each<[what: string, body: unknown, status: number]>([
    ['nothing', [], 400],
    ['an object', {}, 400],
    ['a boolean among the arguments', ['SET', 'key', true], 400],
    ['a number beyond 2^53', ['SET', 'key', 2 ** 60], 400],
    ['text that is not JSON', '["SET"', 400],
    ['a subscription', ['SUBSCRIBE', 'news'], 400],
    ['MONITOR within a pipeline', [['SET', 'key', 'value'], ['MONITOR']], 400],
  ])('refuses %s, and runs nothing of it', async (_what, body, status) => {
    const broker = await httpBroker()
    expect(await post(broker, '/v1/commands', body)).toMatchObject({ status, body: { error: { code: 'BADREQUEST' } } })
    expect(broker.test.records).toEqual([])
  })

  test('takes JSON alone: what a form of a strange page sends is not looked at', async () => {
    const broker = await httpBroker()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await post(broker, '/v1/commands', '["SET","key","value"]', { 'content-type': type })
      expect(answer).toMatchObject({ status: 415 })
    }
    expect(broker.test.records).toEqual([])
  })

  test('a body that is too large is refused', async () => {
    const broker = await httpBroker(['http-body-max', '1024'])
    expect(await post(broker, '/v1/commands', ['SET', 'key', 'x'.repeat(2000)])).toMatchObject({ status: 413 })
    expect(broker.test.records).toEqual([])
  })

  test('no session stays behind', async () => {
    const broker = await httpBroker()
    await post(broker, '/v1/commands', ['PING'])
    await post(broker, '/v1/commands', ['NOSUCH'])
    await expect.poll(() => broker.test.broker.sessions.size).toBe(0)
  })

  test('where there are too many clients it says so', async () => {
    const broker = await httpBroker(['maxclients', '1'])
    broker.test.client()
    expect(await post(broker, '/v1/commands', ['PING'])).toMatchObject({
      status: 503,
      body: { error: { code: 'UNAVAILABLE', message: 'ERR max number of clients reached' } },
    })
  })
})

describe('streams', () => {
  test('an entry is added with fields as an object, as pairs, and with an id', async () => {
    const broker = await httpBroker()
    expect((await post(broker, '/v1/streams/orders', { sku: 'A-1', count: 2 })).body.result).toMatch(/^\d+-0$/)
    await post(broker, '/v1/streams/two', [
      ['tag', 'a'],
      ['tag', 'b'],
    ])
    const given = await post(broker, '/v1/streams/two', { id: '1900000000000-5', fields: { a: { base64: '/w==' } } })
    expect(given.body).toEqual({ result: '1900000000000-5' })
    expect((await get(broker, '/v1/streams/two')).body).toEqual({
      entries: [
        {
          id: expect.any(String),
          fields: [
            ['tag', 'a'],
            ['tag', 'b'],
          ],
        },
        { id: '1900000000000-5', fields: [['a', { base64: '/w==' }]] },
      ],
    })
    const odd = await post(broker, '/v1/streams/odd', { id: 'a field', fields: { base64: 'QQ==' } })
    expect(odd.status).toBe(200)
    expect((await get(broker, '/v1/streams/odd')).body.entries[0].fields).toEqual([
      ['id', 'a field'],
      ['fields', 'A'],
    ])
  })

  test('a range is read from either end, by ids or times, so many at a time', async () => {
    const broker = await httpBroker()
    const client = broker.test.client()
    for (let i = 1; i <= 5; i++) client.call(`XADD a/b ${i}-0 n ${i}`)
    const ids = async (query: string): Promise<string[]> =>
      (await get(broker, `/v1/streams/a%2Fb?${query}`)).body.entries.map(({ id }: { id: string }) => id)
    expect(await ids('')).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0'])
    expect(await ids('after=2-0&count=2')).toEqual(['3-0', '4-0'])
    expect(await ids('before=4-0&reverse=true')).toEqual(['3-0', '2-0', '1-0'])
    expect(await ids('after=5-0')).toEqual([])
    expect((await get(broker, '/v1/streams/a%2Fb?count=-1')).status).toBe(400)
    expect((await get(broker, '/v1/streams/a%2Fb?after=x')).status).toBe(400)
    expect((await get(broker, '/v1/streams/%ff')).status).toBe(400)
  })

  test.each([
    ['a list of single names', ['a']],
    ['a value that is no text', { a: null }],
    ['an entry with more than an id and fields', { id: '1-0', fields: { a: 'b' }, key: 'x' }],
    ['a number for an id', { id: 1, fields: { a: 'b' } }],
    ['text', '"a"'],
  ])('refuses %s', async (_what, body) => {
    const broker = await httpBroker()
    expect(await post(broker, '/v1/streams/s', body)).toMatchObject({ status: 400 })
    expect(broker.test.records).toEqual([])
  })

  test('maxlen trims', async () => {
    const broker = await httpBroker(['stream-node-max-entries', '1'])
    for (let i = 0; i < 5; i++) await post(broker, '/v1/streams/s?maxlen=2', { i })
    expect(broker.test.client().call('XLEN s')).toBe(':2')
  })
})

describe('channels', () => {
  test('a message is published to who listens', async () => {
    const broker = await httpBroker()
    const listener = broker.test.client()
    listener.call('SUBSCRIBE news')
    expect((await post(broker, '/v1/channels/news', { message: 'hello' })).body).toEqual({ result: 1 })
    expect(listener.received().join()).toContain('hello')
    expect((await post(broker, '/v1/channels/news', { text: 'hello' })).status).toBe(400)
  })
})
