/** Figures, times, ids, payloads and addresses as the console writes and reads them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { databaseOf, readAddress, writeAddress } from '../../src/frontends/console/lib/address.ts'
import { type Bytes, fromBuffer, fromText } from '../../src/frontends/console/lib/bytes.ts'
import { describeFlags, parseClients } from '../../src/frontends/console/lib/client-line.ts'
import * as format from '../../src/frontends/console/lib/format.ts'
import { hexDump, prettyJson, viewPayload } from '../../src/frontends/console/lib/payload.ts'
import { readPlace, timeOfId } from '../../src/frontends/console/lib/stream-id.ts'

describe('figures', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [123_456, '121 KiB'],
    [5 * 1024 ** 3, '5.00 GiB'],
  ])('%d bytes', (bytes, text) => expect(format.formatBytes(bytes)).toBe(text))

  test('counts', () => {
    expect(format.formatCount(1_234_567)).toBe('1\u202f234\u202f567')
    expect([0, 1, 2000].map((count) => format.formatCounted(count, 'entry', 'entries'))).toEqual([
      '0 entries',
      '1 entry',
      '2\u202f000 entries',
    ])
    expect(format.formatCounted(2, 'list')).toBe('2 lists')
    expect(format.formatShort(9999)).toBe('9999')
    expect(format.formatShort(12_345)).toBe('12.3k')
    expect(format.formatShort(2.5)).toBe('2.50')
  })

  test('durations', () => {
    expect(format.formatMicroseconds(7)).toBe('7 µs')
    expect(format.formatMicroseconds(1500)).toBe('1.50 ms')
    expect(format.formatSpan(999)).toBe('999 ms')
    expect(format.formatSpan(61_000)).toBe('1 min 1 s')
    expect(format.formatSpan(90_000_000)).toBe('1 d 1 h')
  })

  test('a time is the wall clock’s', () => {
    const time = new Date(2026, 0, 31, 12, 30, 1, 5).getTime()
    expect(format.formatTime(time)).toBe('2026-01-31 12:30:01.005')
    expect(format.formatTime(Number.NaN)).toBe('—')
  })
})

describe('places in a stream', () => {
  test('ids, times and spans are understood', () => {
    expect(readPlace('5-1', 0)).toBe('5-1')
    expect(readPlace(' 1795649888000 ', 0)).toBe('1795649888000')
    expect(readPlace('-5m', 1_000_000)).toBe('700000')
    expect(readPlace('2026-01-31 12:30', 0)).toBe(String(new Date(2026, 0, 31, 12, 30).getTime()))
    expect(readPlace('2026-01-31', 0)).toBe(String(new Date(2026, 0, 31).getTime()))
    for (const other of ['', 'yesterday', '5-', '2026-13-45 99:99']) expect(readPlace(other, 0)).toBeUndefined()
  })

  test('an id has a time when a clock made it', () => {
    expect(timeOfId('1795649888000-3')).toBe(1795649888000)
    expect(timeOfId('5-1')).toBeUndefined()
  })
})

describe('payloads', () => {
  test('JSON keeps its digits, its names and their order', () => {
    const json = '{"b":12345678901234567890,"a":[1.0,{}],"b":"x:{\\"}"}'
    expect(prettyJson(fromText(json))).toBe(
      '{\n  "b": 12345678901234567890,\n  "a": [\n    1.0,\n    {}\n  ],\n  "b": "x:{\\"}"\n}',
    )
  })

  test('any JSON means the same when it is set in lines', () =>
    fc.assert(
      fc.property(fc.json(), (json) => void expect(JSON.parse(prettyJson(fromText(json))!)).toEqual(JSON.parse(json))),
    ))

  test('auto takes what fits', () => {
    expect(viewPayload(fromText('[1]'), 'auto')).toBe('[\n  1\n]')
    expect(viewPayload(fromText('12'), 'auto')).toBe('12')
    expect(viewPayload(fromText('[oops'), 'auto')).toBe('[oops')
    expect(viewPayload('\xff' as Bytes, 'auto')).toMatch(/^00000000 {2}ff/)
    expect(viewPayload('\xff' as Bytes, 'text')).toBeUndefined()
    expect(viewPayload(fromText('no'), 'json')).toBeUndefined()
  })

  test('a hex dump has sixteen bytes in a row', () => {
    const rows = hexDump(fromBuffer(Uint8Array.from({ length: 17 }, (_, i) => i + 60))).split('\n')
    expect(rows).toHaveLength(2)
    expect(rows[0]).toBe('00000000  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK')
  })
})

describe('addresses', () => {
  test('any key and option comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'grapheme', minLength: 1 }), (bytes, value) => {
        const address = { page: 'streams' as const, key: fromBuffer(bytes), options: { db: '2', from: value } }
        expect(readAddress(writeAddress(address))).toEqual(address)
      }),
    )
  })

  test('a key with a slash is one key', () => expect(readAddress('#/keys/a/b').key).toBe('a/b'))

  test('what is no page is the overview', () => {
    expect(readAddress('')).toEqual({ page: 'overview', key: undefined, options: {} })
    expect(readAddress('#/constructor?__proto__=1').page).toBe('overview')
    expect(databaseOf(readAddress('#/keys?db=3'))).toBe(3)
    expect(databaseOf(readAddress('#/keys?db=x'))).toBe(0)
  })
})

test('CLIENT LIST is read', () => {
  const line =
    'id=3 addr=127.0.0.1:5 laddr=127.0.0.1:6 name=worker age=2 idle=1 flags=b db=0 sub=1 psub=2 qbuf=10 obl=1 omem=2 tot-mem=9 cmd=blpop user=default resp=2\n'
  const [client] = parseClients(line)
  expect(client).toMatchObject({
    id: '3',
    name: 'worker',
    idleMs: 1000,
    subscriptions: 3,
    outputBytes: 3,
    command: 'blpop',
  })
  expect(describeFlags('bx')).toBe('blocked, in MULTI')
  expect(describeFlags('N')).toBe('')
})
