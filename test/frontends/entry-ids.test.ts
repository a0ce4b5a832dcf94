/** Ids as text. */
import { expect, test } from 'vitest'
import { compareIds, normalId } from '../../src/frontends/entry-ids.ts'

test('ids are compared as numbers', () => {
  const pairs = [
    ['9-0', '10-0'],
    ['1-9', '1-10'],
    ['5-0', '5-1'],
    ['18446744073709551614-0', '18446744073709551615-0'],
  ] as const
  for (const [one, other] of pairs) {
    expect(compareIds(one, other)).toBeLessThan(0)
    expect(compareIds(other, one)).toBeGreaterThan(0)
    expect(compareIds(one, one)).toBe(0)
  }
})

test('ids are written as the broker writes them, or are none', () => {
  expect(['5', '05-007', '0-0', '18446744073709551615-1'].map(normalId)).toEqual([
    '5-0',
    '5-7',
    '0-0',
    '18446744073709551615-1',
  ])
  expect(['', '-', '5-', '-5', '5-5-5', 'x', ' 5', '1'.repeat(21)].map(normalId)).toEqual(Array(8).fill(undefined))
})
