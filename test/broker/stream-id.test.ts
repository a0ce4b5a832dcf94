import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IdForm, parseId, readEntryId, StreamId } from '../../src/broker/stream-id.ts'
import { borderIds, idOf, largestValue, numberOf, textOf } from '../support/stream-ids.ts'

const anyId = fc.oneof(borderIds, fc.bigInt({ min: 0n, max: largestValue }))

function parse(text: string, allowAnySequence = false): [IdForm, string] {
  const id = new StreamId()
  const bytes = Buffer.from(text, 'latin1')
  const form = parseId(bytes, 0, bytes.length, id, allowAnySequence)
  return [form, form === 'invalid' ? '' : id.toString()]
}

test('every id of 128 bits is written as two decimals and read back', () => {
  fc.assert(
    fc.property(anyId, (value) => {
      const id = idOf(value)
      expect(id.toString()).toBe(textOf(value))
      expect(parse(id.toString())).toEqual(['full', textOf(value)])
      const entry = Buffer.from(`${textOf(value)}\r\n`)
      const read = new StreamId()
      readEntryId(entry, 0, read)
      expect(numberOf(read)).toBe(value)
    }),
  )
})

test('order, successor and predecessor are those of the numbers', () => {
  fc.assert(
    fc.property(anyId, anyId, (a, b) => {
      expect(Math.sign(idOf(a).compare(idOf(b)))).toBe(a < b ? -1 : a > b ? 1 : 0)
      const next = idOf(a)
      expect(next.increment()).toBe(a < largestValue)
      expect(numberOf(next)).toBe(a < largestValue ? a + 1n : a)
      const previous = idOf(a)
      expect(previous.decrement()).toBe(a > 0n)
      expect(numberOf(previous)).toBe(a > 0n ? a - 1n : a)
    }),
  )
})

test.each([
  ['5', 'ms', '5-0'],
  ['5-3', 'full', '5-3'],
  ['005-03', 'full', '5-3'],
  ['+5-+3', 'full', '5-3'],
  [' 5- 3', 'full', '5-3'],
  ['\t\n\v\f\r 5', 'ms', '5-0'],
  ['1-\t+7', 'full', '1-7'],
  ['1- -1', 'full', '1-18446744073709551615'],
  ['1--18446744073709551615', 'full', '1-1'],
  ['1--0', 'full', '1-0'],
  ['18446744073709551615-18446744073709551615', 'full', '18446744073709551615-18446744073709551615'],
  ['5\0-7', 'ms', '5-0'],
  ['5-7\0x', 'full', '5-7'],
])('%j is an id as string2ull reads it', (text, form, id) => {
  expect(parse(text)).toEqual([form, id])
})

test.each([
  '',
  '-',
  '+',
  '-5',
  '5-',
  'x',
  '5 ',
  '5-3-1',
  '1.5',
  '0x1',
  '18446744073709551616',
  '1--5',
  '5-*',
  '\0',
  '5- ',
  '0'.repeat(128),
])('%j is no id', (text) => {
  expect(parse(text)[0]).toBe('invalid')
})

test('a star for the sequence is read only where it is allowed', () => {
  expect(parse('5-*', true)).toEqual(['ms-*', '5-0'])
  expect(parse('5-**', true)[0]).toBe('invalid')
  expect(parse('*', true)[0]).toBe('invalid')
})
