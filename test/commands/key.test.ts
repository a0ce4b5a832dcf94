import { describe, expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

/** Runs commands one after the other and expects these replies. */
function replies(...lines: readonly (readonly [string, string])[]): TestBroker {
  const broker = new TestBroker()
  const client = broker.client()
  for (const [command, reply] of lines) expect([command, client.call(command)]).toEqual([command, reply])
  return broker
}

const sorted = (reply: string | undefined): string[] => (JSON.parse(reply!) as string[]).sort()

test('DEL, UNLINK, EXISTS and TOUCH count what is there', () => {
  const broker = replies(
    ['MSET a 1 b 2 c 3', '+OK'],
    ['EXISTS a a none', ':2'],
    ['TOUCH a a none', ':2'],
    ['DEL a a none', ':1'],
    ['UNLINK b c', ':2'],
    ['DEL a b c', ':0'],
  )
  expect(broker.records.length).toBe(3)
})

describe('RENAME and RENAMENX', () => {
  test('take the time to live along and replace what was there, of any type', () => {
    replies(
      ['SET from value EX 10', '+OK'],
      ['RPUSH to x', ':1'],
      ['RENAMENX from to', ':0'],
      ['RENAME from to', '+OK'],
      ['GET to', '"value"'],
      ['TTL to', ':10'],
      ['EXISTS from', ':0'],
      ['RENAME from to', '-ERR no such key'],
      ['RENAME from from', '-ERR no such key'],
      ['RENAME to to', '+OK'],
      ['RENAMENX to to', ':0'],
      ['RENAMENX to from', ':1'],
      ['TTL from', ':10'],
    )
  })

  test('wake who waits for the new key', () => {
    const broker = new TestBroker()
    const [client, worker] = [broker.client(), broker.client()]
    client.call('RPUSH from job')
    expect(worker.call('BLPOP to 0')).toBeUndefined()
    client.call('RENAME from to')
    expect(worker.received()).toEqual(['["to", "job"]'])
  })
})

describe('COPY and MOVE', () => {
  test('COPY makes a value of its own with the same time to live', () => {
    replies(
      ['SET from value EX 10', '+OK'],
      ['COPY from to', ':1'],
      ['APPEND from more', ':9'],
      ['GET to', '"value"'],
      ['TTL to', ':10'],
      ['COPY from to', ':0'],
      ['COPY none to REPLACE', ':0'],
      ['COPY from to REPLACE', ':1'],
      ['GET to', '"valuemore"'],
      ['RPUSH list a', ':1'],
      ['COPY list copy', ':1'],
      ['RPUSH list b', ':2'],
      ['LRANGE copy 0 -1', '["a"]'],
    )
  })

  test('COPY and MOVE reach other databases', () => {
    replies(
      ['SET key value', '+OK'],
      ['COPY key key DB 1', ':1'],
      ['MOVE key 1', ':0'],
      ['MOVE key 2', ':1'],
      ['EXISTS key', ':0'],
      ['SELECT 2', '+OK'],
      ['GET key', '"value"'],
    )
  })

  test.each([
    ['COPY key key', '-ERR source and destination objects are the same'],
    ['COPY key key DB 0 REPLACE', '-ERR source and destination objects are the same'],
    ['COPY key to DB', '-ERR syntax error'],
    ['COPY key to DB x', '-ERR value is not an integer or out of range'],
    ['COPY key to DB 16', '-ERR DB index is out of range'],
    ['COPY key to DB 99999999999', '-ERR value is out of range, value must between -2147483648 and 2147483647'],
    ['COPY key to DB x NONSENSE', '-ERR value is not an integer or out of range'],
    ['MOVE none 0', '-ERR source and destination objects are the same'],
    ['MOVE key -1', '-ERR DB index is out of range'],
    ['MOVE key x', '-ERR value is not an integer or out of range'],
  ])('%s answers %s', (command, reply) => {
    replies([command, reply])
  })
})

describe('walks', () => {
  test('SCAN meets every key once when nothing changes, and only those asked for', () => {
    const client = new TestBroker().client()
    const keys = Array.from({ length: 300 }, (_, i) => `key:${i}`)
    for (const key of keys) client.call(['SET', key, 'v'])
    client.call('RPUSH list x')
    const scan = (options: string): string[] => {
      const met: string[] = []
      let cursor = '0'
      do {
        const [next, page] = JSON.parse(client.call(`SCAN ${cursor}${options}`)!) as [string, string[]]
        met.push(...page)
        cursor = next
      } while (cursor !== '0')
      return met.sort()
    }
    expect(scan('')).toEqual([...keys, 'list'].sort())
    expect(scan(' COUNT 1 MATCH key:*9')).toEqual(keys.filter((key) => key.endsWith('9')).sort())
    expect(scan(' TYPE LIST')).toEqual(['list'])
    expect(scan(' TYPE nonsense')).toEqual([])
  })

  test('expired keys are listed by nobody; SCAN deletes those that match', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('SET gone 1 PX 1')
    client.call('SET lost 1 PX 1')
    client.call('SET here 1')
    broker.nowMs += 1
    expect(client.call('KEYS *')).toBe('["here"]')
    expect(client.call('DBSIZE')).toBe(':3')
    expect(client.call('SCAN 0 MATCH g*')).toBe('["0", []]')
    expect(client.call('DBSIZE')).toBe(':2')
    expect(client.call('RANDOMKEY')).toBe('"here"')
  })

  test('KEYS and MATCH take an empty key for * alone', () => {
    const client = new TestBroker().client()
    client.call(['SET', '', 'v'])
    client.call('SET key v')
    expect(sorted(client.call('KEYS *'))).toEqual(['', 'key'])
    expect(client.call('KEYS **')).toBe('["key"]')
    expect(client.call('KEYS ""')).toBe('[""]')
  })

  test.each([
    ['SCAN x', '-ERR invalid cursor'],
    ['SCAN " 0"', '-ERR invalid cursor'],
    ['SCAN 18446744073709551616', '-ERR invalid cursor'],
    ['SCAN 18446744073709551615', '["0", []]'],
    ['SCAN -1', '["0", []]'],
    ['SCAN +5', '["0", []]'],
    ['SCAN "0\\x00x"', '["0", []]'],
    ['SCAN "x\\x000"', '-ERR invalid cursor'],
    ['SCAN 0 COUNT 0', '-ERR syntax error'],
    ['SCAN 0 COUNT x', '-ERR value is not an integer or out of range'],
    ['SCAN 0 COUNT', '-ERR syntax error'],
    ['SCAN x COUNT', '-ERR invalid cursor'],
    ['RANDOMKEY', '$-1'],
  ])('%s answers %s', (command, reply) => {
    replies([command, reply])
  })
})

