import { expect, onTestFinished, test, vi } from 'vitest'
import { HeapGrowth } from '../../src/cli/collector-limits.ts'
import { EventLoop } from '../../src/cli/event-loop.ts'
import { keptBroker } from '../support/kept-broker.ts'

/** Of this process, whoever set them. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
}

function started() {
  const kept = keptBroker()
  const loop = new EventLoop(kept.broker.broker)
  loop.start()
  onTestFinished(() => loop.stop())
  return { ...kept, loop, checkpointer: kept.broker.broker.storage.checkpointer }
}

test('a checkpoint that begins right behind one that was given up works no more often than any other', async () => {
  const { broker, loop, checkpointer } = started()
  const client = broker.client()
  for (let i = 0; i < 1000; i++) client.call(['SET', `key${i}`, 'value'])
  // Each look at the clock takes longer than a slice, so that none gets far.
  broker.usPerLook = 10_000
  const before = timers()
  const outcomes: Promise<unknown>[] = []
  for (let i = 0; i < 3; i++) {
    outcomes.push(broker.broker.storage.checkpoint().catch(() => {}))
    broker.broker.endTurn()
    if (i < 2) outcomes.push(checkpointer.abort())
  }
  expect(timers() - before, 'one for the checkpoint that runs').toBe(1)
  loop.stop()
  expect(timers() - before, 'the last one went with the timer of the cron').toBe(-1)
  outcomes.push(checkpointer.abort())
  await Promise.all(outcomes)
})

test('a checkpoint lets the turn that asked for it send its answers first', async () => {
  const { broker, checkpointer } = started()
  const client = broker.client()
  client.call('SET key value')
  expect(client.call('BGSAVE')).toBe('+Background saving started')
  expect(broker.broker.keyspace.checkpoint, 'nothing of it is written yet').toBe(checkpointer)
  await expect.poll(() => checkpointer.isRunning, { timeout: 10_000 }).toBe(false)
  expect(checkpointer.lastBytes).toBeGreaterThan(0)
})

test('the limit of the collector follows the heap, again and again', async () => {
  const follow = vi.spyOn(HeapGrowth.prototype, 'follow')
  onTestFinished(() => follow.mockRestore())
  started()
  await vi.waitFor(() => expect(follow.mock.calls.length).toBeGreaterThan(1), { timeout: 5000 })
})
