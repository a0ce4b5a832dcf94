/** The server is killed and comes again under those who use it: each subscriber sees every entry once and in order, a
 *  group does all of its work, and of their own code nothing shows it. */
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { Client, ClientClosed, ConnectionLost } from '../../src/client/client.ts'
import { KillableMillrace } from '../clients/killable-millrace.ts'
import { freePort } from '../support/free-port.ts'

const subscribers = 500
/** KILLS asks for more: `KILLS=50 npx vitest run test/client/killed`. */
const kills = Number(process.env.KILLS ?? 2)
/** Added one behind the other before each kill, and at once while it happens. */
const addedBefore = 20
const addedAmid = 100
/** On a machine that is busy with other things. */
const testMsMax = 60_000 * (1 + kills)
const patience = { timeout: 30_000, interval: 100 }

interface Stage {
  readonly millrace: KillableMillrace
  open(): Client
  close(): void
}

async function stage(): Promise<Stage> {
  const port = await freePort()
  const millrace = await KillableMillrace.start('--http-port', String(port))
  const clients: Client[] = []
  const close = (): void => {
    for (const client of clients) client.close()
  }
  onTestFinished(async () => {
    close()
    await millrace.stop()
  })
  const open = (): Client => {
    clients.push(new Client(`ws://127.0.0.1:${port}/ws`, { WebSocket, retryMsMin: 50, retryMsMax: 1000 }))
    return clients.at(-1)!
  }
  return { millrace, open, close }
}

/** Kills the server while entries are being added; resolves with those that were acknowledged. */
async function killAmid(millrace: KillableMillrace, add: () => Promise<string>): Promise<string[]> {
  const adding = Array.from({ length: addedAmid }, add)
  const settled = Promise.allSettled(adding)
  await adding[0]
  await millrace.killAndRestart()
  return (await settled).flatMap((result) => {
    if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConnectionLost)
    return result.status === 'fulfilled' ? [result.value] : []
  })
}

async function idsIn(client: Client, key: string): Promise<string[]> {
  return (await client.call<[string, unknown][]>('XRANGE', key, '-', '+')).map(([id]) => id)
}

test('every entry comes to each of 500 subscribers once and in order', { timeout: testMsMax }, async () => {
  const { millrace, open } = await stage()
  const follow = async (client: Client): Promise<string[]> => {
    const ids: string[] = []
    for await (const { id, fields } of client.stream('orders', { credit: 64 }).after('0')) {
      ids.push(id)
      if (fields[0]![1] === 'last') break
    }
    return ids
  }
  const following = Array.from({ length: subscribers }, () => follow(open()))
  const producer = open()
  const add = (note: string): Promise<string> => producer.call('XADD', 'orders', '*', 'note', note)

  const acknowledged: string[] = []
  for (let kill = 0; kill < kills; kill++) {
    for (let i = 0; i < addedBefore; i++) acknowledged.push(await add('before'))
    acknowledged.push(...(await killAmid(millrace, () => add('amid'))))
  }
  await add('last')

  const seen = await Promise.all(following)
  const all = await idsIn(producer, 'orders')
  for (const ids of seen) expect(ids).toEqual(all)
  expect(all).toEqual(expect.arrayContaining(acknowledged))
})

test('members of a group do all of the work, and leave nothing pending', { timeout: testMsMax }, async () => {
  const { millrace, open, close } = await stage()
  const producer = open()
  await producer.call('XGROUP', 'CREATE', 'jobs', 'team', '0', 'MKSTREAM')
  const done = new Set<string>()
  const work = async (name: string): Promise<void> => {
    // What was held when the server was killed is taken over once it has waited for so long.
    const member = open().group('jobs', 'team', name, { claimAfterMs: 500 })
    for await (const { id } of member) {
      done.add(id)
      // What is acknowledged in vain comes again; at the very end the answer alone may be missing.
      await member.ack(id).catch((error: unknown) => expect(error).toSatisfy(isLost))
    }
  }
  const working = ['anna', 'bert', 'carl'].map(work)
  for (let kill = 0; kill < kills; kill++) await killAmid(millrace, () => producer.call('XADD', 'jobs', '*', 'n', '1'))

  const all = await idsIn(producer, 'jobs')
  await expect.poll(() => all.filter((id) => !done.has(id)), patience).toEqual([])
  await expect.poll(() => producer.call('XPENDING', 'jobs', 'team'), patience).toEqual([0, null, null, null])
  close()
  await Promise.all(working)
})

function isLost(error: unknown): boolean {
  return error instanceof ConnectionLost || error instanceof ClientClosed
}
