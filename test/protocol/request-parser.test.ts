import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Args, encodeRequest } from '../../protocol/resp/args.ts'
import { inlineBytesMax, QueryBufferError, RequestParser } from '../../protocol/resp/request-parser.ts'
import { everywhere, type ParseOptions, parseInPieces } from './parse-in-pieces.ts'
import { longCases, restrictedCases, type WireCase, wireCases } from './wire-cases.ts'

const someCuts = fc.array(fc.nat(400), { maxLength: 8 })
/** Bytes of which requests are made, so that garbage comes close to them. */
const almostRequests = fc.array(
  fc.constantFrom(
    '*',
    '$',
    '\r\n',
    '\r',
    '\n',
    '0',
    '1',
    '2',
    '3',
    '12',
    '-',
    'ab',
    ' ',
    '"',
    "'",
    '\\',
    '\\x4',
    '\0',
    '\xff',
  ),
  { maxLength: 40 },
)
const someRequest = fc.array(fc.uint8Array({ maxLength: 130 }), { minLength: 1, maxLength: 30 })

function expectParsed(wireCase: WireCase, cuts: readonly number[], options?: ParseOptions): void {
  const { requests, error } = parseInPieces(Buffer.from(wireCase.input, 'latin1'), cuts, options)
  expect({ requests, error }).toEqual({ requests: wireCase.requests, error: wireCase.error })
}

describe.each(wireCases)('$title', (wireCase) => {
  test('comes in one chunk', () => expectParsed(wireCase, []))
  test('comes byte by byte', () => expectParsed(wireCase, everywhere(Buffer.from(wireCase.input, 'latin1'))))
  test('comes cut at random', () => {
    fc.assert(
      fc.property(someCuts, (cuts) => expectParsed(wireCase, cuts)),
      { numRuns: 50 },
    )
  })
})

test.each(longCases)('$title, in packets of any size', (wireCase) => {
  for (const size of [1000, 16_384, 65_536]) {
    const cuts = Array.from({ length: Math.ceil(wireCase.input.length / size) }, (_, i) => i * size)
    expectParsed(wireCase, cuts)
  }
})

test.each(restrictedCases)('before AUTH: $title', (wireCase) => {
  expectParsed(wireCase, [], { restricted: true })
  expectParsed(wireCase, everywhere(Buffer.from(wireCase.input, 'latin1')), { restricted: true })
})

describe('whatever comes', () => {
  test('is read the same however it is cut, and fails by a ProtocolError alone', () => {
    const inputs = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      almostRequests.map((parts) => Buffer.from(parts.join(''), 'latin1')),
      fc
        .tuple(someRequest, almostRequests)
        .map(([request, rest]) => Buffer.concat([encodeRequest(request), Buffer.from(rest.join(''), 'latin1')])),
    )
    fc.assert(
      fc.property(inputs, someCuts, (input, cuts) => {
        const whole = parseInPieces(input, [])
        expect(parseInPieces(input, cuts)).toEqual(whole)
        expect(parseInPieces(input, everywhere(input))).toEqual(whole)
      }),
      { numRuns: 1500 },
    )
  })

  test('is stored in canonical wire form', () => {
    const inputs = fc.tuple(someRequest, fc.array(fc.nat(), { maxLength: 6 }))
    fc.assert(
      fc.property(inputs, someCuts, ([request, noise], cuts) => {
        const canonical = encodeRequest(request)
        const input = Buffer.from(canonical)
        const free = placesNobodyLooksAt(request)
        for (const n of noise) input[free[n % free.length]!] = n & 0xff
        expect(parseInPieces(input, cuts).wires).toEqual([Buffer.from(canonical).toString('latin1')])
      }),
    )
  })
})

/** Offsets of the LF behind each size and of the CRLF behind each argument: Redis skips these bytes unseen. */
function placesNobodyLooksAt(request: readonly Uint8Array[]): number[] {
  const args = Args.of(...request)
  const places = [String(request.length).length + 2]
  for (let i = 0; i < args.count; i++) places.push(args.starts[i]! - 1, args.ends[i]!, args.ends[i]! + 1)
  return places
}

describe('limits', () => {
  test('an inline request may be 64 KiB long and no longer', () => {
    const words = (size: number): Buffer => Buffer.from(`${'a'.repeat(size)}\n`)
    expect(parseInPieces(words(inlineBytesMax), []).requests).toHaveLength(1)
    expect(parseInPieces(words(inlineBytesMax + 1), []).error).toBe('Protocol error: too big inline request')
  })

  test('an argument may be as long as the limit and no longer', () => {
    const request = (size: number): Buffer => Buffer.from(encodeRequest(['x'.repeat(size)]))
    expect(parseInPieces(request(1000), [], { bulkBytesMax: 1000 }).requests).toHaveLength(1)
    expect(parseInPieces(request(1001), [], { bulkBytesMax: 1000 }).error).toBe('Protocol error: invalid bulk length')
  })

  test('an unfinished request may grow to the query buffer limit and no further', () => {
    const request = Buffer.from(encodeRequest(['x'.repeat(2000)]))
    const behind = Buffer.from('PING\r\n'.repeat(500))
    const limit = { queryBytesMax: request.length }
    const parsed = parseInPieces(Buffer.concat([request, behind]), [1000], limit)
    expect(parsed.requests, 'what follows is not held against it').toHaveLength(501)
    expect(() => parseInPieces(request, [1000], { queryBytesMax: request.length - 1 })).toThrow(QueryBufferError)
  })

  test('a count alone makes no room for so many arguments', () => {
    const args = new Args()
    const parser = new RequestParser({ bulkBytesMax: 1000, queryBytesMax: 1_000_000 })
    parser.feed(Buffer.from('*2147483647\r\n$1\r\na\r\n'))
    expect(parser.next(args)).toBe(false)
    expect(args.starts.length).toBeLessThanOrEqual(1024)
  })
})

test('a request of very many arguments in small packets is read in linear time', () => {
  const request = Buffer.from(encodeRequest(Array(200_000).fill('k')))
  const cuts = Array.from({ length: Math.ceil(request.length / 50) }, (_, i) => i * 50)
  const { requests } = parseInPieces(request, cuts)
  expect(requests[0]).toHaveLength(200_000)
})

test('what a connection may not run yet is kept until it may', () => {
  const args = new Args()
  const parser = new RequestParser({ bulkBytesMax: 1000, queryBytesMax: 1000 })
  const packet = Buffer.from('PING a\r\nPING b\r\nPI')
  parser.feed(packet)
  expect(parser.next(args)).toBe(true)
  parser.suspend()
  packet.fill(0)
  expect(parser.bufferedBytes).toBe(10)
  parser.feed(Buffer.from('NG c\r\n'))
  expect(parser.next(args) && args.text(1)).toBe('b')
  expect(parser.next(args) && args.text(1)).toBe('c')
  expect(parser.next(args)).toBe(false)
  expect(parser.bufferedBytes).toBe(0)
})
