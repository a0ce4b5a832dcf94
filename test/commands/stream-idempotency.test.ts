import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { atCheckpoint, keptBroker, restarted, streamsOf } from '../support/kept-broker.ts'

const tracked = (client: TestClient): string[] =>
  [...(client.call('XINFO STREAM s') ?? '').matchAll(/"((?:idmp|pids|iids)-\w+)", :(\d+)/g)].map(
    ([, name, value]) => `${name} ${value}`,
  )

test('what a producer adds twice under one id is added once', () => {
  const client = new TestBroker().client()
  const first = client.call('XADD s IDMP p 1 * f a')
  expect(client.call('XADD s IDMP p 1 * f b')).toBe(first)
  expect(client.call('XADD s IDMP q 1 * f b')).not.toBe(first)
  expect(client.call('XADD s IDMP p 2 * f b')).not.toBe(first)
  expect(client.call('XLEN s')).toBe(':3')
  expect(tracked(client)).toEqual([
    ...['idmp-duration 100', 'idmp-maxsize 100', 'pids-tracked 2'],
    ...['iids-tracked 3', 'iids-added 3', 'iids-duplicates 1'],
  ])
})

test('IDMPAUTO knows an entry by its fields and values, in whatever order', () => {
  const client = new TestBroker().client()
  const first = client.call('XADD s IDMPAUTO p * a 1 b 2')
  expect(client.call('XADD s IDMPAUTO p * b 2 a 1')).toBe(first)
  for (const fields of ['a 2 b 1', 'a 1', 'ab 12', 'a 1 b 2 b 2', 'a "" b 12']) {
    expect(client.call(`XADD s IDMPAUTO p * ${fields}`)).not.toBe(first)
  }
  expect(client.call('XADD s NOMKSTREAM KEEPREF MAXLEN ~ 100 IDMPAUTO p * b 2 a 1')).toBe(first)
  expect(client.call('XADD none NOMKSTREAM IDMPAUTO p * b 2 a 1')).toBe('$-1')
  expect(client.call('XLEN s')).toBe(':6')
})

test('binary names are names', () => {
  const client = new TestBroker().client()
  const first = client.call('XADD s IDMP "\\x00\\xff" "\\r\\n" * f a')
  expect(client.call('XADD s IDMP "\\x00\\xff" "\\r\\n" * f b')).toBe(first)
  expect(client.call('XADD s IDMP "\\x00" "\\r\\n" * f b')).not.toBe(first)
})

test('an id is forgotten when its time is over', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('XADD s IDMP q 1 * f a')
  const first = client.call('XADD s IDMP p 1 * f a')
  broker.advance(99_999)
  expect(client.call('XADD s IDMP p 1 * f a')).toBe(first)
  broker.advance(1)
  expect(tracked(client)).toContain('pids-tracked 0')
  expect(client.call('XADD s IDMP p 1 * f a')).not.toBe(first)
  expect(tracked(client)).toContain('iids-tracked 1')
})

test('the oldest ids of a producer go when there are too many, and those of others stay', () => {
  const client = new TestBroker().client()
  client.call('XADD s * f v')
  expect(client.call('XCFGSET s IDMP-MAXSIZE 3')).toBe('+OK')
  const other = client.call('XADD s IDMP q 1 * f v')
  const ids = [1, 2, 3, 4].map((i) => client.call(`XADD s IDMP p ${i} * f v`))
  expect(client.call('XADD s IDMP p 2 * f v')).toBe(ids[1])
  expect(client.call('XADD s IDMP p 1 * f v')).not.toBe(ids[0])
  expect(client.call('XADD s IDMP p 2 * f v')).not.toBe(ids[1])
  expect(client.call('XADD s IDMP q 1 * f v')).toBe(other)
})

