import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** A stream `s` of three entries, which the groups `g` and `h` were given. */
function readByTwo(): { broker: TestBroker; client: TestClient } {
  const broker = new TestBroker()
  const client = broker.client()
  for (let i = 1; i <= 3; i++) client.call(`XADD s ${i}-0 f v`)
  for (const group of ['g', 'h']) {
    client.call(`XGROUP CREATE s ${group} 0`)
    client.call(`XREADGROUP GROUP ${group} c STREAMS s >`)
  }
  return { broker, client }
}

const pendingIds = (client: TestClient, group: string): string[] =>
  [...(client.call(`XPENDING s ${group} - + 100`) ?? '').matchAll(/"(\d+)-0"/g)].map(([, ms]) => ms!)
const ids = (client: TestClient): string[] =>
  [...(client.call('XRANGE s - +') ?? '').matchAll(/"(\d+)-0"/g)].map(([, ms]) => ms!)

test('XDELEX KEEPREF, which is the default, leaves what groups know of the entry', () => {
  const { client } = readByTwo()
  expect(client.call('XDELEX s IDS 2 1-0 9-0')).toBe('[:1, :-1]')
  expect(client.call('XDELEX s KEEPREF IDS 1 2-0')).toBe('[:1]')
  expect(ids(client)).toEqual(['3'])
  expect(pendingIds(client, 'g')).toEqual(['1', '2', '3'])
})

test('XDELEX DELREF clears the references of all groups, and those of entries that went before', () => {
  const { broker, client } = readByTwo()
  client.call('XDEL s 1-0')
  const before = broker.records.length
  expect(client.call('XDELEX s IDS 1 1-0 DELREF')).toBe('[:-1]')
  expect(broker.records.length).toBe(before + 1)
  expect(client.call('XDELEX s DELREF IDS 1 2-0')).toBe('[:1]')
  expect([pendingIds(client, 'g'), pendingIds(client, 'h')]).toEqual([['3'], ['3']])
})

test('XDELEX ACKED deletes what every group was given and has acknowledged', () => {
  const { client } = readByTwo()
  client.call('XACK s g 1-0')
  expect(client.call('XDELEX s ACKED IDS 1 1-0')).toBe('[:2]')
  client.call('XACK s h 1-0')
  expect(client.call('XDELEX s ACKED IDS 2 1-0 7-0')).toBe('[:1, :-1]')
  client.call('XADD s 4-0 f v')
  expect(client.call('XDELEX s ACKED IDS 1 4-0')).toBe('[:2]')
  expect(ids(client)).toEqual(['2', '3', '4'])
})

test('XACKDEL acknowledges in its group and deletes as its policy says', () => {
  const { client } = readByTwo()
  expect(client.call('XACKDEL s g ACKED IDS 1 1-0')).toBe('[:2]')
  expect(client.call('XACKDEL s h ACKED IDS 2 1-0 9-0')).toBe('[:1, :-1]')
  expect(client.call('XACKDEL s g KEEPREF IDS 1 2-0')).toBe('[:1]')
  expect(client.call('XACKDEL s h IDS 1 2-0')).toBe('[:1]')
  expect(client.call('XACKDEL s g DELREF IDS 1 3-0')).toBe('[:1]')
  expect(client.call('XACKDEL s h DELREF IDS 1 3-0')).toBe('[:-1]')
  expect([pendingIds(client, 'g'), pendingIds(client, 'h'), ids(client)]).toEqual([[], [], []])
})

test('without a key or a group every id is missing', () => {
  const { client } = readByTwo()
  expect(client.call('XDELEX none IDS 2 1-0 2-0')).toBe('[:-1, :-1]')
  expect(client.call('XDELEX none IDS 1 x')).toBe('[:-1]')
  expect(client.call('XACKDEL none g IDS 1 1-0')).toBe('[:-1]')
  expect(client.call('XACKDEL s none IDS 2 1-0 2-0')).toBe('[:-1, :-1]')
})

