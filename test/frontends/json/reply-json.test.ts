import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonWriter } from '../../../src/frontends/json/json-writer.ts'
import { codeOf, readError, skipReply, writeReply } from '../../../src/frontends/json/reply-json.ts'
import { parseOneReply, type Reply } from '../../support/resp-reply.ts'

function jsonOf(resp: string): string {
  const writer = new JsonWriter()
  const bytes = Buffer.from(resp, 'latin1')
  expect(writeReply(writer, bytes, 0)).toBe(bytes.length)
  return writer.takeText()
}

test.each([
  ['+OK\r\n', '"OK"'],
  ['$5\r\nh\xc3\xa9l\n\r\n', '"hél\\n"'],
  ['$0\r\n\r\n', '""'],
  ['$4\r\n"\\\x00\x1f\r\n', '"\\"\\\\\\u0000\\u001f"'],
  ['$2\r\n\xff\x00\r\n', '{"base64":"/wA="}'],
  [':42\r\n', '42'],
  [':-9007199254740991\r\n', '-9007199254740991'],
  [':9007199254740992\r\n', '"9007199254740992"'],
  [':-9223372036854775808\r\n', '"-9223372036854775808"'],
  [',3.5\r\n', '3.5'],
  [',1e+20\r\n', '1e+20'],
  [',inf\r\n', '"inf"'],
  [',-inf\r\n', '"-inf"'],
  [',nan\r\n', '"nan"'],
  ['(3492890328409238509324850943850943825024385\r\n', '"3492890328409238509324850943850943825024385"'],
  ['#t\r\n', 'true'],
  ['#f\r\n', 'false'],
  ['_\r\n', 'null'],
  ['$-1\r\n', 'null'],
  ['*-1\r\n', 'null'],
  ['=7\r\ntxt:abc\r\n', '"abc"'],
  ['*2\r\n$1\r\na\r\n*0\r\n', '["a",[]]'],
  ['~1\r\n:1\r\n', '[1]'],
  ['>2\r\n$1\r\na\r\n:1\r\n', '["a",1]'],
  ['%2\r\n$1\r\na\r\n:1\r\n:2\r\n_\r\n', '{"a":1,"2":null}'],
  ['%2\r\n#t\r\n:1\r\n,1.5\r\n:2\r\n', '{"true":1,"1.5":2}'],
  ['%0\r\n', '{}'],
  ['%2\r\n$1\r\na\r\n:1\r\n$1\r\n\xff\r\n%0\r\n', '{"pairs":[["a",1],[{"base64":"/w=="},{}]]}'],
  ['%1\r\n*1\r\n:1\r\n:2\r\n', '{"pairs":[[[1],2]]}'],
  ['|1\r\n$1\r\na\r\n*2\r\n:1\r\n:2\r\n+OK\r\n', '"OK"'],
  ['*2\r\n|1\r\n+a\r\n|1\r\n+b\r\n:1\r\n:2\r\n+c\r\n:3\r\n', '["c",3]'],
  ['-WRONGTYPE Operation\r\n', '{"error":{"code":"WRONGTYPE","message":"WRONGTYPE Operation"}}'],
  ['*1\r\n-oops\r\n', '[{"error":{"code":"ERR","message":"oops"}}]'],
])('%j is %s', (resp, json) => {
  expect(jsonOf(resp)).toBe(json)
  expect(skipReply(Buffer.from(resp, 'latin1'), 0)).toBe(resp.length)
})

test('the code word of an error is its first word in capitals, ERR otherwise', () => {
  expect(['NOSCRIPT No such', 'MISCONF', 'ERR a', 'Unknown thing', 'noperm x', ''].map(codeOf)).toEqual([
    'NOSCRIPT',
    'MISCONF',
    'ERR',
    'ERR',
    'ERR',
    'ERR',
  ])
  expect(readError(Buffer.from('xx-NOPERM no\r\n'), 2)).toEqual({ code: 'NOPERM', message: 'NOPERM no' })
})

