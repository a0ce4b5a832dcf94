import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDouble, parsePlainDouble } from '../../src/lib/double.ts'

const plain = (text: string): number => parsePlainDouble(Buffer.from(`<${text}>`), 1, text.length + 1)

test('a plain number is the double that any other parser makes of it', () => {
  for (const text of ['0', '-0', '000000012345', '1.', '.5', '-.25', '0.1', '1700000000.123', '999999999999999']) {
    expect(plain(text)).toBe(parseDouble(text))
  }
  const digits = fc.stringMatching(/^-?[0-9]{0,9}\.?[0-9]{0,6}$/)
  fc.assert(
    fc.property(digits, (text) => {
      expect(plain(text)).toBe(parseDouble(text) ?? Number.NaN)
    }),
  )
})

test('what is not plain, or too long to be exact, is left to others', () => {
  for (const text of [
    '',
    '-',
    '.',
    '-.',
    '1.2.3',
    '..1',
    '1e3',
    '+1',
    ' 1',
    'inf',
    'nan',
    '0x10',
    '1-',
    '1234567890123456',
  ]) {
    expect(plain(text)).toBeNaN()
  }
})