test.each([
  ['XDELEX s IDS abc 1-1', '-ERR Number of IDs must be a positive integer'],
  ['XDELEX s IDS 0 1-1', '-ERR Number of IDs must be a positive integer'],
  ['XACKDEL s g IDS -5 1-1', '-ERR Number of IDs must be a positive integer'],
  ['XACKDEL s g IDS 3 1-1 2-2', '-ERR The `numids` parameter must match the number of arguments'],
  ['XACKDEL s g IDS 1 1-1 2-2', '-ERR syntax error'],
  ['XACKDEL s g KEEPREF DELREF IDS 1 1-1', '-ERR syntax error'],
  ['XDELEX s ACKED ACKED IDS 1 1-1', '-ERR syntax error'],
  ['XDELEX s KEEPREF 1-1 2-2', '-ERR syntax error'],
  ['XDELEX s IDS 1 1-1 IDS', '-ERR syntax error'],
  ['XDELEX text ACKED KEEPREF IDS x', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['XDELEX none ACKED KEEPREF IDS x', '-ERR syntax error'],
  ['XDELEX s IDS 1 x', '-ERR Invalid stream ID specified as stream command argument'],
  ['XDELEX text IDS 1 1-1', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['XACKDEL text g IDS 1 1-1', '-WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['XTRIM s KEEPREF DELREF', '-ERR syntax error'],
  ['XTRIM s ACKED ACKED MAXLEN 1', '-ERR syntax error'],
  ['XTRIM s DELREF LIMIT 0', '-ERR syntax error, XTRIM must be called with a trimming strategy'],
])('%s is refused and changes nothing', (command, error) => {
  const { broker, client } = readByTwo()
  client.call('SET text v')
  const before = broker.records.length
  expect(client.call(command)).toBe(error)
  expect(broker.records.length).toBe(before)
})

test('XTRIM leaves, clears or obeys the references, as told', () => {
  for (const [policy, left, pending] of [
    ['KEEPREF', ['3'], ['1', '2', '3']],
    ['DELREF', ['3'], ['3']],
    ['ACKED', ['1', '3'], ['1', '3']],
  ] as const) {
    const { client } = readByTwo()
    client.call('XACK s h 2-0')
    if (policy === 'ACKED') client.call('XACK s g 2-0')
    expect(client.call(`XTRIM s MAXLEN 1 ${policy}`)).toBe(policy === 'ACKED' ? ':1' : ':2')
    expect([ids(client), pendingIds(client, 'g')]).toEqual([left, pending])
  }
})

test('XADD trims by the same policies, and stops before what a group was not given', () => {
  const { client } = readByTwo()
  client.call('XACK s g 1-0 2-0 3-0')
  client.call('XACK s h 1-0 3-0')
  client.call('XADD s 4-0 f v')
  expect(client.call('XADD s ACKED MAXLEN 1 5-0 f v')).toBe('"5-0"')
  expect(ids(client)).toEqual(['2', '4', '5'])
  expect(client.call('XADD s MINID 4-0 DELREF 6-0 f v')).toBe('"6-0"')
  expect([ids(client), pendingIds(client, 'h')]).toEqual([['4', '5', '6'], []])
  expect(client.call('XADD s KEEPREF 7-0 f v')).toBe('"7-0"')
})

test('what was left because it was pending goes when it is pending no more, in whatever way that ends', () => {
  for (const ending of ['XACK s h 1-0', 'XGROUP DELCONSUMER s h c', 'XGROUP DESTROY s h', 'XAUTOCLAIM s h c 0 -']) {
    const { client } = readByTwo()
    client.call('XACK s g 1-0 2-0 3-0')
    expect(client.call('XTRIM s MAXLEN 0 ACKED')).toBe(':0')
    expect(client.call('XTRIM s MAXLEN 0 ACKED')).toBe(':0')
    client.call(ending)
    const isStillPending = ending.startsWith('XAUTOCLAIM')
    expect(client.call('XTRIM s MAXLEN 2 ACKED')).toBe(isStillPending ? ':0' : ':1')
  }
})

test('an emptied stream that begins anew with lower ids is trimmed as any other', () => {
  const { client } = readByTwo()
  expect(client.call('XTRIM s MAXLEN 0 ACKED')).toBe(':0')
  client.call('XDEL s 1-0 2-0 3-0')
  client.call('XSETID s 0-1')
  client.call('XADD s 0-2 f v')
  client.call('XADD s 0-3 f v')
  expect(client.call('XTRIM s MAXLEN 1 ACKED')).toBe(':1')
})

test('a stream without groups has nothing that forbids trimming', () => {
  const client = new TestBroker().client()
  for (let i = 1; i <= 3; i++) client.call(`XADD s ${i}-0 f v`)
  expect(client.call('XTRIM s MAXLEN 1 ACKED')).toBe(':2')
  expect(client.call('XDELEX s ACKED IDS 1 3-0')).toBe('[:1]')
})

test('~ with ACKED looks at whole runs of entries and takes from them what may go', () => {
  const { client } = readByTwo()
  client.call('CONFIG SET stream-node-max-entries 2')
  client.call('XACK s g 1-0 2-0 3-0')
  client.call('XACK s h 1-0 3-0')
  expect(client.call('XTRIM s MAXLEN ~ 2 ACKED')).toBe(':0')
  expect(client.call('XTRIM s MAXLEN ~ 1 ACKED')).toBe(':2')
  expect(ids(client)).toEqual(['2'])
})

test('deleting is told as deleting, and watchers hear of it', () => {
  const { broker, client } = readByTwo()
  const other = broker.client()
  client.call('CONFIG SET notify-keyspace-events Kt')
  const listener = broker.client()
  listener.call('SUBSCRIBE __keyspace@0__:s')
  for (const command of ['XDELEX s IDS 1 1-0', 'XACKDEL s g IDS 1 2-0']) {
    other.call('WATCH s')
    client.call(command)
    other.call('MULTI')
    expect(other.call('EXEC')).toBe('*-1')
  }
  expect(listener.received()).toHaveLength(2)
})
