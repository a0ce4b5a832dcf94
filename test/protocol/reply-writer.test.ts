import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDouble, ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import { parseOneReply, type Reply } from '../support/resp-reply.ts'

function written(protocol: number, write: (reply: ReplyWriter) => void): string {
  const writer = new ReplyWriter()
  writer.protocol = protocol
  write(writer)
  return writer.bytes.subarray(0, writer.at).toString('latin1')
}

const cases: readonly { title: string; write: (reply: ReplyWriter) => void; resp2: string; resp3: string }[] = [
  { title: 'OK', write: (reply) => reply.ok(), resp2: '+OK\r\n', resp3: '+OK\r\n' },
  { title: 'a simple string', write: (reply) => reply.simple('QUEUED'), resp2: '+QUEUED\r\n', resp3: '+QUEUED\r\n' },
  { title: 'an error', write: (reply) => reply.error('ERR no'), resp2: '-ERR no\r\n', resp3: '-ERR no\r\n' },
  {
    title: 'an error with line ends',
    write: (reply) => reply.error('ERR a\r\nb\n\r'),
    resp2: '-ERR a  b\r\n',
    resp3: '-ERR a  b\r\n',
  },
  {
    title: 'integers',
    write: (reply) => [0, -1, 4294967296, -9007199254740991, 2n ** 63n - 1n, -(2n ** 63n)].map((n) => reply.integer(n)),
    resp2: ':0\r\n:-1\r\n:4294967296\r\n:-9007199254740991\r\n:9223372036854775807\r\n:-9223372036854775808\r\n',
    resp3: ':0\r\n:-1\r\n:4294967296\r\n:-9007199254740991\r\n:9223372036854775807\r\n:-9223372036854775808\r\n',
  },
  {
    title: 'a range of bytes',
    write: (reply) => reply.bulk(Buffer.from('abc\r\n\xff', 'latin1'), 1, 6),
    resp2: '$5\r\nbc\r\n\xff\r\n',
    resp3: '$5\r\nbc\r\n\xff\r\n',
  },
  { title: 'empty bytes', write: (reply) => reply.bulk(new Uint8Array(0)), resp2: '$0\r\n\r\n', resp3: '$0\r\n\r\n' },
  { title: 'text', write: (reply) => reply.text('é'), resp2: '$2\r\n\xc3\xa9\r\n', resp3: '$2\r\n\xc3\xa9\r\n' },
  { title: 'null', write: (reply) => reply.null(), resp2: '$-1\r\n', resp3: '_\r\n' },
  { title: 'the null of arrays', write: (reply) => reply.nullArray(), resp2: '*-1\r\n', resp3: '_\r\n' },
  { title: 'an array', write: (reply) => reply.array(2), resp2: '*2\r\n', resp3: '*2\r\n' },
  { title: 'a map', write: (reply) => reply.map(2), resp2: '*4\r\n', resp3: '%2\r\n' },
  { title: 'a set', write: (reply) => reply.set(2), resp2: '*2\r\n', resp3: '~2\r\n' },
  { title: 'a push', write: (reply) => reply.push(3), resp2: '*3\r\n', resp3: '>3\r\n' },
  { title: 'a double', write: (reply) => reply.double(0.5), resp2: '$3\r\n0.5\r\n', resp3: ',0.5\r\n' },
  {
    title: 'a big number',
    write: (reply) => reply.bigNumber('-12345678901234567890'),
    resp2: '$21\r\n-12345678901234567890\r\n',
    resp3: '(-12345678901234567890\r\n',
  },
  {
    title: 'booleans',
    write: (reply) => [true, false].map((value) => reply.boolean(value)),
    resp2: ':1\r\n:0\r\n',
    resp3: '#t\r\n#f\r\n',
  },
  {
    title: 'a verbatim string',
    write: (reply) => reply.verbatim('txt', 'é\n'),
    resp2: '$3\r\n\xc3\xa9\n\r\n',
    resp3: '=7\r\ntxt:\xc3\xa9\n\r\n',
  },
  {
    title: 'what is in wire form',
    write: (reply) => reply.wire(Buffer.from('x:1\r\ny'), 1, 5),
    resp2: ':1\r\n',
    resp3: ':1\r\n',
  },
]

describe.each(cases)('$title', ({ write, resp2, resp3 }) => {
  test('in RESP2', () => expect(written(2, write)).toBe(resp2))
  test('in RESP3', () => expect(written(3, write)).toBe(resp3))
})

test('a size can be put before what was written since a mark', () => {
  const write = (reply: ReplyWriter): void => {
    reply.ok()
    const outer = reply.mark()
    const inner = reply.mark()
    for (let i = 0; i < 12; i++) reply.integer(i)
    reply.arrayAt(inner, 12)
    reply.null()
    reply.mapAt(outer, 1)
  }
  const items = Array.from({ length: 12 }, (_, i) => `:${i}\r\n`).join('')
  expect(written(2, write)).toBe(`+OK\r\n*2\r\n*12\r\n${items}$-1\r\n`)
  expect(written(3, write)).toBe(`+OK\r\n%1\r\n*12\r\n${items}_\r\n`)
})

