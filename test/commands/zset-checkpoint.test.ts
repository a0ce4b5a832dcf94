import { expect, test } from 'vitest'
import type { TestBroker } from '../support/in-process.ts'
import { atCheckpoint, type KeptBroker, keptBroker, restarted } from '../support/kept-broker.ts'

/** Runs `during` while a checkpoint is being written: it has begun, and no row of it has been made yet. */
async function checkpointAround(kept: KeptBroker, during: () => void): Promise<void> {
  const { storage } = kept.broker.broker
  const written = storage.checkpoint()
  kept.broker.broker.endTurn()
  during()
  while (kept.broker.broker.keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
  await written
}

function setsOf(broker: TestBroker): (string | undefined)[] {
  const client = broker.client()
  const told = ['small', 'large', 'other'].flatMap((key) => {
    if (client.call(`TYPE ${key}`) !== '+zset') return [client.call(`TYPE ${key}`)]
    return [client.call(`ZRANGE ${key} 0 -1 WITHSCORES`), client.call(`PEXPIRETIME ${key}`)]
  })
  client.disconnect()
  return told
}

test.each([
  'ZADD small 9 new',
  'ZADD small 9 m3',
  'ZADD large 9 new',
  'ZADD large -1 m1999',
  'ZINCRBY large 0.5 m7',
  'ZREM large m0 m1 m1999',
  'ZPOPMIN large 1500',
  'ZPOPMAX small',
  'ZREMRANGEBYSCORE large 10 1990',
  'ZRANGESTORE large small 0 -1',
  'ZUNIONSTORE small 2 small large',
  'DEL large',
  'RENAME large other',
  'COPY large small REPLACE',
  'FLUSHALL',
])('%s amid a checkpoint does not show in it, and is there after a restart', async (command) => {
  const kept = keptBroker()
  const client = kept.broker.client()
  for (let i = 0; i < 10; i++) client.call(`ZADD small ${i / 3} m${i}`)
  for (let i = 0; i < 2000; i++) client.call(`ZADD large ${i} m${i}`)
  client.call('PEXPIREAT large 1900000000000')
  const atBeginning = setsOf(kept.broker)
  await checkpointAround(kept, () => expect(client.call(command)).not.toMatch(/^-/))
  const inTheEnd = setsOf(kept.broker)
  expect(inTheEnd).not.toEqual(atBeginning)
  expect(setsOf(await atCheckpoint(kept))).toEqual(atBeginning)
  expect(setsOf(await restarted(kept))).toEqual(inTheEnd)
})
