import { expect, test } from 'vitest'
import { atCheckpoint, type KeptBroker, keptBroker, restarted, streamsOf } from '../support/kept-broker.ts'

/** Runs `during` while a checkpoint is being written: it has begun, and no row of it has been made yet. */
async function checkpointAround(kept: KeptBroker, during: () => void): Promise<void> {
  const { storage } = kept.broker.broker
  const written = storage.checkpoint()
  kept.broker.broker.endTurn()
  during()
  while (kept.broker.broker.keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
  await written
}

const setUp = [
  ...Array.from({ length: 5 }, (_, i) => `XADD s 1-${i + 1} field value${i}`),
  'XGROUP CREATE s g 0',
  'XGROUP CREATE s h 1-2 ENTRIESREAD 2',
  'XREADGROUP GROUP g a COUNT 3 STREAMS s >',
  'XDEL s 1-4',
  'XNACK s g FAIL IDS 1 1-3',
]

test.each([
  'XADD s 2-1 f v',
  'XADD s MAXLEN 1 2-1 f v',
  'XDEL s 1-2',
  'XTRIM s MAXLEN 1',
  'XTRIM s MINID 1-3',
  'XSETID s 9-9 ENTRIESADDED 100 MAXDELETEDID 9-1',
  'XGROUP CREATE s i 0',
  'XGROUP SETID s g 0 ENTRIESREAD 0',
  'XGROUP DESTROY s g',
  'XGROUP CREATECONSUMER s g b',
  'XGROUP DELCONSUMER s g a',
  'XREADGROUP GROUP g a STREAMS s >',
  'XREADGROUP GROUP g b NOACK STREAMS s >',
  'XREADGROUP GROUP g a STREAMS s 0',
  'XACK s g 1-2',
  'XCLAIM s g b 0 1-1 1-2',
  'XCLAIM s g a 0 1-1 LASTID 7-7',
  'XAUTOCLAIM s g b 0 -',
  'XDELEX s DELREF IDS 1 1-1',
  'XACKDEL s g IDS 1 1-1',
  'XTRIM s MAXLEN 1 DELREF',
  'XACKDEL s g ACKED IDS 1 1-1',
  'XNACK s g FAIL IDS 1 1-1',
  'XNACK s g SILENT IDS 1 1-5 FORCE',
  'XREADGROUP GROUP g b CLAIM 0 COUNT 1 STREAMS s >',
  'XADD s IDMP p i * f v',
  'XADD s IDMPAUTO p * f v',
  'XCFGSET s IDMP-MAXSIZE 5',
  'XIDMPRECORD s p i 1-1',
  'DEL s',
  'SET s v',
  'RENAME s t',
  'SWAPDB 0 1',
  'FLUSHALL',
])('%s amid a checkpoint does not show in it, and is there after a restart', async (command) => {
  const kept = keptBroker()
  const client = kept.broker.client()
  for (const each of setUp) client.call(each)
  const atBeginning = streamsOf(kept.broker, ['s', 't'])
  await checkpointAround(kept, () => expect(client.call(command)).not.toMatch(/^-/))
  const inTheEnd = streamsOf(kept.broker, ['s', 't'])
  expect(inTheEnd).not.toEqual(atBeginning)
  expect(streamsOf(await atCheckpoint(kept), ['s', 't'])).toEqual(atBeginning)
  expect(streamsOf(await restarted(kept), ['s', 't'])).toEqual(inTheEnd)
})

test('a waiting member that is served amid a checkpoint does not show in it', async () => {
  const kept = keptBroker()
  const [client, waiter] = [kept.broker.client(), kept.broker.client()]
  for (const each of setUp) client.call(each)
  waiter.call('XREADGROUP GROUP g w STREAMS s >')
  const atBeginning = streamsOf(kept.broker, ['s'])
  await checkpointAround(kept, () => {
    expect(waiter.call('XREADGROUP GROUP g w BLOCK 0 STREAMS s >')).toBeUndefined()
    client.call('XADD s 5-5 f v')
    expect(waiter.received()).toHaveLength(1)
  })
  expect(streamsOf(await atCheckpoint(kept), ['s'])).toEqual(atBeginning)
})

test('many segments, large entries and thousands of pending entries come back as they were', async () => {
  const kept = keptBroker()
  const client = kept.broker.client()
  for (let i = 1; i <= 4000; i++)
    client.call(['XADD', 's', `1-${i}`, 'field', 'x'.repeat(i % 500 === 0 ? 300_000 : 90)])
  client.call('XTRIM s MINID 1-100')
  client.call(['XDEL', 's', ...Array.from({ length: 300 }, (_, i) => `1-${200 + i * 7}`)])
  for (const group of ['g', 'h']) {
    client.call(`XGROUP CREATE s ${group} 0`)
    for (const consumer of ['a', 'b', '']) {
      client.call(['XREADGROUP', 'GROUP', group, consumer, 'COUNT', '1111', 'STREAMS', 's', '>'])
    }
  }
  const atBeginning = streamsOf(kept.broker, ['s'])
  await checkpointAround(kept, () => {
    client.call('XTRIM s MAXLEN 10')
    for (let i = 1; i <= 3000; i++) client.call(['XADD', 's', `2-${i}`, 'field', 'y'.repeat(90)])
    client.call(['XACK', 's', 'g', ...Array.from({ length: 2000 }, (_, i) => `1-${i + 1}`)])
    client.call('XGROUP DELCONSUMER s h a')
  })
  expect(streamsOf(await atCheckpoint(kept), ['s'])).toEqual(atBeginning)
  const inTheEnd = streamsOf(kept.broker, ['s'])
  expect(streamsOf(await restarted(kept), ['s'])).toEqual(inTheEnd)
})
