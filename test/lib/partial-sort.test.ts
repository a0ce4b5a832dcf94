import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sortPartially } from '../../src/lib/partial-sort.ts'

test('the range is as in the whole sorted, and nothing is lost', () => {
  const items = fc.array(fc.nat(30), { maxLength: 200 })
  fc.assert(
    fc.property(items, fc.nat(199), fc.nat(50), (all, from, count) => {
      const first = Math.min(from, all.length)
      const last = Math.min(all.length, first + count) - 1
      const sorted = all.toSorted((a, b) => a - b)
      const partly = [...all]
      sortPartially(partly, (a, b) => a - b, first, last)
      expect(partly.slice(first, last + 1)).toEqual(sorted.slice(first, last + 1))
      expect(partly.toSorted((a, b) => a - b)).toEqual(sorted)
    }),
  )
})

test('what lies far from the range is not sorted', () => {
  const items = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_000)
  let comparisons = 0
  sortPartially(
    items,
    (a, b) => {
      comparisons++
      return a - b
    },
    0,
    9,
  )
  expect(items.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(comparisons).toBeLessThan(50_000)
})
