import { expect, test } from 'vitest'
import { RowMemory } from '../../src/log/row-memory.ts'
import { packRows, RowReader } from '../../src/log/row-packing.ts'

const row = (key: string, payload: string) => ({
  db: 0,
  key: Buffer.from(key),
  kind: 'string',
  expiresAtMs: -1,
  payload: Buffer.from(payload),
})

test('memory that came back serves the next rows, which are read as if it were new', () => {
  const memory = new RowMemory()
  const first = packRows([row('a', 'x'.repeat(1000))], (bytes) => memory.take(bytes))
  memory.give(first.buffer)
  const second = packRows([row('b', 'y')], (bytes) => memory.take(bytes))
  expect(second.buffer).toBe(first.buffer)
  const reader = new RowReader(second)
  expect(Buffer.from(reader.next()!.payload).toString()).toBe('y')
  expect(reader.isDone).toBe(true)
  expect(memory.take(1)).not.toBe(first.buffer)
})

test('too little or far too much is not used again', () => {
  const memory = new RowMemory()
  const small = memory.take(100)
  memory.give(small)
  expect(memory.take(small.byteLength + 1).byteLength).toBeGreaterThan(small.byteLength)
  const huge = memory.take(5_000_000)
  memory.give(huge)
  expect(memory.take(1)).toBe(small)
  expect(memory.take(1)).not.toBe(huge)
})
