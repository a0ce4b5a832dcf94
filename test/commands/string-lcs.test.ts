import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker } from '../support/in-process.ts'

function lengthOf(first: string, second: string): number {
  if (first === '' || second === '') return 0
  if (first[0] === second[0]) return 1 + lengthOf(first.slice(1), second.slice(1))
  return Math.max(lengthOf(first.slice(1), second), lengthOf(first, second.slice(1)))
}

function isWithin(part: string, whole: string): boolean {
  let at = 0
  for (const letter of whole) if (letter === part[at]) at++
  return at === part.length
}

describe('LCS', () => {
  test('is a subsequence of both strings and none is longer', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 })
    const client = new TestBroker().client()
    fc.assert(
      fc.property(text, text, (first, second) => {
        client.call(['MSET', 'first', first, 'second', second])
        const common = JSON.parse(client.call('LCS first second')!) as string
        expect(common.length).toBe(lengthOf(first, second))
        expect(isWithin(common, first) && isWithin(common, second)).toBe(true)
        expect(client.call('LCS first second LEN')).toBe(`:${common.length}`)
      }),
      { numRuns: 60 },
    )
  })

  // Answered by redis-server 7.0.15.
  test.each([
    ['LCS first second', '"mytext"'],
    ['LCS first second IDX', '["matches", [[[:4, :7], [:5, :8]], [[:2, :3], [:0, :1]]], "len", :6]'],
    ['LCS first second IDX MINMATCHLEN 4', '["matches", [[[:4, :7], [:5, :8]]], "len", :6]'],
    [
      'LCS first second IDX WITHMATCHLEN MINMATCHLEN -1',
      '["matches", [[[:4, :7], [:5, :8], :4], [[:2, :3], [:0, :1], :2]], "len", :6]',
    ],
    ['LCS first none IDX', '["matches", [], "len", :0]'],
    ['LCS first list', '-ERR The specified keys must contain string values'],
    ['LCS first list NONSENSE', '-ERR The specified keys must contain string values'],
    ['LCS first second MINMATCHLEN', '-ERR syntax error'],
    ['LCS first second MINMATCHLEN x', '-ERR value is not an integer or out of range'],
    ['LCS first second LEN IDX', '-ERR If you want both the length and indexes, please just use IDX.'],
  ])('%s', (command, reply) => {
    const client = new TestBroker().client()
    client.call('MSET first ohmytext second mynewtext')
    client.call('RPUSH list x')
    expect(client.call(command)).toBe(reply)
  })

  test('is refused when its table would be larger than proto-max-bulk-len', () => {
    const config = new Config()
    expect(config.set(['proto-max-bulk-len', '1mb'])).toBeUndefined()
    const client = new TestBroker(config).client()
    client.call(['MSET', 'first', 'x'.repeat(511), 'second', 'x'.repeat(512)])
    expect(client.call('LCS first first LEN')).toBe(':511')
    expect(client.call('LCS first second LEN')).toBe(
      '-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len',
    )
  })
})
