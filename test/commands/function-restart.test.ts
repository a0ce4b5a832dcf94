import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { atCheckpoint, keptBroker, restarted } from '../support/kept-broker.ts'
import { byte, payload, text } from '../support/rdb-payloads.ts'

const register = 'redis.register_function'

function load(client: TestClient, name: string, ...functions: string[]): string | undefined {
  const body = functions.map((each) => `${register}('${each}', function(keys) return redis.call('INCR', keys[1]) end)`)
  return client.call(['FUNCTION', 'LOAD', 'REPLACE', `#!lua name=${name}\n${body.join('\n')}`])
}

function stateOf(broker: TestBroker): (string | undefined)[] {
  const client = broker.client()
  const state = [client.call('FUNCTION LIST WITHCODE'), client.call('GET k'), client.call('FCALL_RO f 0')]
  client.disconnect()
  return state
}

/** Makes two libraries and runs one of their functions. */
function prepare(client: TestClient): void {
  load(client, 'one', 'f', 'g')
  load(client, 'two', 'h')
  client.call('FCALL f 1 k')
  client.call('FLUSHALL')
  client.call('FCALL H 1 k')
}

test.each([
  ['FUNCTION', 'DELETE', 'one'],
  ['FUNCTION', 'FLUSH'],
  ['FUNCTION', 'LOAD', `#!lua name=three\n${register}('third', function() end)`],
  ['FUNCTION', 'LOAD', 'REPLACE', `#!lua name=one\n${register}('f', function() end)`],
  ['FCALL', 'f', '1', 'k'],
])('%s %s amid a checkpoint does not show in it, and is there after a restart', async (...command) => {
  const kept = keptBroker()
  const client = kept.broker.client()
  prepare(client)
  const { storage } = kept.broker.broker
  const atBeginning = stateOf(kept.broker)
  const written = storage.checkpoint()
  kept.broker.broker.endTurn()
  expect(client.call(command)).not.toMatch(/^-/)
  while (kept.broker.broker.keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
  await written
  const inTheEnd = stateOf(kept.broker)
  expect(inTheEnd).not.toEqual(atBeginning)
  expect(stateOf(await atCheckpoint(kept))).toEqual(atBeginning)
  expect(stateOf(await restarted(kept))).toEqual(inTheEnd)
})

test('the log alone brings libraries back, those that were restored too', async () => {
  const kept = keptBroker()
  const client = kept.broker.client()
  prepare(client)
  const dump = JSON.parse(client.call('FUNCTION DUMP')!.replace(/\\x(..)/g, '\\u00$1')) as string
  client.call('FUNCTION FLUSH')
  load(client, 'three', 'i')
  expect(client.call(['FUNCTION', 'RESTORE', dump])).toBe('+OK')
  expect(client.call(['FUNCTION', 'LOAD', 'no library'])).toMatch(/^-/)
  expect(client.call('FUNCTION DELETE two')).toBe('+OK')
  const inTheEnd = stateOf(kept.broker)
  expect(inTheEnd[0]).toMatch(/three.*one/)
  const again = await restarted(kept)
  expect(stateOf(again)).toEqual(inTheEnd)
  expect(again.client().call('FCALL g 1 k')).toBe(':2')
})

test('what took too long to load for a client loads in the time it takes on replay', async () => {
  const kept = keptBroker()
  const client = kept.broker.client()
  const slow = `#!lua name=slow\nfor i = 1, 1000000 do end ${register}('f', function() return 1 end)`
  expect(client.call(['FUNCTION', 'LOAD', slow])).toBe('"slow"')
  const again = await restarted(kept, 600_000)
  expect(again.client().call('FCALL f 0')).toBe(':1')
})

test('a library that exhausts Lua while it is restored leaves those that are there as they were', () => {
  const client = new TestBroker().client()
  const constant = (name: string, ...values: number[]): string =>
    `#!lua name=${name}\n${values.map((value) => `${register}('f${value}', function() return ${value} end)`).join('\n')}`
  // One that goes leaves its places to those that come.
  client.call(['FUNCTION', 'LOAD', constant('gone', 8, 9, 10)])
  expect(client.call(['FUNCTION', 'LOAD', constant('kept', 1, 2, 3, 4)])).toBe('"kept"')
  client.call('FUNCTION DELETE gone')
  const codes = [constant('fine', 5, 6, 7), "#!lua name=deep\nlocal _ = ('a'):rep(300000):find(('a?'):rep(300000))"]
  const content = codes.map((code) => byte(245) + text(code)).join('')
  expect(client.call(['FUNCTION', 'RESTORE', payload(content)])).toMatch(/^-ERR .*Maximum call stack size exceeded/)
  load(client, 'more', 'i')
  for (const value of [1, 2, 3, 4]) expect(client.call(`FCALL f${value} 0`)).toBe(`:${value}`)
  expect(client.call('FCALL f5 0')).toBe('-ERR Function not found')
})