test('XCFGSET with other values forgets, with the same values keeps', () => {
  const client = new TestBroker().client()
  const first = client.call('XADD s IDMP p 1 * f v')
  expect(client.call('XCFGSET s IDMP-DURATION 100 IDMP-MAXSIZE 100')).toBe('+OK')
  expect(client.call('XADD s IDMP p 1 * f v')).toBe(first)
  expect(client.call('XCFGSET s IDMP-DURATION 86400')).toBe('+OK')
  expect(client.call('XADD s IDMP p 1 * f v')).not.toBe(first)
})

test('an entry that was deleted before somebody could get it may be added again', () => {
  const client = new TestBroker().client()
  const first = client.call('XADD s IDMP p 1 * f v')
  client.call(`XDEL s ${first}`)
  const second = client.call('XADD s IDMP p 1 * f v')
  expect(second).not.toBe(first)
  expect(client.call('XADD s IDMP p 1 * f v')).toBe(second)
  client.call('XGROUP CREATE s g 0')
  client.call('XGROUP CREATE s h 0')
  client.call('XREADGROUP GROUP g c STREAMS s >')
  client.call(`XACKDEL s g IDS 1 ${second}`)
  expect(client.call('XADD s IDMP p 1 * f v')).not.toBe(second)
})

test('an entry that was deleted after every group was given it is not added again', () => {
  const client = new TestBroker().client()
  client.call('XGROUP CREATE s g 0 MKSTREAM')
  const first = client.call('XADD s IDMP p 1 * f v')
  client.call('XREADGROUP GROUP g c STREAMS s >')
  expect(client.call(`XACKDEL s g ACKED IDS 1 ${first}`)).toBe('[:1]')
  expect(client.call('XADD s IDMP p 1 * f v')).toBe(first)
  expect(client.call('XLEN s')).toBe(':0')
})

test('XIDMPRECORD remembers an entry that is there, under an id that stands for no other', () => {
  const client = new TestBroker().client()
  client.call('XADD s 1-0 f v')
  client.call('XADD s 2-0 f v')
  expect(client.call('XIDMPRECORD s p i 1-0')).toBe('+OK')
  expect(client.call('XIDMPRECORD s p i 1-0')).toBe('+OK')
  expect(client.call('XADD s IDMP p i * f v')).toBe('"1-0"')
  expect(client.call('XIDMPRECORD s p i 2-0')).toBe(
    '-ERR IID already exists for this producer with a different stream ID',
  )
  expect(tracked(client)).toContain('iids-added 1')
})

test.each([
  ['XADD s IDMP p 1 1-1 f v', '-ERR IDMP/IDMPAUTO can be used only with auto-generated IDs'],
  ['XADD s IDMPAUTO p 1-* f v', '-ERR IDMP/IDMPAUTO can be used only with auto-generated IDs'],
  ['XADD s IDMP p 1 IDMPAUTO p * f v', '-ERR IDMP/IDMPAUTO specified multiple times'],
  ['XADD s IDMPAUTO p IDMPAUTO q * f v', '-ERR IDMP/IDMPAUTO specified multiple times'],
  ['XADD s IDMP "" 1 * f v', '-ERR IDMP requires a non-empty producer ID'],
  ['XADD s IDMP p "" * f v', '-ERR IDMP requires a non-empty idempotent ID'],
  ['XADD s IDMPAUTO "" * f v', '-ERR IDMPAUTO requires a non-empty producer ID'],
  ['XCFGSET s', '-ERR At least one parameter must be specified'],
  ['XCFGSET s IDMP-DURATION', '-ERR syntax error'],
  ['XCFGSET s IDMP-DURATION x', '-ERR value is not an integer or out of range'],
  ['XCFGSET s IDMP-DURATION 0', '-ERR IDMP-DURATION must be between 1 and 86400 seconds'],
  ['XCFGSET s IDMP-DURATION 86401', '-ERR IDMP-DURATION must be between 1 and 86400 seconds'],
  ['XCFGSET s IDMP-MAXSIZE 10001', '-ERR IDMP-MAXSIZE must be between 1 and 10000 entries'],
  ['XCFGSET none IDMP-MAXSIZE 10', '-ERR no such key'],
  ['XCFGSET none', '-ERR no such key'],
  ['XCFGSET s IDMP-MAXSIZE 10 IDMP-MAXSIZE 10', '-ERR IDMP-MAXSIZE specified multiple times'],
  ['XCFGSET s IDMP-DURATION 5 IDMP-DURATION 6', '-ERR IDMP-DURATION specified multiple times'],
  ['XCFGSET text IDMP-MAXSIZE 10', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['XIDMPRECORD none p i 1-0', '-ERR no such key'],
  ['XIDMPRECORD s p i 9-0', '-ERR No such message in stream'],
  ['XIDMPRECORD s "" i 1-0', '-ERR producer ID must be non-empty'],
])('%s is refused and leaves no trace', (command, error) => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('XADD s 1-0 f v')
  client.call('SET text v')
  const before = broker.records.length
  expect(client.call(command)).toBe(error)
  expect(broker.records.length).toBe(before)
  expect(tracked(client)).toEqual([])
})