test('a reply that is cut is a bug, not an answer', () => {
  expect(() => jsonOf('*2\r\n:1\r\n')).toThrow()
  expect(() => jsonOf('?\r\n')).toThrow()
})

/** The naive twin: the tree decoded by the tests' own reader. */
function decoded(reply: Reply): unknown {
  switch (reply.type) {
    case 'null':
      return null
    case 'bool':
      return reply.value
    case 'int':
      return Number.isSafeInteger(Number(reply.text)) ? Number(reply.text) : reply.text
    case 'double':
      return Number.isFinite(Number(reply.text)) ? Number(reply.text) : reply.text
    case 'error':
      return { error: { code: /^[A-Z]+(?= )/.exec(reply.text)?.[0] ?? 'ERR', message: textOf(reply.text) } }
    case 'verbatim':
      return textOf(reply.text.slice(4))
    case 'array':
    case 'set':
    case 'push':
      return reply.items.map(decoded)
    case 'map': {
      const pairs = reply.entries.map(([key, value]) => [decoded(key), decoded(value)])
      const areNames = pairs.every(([key]) => key !== null && typeof key !== 'object')
      return areNames ? Object.fromEntries(pairs) : { pairs }
    }
    default:
      return textOf(reply.text)
  }
}

function textOf(byteString: string): unknown {
  const bytes = Buffer.from(byteString, 'latin1')
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') }
}

const aString = fc
  .oneof(
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 6 }),
  )
  .map((bytes) => `$${bytes.length}\r\n${Buffer.from(bytes).toString('latin1')}\r\n`)
const aScalar = fc.oneof(
  aString,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `:${value}\r\n`),
  fc.integer().map((value) => `:${value}\r\n`),
  fc.double().map((value) => `,${Number.isNaN(value) ? 'nan' : String(value).replace('Infinity', 'inf')}\r\n`),
  fc.constantFrom('_\r\n', '#t\r\n', '#f\r\n', '+OK\r\n', '-ERR no\r\n', '-WRONGTYPE a "b"\r\n', '$-1\r\n', '*-1\r\n'),
  fc.string({ unit: 'binary', maxLength: 9 }).map((text) => {
    const bytes = Buffer.from(`txt:${text}`)
    return `=${bytes.length}\r\n${bytes.toString('latin1')}\r\n`
  }),
)
const { reply: aReply } = fc.letrec<{ reply: string }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    aScalar,
    fc
      .tuple(fc.constantFrom('*', '~', '>'), fc.array(tie('reply'), { maxLength: 5 }))
      .map(([kind, items]) => `${kind}${items.length}\r\n${items.join('')}`),
    fc
      .uniqueArray(fc.tuple(fc.oneof({ weight: 8, arbitrary: aString }, aScalar), tie('reply')), {
        maxLength: 4,
        selector: ([key]) => JSON.stringify(decoded(parseOneReply(Buffer.from(key, 'latin1')))).replaceAll('"', ''),
      })
      .map((pairs) => `%${pairs.length}\r\n${pairs.flat().join('')}`),
  ),
}))

test('any reply says in JSON what its decoded tree says', () => {
  fc.assert(
    fc.property(aReply, (resp) => {
      const bytes = Buffer.from(resp, 'latin1')
      expect(skipReply(bytes, 0)).toBe(bytes.length)
      expect(JSON.parse(jsonOf(resp))).toEqual(JSON.parse(JSON.stringify(decoded(parseOneReply(bytes)))))
    }),
    { numRuns: 3000 },
  )
})

test('texts of a megabyte pass, and the buffer they needed does not stay', () => {
  const writer = new JsonWriter()
  const bytes = Buffer.from(`$2000000\r\n${'\u0001'.repeat(2_000_000)}\r\n`)
  writeReply(writer, bytes, 0)
  expect(JSON.parse(writer.takeText())).toBe('\u0001'.repeat(2_000_000))
  expect(writer.bytes.length).toBeLessThan(10_000)
})
