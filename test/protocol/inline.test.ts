import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitInline } from '../../protocol/resp/inline.ts'

const split = (line: string): string[] | undefined => {
  const bytes = Buffer.from(`<${line}>`, 'latin1')
  return splitInline(bytes, 1, bytes.length - 1)?.map((word) => Buffer.from(word).toString('latin1'))
}

/** The word in double quotes, every other byte as an escape. */
const quote = (word: string): string =>
  `"${[...word].map((char) => (/[a-z]/.test(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)).join('')}"`

test('words of any bytes come back from between double quotes', () => {
  const byteString = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
  fc.assert(
    fc.property(fc.array(byteString), (words) => {
      expect(split(words.map(quote).join(' '))).toEqual(words)
    }),
  )
})

test('words without quotes, backslashes and blanks are themselves', () => {
  const bareWord = fc.stringMatching(/^[!#-&(-[\]-~]+$/)
  fc.assert(
    fc.property(fc.array(bareWord), (words) => {
      expect(split(words.join(' \t '))).toEqual(words)
    }),
  )
})

test('only the range is read', () => {
  expect(split('')).toEqual([])
  expect(split('a"')).toBeUndefined()
  expect(split('"a\\x4')).toBeUndefined()
  expect(split('a\\')).toEqual(['a\\'])
})

test('hexadecimal digits come in either case, and anything else stays as it is', () => {
  expect(split('"\\xfF\\xAb\\x4g\\x@0\\x`0"')).toEqual(['\xff\xabx4gx@0x`0'])
})
