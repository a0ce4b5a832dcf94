import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { atCheckpoint, everythingOf, type KeptBroker, keptBroker, restarted } from '../support/kept-broker.ts'
import { replayed } from '../support/replayed.ts'

/** Runs `during` while a checkpoint is being written: it has begun, and no row of it has been made yet. */
async function checkpointAround(kept: KeptBroker, during: () => void): Promise<void> {
  const { storage } = kept.broker.broker
  const written = storage.checkpoint()
  kept.broker.broker.endTurn()
  during()
  while (kept.broker.broker.keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
  await written
}

const long = 'x'.repeat(100)

test.each([
  'HSET small a 2',
  'HSET small new 2',
  'HDEL small a',
  'HDEL small a b',
  `HSET small a ${long}`,
  'HINCRBY large f7 3',
  'HSET large f7 other',
  `HSET large f7 ${long}${long}`,
  'HSET large new 2',
  'HDEL large f7 f8 f9',
  'DEL large',
  'SET large v',
  'RENAME large other',
  'COPY large other',
  'MOVE large 1',
  'SWAPDB 0 1',
  'FLUSHALL',
])('%s amid a checkpoint does not show in it, and is there after a restart', async (command) => {
  const kept = keptBroker()
  const client = kept.broker.client()
  client.call('HSET small a 1 b 2')
  for (let i = 0; i < 600; i++) client.call(`HSET large f${i} ${i}`)
  client.call('HDEL large f100 f101')
  client.call('EXPIRE large 1000')
  const atBeginning = everythingOf(kept.broker)
  await checkpointAround(kept, () => expect(client.call(command)).not.toMatch(/^-/))
  const inTheEnd = everythingOf(kept.broker)
  expect(inTheEnd).not.toEqual(atBeginning)
  expect(everythingOf(await atCheckpoint(kept))).toEqual(atBeginning)
  expect(everythingOf(await restarted(kept))).toEqual(inTheEnd)
})

test('a large hash that changes while its picture is written out piece by piece is in the checkpoint as it was', async () => {
  const kept = keptBroker()
  const client = kept.broker.client()
  for (let i = 0; i < 5000; i++) client.call(`HSET large f${i} ${long}`)
  const atBeginning = everythingOf(kept.broker)
  const { storage } = kept.broker.broker
  const written = storage.checkpoint()
  kept.broker.broker.endTurn()
  for (let i = 0; kept.broker.broker.keyspace.checkpoint !== undefined; i++) {
    client.call(`HSET large f${(i * 7) % 5000} changed new${i} added`)
    client.call(`HDEL large f${(i * 11) % 5000}`)
    if (i === 20) client.call('RENAME large other')
    storage.checkpointer.slice(1)
  }
  await written
  const inTheEnd = everythingOf(kept.broker)
  expect(everythingOf(await atCheckpoint(kept))).toEqual(atBeginning)
  expect(everythingOf(await restarted(kept))).toEqual(inTheEnd)
})

const key = fc.constantFrom('a', 'b', 'c')
const field = fc.constantFrom('f', 'g', '', '\x00\r\n', 'y'.repeat(70))
const value = fc.constantFrom('', '1', '-7', '2.5', 'text', '9223372036854775807', 'x'.repeat(200))
const words = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))

const command = fc.oneof(
  words(fc.constantFrom('HSET', 'HMSET'), key, field, value, field, value),
  words(fc.constantFrom('HSETNX', 'HINCRBY', 'HINCRBYFLOAT', 'HSET'), key, field, value),
  words('HDEL', key, field, field),
  words(fc.constantFrom('RENAME', 'COPY'), key, key),
  words('MOVE', key, '1'),
  words('PEXPIRE', key, fc.constantFrom('1', '3', '100000')),
  words(fc.constantFrom('DEL', 'PERSIST'), key),
  words(fc.constantFrom('MULTI', 'EXEC')),
)

function contents(client: TestClient): (string | undefined)[] {
  const pairs = (name: string): string[] =>
    ['f', 'g', '', '\x00\r\n', 'y'.repeat(70)].map((each) => client.call(['HGET', name, each]) ?? '')
  return ['0', '1'].flatMap((db) => {
    client.call(`SELECT ${db}`)
    return ['a', 'b', 'c'].flatMap((name) => [client.call(`HLEN ${name}`), client.call(`PTTL ${name}`), ...pairs(name)])
  })
}

test('the log, run again without a clock, makes the same hashes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(command, fc.nat(2)), { maxLength: 50 }), (all) => {
      const original = new TestBroker()
      const client = original.client()
      for (const [each, ms] of all) {
        original.nowMs += ms
        client.call(each)
      }
      client.call('DISCARD')
      original.advance(0)
      const expected = contents(client)
      expect(contents(replayed(original))).toEqual(expected)
    }),
    { numRuns: 200 },
  )
})
