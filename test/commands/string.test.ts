import { describe, expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** Runs commands one after the other and expects these replies. */
function expectReplies(client: TestClient, lines: readonly (readonly [string, string])[]): void {
  for (const [command, reply] of lines) expect([command, client.call(command)]).toEqual([command, reply])
}

const replies = (...lines: readonly (readonly [string, string])[]): void =>
  expectReplies(new TestBroker().client(), lines)

/** The record as words, without the wire's sizes. */
const words = (record: string | undefined): string =>
  (record ?? '')
    .replace(/[*$]\d+\r\n/g, '')
    .replaceAll('\r\n', ' ')
    .trim()

describe('SET', () => {
  test('takes its options in any order and any case, and refuses those that contradict', () => {
    replies(
      ['SET key 1 xx', '$-1'],
      ['SET key 1 nx Get', '$-1'],
      ['SET key 2 EX 10 NX GET', '"1"'],
      ['SET key 2 GET px 10000 XX', '"1"'],
      ['TTL key', ':10'],
      ['SET key 3 KEEPTTL', '+OK'],
      ['TTL key', ':10'],
      ['SET key 3', '+OK'],
      ['TTL key', ':-1'],
      ['SET key 3 EX 10 EX 20 NX NX', '$-1'],
      ['SET key 3 NX XX', '-ERR syntax error'],
      ['SET key 3 EX 10 PX 10', '-ERR syntax error'],
      ['SET key 3 KEEPTTL EX 10', '-ERR syntax error'],
      ['SET key 3 PERSIST', '-ERR syntax error'],
      ['SET key 3 EX', '-ERR syntax error'],
    )
  })

  test('refuses a lifetime that is no time before anything else happens', () => {
    const broker = new TestBroker()
    expectReplies(broker.client(), [
      ['SET key 1 EX 0', "-ERR invalid expire time in 'set' command"],
      ['SET key 1 PX -1', "-ERR invalid expire time in 'set' command"],
      ['SET key 1 EX 9223372036854775807', "-ERR invalid expire time in 'set' command"],
      ['SET key 1 PX 9223372036854775807', "-ERR invalid expire time in 'set' command"],
      ['SET key 1 EX 1.5', '-ERR value is not an integer or out of range'],
      ['SETEX key 0 1', "-ERR invalid expire time in 'setex' command"],
      ['PSETEX key x 1', '-ERR value is not an integer or out of range'],
      ['EXISTS key', ':0'],
    ])
    expect(broker.records).toEqual([])
  })

  test('is logged as what it did: no conditions, absolute times, nothing when nothing was done', () => {
    const broker = new TestBroker()
    const client = broker.client()
    const logged = (command: string): string => {
      client.call(command)
      return words(broker.records.splice(0).join(''))
    }
    expect(logged('SET key value')).toBe('SET key value')
    expect(logged('SET key value NX')).toBe('')
    expect(logged('SET key value XX GET')).toBe('SET key value')
    expect(logged('SET key value EX 10 GET')).toBe(`SET key value PXAT ${broker.nowMs + 10_000}`)
    expect(logged('SET key value keepttl get')).toBe('SET key value KEEPTTL')
    expect(logged('SETEX key 5 value')).toBe(`SET key value PXAT ${broker.nowMs + 5000}`)
    expect(logged('PSETEX key 5 value')).toBe(`SET key value PXAT ${broker.nowMs + 5}`)
    expect(logged('SET key value PXAT 9223372036854775807')).toBe('SET key value PXAT 9223372036854775807')
    expect(logged('GETSET key other')).toBe('SET key other')
    expect(logged('SETNX key other')).toBe('')
  })

  test('replaces what is no string, but reads none with GET', () => {
    const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value'
    replies(
      ['RPUSH list x', ':1'],
      ['SET list 1 GET', wrongType],
      ['GETSET list 1', wrongType],
      ['GETDEL list', wrongType],
      ['GETEX list EX 0', wrongType],
      ['MGET list none', '[$-1, $-1]'],
      ['TYPE list', '+list'],
      ['SET list 1', '+OK'],
      ['GET list', '"1"'],
    )
  })
})

test('GETEX answers and changes when the key expires; a time in the past deletes it', () => {
  const broker = new TestBroker()
  expectReplies(broker.client(), [
    ['GETEX none EX 0', '$-1'],
    ['SET key value', '+OK'],
    ['GETEX key EX 0', "-ERR invalid expire time in 'getex' command"],
    ['GETEX key KEEPTTL', '-ERR syntax error'],
    ['GETEX key PERSIST EX 10', '-ERR syntax error'],
    ['GETEX key EX 10', '"value"'],
    ['TTL key', ':10'],
    ['GETEX key', '"value"'],
    ['GETEX key PERSIST', '"value"'],
    ['GETEX key PERSIST', '"value"'],
    ['TTL key', ':-1'],
    ['GETEX key EXAT 1', '"value"'],
    ['EXISTS key', ':0'],
  ])
  expect(words(broker.records.join(''))).toBe(
    `SET key value PEXPIREAT key ${broker.nowMs + 10_000} PERSIST key DEL key`,
  )
})

test('MSET takes pairs only and MSETNX sets all or none', () => {
  replies(
    ['MSET a 1 b', "-ERR wrong number of arguments for 'mset' command"],
    ['MSETNX a 1 b', "-ERR wrong number of arguments for 'msetnx' command"],
    ['MSETNX a 1 a 2', ':1'],
    ['MSETNX b 1 a 3', ':0'],
    ['MGET a b', '["2", $-1]'],
    ['MSET a 1 b 2 a 3', '+OK'],
    ['MGET a b', '["3", "2"]'],
  )
})

describe('parts of strings', () => {
  test('GETRANGE counts from both ends and never fails for being out of range', () => {
    replies(
      ['SET key hello', '+OK'],
      ['GETRANGE key 0 0', '"h"'],
      ['GETRANGE key 1 -2', '"ell"'],
      ['GETRANGE key -3 -1', '"llo"'],
      ['GETRANGE key -100 100', '"hello"'],
      ['GETRANGE key 3 1', '""'],
      ['GETRANGE key -1 -3', '""'],
      ['GETRANGE key -100 -90', '"h"'],
      ['SUBSTR key 9223372036854775807 9223372036854775807', '""'],
      ['GETRANGE none 0 -1', '""'],
      ['GETRANGE key x 1', '-ERR value is not an integer or out of range'],
    )
  })

  test('SETRANGE fills what is missing with zeros and makes nothing of nothing', () => {
    const broker = new TestBroker()
    expectReplies(broker.client(), [
      ['SETRANGE none 5 ""', ':0'],
      ['EXISTS none', ':0'],
      ['SETRANGE key 3 abc', ':6'],
      ['GET key', '"\\x00\\x00\\x00abc"'],
      ['SETRANGE key 0 x', ':6'],
      ['SETRANGE key 9 ""', ':6'],
      ['SETRANGE key -1 x', '-ERR offset is out of range'],
      ['SETRANGE key 536870912 x', '-ERR string exceeds maximum allowed size (proto-max-bulk-len)'],
      ['SETRANGE key 9223372036854775807 x', '-ERR string exceeds maximum allowed size (proto-max-bulk-len)'],
      ['GET key', '"x\\x00\\x00abc"'],
    ])
    expect(broker.records.length).toBe(2)
  })

  test('APPEND grows a string and keeps its time to live', () => {
    replies(
      ['APPEND key ab', ':2'],
      ['EXPIRE key 10', ':1'],
      ['APPEND key cdefghij', ':10'],
      ['GET key', '"abcdefghij"'],
      ['TTL key', ':10'],
    )
  })

  test('no string grows beyond proto-max-bulk-len', () => {
    const config = new Config()
    expect(config.set(['proto-max-bulk-len', '1mb'])).toBeUndefined()
    const client = new TestBroker(config).client()
    const tooLong = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)'
    expectReplies(client, [
      ['SETRANGE key 1048575 x', ':1048576'],
      ['APPEND key x', tooLong],
      ['SETRANGE key 1048576 x', tooLong],
      ['STRLEN key', ':1048576'],
    ])
  })

  test('no string grows beyond 2 GiB, whatever proto-max-bulk-len says', () => {
    const config = new Config()
    expect(config.set(['proto-max-bulk-len', '8gb'])).toBeUndefined()
    const client = new TestBroker(config).client()
    const tooLong = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)'
    expectReplies(client, [
      ['SETRANGE key 2147483647 x', tooLong],
      ['SETRANGE key 4294967296 x', tooLong],
      ['SETBIT key 17179869176 1', '-ERR bit offset is not an integer or out of range'],
      ['EXISTS key', ':0'],
    ])
  })
})