describe('OBJECT', () => {
  test('says of encodings what Redis says', () => {
    replies(
      ['MSET int -12 embstr 012 raw 123456789012345678901234567890123456789012345', '+OK'],
      ['OBJECT ENCODING int', '"int"'],
      ['OBJECT ENCODING embstr', '"embstr"'],
      ['OBJECT ENCODING raw', '"raw"'],
      ['RPUSH list x', ':1'],
      ['OBJECT ENCODING list', '"quicklist"'],
      ['XADD stream 1-1 a b', '"1-1"'],
      ['OBJECT ENCODING stream', '"stream"'],
      ['OBJECT REFCOUNT list', ':1'],
      ['OBJECT REFCOUNT none', '$-1'],
      ['OBJECT NONSENSE key', "-ERR unknown subcommand 'NONSENSE'. Try OBJECT HELP."],
    )
  })

  test('counts the seconds since a key was read or written; to ask about it is neither', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('SET key value')
    broker.nowMs += 5000
    for (const command of ['TTL key', 'TYPE key', 'EXISTS key', 'OBJECT ENCODING key']) client.call(command)
    expect(client.call('OBJECT IDLETIME key')).toBe(':5')
    for (const command of ['GET key', 'TOUCH key', 'EXPIRE key 100', 'APPEND key x']) {
      broker.nowMs += 5000
      client.call(command)
      expect(client.call('OBJECT IDLETIME key')).toBe(':0')
    }
  })
})
