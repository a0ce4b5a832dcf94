import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { byte, contents, listpack, newerContents, packed, payload, text } from '../support/rdb-payloads.ts'
import { replayed } from '../support/replayed.ts'

/** The bytes of what DUMP answers, for RESTORE. */
function dumped(broker: TestBroker, key: string): string {
  const bytes: string[] = []
  const client = broker.client()
  client.session.connection.write = (chunk) => {
    bytes.push(Buffer.from(chunk).toString('latin1'))
  }
  client.send(['DUMP', key])
  const reply = bytes.join('')
  return reply.slice(reply.indexOf('\n') + 1, -2)
}

const filling = [
  ['SET', 'k', ''],
  ['SET', 'k', '-12345'],
  ['SET', 'k', 'ab'.repeat(3000)],
  ['RPUSH', 'k', 'a', '1', '', '-70000', 'x'.repeat(9000), '\x00\r\n', 'z'.repeat(200)],
  ['HSET', 'k', 'f', 'v', 'g', '7', '', 'x'.repeat(100)],
  ['HSET', 'k', ...Array.from({ length: 2000 }, (_, i) => `part ${i}`)],
  ['SADD', 'k', '1', '-70000', '9223372036854775807'],
  ['SADD', 'k', '', 'a', '12', 'b'],
  ['ZADD', 'k', '1.5', 'a', '-inf', 'b', '0', 'c', '0', ''],
  ['ZADD', 'k', ...Array.from({ length: 1000 }, (_, i) => [`${i % 7}.25`, `member ${i}`]).flat()],
  ['RPUSH', 'k', ...Array.from({ length: 3000 }, (_, i) => `element ${i}`)],
]

const ask = (client: TestClient): (string | undefined)[] =>
  [
    'TYPE k',
    'GET k',
    'LRANGE k 0 -1',
    'HLEN k',
    'HMGET k f g',
    'SCARD k',
    'SMISMEMBER k 1 a 12 -70000 9223372036854775807',
    'ZRANGE k 0 -1 WITHSCORES',
    'XRANGE k - +',
    'XINFO STREAM k FULL COUNT 0',
    'XPENDING k g - + 100',
    'PEXPIRETIME k',
  ].map((command) => client.call(command))

