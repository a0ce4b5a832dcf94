import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareBytes,
  copyBytes,
  digitCount,
  equalBytes,
  equalRanges,
  hashBytes,
  latin1Bytes,
  latin1Text,
  parseInt64,
  parseSmallInteger,
  sliceBytes,
  writeDecimal,
} from '../../src/lib/bytes.ts'

const someBytes = fc.uint8Array({ maxLength: 120 })
/** Numbers as people and machines write them, rightly and wrongly. */
const numberText = fc.oneof(
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.integer().map(String),
  fc.constantFrom(
    '',
    '-',
    '+',
    '+1',
    '-0',
    '00',
    '01',
    '-01',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    '\x001',
    '1\x00',
    '--1',
  ),
  fc.stringMatching(/^[-+0-9 .]{0,22}$/),
)

/** Redis' `string2ll`, said by a regular expression. */
function twinOfInt64(text: string): bigint | undefined {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined
  const value = BigInt(text)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

describe('numbers in bytes', () => {
  test('parseInt64 takes what string2ll takes and nothing else', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        const bytes = latin1Bytes(`9${text}9`)
        expect(parseInt64(bytes, 1, bytes.length - 1)).toBe(twinOfInt64(text))
      }),
    )
  })

  test.each([
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775808', undefined],
    ['-9223372036854775809', undefined],
    ['99999999999999999999', undefined],
    ['0', 0n],
    ['-0', undefined],
  ])('parseInt64 of %s is %s', (text, value) => {
    expect(parseInt64(latin1Bytes(text), 0, text.length)).toBe(value)
  })

  test('parseSmallInteger agrees with parseInt64 up to 15 digits and is NaN beyond', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        const value = twinOfInt64(text)
        const isSmall = value !== undefined && value > -(10n ** 15n) && value < 10n ** 15n
        expect(parseSmallInteger(latin1Bytes(text), 0, text.length)).toBe(isSmall ? Number(value) : Number.NaN)
      }),
    )
  })

  test('writeDecimal and digitCount write every safe integer as String does', () => {
    const powers = Array.from({ length: 16 }, (_, i) => 10 ** i)
    const edges = [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, ...powers, ...powers.map((x) => x - 1)]
    const check = (value: number): void => {
      const target = new Uint8Array(40)
      const end = writeDecimal(value, target, 3)
      expect(latin1Text(target, 3, end)).toBe(String(value))
      expect(digitCount(value)).toBe(end - 3)
    }
    for (const value of edges) check(value)
    fc.assert(fc.property(fc.maxSafeNat(), check))
  })
})

describe('ranges of bytes', () => {
  test('copyBytes copies the range and nothing else, by loop and by native call', () => {
    fc.assert(
      fc.property(someBytes, fc.nat(120), fc.nat(120), fc.nat(20), (source, a, b, at) => {
        const [start, end] = [Math.min(a, b, source.length), Math.min(Math.max(a, b), source.length)]
        const target = new Uint8Array(200).fill(7)
        expect(copyBytes(source, start, end, target, at)).toBe(at + end - start)
        expect([...target]).toEqual([
          ...new Array<number>(at).fill(7),
          ...source.subarray(start, end),
          ...new Array<number>(200 - at - (end - start)).fill(7),
        ])
      }),
    )
  })

  test('Latin-1 text goes there and back', () => {
    fc.assert(fc.property(someBytes, (bytes) => equalBytes(latin1Bytes(latin1Text(bytes)), bytes)))
    const every = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect(latin1Bytes(latin1Text(every))).toEqual(every)
    expect(latin1Text(every, 65, 68)).toBe('ABC')
  })

  test('comparisons agree with Buffer', () => {
    const near = fc.uint8Array({ maxLength: 4, max: 2 })
    fc.assert(
      fc.property(near, near, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b))
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)
        const size = Math.min(a.length, b.length)
        expect(equalRanges(a, 0, b, 0, size)).toBe(Buffer.compare(a.subarray(0, size), b.subarray(0, size)) === 0)
      }),
    )
  })

  test('one different byte is seen wherever it is', () => {
    for (let size = 1; size <= 13; size++) {
      const a = Uint8Array.from({ length: size + 3 }, (_, i) => i * 7)
      expect(equalRanges(a, 2, a.slice(1), 1, size)).toBe(true)
      for (let at = 0; at < size; at++) {
        const b = a.slice(1)
        b[1 + at]! ^= 0x80
        expect(equalRanges(a, 2, b, 1, size)).toBe(false)
      }
    }
  })

  test('sliceBytes shares nothing with its source', () => {
    const source = latin1Bytes('hello')
    const slice = sliceBytes(source, 1, 3)
    source.fill(0)
    expect(latin1Text(slice)).toBe('el')
  })

  test('a hash depends on every byte and on the seed, and on nothing around the range', () => {
    const hashes = new Set<number>()
    for (let i = 0; i < 256; i++)
      for (const seed of [1, 0x12345678]) hashes.add(hashBytes(Uint8Array.of(9, i, 9), 1, 2, seed))
    expect(hashes.size).toBe(512)
    expect(hashBytes(Uint8Array.of(9, 5, 9), 1, 2, 1)).toBe(hashBytes(Uint8Array.of(5), 0, 1, 1))
  })
})
