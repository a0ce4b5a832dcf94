import { expect, test } from 'vitest'
import type { TestBroker } from '../support/in-process.ts'
import { atCheckpoint, keptBroker, restarted } from '../support/kept-broker.ts'

const keys = ['small', 'large', 'sparse', 'dense', 'target']
/** Hashes of what the keys hold: some are of a megabyte. */
const contents = (broker: TestBroker): (string | undefined)[] =>
  keys.map((key) => broker.client().call(`DIGEST ${key}`))

test.each([
  'SETBIT small 5 0',
  'SETBIT large 5 1',
  'SETBIT large 9000000 1',
  'SETBIT target 1 1',
  'BITFIELD small SET u8 0 3 INCRBY i40 100 -1',
  'BITFIELD large INCRBY u16 #3 5',
  'BITOP NOT target large',
  'BITOP AND large large none',
  'BITOP OR small none',
  'PFADD sparse a b c d',
  'PFADD dense a b c d',
  'PFADD target a',
  'PFCOUNT sparse',
  'PFCOUNT dense',
  'PFMERGE sparse dense',
  'PFMERGE target sparse',
  'PFDEBUG TODENSE sparse',
  'SET small v IFNE x',
  'MSETEX 2 small 1 large 2',
  'DELEX large',
  'INCREX target BYFLOAT 1.5',
])('%s amid a checkpoint does not show in it, and is there after a restart', async (command) => {
  const kept = keptBroker()
  const client = kept.broker.client()
  for (const each of [
    'SETBIT small 5 1',
    'SETBIT large 8388607 1',
    'PFADD sparse x y z',
    'PFADD dense x y z',
    'PFDEBUG TODENSE dense',
  ]) {
    client.call(each)
  }
  const atBeginning = contents(kept.broker)
  const { storage } = kept.broker.broker
  const written = storage.checkpoint()
  kept.broker.broker.endTurn()
  expect(client.call(command)).not.toMatch(/^-/)
  while (kept.broker.broker.keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
  await written
  const inTheEnd = contents(kept.broker)
  expect(inTheEnd).not.toEqual(atBeginning)
  expect(contents(await atCheckpoint(kept))).toEqual(atBeginning)
  expect(contents(await restarted(kept))).toEqual(inTheEnd)
})