describe('DUMP and RESTORE', () => {
  test.each(filling)('%s %s %s', (...command) => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call(command)
    const other = new TestBroker().client()
    expect(other.call(['RESTORE', 'k', '0', dumped(broker, 'k')])).toBe('+OK')
    expect(ask(other)).toEqual(ask(client))
  })

  test('a stream with groups and all that it has pending', () => {
    const broker = new TestBroker()
    const client = broker.client()
    for (let i = 1; i < 300; i++) client.call(`XADD k ${i * 1000}-${i % 3} f ${i} ${i % 7 === 0 ? 'other' : 'g'} v`)
    client.call('XADD k 18446744073709551615-18446744073709551614 last one')
    client.call('XDEL k 5000-2')
    client.call('XGROUP CREATE k g 0')
    client.call('XGROUP CREATE k tail $ ENTRIESREAD 7')
    client.call('XREADGROUP GROUP g alice COUNT 20 STREAMS k >')
    client.call('XREADGROUP GROUP g bob COUNT 5 STREAMS k >')
    client.call('XACK k g 3000-0')
    const expected = ask(client)
    const other = new TestBroker().client()
    expect(other.call(['RESTORE', 'k', '0', dumped(broker, 'k')])).toBe('+OK')
    expect(ask(other)).toEqual(expected)
  })

  test.each(Object.entries({ ...contents, ...newerContents }))(
    'reads a value as others wrote it: %s',
    (_name, content) => {
      const client = new TestBroker().client()
      expect(client.call(['RESTORE', 'k', '0', payload(content)])).toBe('+OK')
      expect(client.call('EXISTS k')).toBe(':1')
      expect(client.call(['RESTORE', 'k', '0', payload(content, 13)])).toMatch(/^-BUSYKEY/)
      expect(client.call(['RESTORE', 'k', '0', payload(content, 13), 'REPLACE'])).toBe(
        '-ERR DUMP payload version or checksum are wrong',
      )
      expect(client.call(['RESTORE', 'n', '0', payload(content, 10, 1)])).toBe(
        '-ERR DUMP payload version or checksum are wrong',
      )
      for (const spoilt of [content.slice(0, -1), `${content}\x00`, `\x77${content.slice(1)}`]) {
        expect(client.call(['RESTORE', 'n', '0', payload(spoilt)])).toBe('-ERR Bad data format')
      }
      expect(client.call('EXISTS n')).toBe(':0')
    },
  )

  test('fields keep their times, in the form of Redis 7.4', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HSET k a 1 b 2 c 3')
    client.call('HPEXPIRE k 1000 FIELDS 1 b')
    client.call('HPEXPIRE k 700 FIELDS 1 c')
    const bytes = dumped(broker, 'k')
    expect([bytes.charCodeAt(0), bytes.charCodeAt(bytes.length - 10)]).toEqual([24, 12])
    const other = new TestBroker()
    const reader = other.client()
    expect(reader.call(['RESTORE', 'k', '0', bytes])).toBe('+OK')
    expect(reader.call('HPTTL k FIELDS 3 a b c')).toBe('[:-1, :1000, :700]')
    expect(replayed(other).call('HPTTL k FIELDS 3 a b c')).toBe('[:-1, :1000, :700]')
    other.advance(700)
    expect(reader.call('HGETALL k')).toBe('["a", "1", "b", "2"]')
    client.call('HPERSIST k FIELDS 2 b c')
    expect(dumped(broker, 'k').charCodeAt(0)).toBe(4)
  })

  test('reads times as Redis 7.4 wrote them, and refuses those that no field can have', () => {
    const client = new TestBroker().client()
    client.call(['RESTORE', 'table', '0', payload(newerContents['hash with times']!, 12)])
    client.call(['RESTORE', 'pack', '0', payload(newerContents['listpack hash with times']!, 12)])
    for (const key of ['table', 'pack']) {
      expect(client.call(`HPEXPIRETIME ${key} FIELDS 2 f g`)).toBe('[:-1, :35184372088837]')
    }
    const late = byte(24, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f, 0, 0, 1, 2) + text('f') + text('v')
    expect(client.call(['RESTORE', 'k', '0', payload(late, 12)])).toBe('-ERR Bad data format')
  })

  test('what cannot be a value is refused: empty lists, ids out of order, entries pending for nobody', () => {
    const client = new TestBroker().client()
    const { small } = packed
    const entry = (seq: number): string[] => [small(2), small(0), small(seq), packed.text('v'), small(4)]
    const stream = (...entries: string[][]): string =>
      byte(19, 1) +
      text('\x00'.repeat(15) + byte(1)) +
      text(listpack(small(entries.length), small(0), small(1), packed.text('f'), small(0), ...entries.flat())) +
      byte(entries.length, 0, 9, 0, 1, 0, 0, entries.length)
    const bad = [
      byte(1, 0),
      byte(10) + text('\x0b\x00\x00\x00\x0a\x00\x00\x00\x00\x00\xff'),
      byte(18, 1, 2) + text(listpack()),
      byte(18, 1, 3) + text('a'),
      `${stream(entry(2), entry(1))}\x00`,
      `${stream(entry(0), entry(12))}\x00`,
      `${stream(entry(0))}${byte(1)}${text('g')}${byte(0, 0, 0, 1)}${'\x00'.repeat(24)}${byte(1, 0)}`,
    ]
    for (const each of bad) expect(client.call(['RESTORE', 'k', '0', payload(each)])).toBe('-ERR Bad data format')
    expect(client.call(['RESTORE', 'k', '0', payload(`${stream(entry(0), entry(1))}\x00`)])).toBe('+OK')
  })

  test('damaged content with a right checksum is refused or is a value, and never a crash', () => {
    const broker = new TestBroker()
    const client = broker.client()
    const whole = Object.values(contents)
    const damage = fc.tuple(
      fc.constantFrom(...whole),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      fc.nat(400),
    )
    fc.assert(
      fc.property(damage, ([content, changes, size]) => {
        const bytes = [...content.slice(0, Math.max(1, size))]
        for (const [at, value] of changes) bytes[at % bytes.length] = String.fromCharCode(value)
        const reply = client.call(['RESTORE', 'k', '0', payload(bytes.join('')), 'REPLACE'])
        expect(['+OK', '-ERR Bad data format']).toContain(reply)
        if (reply === '+OK') ask(client)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('RESTORE', () => {
  const hello = payload(contents.string!)

  test('takes a time to live, relative or absolute, and logs it as a point in time', () => {
    const broker = new TestBroker()
    const client = broker.client()
    expect(client.call(['RESTORE', 'k', '5000', hello])).toBe('+OK')
    expect(client.call('PTTL k')).toBe(':5000')
    expect(client.call(['RESTORE', 'k', String(broker.nowMs + 70), hello, 'REPLACE', 'ABSTTL'])).toBe('+OK')
    expect(client.call('PTTL k')).toBe(':70')
    expect(broker.records.at(-1)).toContain(`$13\r\n${broker.nowMs + 70}\r\n`)
    const copy = new TestBroker()
    for (const record of broker.records) copy.client().sendRaw(record)
    expect(copy.client().call('PEXPIRETIME k')).toBe(client.call('PEXPIRETIME k'))
    expect(copy.client().call('GET k')).toBe('"hello"')
  })

  test('of a time that is past deletes what was there', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('SET k old')
    expect(client.call(['RESTORE', 'k', '1', hello, 'REPLACE', 'ABSTTL'])).toBe('+OK')
    expect(client.call('EXISTS k')).toBe(':0')
    expect(broker.records.at(-1)).toContain('DEL')
  })

  test('sets the idle time, and refuses before anything is changed', () => {
    const broker = new TestBroker()
    const client = broker.client()
    expect(client.call(['RESTORE', 'k', '0', hello, 'IDLETIME', '1000'])).toBe('+OK')
    expect(client.call('OBJECT IDLETIME k')).toBe(':1000')
    const refused: [string[], string][] = [
      [['IDLETIME', '-1'], '-ERR Invalid IDLETIME value, must be >= 0'],
      [['FREQ', '256'], '-ERR Invalid FREQ value, must be >= 0 and <= 255'],
      [['FREQ', '1', 'IDLETIME', '1'], '-ERR syntax error'],
      [['IDLETIME'], '-ERR syntax error'],
      [['NONSENSE'], '-ERR syntax error'],
    ]
    for (const [options, answer] of refused) expect(client.call(['RESTORE', 'k', '0', hello, ...options])).toBe(answer)
    expect(client.call(['RESTORE', 'k', '-1', hello, 'REPLACE'])).toBe('-ERR Invalid TTL value, must be >= 0')
    expect(client.call(['RESTORE', 'k', 'x', hello, 'REPLACE'])).toMatch(/^-ERR value is not an integer/)
    expect(client.call('DUMP none')).toBe('$-1')
  })
})
