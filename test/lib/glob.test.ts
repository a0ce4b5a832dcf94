import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { globMatches, globMatchesRange } from '../../src/lib/glob.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const matches = (pattern: string, text: string, ignoreCase = false) =>
  globMatches(bytes(pattern), bytes(text), ignoreCase)

describe('glob', () => {
  // Each line was answered by redis-server 7.0.15: KEYS for the plain form, CONFIG GET for the one that ignores case.
  test.each([
    ['hello', 'hello', true],
    ['hello', 'hell', false],
    ['h?llo', 'hallo', true],
    ['h*llo', 'heeeello', true],
    ['h*llo*', 'hello', true],
    ['*', 'x', true],
    ['**', 'x', true],
    ['?', 'xy', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbYbZ', false],
    ['h[ae]llo', 'hello', true],
    ['h[^e]llo', 'hello', false],
    ['h[a-c]llo', 'hbllo', true],
    ['h[c-a]llo', 'hbllo', true],
    ['[]', 'x', false],
    ['[]x', 'x', false],
    ['[^]', 'x', true],
    ['[', 'x', false],
    ['[^', 'x', true],
    ['[ab', 'b', true],
    ['[a-', 'a', true],
    ['[a-]', '-', false],
    ['[a-]', ']', true],
    ['[\\]]', ']', true],
    ['[a\\', '\\', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'aXb', false],
    ['a\\', 'a\\', true],
    ['\\\\', '\\', true],
  ])('%s against %s is %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  test('an empty text is matched by the empty pattern alone', () => {
    expect(matches('', '')).toBe(true)
    expect(matches('*', '')).toBe(false)
    expect(matches('', 'x')).toBe(false)
  })

  test('case is ignored where asked, but for an escaped byte in a class', () => {
    expect(matches('HeL?o', 'hello')).toBe(false)
    expect(matches('HeL?o', 'hello', true)).toBe(true)
    expect(matches('[A-C]*', 'bell', true)).toBe(true)
    expect(matches('[\\B]ell', 'bell', true)).toBe(false)
    expect(matches('[B]ell', 'bell', true)).toBe(true)
  })

  test('bytes above 127 are smaller than bytes below in a range', () => {
    expect(matches('[a-\xff]', '\x00')).toBe(true)
    expect(matches('[a-\xff]', 'b')).toBe(false)
    expect(matches('[\x80-\xff]', '\x90')).toBe(true)
  })

  test('a range of a longer buffer is matched without its neighbours', () => {
    expect(globMatchesRange(bytes('b*d'), bytes('abcde'), 1, 4)).toBe(true)
    expect(globMatchesRange(bytes('b*d'), bytes('abcde'), 0, 4)).toBe(false)
  })

  test('a pattern of many stars against a long text that never matches is answered at once', () => {
    const pattern = bytes(`${'a*'.repeat(500)}b`)
    const text = bytes('a'.repeat(5000))
    const startedAt = performance.now()
    expect(globMatches(pattern, text)).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  test('a pattern made from a text by blotting out parts matches that text', () => {
    const piece = fc.tuple(
      fc.constantFrom('keep', '?', '*'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary-ascii' }),
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), (pieces) => {
        const text = pieces.map(([, char]) => char).join('')
        const pattern = pieces
          .map(([form, char]) => (form === 'keep' ? (/[*?[\\]/.test(char) ? `\\${char}` : char) : form))
          .join('')
        expect(matches(pattern, text)).toBe(true)
      }),
    )
  })
})
