import { expect, test } from 'vitest'
import { MemoryLog, type MemoryLogOptions } from '../../src/log/memory.ts'
import { bytes, recover, row } from './scratch-log.ts'

function memoryLog(options: Omit<MemoryLogOptions, 'events'> = {}) {
  const durable: number[] = []
  const events = { onDurable: (position: number) => durable.push(position), onRefusing: () => {}, onFatal: () => {} }
  return { log: new MemoryLog({ ...options, events }), durable }
}

test('without a disk a record is durable at once, and onDurable follows once for a turn', async () => {
  const { log, durable } = memoryLog()
  log.append(bytes('one'), 1)
  log.append(bytes('two'), 1)
  expect(log.durablePosition).toBe(2)
  expect(durable).toEqual([])
  await log.flush()
  expect(durable).toEqual([2])
})

test('it keeps nothing unless it is asked to', async () => {
  const { log } = memoryLog()
  log.append(bytes('one'), 1)
  expect((await recover(log)).texts).toEqual([])
  const { log: keeping } = memoryLog({ keep: true })
  const shared = bytes('one')
  keeping.append(shared, 1)
  shared.fill(0)
  expect((await recover(keeping)).texts).toEqual(['one'])
})

test('by hand, records are durable when the test says so', async () => {
  const { log, durable } = memoryLog({ byHand: true })
  log.append(bytes('one'), 1)
  log.append(bytes('two'), 1)
  expect(log.durablePosition).toBe(0)
  expect(log.pendingBytes).toBe(6)
  const flushed = log.flush()
  log.makeDurable(1)
  expect(log.durablePosition).toBe(1)
  log.makeDurable()
  await flushed
  expect(durable).toEqual([1, 2])
  expect(log.pendingBytes).toBe(0)
})

test('a checkpoint folds what came before it', async () => {
  const { log } = memoryLog({ keep: true })
  log.append(bytes('folded'), 1)
  const checkpoint = log.beginCheckpoint()
  expect(() => log.beginCheckpoint()).toThrow('one checkpoint at a time')
  log.append(bytes('after'), 2)
  checkpoint.add([row('key', 'value')])
  expect((await recover(log)).texts).toEqual(['folded', 'after'])
  await checkpoint.commit()
  expect(log.sizeBytes).toBe(5)
  const { rows, texts, summary } = await recover(log)
  expect(rows).toMatchObject([{ key: 'key', payload: 'value' }])
  expect(texts).toEqual(['after'])
  expect(summary).toEqual({ checkpointPosition: 1, lastPosition: 2, records: 1, warnings: [] })
})
