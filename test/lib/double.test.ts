import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDouble, parsePlainDouble } from '../../src/lib/double.ts'

const plain = (text: string): number => parsePlainDouble(Buffer.from(`<${text}>`), 1, text.length + 1)

test('a plain number is the double that any other parser makes of it', () => {
  for (const text of [
    '0',
    '-0',
    '000000012345',
    '1.',
    '.5',
    '-.25',
    '0.1',
    '1700000000.123',
    '999999999999999',
    '7355596800004095',
    '9007199254740991',
    '00000000000000000000000012',
    '0.0000000000000000000001',
    '900719925474.0991',
  ]) {
    expect(plain(text)).toBe(parseDouble(text))
  }
  const digits = fc.stringMatching(/^-?[0-9]{0,16}\.?[0-9]{0,24}$/)
  fc.assert(
    fc.property(digits, (text) => {
      const value = plain(text)
      const isLeft = Number.isNaN(value) && text.length > 15
      if (!isLeft) expect(value).toBe(parseDouble(text) ?? Number.NaN)
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
    '9007199254740992',
    '1234567890123456789012345',
    '0.00000000000000000000001',
    '9007199254740.992',
  ]) {
    expect(plain(text)).toBeNaN()
  }
})
