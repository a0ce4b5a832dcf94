/** What a stream tells of itself to who goes on behind an id: its newest id, the newest that was trimmed, and where it
 *  is whole from. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ValueRow } from '../../src/keyspace/value-rows.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { keptBroker, restarted, streamsOf } from '../support/kept-broker.ts'
import { replayed } from '../support/replayed.ts'

const filled = ['1-0', '2-0', '3-0', '4-0', '5-0'].map((id) => `XADD s ${id} f v`)

/** The bounds of the stream, without its entries. */
function boundsOf(client: TestClient, key = 's'): string | undefined {
  const reply = client.call(['XREAD', 'WITHBOUNDS', 'STREAMS', key, '$'])
  return reply === '*-1'
    ? undefined
    : /\[\[("[\d-]+", "[\d-]+", (?:"[\d-]+"|\$-1))\], \[\]\]\]\]$/.exec(reply ?? '')?.[1]
}

function afterAll(...commands: readonly string[]): TestBroker {
  const broker = new TestBroker()
  const client = broker.client()
  for (const command of commands) expect(client.call(command)).not.toMatch(/^-/)
  return broker
}

/** The row of a stream as it was before it told what was trimmed. */
function older(row: ValueRow): ValueRow {
  if (row.kind !== 'stream') return row
  const [head, ...lines] = Buffer.from(row.payload).toString('latin1').split('\r\n')
  expect(head).toBe('*4')
  return { ...row, payload: Buffer.from(`${['*3', ...lines.slice(0, 6)].join('\r\n')}\r\n`) }
}

const acknowledged = ['XGROUP CREATE s g 0', 'XREADGROUP GROUP g a STREAMS s >', 'XACK s g 1-0 2-0 4-0']

describe('what was trimmed', () => {
  test.each<[string, string[], string]>([
    ['nothing', [], '"5-0", "0-0", "1-0"'],
    ['by length', ['XTRIM s MAXLEN 3'], '"5-0", "2-0", "3-0"'],
    ['by id, though there is no such entry', ['XTRIM s MINID 2-7'], '"5-0", "2-0", "3-0"'],
    ['as another came', ['XADD s MAXLEN 1 6-0 f v'], '"6-0", "5-0", "6-0"'],
    ['to the last', ['XTRIM s MAXLEN 0'], '"5-0", "5-0", $-1'],
    ['with what groups had of it', [...acknowledged, 'XTRIM s MAXLEN 2 DELREF'], '"5-0", "3-0", "4-0"'],
    ['around what is pending still', [...acknowledged, 'XTRIM s MAXLEN 1 ACKED'], '"5-0", "4-0", "5-0"'],
    ['but for nothing that was not there', ['XDEL s 2-0', 'XTRIM s MINID 3-0'], '"5-0", "1-0", "3-0"'],
    ['not: it was deleted from the front', ['XDEL s 1-0 2-0'], '"5-0", "0-0", "3-0"'],
    ['not: it was deleted', ['XDEL s 3-0', 'XDELEX s IDS 1 5-0'], '"5-0", "0-0", "1-0"'],
    [
      'not: it was acknowledged and deleted',
      [...acknowledged.slice(0, 2), 'XACKDEL s g IDS 1 2-0'],
      '"5-0", "0-0", "1-0"',
    ],
    ['and begins behind what was deleted', ['XTRIM s MAXLEN 4', 'XDEL s 2-0'], '"5-0", "1-0", "3-0"'],
  ])('%s', async (_name, commands, expected) => {
    const broker = afterAll(...filled, ...commands)
    expect(boundsOf(broker.client())).toBe(expected)
    expect(boundsOf(replayed(broker))).toBe(expected)
  })

  test('approximately is as much as went', () => {
    const broker = afterAll('CONFIG SET stream-node-max-entries 2', ...filled, 'XTRIM s MAXLEN ~ 2')
    expect(boundsOf(broker.client())).toBe('"5-0", "2-0", "3-0"')
  })

  test('goes with the stream, and begins anew with another', () => {
    const client = afterAll(...filled, 'XTRIM s MAXLEN 2', 'COPY s t', 'RENAME s u', 'MOVE t 1').client()
    expect(boundsOf(client, 'u')).toBe('"5-0", "3-0", "4-0"')
    client.call('SELECT 1')
    expect(boundsOf(client, 't')).toBe('"5-0", "3-0", "4-0"')
    client.call('DEL t')
    client.call('XADD t 7-0 f v')
    expect(boundsOf(client, 't')).toBe('"7-0", "0-0", "7-0"')
  })
})

