import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Args } from '../../protocol/resp/args.ts'
import { bulkBytesMaxDefault, queryBytesMaxDefault, RequestParser } from '../../protocol/resp/request-parser.ts'
import type { Pipeline } from '../../src/keyspace/contents.ts'
import type { KeyBatch } from '../../src/lib/key-batch.ts'
import { ReadAhead } from '../../src/server/read-ahead.ts'
import { TestBroker } from '../support/in-process.ts'

/** More keys than a database may have without anybody looking ahead. */
const keyCount = 5000

const request = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

function filledBroker(): TestBroker {
  const broker = new TestBroker()
  const client = broker.client()
  for (let from = 0; from < keyCount; from += 100) {
    const keys = Array.from({ length: 100 }, (_, i) => [`key:${from + i}`, String(from + i)])
    client.call(['MSET', ...keys.flat()])
  }
  client.call('LPUSH list a b c')
  const numbers = Array.from({ length: 300 }, (_, i) => String(i))
  client.call(['HSET', 'hash', ...numbers.flatMap((i) => [`f${i}`, i])])
  client.call(['SADD', 'set', ...numbers.map((i) => `m${i}`)])
  client.call(['ZADD', 'zset', ...numbers.flatMap((i) => [i, `m${i}`])])
  return broker
}

const key = fc.integer({ min: 0, max: keyCount + 50 }).map((i) => `key:${i}`)
const plain = fc.oneof(
  key.map((name) => request('GET', name)),
  fc
    .tuple(key, fc.string({ maxLength: 200 }))
    .map(([name, value]) => request('SET', name, value.replace(/[^ -~]/g, ''))),
  key.map((name) => request('INCR', name)),
  key.map((name) => request('DEL', name)),
  fc.constantFrom(request('LRANGE', 'list', '0', '-1'), request('GET', 'list'), request('RPOPLPUSH', 'list', 'list')),
)
const member = fc.integer({ min: 0, max: 320 })
const collections = fc.oneof(
  member.map((i) => request('HSET', 'hash', `f${i}`, 'x')),
  member.map((i) => request('HGET', 'hash', `f${i}`)),
  member.map((i) => request('SADD', 'set', `m${i}`)),
  member.map((i) => request('ZADD', 'zset', String(i % 7), `m${i}`)),
  member.map((i) => request('ZRANK', 'zset', `m${i}`)),
  member.map((i) => request('EVAL', "return redis.call('HGET', KEYS[1], ARGV[1])", '1', 'hash', `f${i}`)),
)
const odd = fc.constantFrom(
  request('PING'),
  'GET key:1\r\n',
  '*0\r\n',
  '*1\r\n$4\r\nPING\r\n',
  request('SELECT', '1'),
  request('SELECT', '0'),
  request('MULTI'),
  request('EXEC'),
  request('MGET', ...Array.from({ length: 12 }, (_, i) => `key:${i}`)),
  request('GET'),
  request('GET', ''),
  '*2\r\n$3\r\nGET\r\n$05\r\nkey:7\r\n',
)
const broken = fc.constantFrom(
  '*2\r\n$3\r\nGET\r\n$-5\r\n',
  '*2\r\n$3\r\nGET\r\n:7\r\n',
  '*2\r\n$x\r\n',
  '*9\r\n$3\r\nGET\r\n',
)

describe('looking ahead in a pipeline', () => {
  test('changes no answer: those to all of it at once are those to one byte after the other', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(plain, collections).chain((most) =>
          fc.array(fc.oneof({ weight: 9, arbitrary: most }, { weight: 2, arbitrary: odd }), {
            minLength: 2,
            maxLength: 60,
          }),
        ),
        fc.option(broken, { freq: 4 }),
        (requests, end) => {
          const pipeline = requests.join('') + (end ?? '')
          const atOnce = filledBroker().client()
          atOnce.sendRaw(pipeline)
          const slowly = filledBroker().client()
          for (const byte of pipeline) slowly.sendRaw(byte)
          expect(atOnce.received()).toEqual(slowly.received())
          expect(atOnce.isClosed).toBe(slowly.isClosed)
        },
      ),
      { numRuns: 15 },
    )
  })

  test('sees the requests that are whole and plain, sixteen at a time', () => {
    const seen: string[][] = []
    const textsOf = ({ bytes, starts, ends, count }: KeyBatch): string[] =>
      Array.from({ length: count }, (_, i) => Buffer.from(bytes.subarray(starts[i], ends[i])).toString())
    const db = {
      lookAhead({ keys, seconds, thirds }: Pipeline): number {
        seen.push(textsOf(keys), textsOf(seconds), textsOf(thirds))
        return 0
      },
    }
    const parser = new RequestParser({ bulkBytesMax: bulkBytesMaxDefault, queryBytesMax: queryBytesMaxDefault })
    const gets = Array.from({ length: 18 }, (_, i) => request('GET', `k${i}`)).join('')
    const scored = request('ZADD', 'z', '1', 'a') + request('ZADD', 'z', '2', 'b')
    parser.feed(Buffer.from(`${gets}${request('PING')}${scored}*3\r\n$4\r\nSADD\r\n$1\r\ns\r\n$9\r\nnot all`))
    const readAhead = new ReadAhead()
    const args = new Args()
    readAhead.begin()
    do readAhead.look(parser, db)
    while (parser.next(args))
    const names = Array.from({ length: 18 }, (_, i) => `k${i}`)
    expect(seen.slice(0, 6)).toEqual([names.slice(0, 16), [], [], names.slice(16), [], []])
    // Behind what is not plain nobody looks until sixteen requests were run.
    expect(seen.length).toBe(6)
    readAhead.begin()
    const again = new RequestParser({ bulkBytesMax: bulkBytesMaxDefault, queryBytesMax: queryBytesMaxDefault })
    again.feed(Buffer.from(`${scored}*3\r\n$4\r\nSADD\r\n$1\r\ns\r\n$9\r\nnot all`))
    readAhead.look(again, db)
    expect(seen.splice(0).slice(6)).toEqual([
      ['z', 'z'],
      ['1', '2'],
      ['a', 'b'],
    ])
    // Of scripts and functions the first key is meant, not the text or the name.
    const programs = new RequestParser({ bulkBytesMax: bulkBytesMaxDefault, queryBytesMax: queryBytesMaxDefault })
    programs.feed(Buffer.from(request('EVAL', 'return 1', '1', 'k1', 'v') + request('fcall_ro', 'f', '1', 'k2')))
    readAhead.begin()
    readAhead.look(programs, db)
    expect(seen).toEqual([['k1', 'k2'], ['v'], []])
  })
  test('rests for a while where nothing was worth fetching', () => {
    let looks = 0
    let found: number | undefined = 0
    const db = {
      lookAhead(): number | undefined {
        looks++
        return found
      },
    }
    const readAhead = new ReadAhead()
    const run = (requests: number): void => {
      const parser = new RequestParser({ bulkBytesMax: bulkBytesMaxDefault, queryBytesMax: queryBytesMaxDefault })
      parser.feed(Buffer.from(request('PUBLISH', 'news', 'x').repeat(requests)))
      const args = new Args()
      readAhead.begin()
      do readAhead.look(parser, db)
      while (parser.next(args))
    }
    run(64)
    expect(looks).toBe(4)
    found = undefined
    for (let i = 0; i < 10; i++) run(16)
    expect(looks).toBe(5)
    for (let i = 0; i < 10; i++) run(16)
    expect(looks).toBe(6)
  })
})
