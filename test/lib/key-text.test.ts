import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareBytes } from '../../src/lib/bytes.ts'
import { bytesOfKeyText, compareKeyTexts, keyText, latin1KeyBytesMax } from '../../src/lib/key-text.ts'

/** Byte strings around the length from which on they are packed, alike but for their ends. */
const keys = fc
  .tuple(
    fc.constantFrom(0, 1, latin1KeyBytesMax / 2, latin1KeyBytesMax - 1, latin1KeyBytesMax, latin1KeyBytesMax + 1),
    fc.constantFrom(0, 1, 0xd8, 0xff),
    fc.uint8Array({ maxLength: 4 }),
  )
  .map(([size, fill, end]) => Buffer.concat([Buffer.alloc(size, fill), end]))

test('two texts are equal exactly when the bytes are, sort as they do, and lead back to them', () => {
  fc.assert(
    fc.property(keys, keys, (a, b) => {
      const [one, other] = [keyText(a), keyText(b)]
      expect(one === other).toBe(a.equals(b))
      expect(Math.sign(compareKeyTexts(one, other))).toBe(Math.sign(compareBytes(a, b)))
      expect(Buffer.compare(bytesOfKeyText(one), a)).toBe(0)
    }),
  )
})

test('a prefix stands before the text, and a long key takes half a character a byte', () => {
  for (const size of [0, 5, latin1KeyBytesMax, latin1KeyBytesMax + 1, latin1KeyBytesMax + 2]) {
    const key = Buffer.alloc(size, 7)
    expect(keyText(key, 0, size, '15:')).toBe(`15:${keyText(key)}`)
  }
  expect(keyText(Buffer.alloc(1_000_001)).length).toBe(500_002)
})
