import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc64 } from '../../protocol/rdb/crc64.ts'
import { ListpackWriter, readListpack } from '../../protocol/rdb/listpack.ts'
import { compressLzf, decompressLzf } from '../../protocol/rdb/lzf.ts'
import { readIntset, readZiplist, readZipmap } from '../../protocol/rdb/packed-forms.ts'
import { openPayload, sealPayload } from '../../protocol/rdb/payload.ts'
import { RdbError } from '../../protocol/rdb/rdb-error.ts'
import { RdbReader } from '../../protocol/rdb/rdb-reader.ts'
import { RdbWriter } from '../../protocol/rdb/rdb-writer.ts'
import { byte, intset, ziplist, zipped } from '../support/rdb-payloads.ts'

const bytesOf = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'))
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const texts = (elements: Uint8Array[]): string[] => elements.map(textOf)

/** Strings that repeat themselves, which compression lives on, and others. */
const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.array(fc.constantFrom('abc', 'abcd', 'x', '\x00\r\n'), { maxLength: 300 }).map((parts) => bytesOf(parts.join(''))),
  fc.constantFrom('', '0', '-0', '127', '-128', '128', '32768', '2147483647', '-2147483648', '2147483648').map(bytesOf),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775808', '007', '+1').map(bytesOf),
)

