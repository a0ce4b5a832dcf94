/** RESP as the console speaks it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../src/frontends/console/lib/bytes.ts'
import { encodeRequest, NotResp, type Reply, ReplyParser } from '../../src/frontends/console/lib/resp.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0))
const parse = (text: string): Reply[] => new ReplyParser().take(bytesOf(text))
const bulk = (text: string): Reply => ({ kind: 'bulk', bytes: text as Bytes })

const samples: readonly [string, Reply][] = [
  ['+OK\r\n', { kind: 'simple', bytes: 'OK' as Bytes }],
  ['-ERR no\r\n', { kind: 'error', bytes: 'ERR no' as Bytes }],
  ['!6\r\nERR no\r\n', { kind: 'error', bytes: 'ERR no' as Bytes }],
  [':-12\r\n', { kind: 'integer', text: '-12' }],
  ['$3\r\na\r\n\r\n', bulk('a\r\n')],
  ['$0\r\n\r\n', bulk('')],
  ['$-1\r\n', { kind: 'null' }],
  ['*-1\r\n', { kind: 'null' }],
  ['_\r\n', { kind: 'null' }],
  [',inf\r\n', { kind: 'double', text: 'inf' }],
  ['#t\r\n', { kind: 'boolean', value: true }],
  ['(12345678901234567890\r\n', { kind: 'bigNumber', bytes: '12345678901234567890' as Bytes }],
  ['=7\r\ntxt:abc\r\n', { kind: 'verbatim', format: 'txt', bytes: 'abc' as Bytes }],
  ['*0\r\n', { kind: 'array', items: [] }],
  ['~1\r\n$1\r\na\r\n', { kind: 'set', items: [bulk('a')] }],
  ['>2\r\n$1\r\na\r\n:1\r\n', { kind: 'push', items: [bulk('a'), { kind: 'integer', text: '1' }] }],
  [
    '%1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n',
    { kind: 'map', entries: [[bulk('a'), { kind: 'array', items: [bulk('b')] }]] },
  ],
]

describe('replies', () => {
  test.each(samples)('%j is read', (text, reply) => expect(parse(text)).toEqual([reply]))

  test('come whole, however they are cut', () => {
    const text = samples.map(([each]) => each).join('')
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const parser = new ReplyParser()
        const ends = [...cuts.toSorted((a, b) => a - b), text.length]
        let at = 0
        const replies = ends.flatMap((end) => {
          const piece = text.slice(at, end)
          at = end
          return parser.take(bytesOf(piece))
        })
        expect(replies).toEqual(samples.map(([, reply]) => reply))
      }),
    )
  })

  test('what is not RESP is refused', () => {
    expect(() => parse('HTTP/1.1 400\r\n')).toThrow(NotResp)
    expect(() => parse('$x\r\n')).toThrow(NotResp)
  })
})

test('a request is an array of bulk strings', () =>
  expect(String.fromCharCode(...encodeRequest(['GET' as Bytes, '\xff' as Bytes]))).toBe(
    '*2\r\n$3\r\nGET\r\n$1\r\n\xff\r\n',
  ))
