/** Members of groups: what they hold, what they say of it, and what becomes of it when the connection breaks. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Client, ClientClosed, ConnectionLost, type Delivery } from '../../src/client/client.ts'
import { ScriptedNetwork } from '../support/scripted-socket.ts'

const name = 'group:0:s:g:anna'
let network: ScriptedNetwork
let client: Client

beforeEach(() => {
  network = new ScriptedNetwork()
  client = new Client('ws://broker/ws', { WebSocket: network.WebSocket, retryMsMin: 1, retryMsMax: 1 })
})
afterEach(() => client.close())

const delivery = (number: number, deliveries = 1): Delivery => ({ id: `${number}-0`, fields: [], deliveries })

describe('a member of a group', () => {
  test('gets entries, and acknowledges or hands them back', async () => {
    const work = client.group('s', 'g', 'anna', { credit: 2, claimAfterMs: 500, db: 1 })
    const iteration = work[Symbol.asyncIterator]()
    const first = iteration.next()
    const socket = await network.opened()
    const params = await socket.answer('group.consume', { subscription: name })
    expect(params).toEqual({ key: 's', group: 'g', consumer: 'anna', credit: 2, claimAfterMs: 500, db: 1 })
    socket.notify('group.entries', { subscription: name, entries: [delivery(1, 3), delivery(2)] })
    expect(await first).toEqual({ done: false, value: delivery(1, 3) })
    const acked = work.ack('1-0')
    expect(await socket.answer('group.ack', 1)).toEqual({ subscription: name, ids: ['1-0'] })
    expect(await acked).toBe(1)
    await iteration.next()
    const nacked = [work.nack('2-0'), work.nack(['2-0', '3-0'], 'silent')]
    expect(await socket.answer('group.nack', 1)).toEqual({ subscription: name, ids: ['2-0'], mode: 'fail' })
    expect(await socket.answer('group.nack', 0)).toEqual({ subscription: name, ids: ['2-0', '3-0'], mode: 'silent' })
    expect(await Promise.all(nacked)).toEqual([1, 0])
  })

  test('forgets what it had not taken when the connection breaks: it went to others', async () => {
    const work = client.group('s', 'g', 'anna')
    const iteration = work[Symbol.asyncIterator]()
    const first = iteration.next()
    const socket = await network.opened()
    await socket.answer('group.consume', { subscription: name })
    socket.notify('group.entries', { subscription: name, entries: [delivery(1), delivery(2), delivery(3)] })
    await first
    const lost = work.ack('1-0')
    await Promise.resolve()
    socket.break()
    await expect(lost).rejects.toThrow(ConnectionLost)
    // What is said meanwhile is told once it is a member again.
    const acked = work.ack('1-0')
    const second = iteration.next()
    const again = await network.opened()
    await again.answer('group.consume', { subscription: name })
    again.notify('group.entries', { subscription: name, entries: [delivery(3, 2)] })
    expect((await second).value).toEqual(delivery(3, 2))
    await again.answer('group.ack', 1)
    expect(await acked).toBe(1)
  })

  test('that has left holds nothing any more', async () => {
    const work = client.group('s', 'g', 'anna')
    const iteration = work[Symbol.asyncIterator]()
    const first = iteration.next()
    const socket = await network.opened()
    await socket.answer('group.consume', { subscription: name })
    await iteration.return?.()
    expect(await first).toEqual({ done: true, value: undefined })
    await expect(work.ack('1-0')).rejects.toThrow(ClientClosed)
    expect(socket.asked).toEqual([{ method: 'unsubscribe', params: { subscription: name } }])
  })

  test('of a group that is not there is told so', async () => {
    const opened = client.group('s', 'g', 'anna').open()
    await (await network.opened()).refuse('group.consume', 'NOGROUP')
    await expect(opened).rejects.toMatchObject({ code: 'NOGROUP' })
  })
})
