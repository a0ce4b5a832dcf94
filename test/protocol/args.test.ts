import { describe, expect, test } from 'vitest'
import { Args, encodeRequest } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import { RequestParser } from '../../protocol/resp/request-parser.ts'

/** The second of two requests in one packet, so that no offset is 0 by chance. */
function received(...values: (string | Uint8Array)[]): Args {
  const args = new Args()
  const parser = new RequestParser({ bulkBytesMax: 1000, queryBytesMax: 1000 })
  parser.feed(Buffer.concat([encodeRequest(['PING']), encodeRequest(values)]))
  parser.next(args)
  parser.next(args)
  return args
}

describe('the cursor', () => {
  test('reads the arguments behind the name one after the other', () => {
    const args = received('SET', 'key', 'value')
    expect(args.left).toBe(2)
    expect([args.next(), args.next()]).toEqual([1, 2])
    expect(args.left).toBe(0)
    args.rewind()
    expect(args.next()).toBe(1)
  })

  test('says syntax error when there is nothing left to read, or something left unread', () => {
    const args = received('GET', 'key')
    expect(() => args.finish()).toThrow(new ReplyError('ERR syntax error'))
    args.next()
    args.finish()
    expect(() => args.next()).toThrow(new ReplyError('ERR syntax error'))
    expect(() => args.nextInt64()).toThrow(new ReplyError('ERR syntax error'))
  })

  test('passes a word in any case, and only that word', () => {
    const args = received('SET', 'nX', 'nxx', 'n')
    expect(args.token('XX')).toBe(false)
    expect(args.token('NX')).toBe(true)
    expect(args.token('NX')).toBe(false)
    expect(args.next()).toBe(2)
    expect(args.token('NX')).toBe(false)
    args.next()
    expect(args.token('NX')).toBe(false)
  })

  test('reads all of 64 bits and refuses what is no integer by the message it is given', () => {
    const args = received('X', '9223372036854775807', '-9223372036854775808', '9223372036854775808', 'a')
    expect(args.nextInt64()).toBe(9223372036854775807n)
    expect(args.nextInt64()).toBe(-9223372036854775808n)
    expect(() => args.nextInt64()).toThrow(new ReplyError('ERR value is not an integer or out of range'))
    expect(() => args.nextInt64('ERR no id')).toThrow(new ReplyError('ERR no id'))
  })
})

describe('an argument', () => {
  test('is a range of what came, with its wire form around it', () => {
    const args = received('SET', 'key', 'v'.repeat(100))
    const text = Buffer.from(args.bytes).toString('latin1')
    expect(text.slice(args.starts[1], args.ends[1])).toBe('key')
    expect(text.slice(args.wireStart(1), args.wireEnd(1))).toBe('$3\r\nkey\r\n')
    expect(text.slice(args.wireStart(2), args.wireEnd(2))).toBe(`$100\r\n${'v'.repeat(100)}\r\n`)
    expect(text.slice(args.requestStart, args.requestEnd)).toBe(
      Buffer.from(encodeRequest(['SET', 'key', 'v'.repeat(100)])).toString(),
    )
    expect([args.size(1), args.size(2)]).toEqual([3, 100])
  })

  test('is quoted up to its first NUL', () => {
    const args = received('a\0b', 'ab')
    expect([args.quoted(0), args.quoted(1), args.text(0)]).toEqual(['a', 'ab', 'a\0b'])
  })

  test('is compared by its bytes, with words in any case', () => {
    const args = received('A', 'maxlen', 'MAXLEN', 'm\u00c1xlen')
    expect([args.is(1, 'MAXLEN'), args.is(2, 'MAXLEN'), args.is(3, 'MAXLEN'), args.is(1, 'MAXLE')]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(args.equal(1, args, 2)).toBe(false)
    expect(args.equal(1, Args.of('maxlen'), 0)).toBe(true)
    expect(args.equal(1, Args.of('maxlen2'), 0)).toBe(false)
  })

  test('is a number only as Redis writes one', () => {
    const args = received('12', '-7', '012', '1e3', '9007199254740993')
    expect([0, 1, 2, 3, 4].map((i) => args.smallInteger(i))).toEqual([12, -7, Number.NaN, Number.NaN, Number.NaN])
    expect([0, 1, 2, 3, 4].map((i) => args.int64(i))).toEqual([12n, -7n, undefined, undefined, 9007199254740993n])
  })
})

test('a clone outlives the packet', () => {
  const args = received('SET', 'key', 'value')
  const clone = args.clone()
  const copy = args.copy(2)
  args.bytes.fill(0)
  expect([clone.text(0), clone.text(1), clone.text(2), clone.count, clone.left]).toEqual(['SET', 'key', 'value', 3, 2])
  expect(Buffer.from(clone.bytes.subarray(clone.requestStart, clone.requestEnd))).toEqual(
    Buffer.from(encodeRequest(['SET', 'key', 'value'])),
  )
  expect(Buffer.from(copy).toString()).toBe('value')
})

test('a request can be made of texts and bytes, more than there was room for', () => {
  const values = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? `é${i}` : new Uint8Array(i)))
  const args = Args.of(...values)
  expect(args.count).toBe(300)
  for (const [i, value] of values.entries()) {
    expect(Buffer.from(args.copy(i))).toEqual(typeof value === 'string' ? Buffer.from(value) : Buffer.from(value))
  }
})
