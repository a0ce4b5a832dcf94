import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TimerHeap } from '../../src/lib/timer-heap.ts'

const times = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double({ min: 0, max: 1e18, noNaN: true }))

/** Empties the heap, soonest first. */
function drain(heap: TimerHeap): [number, number][] {
  const pairs: [number, number][] = []
  while (heap.size > 0) {
    pairs.push([heap.nextAtMs, heap.nextValue])
    heap.pop()
  }
  return pairs
}

const byTimeAndValue = (a: [number, number], b: [number, number]): number => a[0] - b[0] || a[1] - b[1]

describe('TimerHeap', () => {
  test('gives back every pair in order of time, whatever comes between', () => {
    fc.assert(
      fc.property(fc.array(fc.option(times), { maxLength: 200 }), (steps) => {
        const heap = new TimerHeap()
        const twin: [number, number][] = []
        for (const [index, atMs] of steps.entries()) {
          // Ids of sessions go beyond 32 bits in a month of requests.
          const value = index % 2 === 0 ? index : 2 ** 31 + index
          if (atMs !== null) {
            heap.push(atMs, value)
            twin.push([atMs, value])
          } else if (twin.length > 0) {
            const at = twin.findIndex(([time, each]) => time === heap.nextAtMs && each === heap.nextValue)
            expect(twin[at]![0]).toBe(Math.min(...twin.map(([time]) => time)))
            twin.splice(at, 1)
            heap.pop()
          }
          expect(heap.size).toBe(twin.length)
        }
        const drained = drain(heap)
        expect(drained.map(([time]) => time)).toEqual(twin.map(([time]) => time).sort((a, b) => a - b))
        expect(drained.sort(byTimeAndValue)).toEqual(twin.sort(byTimeAndValue))
      }),
    )
  })

  test('compact keeps what is current, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(times, fc.boolean()), { maxLength: 100 }), (pairs) => {
        const heap = new TimerHeap()
        for (const [value, [atMs]] of pairs.entries()) heap.push(atMs, value)
        heap.compact((value, atMs) => {
          expect(pairs[value]![0]).toBe(atMs)
          return pairs[value]![1]
        })
        const kept = pairs.flatMap(([atMs, isCurrent], value): [number, number][] => (isCurrent ? [[atMs, value]] : []))
        const drained = drain(heap)
        expect(drained.map(([time]) => time)).toEqual(kept.map(([time]) => time).sort((a, b) => a - b))
        expect(drained.sort(byTimeAndValue)).toEqual(kept.sort(byTimeAndValue))
      }),
    )
  })

  test('an empty heap is due never', () => {
    const heap = new TimerHeap()
    expect(heap.nextAtMs).toBe(Number.POSITIVE_INFINITY)
    heap.push(5, 1)
    heap.pop()
    expect(heap.nextAtMs).toBe(Number.POSITIVE_INFINITY)
  })
})