test('the buffer grows over any answer, and keeps what is in it', () => {
  const writer = new ReplyWriter()
  const size = writer.bytes.length
  writer.simple('first')
  writer.bulk(new Uint8Array(size).fill(120))
  writer.verbatim('txt', 'é'.repeat(size))
  writer.simple('a'.repeat(size))
  writer.error('b'.repeat(size * 4))
  const text = writer.bytes.subarray(0, writer.at).toString()
  const lines = [
    '+first',
    `$${size}`,
    'x'.repeat(size),
    `$${size * 2}`,
    'é'.repeat(size),
    `+${'a'.repeat(size)}`,
    `-${'b'.repeat(size * 4)}`,
    '',
  ]
  expect(text.split('\r\n')).toEqual(lines)
})

test('a buffer that was taken is written no more', () => {
  const writer = new ReplyWriter()
  writer.ok()
  const taken = writer.take()
  writer.integer(7)
  expect(taken.subarray(0, 5).toString()).toBe('+OK\r\n')
  expect(writer.bytes.subarray(0, writer.at).toString()).toBe(':7\r\n')
  writer.take(taken)
  writer.integer(8)
  expect(taken.subarray(0, writer.at).toString()).toBe(':8\r\n')
})

test('whoever asked is told of every error', () => {
  const writer = new ReplyWriter()
  const heard: string[] = []
  writer.onError = (message) => heard.push(message)
  writer.error('ERR one')
  writer.ok()
  writer.error('WRONGTYPE two')
  expect([writer.errors, heard]).toEqual([2, ['ERR one', 'WRONGTYPE two']])
})

test('answers of any shape are read back by a reader of RESP', () => {
  const { answer } = fc.letrec<{ answer: Answer }>((tie) => ({
    answer: fc.oneof(
      { maxDepth: 3 },
      fc.uint8Array({ maxLength: 100 }).map((bytes): Answer => ({ kind: 'bulk', bytes })),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Answer => ({ kind: 'integer', value })),
      fc.constant<Answer>({ kind: 'null' }),
      fc.array(tie('answer'), { maxLength: 4 }).map((items): Answer => ({ kind: 'array', items })),
    ),
  }))
  fc.assert(
    fc.property(answer, fc.constantFrom(2, 3), (each, protocol) => {
      const bytes = Buffer.from(
        written(protocol, (reply) => write(reply, each)),
        'latin1',
      )
      expect(parseOneReply(bytes)).toEqual(tree(each, protocol))
    }),
  )
})

type Answer =
  | { kind: 'bulk'; bytes: Uint8Array }
  | { kind: 'integer'; value: bigint }
  | { kind: 'null' }
  | { kind: 'array'; items: Answer[] }

function write(reply: ReplyWriter, answer: Answer): void {
  if (answer.kind === 'bulk') reply.bulk(answer.bytes)
  else if (answer.kind === 'integer') reply.integer(answer.value)
  else if (answer.kind === 'null') reply.null()
  else {
    reply.array(answer.items.length)
    for (const item of answer.items) write(reply, item)
  }
}

function tree(answer: Answer, protocol: number): Reply {
  if (answer.kind === 'bulk') return { type: 'bulk', text: Buffer.from(answer.bytes).toString('latin1') }
  if (answer.kind === 'integer') return { type: 'int', text: String(answer.value) }
  if (answer.kind === 'null') return { type: 'null', form: protocol === 2 ? '$' : '_' }
  return { type: 'array', items: answer.items.map((item) => tree(item, protocol)) }
}

describe('doubles', () => {
  // The expected texts are what C's printf("%.17g") gives.
  test.each([
    [0, '0'],
    [-0, '-0'],
    [3, '3'],
    [0.1, '0.10000000000000001'],
    [-2.5, '-2.5'],
    [1e15, '1000000000000000'],
    [123456789012345.67, '123456789012345.67'],
    [-7340032000000001, '-7340032000000001'],
    [9007199254740991, '9007199254740991'],
    [-9007199254740994, '-9007199254740994'],
    [1e16, '10000000000000000'],
    [1e17, '1e+17'],
    [1e20, '1e+20'],
    [0.0001, '0.0001'],
    [0.00001, '1.0000000000000001e-05'],
    [5e-324, '4.9406564584124654e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [1 / 2 ** 25, '2.9802322387695312e-08'],
    [3 / 2 ** 25, '8.9406967163085938e-08'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ])('%d is written as %s', (value, text) => expect(formatDouble(value)).toBe(text))

  test('are read back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        Object.is(Number(formatDouble(value)), value),
      ),
    )
  })
})
