/** Byte strings of the console. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Bytes,
  fromAddressPart,
  fromBuffer,
  fromText,
  fromTyped,
  show,
  showShort,
  toAddressPart,
  toBuffer,
  toText,
  toTyped,
} from '../../src/frontends/console/lib/bytes.ts'

const anyBytes = fc.uint8Array({ maxLength: 60 }).map(fromBuffer)

describe('byte strings', () => {
  test('text goes in and comes out in UTF-8', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => void expect(toText(fromText(text))).toBe(text)))
    expect([...toBuffer(fromText('ä€'))]).toEqual([0xc3, 0xa4, 0xe2, 0x82, 0xac])
  })

  test('bytes that are no UTF-8 are no text', () => expect(toText('\xff\xfe' as Bytes)).toBeUndefined())

  test('any bytes survive a buffer, an address and an input', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(fromBuffer(toBuffer(bytes))).toBe(bytes)
        expect(fromAddressPart(toAddressPart(bytes))).toBe(bytes)
        expect(toAddressPart(bytes)).toMatch(/^[\x21-\x7e]*$/)
        expect(fromTyped(toTyped(bytes))).toBe(bytes)
      }),
    )
  })

  test.each(['\u0080', '\u0085\u009f', 'abc\u202etxt', '\\u{202e}', '\\x80'])(
    'the text %j survives an input',
    (text) => {
      const bytes = fromText(text)
      expect(toTyped(bytes)).toMatch(/^[\x20-\x7e]*$/)
      expect(fromTyped(toTyped(bytes))).toBe(bytes)
    },
  )

  test('what stands for nothing is text', () => {
    for (const typed of ['\\u{d800}', '\\u{DFff}', '\\u{}', '\\u{12345}', '\\q', '\\N', '\\x0'])
      expect(fromTyped(typed)).toBe(typed)
  })

  test('a text in an address is what encodeURIComponent makes of it', () =>
    expect(toAddressPart(fromText('größe/1 %'))).toBe(encodeURIComponent('größe/1 %')))

  test('what can not be seen is shown by its code', () => {
    expect(show(fromText('Köln\n\t\0'))).toBe('Köln\\n\\t\\x00')
    expect(show('\xff\nA' as Bytes)).toBe('\\xff\\nA')
    expect(show(fromText('abc\u202etxt'))).toBe('abc\\u{202e}txt')
  })

  test('a long one is cut', () => {
    expect(showShort(fromText('a'.repeat(100)), 10)).toBe(`${'a'.repeat(9)}…`)
    expect(showShort(fromText('short'), 10)).toBe('short')
  })
})
