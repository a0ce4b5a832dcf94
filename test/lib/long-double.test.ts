import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addLongDoubles, formatLongDouble, isInfinite, parseLongDouble } from '../../src/lib/long-double.ts'

const sum = (a: string, b: string): string => formatLongDouble(addLongDoubles(parseLongDouble(a)!, parseLongDouble(b)!))

describe('long doubles', () => {
  // Each line was answered by redis-server 7.0.15 on x86-64: SET key a, INCRBYFLOAT key b.
  test.each([
    ['0.1', '0.2', '0.3'],
    ['0', '0.1', '0.1'],
    ['3.0e3', '1', '3001'],
    ['10.50', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['1e20', '1', '100000000000000000000'],
    ['1e21', '0.5', '1000000000000000000000'],
    ['99999999999999999999.5', '0', '100000000000000000000'],
    ['18446744073709551615', '1', '18446744073709551616'],
    ['18446744073709551616', '1', '18446744073709551616'],
    ['18446744073709551617', '0', '18446744073709551616'],
    ['9223372036854775807', '0.5', '9223372036854775807.5'],
    ['0.1', '-0.1', '0'],
    ['-0', '0', '0'],
    ['-1e-20', '0', '0'],
    ['1e-17', '0', '0.00000000000000001'],
    ['0.5e-17', '0', '0'],
    ['1.5e-17', '0', '0.00000000000000002'],
    ['2.5e-17', '0', '0.00000000000000002'],
    ['1', '1e-18', '1'],
    ['1.10', '1.10', '2.2'],
    ['100', '-99.9', '0.1'],
    ['3.14159265358979323846', '0', '3.14159265358979324'],
    ['2.718281828459045235360287', '1e-15', '2.71828182845904624'],
    ['0x1.8p3', '0x.8', '12.5'],
    ['0X1P4', '1', '17'],
    ['.5', '5.', '5.5'],
    ['+1', '+2', '3'],
    ['1e-4940', '0', '0'],
    ['0x1p-16445', '1', '1'],
    ['0.3', '0.6', '0.9'],
    ['1.1', '2.2', '3.3'],
    ['1000000000000000000000', '0.125', '1000000000000000000000'],
    ['123456789.123456789', '987654321.987654321', '1111111111.11111110995989293'],
    ['-2.5', '1e20', '100000000000000000000'],
    ['0.00000000000000001', '0.00000000000000001', '0.00000000000000002'],
    ['1e15', '0.1', '1000000000000000.0999755859375'],
    ['4.35', '0', '4.35'],
    ['1.005', '0', '1.005'],
    ['0e999999', '7', '7'],
  ])('%s and %s are %s', (a, b, expected) => {
    expect(sum(a, b)).toBe(expected)
  })

  test.each([
    ...['', '.', '-', '+', 'e5', '1e', '1e+', '0x', '0xp1', '0x.p1', '0x1p', '1.2.3', ' 1', '1 ', '1\n', '1_0', 'nan'],
    ...['nan(1)', 'infinit', '1e99999', '1e-99999', '1.2e4932', '1e-4966', '0x1p16384', '0x1p-16446', '1\x00'],
    '1'.repeat(5120),
  ])('%s is no number', (text) => {
    expect(parseLongDouble(text)).toBeUndefined()
  })

  test.each(['inf', '-Infinity', '+INF'])('%s is infinite', (text) => {
    expect(isInfinite(parseLongDouble(text)!)).toBe(true)
  })

  test('a sum beyond the largest number is infinite', () => {
    const largest = parseLongDouble('1.18973149535723176502e4932')!
    expect(isInfinite(largest)).toBe(false)
    expect(isInfinite(addLongDoubles(largest, largest))).toBe(true)
  })

  test('integers of 64 bits and eighths are exact', () => {
    const exact = fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n })
    const decimal = (eighths: bigint): string => {
      const size = eighths < 0n ? -eighths : eighths
      const fraction = String((size % 8n) * 125n)
        .padStart(3, '0')
        .replace(/0+$/, '')
      return `${eighths < 0n ? '-' : ''}${size / 8n}${fraction === '' ? '' : `.${fraction}`}`
    }
    fc.assert(
      fc.property(exact, exact, (a, b) => {
        expect(sum(String(a), String(b))).toBe(String(a + b))
        expect(sum(decimal(a), decimal(b))).toBe(decimal(a + b))
      }),
    )
  })

  test('what is printed and read again is the same number when 17 digits behind the point are enough', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(999_999), (whole, millionths) => {
        const text = formatLongDouble(parseLongDouble(`${whole}.${String(millionths).padStart(6, '0')}`)!)
        expect(Number(text)).toBe(Number(`${whole}.${String(millionths).padStart(6, '0')}`))
      }),
    )
  })
})