/** What `read` makes of the input: a value, or undefined for an RdbError. All else that it throws is a defect. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof RdbError) return undefined
    throw error
  }
}

test('the checksum of the well-known digits is the well-known one', () => {
  expect(crc64(bytesOf('x123456789x'), 1, 10)).toEqual({ high: 0xe9c6d914, low: 0xc4b8d9ca })
})

describe('LZF', () => {
  test('gives back what was compressed, in fewer bytes', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        const compressed = compressLzf(bytes, 0, bytes.length)
        if (compressed === undefined) return
        expect(compressed.length).toBeLessThanOrEqual(bytes.length - 4)
        expect(decompressLzf(compressed, 0, compressed.length, bytes.length)).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
    const long = bytesOf('ab'.repeat(50_000))
    expect(compressLzf(long, 0, long.length)!.length).toBeLessThan(1_500)
  })

  test('refuses what is damaged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 2 ** 31 }), (bytes, size) => {
        const content = attempt(() => decompressLzf(bytes, 0, bytes.length, size))
        expect(content === undefined || content.length === size).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('strings and numbers', () => {
  test('are read as they were written', () => {
    const lengths = fc.constantFrom(0n, 63n, 64n, 16383n, 16384n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 64n - 1n)
    fc.assert(
      fc.property(
        fc.array(someBytes),
        fc.array(lengths),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double(),
        (strings, counts, time, score) => {
          const writer = new RdbWriter()
          for (const each of strings) writer.string(each)
          for (const each of counts) writer.length(each)
          writer.int64(time)
          writer.double(score)
          const reader = new RdbReader(writer.bytes())
          for (const each of strings) expect(textOf(reader.string())).toBe(textOf(each))
          for (const each of counts) expect(reader.bigLength()).toBe(each)
          expect(reader.int64()).toBe(time)
          expect(reader.double()).toBe(score)
          expect(reader.left).toBe(0)
        },
      ),
    )
  })

  test('of old scores are text', () => {
    const reader = new RdbReader(bytesOf(`${byte(4)}-2.5${byte(253, 254, 255)}`))
    expect([1, 2, 3, 4].map(() => reader.textDouble())).toEqual([-2.5, Number.NaN, Infinity, -Infinity])
    for (const bad of ['\x02ab', '\x00', '\x05', '\x01 ']) {
      expect(() => new RdbReader(bytesOf(bad)).textDouble()).toThrow(RdbError)
    }
  })

  test('are not read beyond the end of the range', () => {
    const bytes = bytesOf('\x03abc')
    expect(() => new RdbReader(bytes, 0, 3).string()).toThrow(RdbError)
    expect(textOf(new RdbReader(bytes, 0, 4).string())).toBe('abc')
  })
})

test('a payload is opened when its version and its checksum are right, and only then', () => {
  const writer = new RdbWriter()
  writer.string(bytesOf('hello'))
  const sealed = sealPayload(writer).slice()
  expect(openPayload(sealed, 0, sealed.length)?.left).toBe(6)
  for (let i = 0; i < sealed.length; i++) {
    const spoilt = sealed.slice()
    spoilt[i]! ^= 1
    expect(openPayload(spoilt, 0, spoilt.length)).toBeUndefined()
    expect(openPayload(sealed, 0, i)).toBeUndefined()
  }
})

describe('packed sequences', () => {
  test('a listpack is read as it was written', () => {
    const long = fc.constantFrom(64, 4095, 4096, 20_000).map((size) => bytesOf('l'.repeat(size)))
    fc.assert(
      fc.property(fc.array(fc.oneof(someBytes, long)), (elements) => {
        const listpack = new ListpackWriter()
        for (const each of elements) listpack.bytes(each)
        const bytes = listpack.finish()
        expect(texts(readListpack(bytes))).toEqual(elements.map(textOf))
      }),
    )
  })

  test('a listpack of more elements than it can count', () => {
    const listpack = new ListpackWriter()
    for (let i = 0; i < 70_000; i++) listpack.integer(i)
    expect(readListpack(listpack.finish())).toHaveLength(70_000)
  })

  test('a ziplist with an element of every kind', () => {
    const elements = [zipped.text('a'), zipped.middle('m'), zipped.small(0), zipped.small(12), zipped.int8(-128)]
    const more = [zipped.int16(-32768), zipped.int24(-8388608), zipped.int32(-2147483648)]
    const large = byte(0x80, 0, 0, 0, 3)
    const bytes = bytesOf(ziplist(...elements, ...more, zipped.int64(byte(0, 0, 0, 0, 0, 0, 0, 0x80)), `${large}big`))
    expect(texts(readZiplist(bytes))).toEqual([
      'a',
      'm',
      '0',
      '12',
      '-128',
      '-32768',
      '-8388608',
      '-2147483648',
      '-9223372036854775808',
      'big',
    ])
  })

  test('a zipmap, with free bytes behind a value', () => {
    const bytes = bytesOf(`${byte(2)}${byte(1)}a${byte(2, 1)}xy?${byte(0, 0, 0)}${byte(255)}`)
    expect(texts(readZipmap(bytes))).toEqual(['a', 'xy', '', ''])
  })

  test('intsets of every width', () => {
    expect(texts(readIntset(bytesOf(intset(2, byte(0xff, 0xff), byte(1, 0)))))).toEqual(['-1', '1'])
    expect(texts(readIntset(bytesOf(intset(4, byte(0, 0, 0, 0x80)))))).toEqual(['-2147483648'])
    expect(texts(readIntset(bytesOf(intset(8, byte(0, 0, 0, 0, 1, 0, 0, 0)))))).toEqual(['4294967296'])
    expect(() => readIntset(bytesOf(intset(2, byte(1, 0), byte(1, 0))))).toThrow(RdbError)
  })

  test('whatever is damaged is refused, and nothing else happens', () => {
    const listpack = new ListpackWriter()
    for (const each of ['a', '5', '-300', 'x'.repeat(100), '70000']) listpack.bytes(bytesOf(each))
    const whole = [
      listpack.finish(),
      bytesOf(ziplist(zipped.text('a'), zipped.int16(-300), zipped.small(3))),
      bytesOf(`${byte(1)}${byte(1)}a${byte(2, 1)}xy?${byte(255)}`),
      bytesOf(intset(4, byte(1, 0, 0, 0), byte(2, 0, 0, 0))),
    ]
    const damage = fc.tuple(
      fc.constantFrom(...whole),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(200),
    )
    fc.assert(
      fc.property(damage, ([bytes, changes, size]) => {
        const spoilt = bytes.slice(0, Math.max(1, size))
        for (const [at, value] of changes) spoilt[at % spoilt.length] = value
        for (const read of [readListpack, readZiplist, readZipmap, readIntset]) attempt(() => read(spoilt))
      }),
      { numRuns: 5000 },
    )
  })
})