test('a restart, from the log or from a checkpoint, forgets nothing of it', async () => {
  const kept = keptBroker()
  const { broker } = kept.broker
  const client = kept.broker.client()
  client.call('CONFIG SET enable-debug-command yes')
  client.call('XADD s * f v')
  client.call('XCFGSET s IDMP-DURATION 300 IDMP-MAXSIZE 2000')
  const first = client.call('XADD s MAXLEN 50 IDMP p 0 * f v')
  kept.broker.advance(7)
  for (let i = 1; i < 1500; i++) client.call(`XADD s IDMP p ${i} * f v`)
  const auto = client.call('XADD s IDMPAUTO q * f v')
  client.call('COPY s t')
  const atBeginning = streamsOf(kept.broker, ['s', 't'])
  const written = broker.storage.checkpoint()
  broker.endTurn()
  client.call('XADD s IDMP p later * f v')
  client.call('XADD t IDMPAUTO q * f other')
  while (broker.keyspace.checkpoint !== undefined) broker.storage.checkpointer.slice(1e9)
  await written
  expect(streamsOf(await atCheckpoint(kept), ['s', 't'])).toEqual(atBeginning)
  const second = await restarted(kept)
  expect(streamsOf(second, ['s', 't'])).toEqual(streamsOf(kept.broker, ['s', 't']))
  const again = second.client()
  expect(again.call('XADD s IDMP p 0 * f v')).toBe(first)
  expect(again.call('XADD t IDMPAUTO q * f v')).toBe(auto)
  second.advance(300_000 - 7)
  expect(again.call('XADD s IDMP p 0 * f v')).not.toBe(first)
})

test('a rename takes along what is remembered, a copy goes its own way, and their digests tell', () => {
  const client = new TestBroker().client()
  const first = client.call('XADD s IDMP p 1 * f v')
  client.call('COPY s t')
  const digests = (client.call('DEBUG DIGEST-VALUE s t') ?? '').match(/[0-9a-f]{40}/g)
  expect(digests?.[0]).toBe(digests?.[1])
  client.call('RENAME s u')
  expect(client.call('XADD u IDMP p 1 * f v')).toBe(first)
  client.call('XADD t IDMP p 2 * f v')
  expect(client.call('XADD u IDMP p 2 * f v')).not.toBe(first)
  const usage = (key: string): number => Number(client.call(`MEMORY USAGE ${key}`)?.slice(1))
  client.call('XADD plain * f v')
  expect(usage('u')).toBeGreaterThan(usage('plain'))
})

test('what was remembered is logged as a fact', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('XADD s IDMP p i MAXLEN 0 * f v')
  const id = '1700000000000-0'
  expect(
    broker.records
      .at(-1)!
      .replace(/[*$]\d+\r\n/g, '')
      .replaceAll('\r\n', ' '),
  ).toBe(`XADD s ${id} f v XIDMPRECORD s p i ${id} XTRIM s MAXLEN = 0 `)
  const before = broker.records.length
  client.call('XGROUP CREATE s g $')
  client.call('XADD s IDMP p i * f v')
  expect(broker.records.length).toBe(before + 1)
})
