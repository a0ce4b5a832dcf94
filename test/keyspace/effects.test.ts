import { expect, test } from 'vitest'
import { Args } from '../../protocol/resp/args.ts'
import { RequestParser } from '../../protocol/resp/request-parser.ts'
import { Effects } from '../../src/keyspace/effects.ts'

const limits = { bulkBytesMax: 1000, queryBytesMax: 1000 }

function text(record: Uint8Array): string {
  return Buffer.from(record).toString('latin1')
}

test('requests that arrived together are in the record as they came, though they are copied together', () => {
  const effects = new Effects()
  const input = '*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*2\r\n$4\r\nINCR\r\n$1\r\nb\r\n*2\r\n$4\r\nINCR\r\n$1\r\nc\r\n'
  const chunk = Buffer.from(input)
  const parser = new RequestParser(limits)
  parser.feed(chunk)
  const args = new Args()
  while (parser.next(args)) effects.log(0, args)
  expect(effects.size).toBe(input.length)
  effects.settle()
  chunk.fill(0)
  expect(text(effects.take())).toBe(input)
})

test('a fact between two requests, and another database, stand where they belong', () => {
  const effects = new Effects()
  const parser = new RequestParser(limits)
  parser.feed(
    Buffer.from('*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*2\r\n$4\r\nINCR\r\n$1\r\nb\r\n*2\r\n$4\r\nINCR\r\n$1\r\nc\r\n'),
  )
  const args = new Args()
  parser.next(args)
  effects.log(0, args)
  effects.command(0, 'DEL', 'x')
  parser.next(args)
  effects.log(0, args)
  parser.next(args)
  effects.log(3, args)
  const words = text(effects.take())
    .split('\r\n')
    .filter((line) => /^[A-Za-z0-9]/.test(line))
  expect(words).toEqual(['INCR', 'a', 'DEL', 'x', 'INCR', 'b', 'SELECT', '3', 'INCR', 'c'])
})

test('a request that was gathered from several chunks is copied at once, because its bytes may move', () => {
  const effects = new Effects()
  const parser = new RequestParser(limits)
  const args = new Args()
  const first = '*2\r\n$4\r\nINCR\r\n$1\r\na\r\n'
  const second = '*2\r\n$4\r\nINCR\r\n$1\r\nb\r\n'
  parser.feed(Buffer.from(first.slice(0, 9)))
  expect(parser.next(args)).toBe(false)
  parser.feed(Buffer.from(first.slice(9) + second + second.slice(0, 5)))
  while (parser.next(args)) effects.log(0, args)
  parser.feed(Buffer.from(second.slice(5)))
  while (parser.next(args)) effects.log(0, args)
  expect(text(effects.take())).toBe(first + second + second)
})

test('a record taken is untouched by what is written next only until then, and a new one begins in database 0', () => {
  const effects = new Effects()
  effects.command(5, 'DEL', 'x')
  expect(text(effects.take())).toContain('SELECT')
  effects.command(0, 'DEL', 'x')
  expect(text(effects.take())).toBe('*2\r\n$3\r\nDEL\r\n$1\r\nx\r\n')
  expect(effects.size).toBe(0)
})
