/** A broker as it looks at work: keys of every type, groups that lag, workers that wait, and messages that go on coming. */
import type { Command, RespClient } from '../support/resp-client.ts'
import type { RunningServer } from '../support/servers.ts'

/** Names and values that would do something if a page took them for HTML or for a part of a script. */
export const hostile = `<img src=x onerror="document.title='broken'">"><script>document.title='broken'</script>\${1}{{1}}`

const stumblingBlocks: readonly Command[] = [
  ['SET', hostile, hostile],
  ['HSET', 'hostile', hostile, hostile],
  ['XADD', 'hostile:stream', '*', hostile, hostile],
  ['RPUSH', 'hostile:list', hostile],
  ['SET', Buffer.from([107, 0, 255, 10]), Buffer.from([255, 254, 0, 1])],
  ['CONFIG', 'SET', 'slowlog-log-slower-than', '0'],
  ['SET', 'slow', hostile],
  ['CONFIG', 'SET', 'slowlog-log-slower-than', '10000'],
]

/** Sends commands, none of which may fail. */
async function send(client: RespClient, commands: readonly Command[]): Promise<void> {
  const replies = await client.pipeline(...commands)
  const refusal = replies.find(({ type }) => type === 'error')
  if (refusal?.type === 'error') throw new Error(refusal.text)
}

function order(n: number): Command {
  const json = JSON.stringify({
    order: n,
    customer: `c-${n % 97}`,
    lines: [{ sku: `A-${n % 13}`, amount: (n % 3) + 1 }],
  })
  return ['XADD', 'orders', '*', 'kind', ['placed', 'paid', 'shipped'][n % 3]!, 'payload', json]
}

/** Fills an empty server; with what a page might stumble over unless that is not wanted. */
export async function fill(server: RunningServer, { isHostile } = { isHostile: true }): Promise<void> {
  const client = await server.connect()
  if (isHostile) await send(client, stumblingBlocks)
  await send(
    client,
    Array.from({ length: 400 }, (_, n) => order(n)),
  )
  await send(client, [
    ['XGROUP', 'CREATE', 'orders', 'billing', '0'],
    ['XGROUP', 'CREATE', 'orders', 'shipping', '0'],
    ['XREADGROUP', 'GROUP', 'billing', 'anna', 'COUNT', '30', 'STREAMS', 'orders', '>'],
    ['XREADGROUP', 'GROUP', 'billing', 'ben', 'COUNT', '12', 'STREAMS', 'orders', '>'],
    ['XREADGROUP', 'GROUP', 'shipping', 'depot-1', 'COUNT', '150', 'STREAMS', 'orders', '>'],
    ['XADD', 'sensors:hall', '*', 'celsius', '21.5', 'raw', Buffer.from([0, 1, 2, 254, 255, 65, 66])],
    ['RPUSH', 'mail', ...Array.from({ length: 25 }, (_, n) => `{"to":"person-${n}@example.org","template":"welcome"}`)],
    ['RPUSH', 'thumbnails', 'image-1', 'image-2', 'image-3'],
    ['SET', 'session:81', '{"user":"anna","rights":["read","write"]}', 'EX', '5400'],
    ['SET', 'counter', '41'],
    ['HSET', 'user:1', 'name', 'Anna', 'city', Buffer.from('Köln'), 'token', '8a1f'],
    ['HEXPIRE', 'user:1', '3600', 'FIELDS', '1', 'token'],
    ['SADD', 'tags', 'new', 'sale', 'last-piece'],
    ['ZADD', 'scores', '12', 'anna', '7.5', 'ben', '-3', 'carl'],
    ['SELECT', '2'],
    ['SET', 'in-database-2', 'yes'],
  ])
  client.reset()
}

/** Keeps the server busy until what it returns is called. */
export async function keepBusy(server: RunningServer): Promise<() => Promise<void>> {
  const producer = await server.connect()
  const worker = await server.connect()
  const listener = await server.connect()
  await producer.call('CLIENT', 'SETNAME', 'shop')
  await worker.call('CLIENT', 'SETNAME', 'billing-worker')
  await listener.call('CLIENT', 'SETNAME', 'dashboard')
  await listener.call('SUBSCRIBE', 'news')
  const waiting = await server.connect()
  await waiting.call('CLIENT', 'SETNAME', 'idle-worker')
  waiting.send(['BLPOP', 'jobs:urgent', '0'])
  let isEnded = false
  let n = 1000
  const work = async (): Promise<void> => {
    while (!isEnded) {
      const burst = 4 + Math.round(3 * Math.sin(n / 60))
      await send(
        producer,
        Array.from({ length: burst }, () => order(n++)),
      )
      await send(producer, [['PUBLISH', 'news', `{"headline":"item ${n}"}`]])
      await send(worker, [
        ['XREADGROUP', 'GROUP', 'shipping', 'depot-1', 'COUNT', '5', 'NOACK', 'STREAMS', 'orders', '>'],
      ])
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const working = work()
  return async () => {
    isEnded = true
    await working
    for (const client of [producer, worker, listener, waiting]) client.reset()
  }
}
