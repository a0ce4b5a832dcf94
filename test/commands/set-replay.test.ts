/** What is left of sets after a restart, from the log and from checkpoints. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atCheckpoint, everythingOf, keptBroker, restarted } from '../support/kept-broker.ts'

const keys = ['a', 'b', 'c']
const key = fc.constantFrom(...keys)
const member = fc.oneof(
  fc.constantFrom('', 'x', 'y', '\x00\r\n', 'z'.repeat(300)),
  fc.integer({ min: 0, max: 9 }).map(String),
)
const words = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
const many = fc.constant(Array.from({ length: 200 }, (_, i) => `m${i}`))

const command = fc.oneof(
  words('SADD', key, member, member, member),
  fc.tuple(key, many).map(([name, members]) => ['SADD', name, ...members]),
  words('SREM', key, member, member),
  words('SMOVE', key, key, member),
  words('SPOP', key),
  words('SPOP', key, fc.constantFrom('0', '1', '3', '150', '1000')),
  words(fc.constantFrom('SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE'), key, key, key),
  words(fc.constantFrom('RENAME', 'RENAMENX', 'DEL'), key, key),
  words('COPY', key, key, 'DB', fc.constantFrom('0', '1'), 'REPLACE'),
  words('MOVE', key, '1'),
  words('PEXPIRE', key, fc.constantFrom('2', '1000')),
  words(fc.constantFrom('MULTI', 'EXEC', 'FLUSHDB')),
  words('SELECT', fc.constantFrom('0', '1')),
)

test('the log, run again, makes the same sets, with or without a checkpoint before', async () => {
  const steps = fc.array(fc.oneof({ weight: 20, arbitrary: command }, words('checkpoint', 'while', 'going', 'on')), {
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const kept = keptBroker()
      const client = kept.broker.client()
      const { storage, keyspace } = kept.broker.broker
      for (const each of all) {
        if (each[0] === 'checkpoint') {
          if (keyspace.checkpoint === undefined) {
            storage.checkpoint().catch(() => {})
            kept.broker.broker.endTurn()
          }
          continue
        }
        client.call(each)
        kept.broker.advance(1)
        if (keyspace.checkpoint !== undefined) storage.checkpointer.slice(0.001)
      }
      client.call('DISCARD')
      while (keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
      await Promise.resolve()
      kept.broker.advance(0)
      expect(everythingOf(await restarted(kept))).toEqual(everythingOf(kept.broker))
    }),
    { numRuns: 60 },
  )
})

test.each([
  ['a small set', ['x', 'y', 'z']],
  ['an intset', ['1', '2', '3']],
  ['a large set', Array.from({ length: 3000 }, (_, i) => `member ${i}`)],
])('%s that changes or goes amid a checkpoint is in it as it was', async (_name, members) => {
  for (const change of [
    'SADD s new',
    `SREM s ${members[0]}`,
    'SPOP s',
    'SPOP s 2',
    'DEL s',
    'RENAME s t',
    'FLUSHALL',
  ]) {
    const kept = keptBroker()
    const client = kept.broker.client()
    client.call(['SADD', 's', ...members])
    const atBeginning = everythingOf(kept.broker)
    const { storage, keyspace } = kept.broker.broker
    const written = storage.checkpoint()
    kept.broker.broker.endTurn()
    expect(client.call(change)).not.toMatch(/^-/)
    while (keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
    await written
    expect(everythingOf(await atCheckpoint(kept))).toEqual(atBeginning)
    expect(everythingOf(await restarted(kept))).toEqual(everythingOf(kept.broker))
  }
})
