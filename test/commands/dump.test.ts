import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { byte, contents, listpack, newerContents, packed, payload, producers, text } from '../support/rdb-payloads.ts'
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
      expect(client.call(['RESTORE', 'k', '0', payload(content, 15)])).toMatch(/^-BUSYKEY/)
      expect(client.call(['RESTORE', 'k', '0', payload(content, 15), 'REPLACE'])).toBe(
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

  test('a stream keeps what it knows of its producers, in the form of Redis 8.6', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('XADD k * f v')
    client.call('XCFGSET k IDMP-DURATION 300 IDMP-MAXSIZE 3')
    const ids = ['1', 'i', '\xff', '-7'].map((iid) => {
      broker.advance(10)
      return client.call(['XADD', 'k', 'IDMP', 'p', iid, '*', 'f', iid])
    })
    const other = client.call('XADD k IDMP 12345 1 * f v')
    client.call('XADD k IDMP p -7 * f v')
    const bytes = dumped(broker, 'k')
    expect([bytes.charCodeAt(0), bytes.charCodeAt(bytes.length - 10)]).toEqual([26, 13])
    const target = new TestBroker()
    target.advance(250_000)
    const reader = target.client()
    expect(reader.call(['RESTORE', 'k', '0', bytes])).toBe('+OK')
    expect(ask(reader)).toEqual(ask(client))
    for (const each of [reader, replayed(target)]) {
      expect(each.call(['XADD', 'k', 'IDMP', 'p', '\xff', '*', 'f', 'v'])).toBe(ids[2])
      expect(each.call('XADD k IDMP p -7 * f v')).toBe(ids[3])
      expect(each.call('XADD k IDMP 12345 1 * f v')).toBe(other)
      // The oldest was one too many.
      expect(each.call('XADD k IDMP p 1 * f v')).not.toBe(ids[0])
    }
    target.advance(60_000)
    expect(reader.call('XADD k IDMP 12345 1 * f v')).not.toBe(other)
  })

  test('settings alone are kept, and defaults leave a stream as it is in Redis 7.0', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('XADD k 1-0 f v')
    client.call('XCFGSET k IDMP-MAXSIZE 7')
    const reader = new TestBroker().client()
    expect(reader.call(['RESTORE', 'k', '0', dumped(broker, 'k')])).toBe('+OK')
    expect(reader.call('XINFO STREAM k')).toBe(client.call('XINFO STREAM k'))
    client.call('DEL k')
    client.call('XADD k 1-0 f v')
    const plain = dumped(broker, 'k').slice(1, -10)
    expect(dumped(broker, 'k').charCodeAt(0)).toBe(19)
    expect(reader.call(['RESTORE', 'k', '0', payload(byte(26) + plain + byte(100, 100, 0, 0, 0)), 'REPLACE'])).toBe(
      '-ERR Bad data format',
    )
    const defaults = byte(0x40, 100, 0x40, 100, 0, 0, 0)
    expect(reader.call(['RESTORE', 'k', '0', payload(byte(26) + plain + defaults, 13), 'REPLACE'])).toBe('+OK')
    expect(reader.call('XINFO STREAM k')).toBe(client.call('XINFO STREAM k'))
  })

  test('COPY keeps it, too, and both go their own ways', () => {
    const client = new TestBroker().client()
    const first = client.call('XADD k IDMP p 1 * f v')
    client.call('COPY k c')
    client.call('XCFGSET k IDMP-DURATION 7')
    expect(client.call('XADD c IDMP p 1 * f v')).toBe(first)
    expect(client.call('XADD k IDMP p 1 * f v')).not.toBe(first)
  })

  test('a stream keeps what was handed back to its groups, in the form of Redis 8.8', () => {
    const broker = new TestBroker()
    const client = broker.client()
    for (const id of ['1-0', '2-0', '3-0']) client.call(`XADD k ${id} f v`)
    client.call('XGROUP CREATE k g 0')
    client.call('XREADGROUP GROUP g c STREAMS k >')
    client.call('XNACK k g FATAL IDS 2 3-0 1-0')
    const bytes = dumped(broker, 'k')
    expect([bytes.charCodeAt(0), bytes.charCodeAt(bytes.length - 10)]).toEqual([27, 14])
    const reader = new TestBroker().client()
    expect(reader.call(['RESTORE', 'k', '0', bytes])).toBe('+OK')
    for (const ask of ['XPENDING k g', 'XPENDING k g - + 9 c', 'XINFO STREAM k']) {
      expect(reader.call(ask)).toBe(client.call(ask))
    }
    expect(reader.call('XINFO STREAM k FULL')).toContain('"nacked-count", :2')
    expect(reader.call('XREADGROUP GROUP g d COUNT 1 CLAIM 1000000 STREAMS k >')).toContain('"3-0"')
    client.call('XCLAIM k g c 0 1-0 3-0')
    expect(dumped(broker, 'k').charCodeAt(0)).toBe(19)
  })

  test('reads producers as Redis 8.6 wrote them, and what 8.8 tells as handed back', () => {
    const client = new TestBroker().client()
    for (const form of ['stream 4', 'stream 5']) {
      expect(client.call(['RESTORE', 'k', '0', payload(newerContents[form]!, 14), 'REPLACE'])).toBe('+OK')
      expect(client.call('XINFO STREAM k')).toContain(
        '"idmp-duration", :300, "idmp-maxsize", :7, "pids-tracked", :0, "iids-tracked", :0, "iids-added", :9, "iids-duplicates", :2',
      )
    }
    expect(client.call('XPENDING k g')).toBe('[:1, "5-0", "5-0", []]')
    expect(client.call('XREADGROUP GROUP g d CLAIM 0 STREAMS k >')).toContain('"5-0"')
  })

  test.each([
    ['no time', byte(0, 7, 0, 0, 0)],
    ['no ids', byte(7, 0, 0, 0, 0)],
    ['too long a time', byte(0x80, 0, 1, 0x51, 0x81) + byte(7, 0, 0, 0)],
    ['a producer without a name', byte(7, 7, 1) + text('') + byte(0, 0, 0)],
    ['an id without a name', byte(7, 7, 1) + text('p') + byte(1) + text('') + byte(1, 0, 0, 0)],
    ['a producer twice', byte(7, 7, 2) + (text('p') + byte(0)).repeat(2) + byte(0, 0)],
    ['an id twice', byte(7, 7, 1) + text('p') + byte(2) + (text('i') + byte(1, 0)).repeat(2) + byte(0, 0)],
  ])('refuses producers that nobody can have: %s', (_what, spoilt) => {
    const client = new TestBroker().client()
    const content = newerContents['stream 4']!.replace(producers, spoilt)
    expect(client.call(['RESTORE', 'k', '0', payload(content, 13)])).toBe('-ERR Bad data format')
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
      byte(18, 1, 1) + text(''),
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
    const whole = [...Object.values(contents), newerContents['stream 5']!]
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
