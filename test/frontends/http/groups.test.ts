/** Consumer groups over HTTP: the work of a consumer from beginning to end. */
import { expect, test } from 'vitest'
import { type HttpBroker, httpBroker } from '../../support/http-broker.ts'

const group = '/v1/streams/jobs/groups/workers'

async function post({ frontEnd }: HttpBroker, url: string, body: object) {
  const answer = await frontEnd.app.inject({ method: 'POST', url, payload: body })
  return { status: answer.statusCode, ...answer.json() }
}

async function get({ frontEnd }: HttpBroker, url: string) {
  return (await frontEnd.app.inject({ url })).json()
}

async function withJobs(): Promise<HttpBroker> {
  const broker = await httpBroker()
  const client = broker.test.client()
  for (let i = 1; i <= 3; i++) client.call(`XADD jobs ${i}-0 n ${i}`)
  await post(broker, '/v1/streams/jobs/groups', { group: 'workers', after: '0' })
  return broker
}

const entry = (n: number) => ({ id: `${n}-0`, fields: [['n', `${n}`]] })

test('a group is made, with its stream where that is asked for', async () => {
  const broker = await httpBroker()
  expect(await post(broker, '/v1/streams/new/groups', { group: 'g' })).toMatchObject({ status: 400 })
  expect(await post(broker, '/v1/streams/new/groups', { group: 'g', makeStream: true })).toMatchObject({ result: 'OK' })
  expect(await post(broker, '/v1/streams/new/groups', { group: 'g' })).toMatchObject({ error: { code: 'BUSYGROUP' } })
  expect(await get(broker, '/v1/streams/new/groups')).toMatchObject({ result: [{ name: 'g', consumers: 0 }] })
})

test('a consumer reads, reads again what it has, acknowledges and hands back', async () => {
  const broker = await withJobs()
  expect(await post(broker, `${group}/read`, { consumer: 'a', count: 2 })).toEqual({
    status: 200,
    entries: [entry(1), entry(2)],
  })
  expect(await post(broker, `${group}/read`, { consumer: 'a', after: '0' })).toMatchObject({
    entries: [entry(1), entry(2)],
  })
  expect(await post(broker, `${group}/read`, { consumer: 'b', noAck: true })).toMatchObject({ entries: [entry(3)] })
  expect(await post(broker, `${group}/read`, { consumer: 'b' })).toMatchObject({ entries: [] })
  expect(await post(broker, `${group}/ack`, { ids: ['1-0', '3-0'] })).toMatchObject({ result: 1 })
  expect(await post(broker, `${group}/nack`, { ids: ['2-0'], mode: 'silent' })).toMatchObject({ result: 1 })
  expect(await get(broker, `${group}/consumers`)).toMatchObject({ result: [{ name: 'a' }, { name: 'b' }] })
})

test('pending entries are listed, and claimed by others', async () => {
  const broker = await withJobs()
  await post(broker, `${group}/read`, { consumer: 'a' })
  broker.test.nowMs += 5000
  expect(await get(broker, `${group}/pending?count=2`)).toEqual({
    total: 3,
    entries: [
      { id: '1-0', consumer: 'a', idleMs: 5000, deliveries: 1 },
      { id: '2-0', consumer: 'a', idleMs: 5000, deliveries: 1 },
    ],
  })
  expect(await get(broker, `${group}/pending?after=2-0&idle=5000&consumer=a`)).toMatchObject({
    entries: [{ id: '3-0' }],
  })
  const claim = (body: object) => post(broker, `${group}/claim`, { consumer: 'b', minIdleMs: 1000, ...body })
  expect(await claim({ ids: ['2-0'] })).toEqual({ status: 200, entries: [entry(2)] })
  expect(await claim({ ids: ['2-0'] })).toMatchObject({ entries: [] })
  expect(await claim({ count: 1 })).toEqual({ status: 200, entries: [entry(1)], next: expect.any(String) })
  expect(await claim({})).toMatchObject({ entries: [entry(3)], next: '0-0' })
  expect(await get(broker, `${group}/pending?consumer=a`)).toEqual({ total: 3, entries: [] })
})

test('a consumer waits for the first entry', async () => {
  const broker = await withJobs()
  await post(broker, `${group}/read`, { consumer: 'a' })
  const waiting = post(broker, `${group}/read`, { consumer: 'a', blockMs: 10_000 })
  await expect.poll(() => broker.test.broker.waiters.count).toBe(1)
  broker.test.client().call('XADD jobs 4-0 n 4')
  expect(await waiting).toEqual({ status: 200, entries: [entry(4)] })
})

test.each([
  [`${group}/read`, {}],
  [`${group}/read`, { consumer: 'a', count: '2' }],
  [`${group}/read`, { consumer: 'a', blockMs: 0 }],
  [`${group}/ack`, { ids: [] }],
  [`${group}/ack`, { ids: ['x'] }],
  [`${group}/ack`, { ids: ['1-0'], more: true }],
  [`${group}/nack`, { ids: ['1-0'], mode: 'maybe' }],
  [`${group}/claim`, { consumer: 'a' }],
])('POST %s refuses %j', async (url, body) => {
  const broker = await withJobs()
  expect(await post(broker, url, body)).toMatchObject({ status: 400, error: { code: 'BADREQUEST' } })
})

test('what there is not is told in the words of the commands', async () => {
  const broker = await httpBroker()
  expect(await post(broker, `${group}/read`, { consumer: 'a' })).toMatchObject({ error: { code: 'NOGROUP' } })
  expect(await get(broker, `${group}/pending`)).toMatchObject({ error: { code: 'NOGROUP' } })
})