describe('XSETID', () => {
  test.each<[string, string[], string]>([
    ['forward loses nothing', ['XSETID s 9-0'], '"9-0", "0-0", "1-0"'],
    [
      'with more entries than there were says that those before the first are gone',
      ['XSETID s 9-0 ENTRIESADDED 8'],
      '"9-0", "0-18446744073709551615", "1-0"',
    ],
    ['so, too, where none is left', ['XDEL s 1-0 2-0 3-0 4-0 5-0', 'XSETID s 9-0 ENTRIESADDED 8'], '"9-0", "9-0", $-1'],
    ['with as many as there were says nothing', ['XSETID s 9-0 ENTRIESADDED 5'], '"9-0", "0-0", "1-0"'],
    [
      'back lets nothing have been trimmed that comes behind it',
      ['XTRIM s MAXLEN 0', 'XSETID s 2-0'],
      '"2-0", "2-0", $-1',
    ],
  ])('%s', (_name, commands, expected) => {
    const broker = afterAll(...filled, ...commands)
    expect(boundsOf(broker.client())).toBe(expected)
    expect(boundsOf(replayed(broker))).toBe(expected)
  })
})

describe('where it was not noted, what was trimmed is all before the first entry that may have been', () => {
  const cases: readonly [string, string[], string][] = [
    ['nothing, by the counters', [], '"5-0", "0-0", "1-0"'],
    ['some', ['XTRIM s MAXLEN 3'], '"5-0", "2-18446744073709551615", "3-0"'],
    ['all', ['XTRIM s MAXLEN 0'], '"5-0", "5-0", $-1'],
    ['some, or they were deleted', ['XDEL s 4-0'], '"5-0", "0-18446744073709551615", "1-0"'],
  ]

  test.each(cases)('in what RESTORE reads: %s', (_name, commands, expected) => {
    const broker = afterAll(...filled, ...commands)
    const client = broker.client()
    const dump: string[] = []
    client.session.connection.write = (bytes) => dump.push(bytes.toString('latin1'))
    client.send(['DUMP', 's'])
    const [, payload] = /^\$\d+\r\n(.*)\r\n$/s.exec(dump.join(''))!
    const other = broker.client()
    expect(other.call(['RESTORE', 't', '0', payload!])).toBe('+OK')
    expect(boundsOf(other, 't')).toBe(expected)
  })

  test.each(cases)('in a file that is older than the notes: %s', async (_name, commands, expected) => {
    const kept = keptBroker()
    const client = kept.broker.client()
    for (const command of [...filled, ...commands]) client.call(command)
    const { storage } = kept.broker.broker
    const written = storage.checkpoint()
    kept.broker.broker.endTurn()
    while (kept.broker.broker.keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
    await written
    expect(boundsOf((await restarted(kept, 0, older)).client())).toBe(expected)
  })
})

describe('XREAD WITHBOUNDS', () => {
  const bounds = '["5-0", "2-0", "3-0"]'
  const trimmed = (): TestBroker => afterAll(...filled, 'XTRIM s MAXLEN 3')

  test('answers bounds before entries, of every stream there is, in RESP2 and RESP3', () => {
    const client = trimmed().client()
    client.call('XADD t 7-0 f v')
    const [s, t] = [`[${bounds}, [["5-0", ["f", "v"]]]]`, '[["7-0", "0-0", "7-0"], []]']
    expect(client.call('XREAD WITHBOUNDS STREAMS s none t 4-0 0 7-0')).toBe(`[["s", ${s}], ["t", ${t}]]`)
    client.call('HELLO 3')
    expect(client.call('XREAD WITHBOUNDS STREAMS s none t 4-0 0 7-0')).toBe(`{"s": ${s}, "t": ${t}}`)
    expect(client.call('XREAD WITHBOUNDS STREAMS none 0')).toBe('_')
    expect(client.call('XREAD COUNT 1 WITHBOUNDS MAXSIZE 10 STREAMS s 9-0')).toBe(`{"s": [${bounds}, []]}`)
  })

  test('is refused where it has no meaning', () => {
    const client = trimmed().client()
    expect(client.call('XREADGROUP GROUP g a WITHBOUNDS STREAMS s >')).toBe('-ERR syntax error')
    expect(client.call('SET text x')).toBe('+OK')
    expect(client.call('XREAD WITHBOUNDS STREAMS text 0')).toMatch(/^-WRONGTYPE/)
  })

  test('waits while the newest id is the one named, and is answered as soon as it is another', () => {
    const broker = trimmed()
    const [waiter, client] = [broker.client(), broker.client()]
    const waiting = (id: string): string | undefined => waiter.call(`XREAD BLOCK 0 WITHBOUNDS STREAMS s ${id}`)
    expect(waiting('4-0')).toBe(`[["s", [${bounds}, [["5-0", ["f", "v"]]]]]]`)
    expect(waiting('5-0')).toBeUndefined()
    client.call('XDEL s 5-0')
    expect(waiter.received()).toEqual([])
    client.call('XADD s 6-0 f v')
    expect(waiter.received()).toEqual(['[["s", [["6-0", "2-0", "3-0"], [["6-0", ["f", "v"]]]]]]'])
  })

  test('does not hide what came and went in one command or transaction', () => {
    const broker = trimmed()
    const [waiter, client] = [broker.client(), broker.client()]
    expect(waiter.call('XREAD BLOCK 0 WITHBOUNDS STREAMS s $')).toBeUndefined()
    for (const command of ['MULTI', 'XADD s 6-0 f v', 'XADD s MAXLEN 1 7-0 f v', 'EXEC']) client.call(command)
    expect(waiter.received()).toEqual(['[["s", [["7-0", "6-0", "7-0"], [["7-0", ["f", "v"]]]]]]'])
    expect(waiter.call('XREAD BLOCK 0 WITHBOUNDS STREAMS s 7-0')).toBeUndefined()
    client.call('XADD s MAXLEN 0 8-0 f v')
    for (const command of ['MULTI', 'XADD s MAXLEN 0 9-0 f v', 'EXEC']) client.call(command)
    expect(waiter.received()).toEqual(['[["s", [["8-0", "8-0", $-1], []]]]'])
    expect(waiter.call('XREAD BLOCK 0 WITHBOUNDS STREAMS s 8-0')).toBe('[["s", [["9-0", "9-0", $-1], []]]]')
  })

  test('is answered when the stream begins anew with lower ids', () => {
    const broker = trimmed()
    const [waiter, plain, client] = [broker.client(), broker.client(), broker.client()]
    expect(waiter.call('XREAD BLOCK 0 WITHBOUNDS STREAMS s $')).toBeUndefined()
    expect(plain.call('XREAD BLOCK 0 STREAMS s $')).toBeUndefined()
    client.call('DEL s')
    expect(waiter.received()).toEqual([])
    client.call('XADD s 1-0 f v')
    expect(waiter.received()).toEqual(['[["s", [["1-0", "0-0", "1-0"], []]]]'])
    expect(plain.received()).toEqual([])
    expect(waiter.call('XREAD BLOCK 0 WITHBOUNDS STREAMS s 5-0')).toBe('[["s", [["1-0", "0-0", "1-0"], []]]]')
  })

  test('does not wait in a transaction, nor hide a key from CLIENT TRACKING', () => {
    const broker = trimmed()
    const [reader, client] = [broker.client(), broker.client()]
    reader.call('HELLO 3')
    reader.call('CLIENT TRACKING on')
    reader.call('XREAD COUNT 1 WITHBOUNDS STREAMS s 5-0')
    client.call('XADD s 6-0 f v')
    expect(reader.received()).toEqual(['>["invalidate", ["s"]]'])
    reader.call('MULTI')
    reader.call('XREAD BLOCK 0 WITHBOUNDS STREAMS s 6-0')
    expect(reader.call('EXEC')).toBe('[_]')
  })
})

const id = fc.integer({ min: 1, max: 40 }).map((number) => `${number}-0`)
const key = fc.constantFrom('s', 't')
const commands = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(key, id).map(([to, number]) => `XADD ${to} ${number} f v`) },
    { weight: 6, arbitrary: key.map((to) => `XADD ${to} * f v`) },
    fc.tuple(key, fc.nat(3)).map(([to, length]) => `XADD ${to} MAXLEN ${length} * f v`),
    fc.tuple(key, id).map(([of, number]) => `XTRIM ${of} MINID ${number}`),
    fc
      .tuple(key, fc.nat(5), fc.constantFrom('', 'ACKED', 'DELREF'))
      .map(([of, length, policy]) => `XTRIM ${of} MAXLEN ${length} ${policy}`),
    fc.tuple(key, id, id).map(([of, one, other]) => `XDEL ${of} ${one} ${other}`),
    fc.tuple(key, id).map(([of, number]) => `XSETID ${of} ${number}`),
    fc
      .tuple(key, fc.integer({ min: 5, max: 60 }))
      .map(([of, added]) => `XSETID ${of} 9999999999999-0 ENTRIESADDED ${added}`),
    key.map((of) => `XGROUP CREATE ${of} g 0`),
    key.map((of) => `XREADGROUP GROUP g a COUNT 2 STREAMS ${of} >`),
    fc.tuple(key, id).map(([of, number]) => `XACK ${of} g ${number}`),
    fc.constantFrom('COPY s t REPLACE', 'RENAME t s', 'DEL s', 'MULTI', 'EXEC'),
  ),
  { maxLength: 60 },
)

test('whatever happened, a restart from the log or from a checkpoint amid it knows the same bounds', async () => {
  const run = async (steps: readonly string[], share: number): Promise<void> => {
    const kept = keptBroker()
    const client = kept.broker.client()
    const { broker } = kept.broker
    let written: Promise<void> | undefined
    for (const [i, command] of steps.entries()) {
      client.call(command)
      if (i !== Math.floor(share * steps.length)) continue
      written = broker.storage.checkpoint()
      broker.endTurn()
    }
    client.call('EXEC')
    const inTheEnd = streamsOf(kept.broker, ['s', 't'])
    while (broker.keyspace.checkpoint !== undefined) broker.storage.checkpointer.slice(1e9)
    await written
    expect(streamsOf(await restarted(kept), ['s', 't'])).toEqual(inTheEnd)
  }
  await fc.assert(fc.asyncProperty(commands, fc.double({ min: 0, max: 2, noNaN: true }), run), { numRuns: 60 })
})
