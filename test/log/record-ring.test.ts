import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRingMemory, RingReader, RingWriter } from '../../src/log/record-ring.ts'

function ring(size: number) {
  const memory = createRingMemory(size)
  return { writer: new RingWriter(memory), reader: new RingReader(memory, () => {}) }
}

describe('the ring', () => {
  test('keeps order and bytes through wraps, refusals, rewinds and releases, whatever the sizes', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('offer' as const), size: fc.nat(100) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('next' as const), size: fc.constant(0) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), size: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('rewind' as const), size: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('external' as const), size: fc.nat(500) }) },
    )
    let wraps = 0
    let refusals = 0
    const property = fc.property(fc.array(step, { minLength: 200, maxLength: 300 }), (steps) => {
      const { writer, reader } = ring(256)
      const model: { atMs: number; size: number }[] = []
      let released = 0
      let read = 0
      for (const { kind, size } of steps) {
        const atMs = model.length + 1_700_000_000_000.5
        const bytes = new Uint8Array(size).fill(model.length)
        if (kind === 'offer') {
          if (writer.offer(bytes, atMs)) model.push({ atMs, size })
          else refusals++
        } else if (kind === 'external') {
          if (!writer.hasRoomForExternal) continue
          reader.keepExternal(model.length, bytes)
          expect(writer.offerExternal(model.length, atMs)).toBe(true)
          model.push({ atMs, size })
        } else if (kind === 'next') {
          const record = reader.next()
          expect(record === undefined).toBe(read === model.length)
          if (record === undefined) continue
          expect(record.atMs).toBe(model[read]!.atMs)
          expect(record.bytes).toEqual(new Uint8Array(model[read]!.size).fill(read))
          read++
          if (read > 20) wraps++
        } else if (kind === 'release') {
          reader.release()
          released = read
        } else {
          reader.rewind()
          read = released
        }
        expect(reader.hasNext).toBe(read < model.length)
      }
    })
    fc.assert(property, { numRuns: 100 })
    expect(wraps).toBeGreaterThan(0)
    expect(refusals).toBeGreaterThan(0)
  })

  test('a reader that has enough waiting for it does not sleep', () => {
    const { writer, reader } = ring(256)
    writer.offer(new Uint8Array(32), 1)
    writer.offer(new Uint8Array(32), 1)
    // Whoever slept here would sleep for ever: nobody wakes it.
    reader.sleep(Number.POSITIVE_INFINITY, 96)
    reader.sleep(Number.POSITIVE_INFINITY, 0)
    reader.sleep(1, 97)
    expect(reader.hasNext).toBe(true)
  })

  test('an empty ring takes a record that fills it, and nothing more until that is released', () => {
    const { writer, reader } = ring(256)
    expect(writer.offer(new Uint8Array(241), 1)).toBe(false)
    expect(writer.offer(new Uint8Array(240), 1)).toBe(true)
    expect(writer.offer(new Uint8Array(0), 1)).toBe(false)
    expect(reader.next()?.bytes.length).toBe(240)
    expect(writer.offer(new Uint8Array(0), 1)).toBe(false)
    reader.release()
    expect(writer.usedBytes).toBe(0)
    expect(writer.offer(new Uint8Array(0), 1)).toBe(true)
  })

  test('tells positions beyond 32 bits, given one that is not too far behind', () => {
    const { writer, reader } = ring(256)
    const position = 2 ** 40 + 5
    reader.publishDurable(position, 0)
    expect(writer.durablePosition(position)).toBe(position)
    expect(writer.durablePosition(position - 1000)).toBe(position)
    reader.publishDurable(2 ** 41 + 3, 0)
    expect(writer.durablePosition(2 ** 41 - 2)).toBe(2 ** 41 + 3)
  })

  test('wakes who waits for the durable position', async () => {
    const { writer, reader } = ring(256)
    const change = writer.durableChange(0)
    expect(change).toBeDefined()
    reader.publishDurable(1, 0)
    await change
    expect(writer.durablePosition(0)).toBe(1)
    expect(writer.durableChange(0)).toBeUndefined()
  })

  test('is of a size that is a power of two', () => {
    expect(() => createRingMemory(1000)).toThrow(RangeError)
  })
})
