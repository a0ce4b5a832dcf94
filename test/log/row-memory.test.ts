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

/** Memory that is shared; fails for other. */
function takeShared(memory: RowMemory, bytes: number): SharedArrayBuffer {
  const taken = memory.take(bytes)
  expect(taken).toBeInstanceOf(SharedArrayBuffer)
  return taken as SharedArrayBuffer
}

test('memory that came back serves the next rows, which are read as if it were new', () => {
  const memory = new RowMemory()
  const used = takeShared(memory, 1000)
  packRows([row('a', 'x'.repeat(900))], () => used)
  memory.give(used)
  const rows = packRows([row('b', 'y')], (bytes) => memory.take(bytes))
  expect(rows.buffer).toBe(used)
  const reader = new RowReader(rows)
  expect(Buffer.from(reader.next()!.payload).toString()).toBe('y')
  expect(reader.isDone).toBe(true)
  expect(memory.take(1)).not.toBe(used)
})

test('too little is left for others', () => {
  const memory = new RowMemory()
  const small = takeShared(memory, 100)
  memory.give(small)
  expect(memory.take(small.byteLength + 1).byteLength).toBeGreaterThan(small.byteLength)
  expect(memory.take(1)).toBe(small)
})

test('far too much for a group of rows is not shared, and no more than was asked for', () => {
  const huge = new RowMemory().take(5_000_001)
  expect(huge).toBeInstanceOf(ArrayBuffer)
  expect(huge.byteLength).toBe(5_000_001)
})
