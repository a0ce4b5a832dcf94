/** The server is killed and comes again under hundreds of subscribers: each sees every entry once and in order, and of its
 *  own code nothing shows it. */
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { Client, ConnectionLost } from '../../src/client/client.ts'
import { KillableMillrace } from '../clients/killable-millrace.ts'
import { freePort } from '../support/free-port.ts'

const subscribers = 500
const kills = 2
/** Added one behind the other before each kill, and at once while it happens. */
const addedBefore = 20
const addedAmid = 100

async function follow(client: Client): Promise<string[]> {
  const ids: string[] = []
  for await (const { id, fields } of client.stream('orders', { credit: 64 }).after('0')) {
    ids.push(id)
    if (fields[0]![1] === 'last') break
  }
  return ids
}

test('every entry comes to each of 500 subscribers once and in order, however often the server is killed', async () => {
  const port = await freePort()
  const millrace = await KillableMillrace.start('--http-port', String(port))
  const clients: Client[] = []
  onTestFinished(async () => {
    for (const client of clients) client.close()
    await millrace.stop()
  })
  const open = (): Client => {
    clients.push(new Client(`ws://127.0.0.1:${port}/ws`, { WebSocket, retryMsMin: 50, retryMsMax: 1000 }))
    return clients.at(-1)!
  }
  const following = Array.from({ length: subscribers }, () => follow(open()))
  const producer = open()
  const add = (note: string): Promise<string> => producer.call('XADD', 'orders', '*', 'note', note)

  const acknowledged: string[] = []
  for (let kill = 0; kill < kills; kill++) {
    for (let i = 0; i < addedBefore; i++) acknowledged.push(await add('before'))
    const amid = Array.from({ length: addedAmid }, () => add('amid'))
    const settled = Promise.allSettled(amid)
    await amid[0]
    await millrace.killAndRestart()
    for (const result of await settled) {
      if (result.status === 'fulfilled') acknowledged.push(result.value)
      else expect(result.reason).toBeInstanceOf(ConnectionLost)
    }
  }
  await add('last')

  const seen = await Promise.all(following)
  const all = (await producer.call<[string, unknown][]>('XRANGE', 'orders', '-', '+')).map(([id]) => id)
  for (const ids of seen) expect(ids).toEqual(all)
  expect(all).toEqual(expect.arrayContaining(acknowledged))
})
