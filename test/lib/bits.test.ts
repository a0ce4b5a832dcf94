import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countBits, findBit, readBits, writeBits } from '../../src/lib/bits.ts'

/** Bytes as a text of zeros and ones. */
const binary = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')

/** Long runs of the same byte with something else in between, at any place in memory. */
const runs = fc
  .array(fc.tuple(fc.constantFrom(0, 255, 0, 255, 1, 128, 90), fc.integer({ min: 1, max: 90 })), { maxLength: 5 })
  .map((parts) => Uint8Array.from(parts.flatMap(([byte, count]) => Array<number>(count).fill(byte))))

test('bits are counted and found as one by one, wherever the range begins and ends', () => {
  fc.assert(
    fc.property(runs, fc.nat(7), fc.nat(300), fc.nat(300), (content, shift, from, to) => {
      const memory = new Uint8Array(content.length + shift)
      memory.set(content, shift)
      const bytes = memory.subarray(shift)
      const start = Math.min(from, content.length)
      const end = Math.max(start, Math.min(to, content.length))
      const text = binary(bytes.subarray(start, end))
      expect(countBits(bytes, start, end)).toBe(text.split('1').length - 1)
      for (const bit of [0, 1]) {
        const at = text.indexOf(String(bit))
        expect(findBit(bytes, start, end, bit)).toBe(at < 0 ? -1 : start * 8 + at)
      }
    }),
  )
})

test('a number is read and written at any bit, and what is around it stays', () => {
  const places = { offset: fc.nat(40), bits: fc.integer({ min: 1, max: 32 }), value: fc.nat(2 ** 32 - 1) }
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      fc.record(places),
      (bytes, { offset, bits, value }) => {
        const before = binary(bytes)
        const number = value % 2 ** bits
        expect(readBits(bytes, 1, 12, offset, bits)).toBe(
          Number.parseInt(before.slice(8 + offset, 8 + offset + bits), 2),
        )
        writeBits(bytes, 1, offset, bits, number)
        const written = number.toString(2).padStart(bits, '0')
        expect(binary(bytes)).toBe(before.slice(0, 8 + offset) + written + before.slice(8 + offset + bits))
      },
    ),
  )
})

test('behind the end of a range all bits are 0', () => {
  const bytes = Uint8Array.of(255, 255, 255)
  expect(readBits(bytes, 0, 2, 12, 8)).toBe(0b11110000)
  expect(readBits(bytes, 0, 2, 16, 32)).toBe(0)
})
