import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebStage } from '../../support/web-stage.ts'

let stage: WebStage

beforeEach(async () => {
  stage = await WebStage.open({ entriesPerMessageMax: 10 })
  await stage.run('XGROUP', 'CREATE', 'jobs', 'workers', '0', 'MKSTREAM')
})
afterEach(() => stage.close())

const subscription = 'group:0:jobs:workers:alice'
const member = (consumer: string, credit: number): object => ({ key: 'jobs', group: 'workers', consumer, credit })
const add = (count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_each, index) => stage.run('XADD', 'jobs', '*', 'n', String(index))))
const pending = async (): Promise<[string, string][]> =>
  (await stage.run('XPENDING', 'jobs', 'workers', '-', '+', '100')).map(([id, consumer]: string[]) => [id, consumer])

describe('group.consume', () => {
  test('delivers what the credit allows, and more as entries are acknowledged', async () => {
    const ids = await add(5)
    const client = await stage.client()
    expect(await client.call('group.consume', member('alice', 3))).toEqual({ subscription })
    const { entries } = await client.next('group.entries')
    expect(entries).toEqual(ids.slice(0, 3).map((id, index) => ({ id, fields: [['n', String(index)]], deliveries: 1 })))
    await client.call('PING')
    expect(client.waiting).toEqual([])
    expect(await client.call('group.ack', { subscription, ids: ids.slice(0, 2) })).toBe(2)
    expect(await client.ids(2, 'group.entries')).toEqual(ids.slice(3))
    expect(await pending()).toEqual(ids.slice(2).map((id) => [id, 'alice']))
  })

  test('what is handed back goes to whoever is free, with a count of deliveries', async () => {
    const [id] = await add(1)
    const [alice, bob] = [await stage.client(), await stage.client()]
    await alice.call('group.consume', member('alice', 1))
    expect(await alice.ids(1, 'group.entries')).toEqual([id])
    await bob.call('group.consume', member('bob', 1))
    expect(await alice.call('group.nack', { subscription, ids: [id!, '99-0'] })).toBe(1)
    const { entries } = await Promise.race([alice.next('group.entries'), bob.next('group.entries')])
    expect(entries).toEqual([{ id, fields: [['n', '0']], deliveries: 2 }])
  })

  test('what a vanished connection held goes to the others at once, and its consumer goes', async () => {
    const ids = await add(6)
    const [alice, bob] = [await stage.client(), await stage.client()]
    await alice.call('group.consume', member('alice', 4))
    expect(await alice.ids(4, 'group.entries')).toEqual(ids.slice(0, 4))
    await bob.call('group.consume', member('bob', 10))
    expect(await bob.ids(2, 'group.entries')).toEqual(ids.slice(4))
    await alice.call('group.ack', { subscription, ids: [ids[0]!] })
    alice.close()
    const taken = await bob.ids(3, 'group.entries')
    expect([...taken].sort()).toEqual(ids.slice(1, 4).sort())
    expect((await pending()).every(([, consumer]) => consumer === 'bob')).toBe(true)
    for (;;) {
      const names = (await stage.run('XINFO', 'CONSUMERS', 'jobs', 'workers')).map(
        (each: { name: string }) => each.name,
      )
      if (!names.includes('alice')) break
    }
  })

  test('a consumer that has older entries pending is not removed with the connection', async () => {
    const [id] = await add(1)
    await stage.run('XREADGROUP', 'GROUP', 'workers', 'alice', 'STREAMS', 'jobs', '>')
    const client = await stage.client()
    await client.call('group.consume', member('alice', 1))
    await client.call('unsubscribe', { subscription })
    expect(await pending()).toEqual([[id, 'alice']])
  })

  test('entries that others have held for too long are taken over where that was asked for', async () => {
    const [id] = await add(1)
    await stage.run('XREADGROUP', 'GROUP', 'workers', 'lost', 'STREAMS', 'jobs', '>')
    const client = await stage.client()
    await client.call('group.consume', { ...member('alice', 1), claimAfterMs: 20 })
    const { entries } = await client.next('group.entries')
    expect(entries).toMatchObject([{ id, deliveries: 2 }])
  })

  test('a group that is not there is refused; one that goes ends the subscription', async () => {
    const client = await stage.client()
    expect((await client.refusal('group.consume', { ...member('alice', 1), group: 'none' })).data?.code).toBe('NOGROUP')
    await client.call('group.consume', member('alice', 1))
    await client.call('PING')
    await stage.run('XGROUP', 'DESTROY', 'jobs', 'workers')
    const closed = await client.next('subscription.closed')
    expect(closed.subscription).toBe(subscription)
    expect(closed.error.message).toContain('consumer group')
    expect((await client.refusal('group.ack', { subscription, ids: ['1-0'] })).message).toBe('ERR no such subscription')
  })

  test('nothing is lost however often consumers vanish', async () => {
    const ids = await add(300)
    const acknowledged = new Set<string>()
    for (let round = 0; acknowledged.size < ids.length; round++) {
      const client = await stage.client()
      const name = `c${round}`
      await client.call('group.consume', member(name, 50))
      const got = await client.ids(1, 'group.entries')
      const half = got.slice(0, Math.ceil(got.length / 2))
      await client.call('group.ack', { subscription: `group:0:jobs:workers:${name}`, ids: half })
      for (const id of half) {
        expect(acknowledged.has(id)).toBe(false)
        acknowledged.add(id)
      }
      client.close()
      await client.closed()
    }
    expect(acknowledged).toEqual(new Set(ids))
    while ((await pending()).length > 0);
  })

  test('when the server stops, what a socket that has just gone held is handed back to the last step', async () => {
    await add(1)
    const client = await stage.client()
    await client.call('group.consume', member('alice', 1))
    await client.ids(1, 'group.entries')
    client.close()
    while (stage.webSocket.count > 0) await new Promise((resolve) => setImmediate(resolve))
    await stage.webSocket.close()
    expect(await stage.run('XINFO', 'CONSUMERS', 'jobs', 'workers')).toEqual([])
  })

  test('when the server stops, what was held is handed back before the log ends', async () => {
    await add(2)
    const client = await stage.client()
    await client.call('group.consume', member('alice', 2))
    await client.ids(2, 'group.entries')
    await stage.webSocket.close()
    expect((await pending()).map(([, consumer]) => consumer)).toEqual(['', ''])
    expect(await client.closed()).toBe(1001)
  })
})
