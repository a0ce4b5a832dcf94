import { expect, test } from 'vitest'
import { encodeRequest } from '../../../protocol/resp/args.ts'
import { NotRequest, readRequest } from '../../../src/frontends/json/request-json.ts'

const respOf = (value: unknown): string => Buffer.from(encodeRequest(readRequest(value))).toString('latin1')

test('strings go as UTF-8, numbers as their shortest text, base64 as its bytes', () => {
  expect(respOf(['SET', 'é', 1.5])).toBe('*3\r\n$3\r\nSET\r\n$2\r\n\xc3\xa9\r\n$3\r\n1.5\r\n')
  expect(respOf(['ECHO', { base64: '/wA=' }])).toBe('*2\r\n$4\r\nECHO\r\n$2\r\n\xff\x00\r\n')
  expect(respOf(['X', -0, 9007199254740991, 1e-7])).toBe(
    '*4\r\n$1\r\nX\r\n$1\r\n0\r\n$16\r\n9007199254740991\r\n$4\r\n1e-7\r\n',
  )
})

test.each([
  [[], 'a command is an array: its name, then its arguments'],
  ['GET', 'a command is an array: its name, then its arguments'],
  [{ 0: 'GET' }, 'a command is an array: its name, then its arguments'],
  [[1, 'a'], 'the name of a command is a string'],
  [['GET', true], 'argument 1 must be a string, a number or {"base64":"…"}'],
  [['GET', null], 'argument 1 must be a string, a number or {"base64":"…"}'],
  [['GET', ['a']], 'argument 1 must be a string, a number or {"base64":"…"}'],
  [['GET', { base64: 'AAAA', more: 1 }], 'argument 1 must be a string, a number or {"base64":"…"}'],
  [['GET', { base64: 'AAA' }], 'argument 1 is not base64 (the alphabet with + and /, padded)'],
  [['GET', { base64: 7 }], 'argument 1 is not base64 (the alphabet with + and /, padded)'],
  [['GET', '\ud800'], 'argument 1 is not Unicode: it has half of a surrogate pair'],
  [['GET', 2 ** 53], 'argument 1 is beyond 2^53, where numbers lose digits: send it as a string'],
  [['GET', Number.POSITIVE_INFINITY], 'argument 1 is not a finite number'],
])('%j is refused', (value, message) => {
  expect(() => readRequest(value)).toThrow(new NotRequest(message))
})
