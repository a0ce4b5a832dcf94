/** Replies as redis-cli prints them, and lines as it splits them. */
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../src/frontends/console/lib/bytes.ts'
import { printAnswer, printReply } from '../../src/frontends/console/lib/print-reply.ts'
import { type Reply, ReplyParser } from '../../src/frontends/console/lib/resp.ts'
import { splitLine } from '../../src/frontends/console/lib/split-line.ts'

const parse = (text: string): Reply => new ReplyParser().take(Uint8Array.from(text, (char) => char.charCodeAt(0)))[0]!

describe('replies', () => {
  test.each([
    ['+OK\r\n', 'OK\n'],
    ['-ERR unknown\r\n', '(error) ERR unknown\n'],
    [':3\r\n', '(integer) 3\n'],
    ['_\r\n', '(nil)\n'],
    ['#f\r\n', '(false)\n'],
    [',1.5\r\n', '(double) 1.5\n'],
    ['$6\r\na"\\\n\x07\xff\r\n', '"a\\"\\\\\\n\\a\\xff"\n'],
    ['*0\r\n', '(empty array)\n'],
    ['%0\r\n', '(empty hash)\n'],
    ['~0\r\n', '(empty set)\n'],
    ['*2\r\n:1\r\n*2\r\n:2\r\n:3\r\n', '1) (integer) 1\n2) 1) (integer) 2\n   2) (integer) 3\n'],
    ['%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n', '1# k => 1) (integer) 1\n   2) (integer) 2\n'],
    ['~1\r\n+k\r\n', '1~ k\n'],
    [
      `*10\r\n${':1\r\n'.repeat(10)}`,
      Array.from({ length: 10 }, (_, i) => `${String(i + 1).padStart(2)}) (integer) 1\n`).join(''),
    ],
  ])('%j', (wire, printed) => expect(printReply(parse(wire))).toBe(printed))

  test('texts made for people are printed as they are', () => {
    const reply: Reply = { kind: 'bulk', bytes: '# Server\r\nversion:1\r\n' as Bytes }
    expect(printAnswer(reply, 'info server')).toBe('# Server\nversion:1\n\n')
    expect(printAnswer(reply, 'GET info')).toBe('"# Server\\r\\nversion:1\\r\\n"\n')
  })
})

describe('lines', () => {
  test.each<[string, string[] | undefined]>([
    ['SET key value', ['SET', 'key', 'value']],
    ['  SET   k "a b"  ', ['SET', 'k', 'a b']],
    ['ECHO "\\x00\\xff\\n\\"\\q"', ['ECHO', '\x00\xff\n"q']],
    ["ECHO 'it\\'s \\n'", ['ECHO', "it's \\n"]],
    ['ECHO ""', ['ECHO', '']],
    ['ECHO ä', ['ECHO', '\xc3\xa4']],
    ['ECHO "open', undefined],
    ['ECHO "a"b', undefined],
    ['', []],
  ])('%j', (line, args) => expect(splitLine(line)).toEqual(args))
})
