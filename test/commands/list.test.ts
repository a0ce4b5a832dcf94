import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const fresh = (): TestClient => new TestBroker().client()

test('LPUSH and RPUSH add at their ends and answer the length', () => {
  const client = fresh()
  expect(client.call('RPUSH list b c')).toBe(':2')
  expect(client.call('LPUSH list a z')).toBe(':4')
  expect(client.call('LRANGE list 0 -1')).toBe('["z", "a", "b", "c"]')
  expect(client.call('LLEN list')).toBe(':4')
})

test('LPUSHX and RPUSHX create nothing', () => {
  const broker = new TestBroker()
  const client = broker.client()
  expect(client.call('LPUSHX list a')).toBe(':0')
  expect(client.call('RPUSHX list a')).toBe(':0')
  expect(client.call('LLEN list')).toBe(':0')
  expect(broker.records).toEqual([])
})

test('LPOP and RPOP take from their ends, and the last one takes the key', () => {
  const client = fresh()
  client.call('RPUSH list a b c d e')
  expect(client.call('LPOP list')).toBe('"a"')
  expect(client.call('RPOP list 2')).toBe('["e", "d"]')
  expect(client.call('LPOP list 9')).toBe('["b", "c"]')
  expect(client.call('LPOP list')).toBe('$-1')
  expect(client.call('LPOP list 1')).toBe('*-1')
  expect(client.call('LPOP list -1')).toBe('-ERR value is out of range, must be positive')
  expect(client.call('LPOP list 1 1')).toBe("-ERR wrong number of arguments for 'lpop' command")
})

test('LPOP of zero elements answers an empty array where there is a list', () => {
  const client = fresh()
  client.call('RPUSH list a')
  expect(client.call('LPOP list 0')).toBe('[]')
  expect(client.call('LPOP nothing 0')).toBe('*-1')
})

test('LRANGE and LINDEX count from the back when negative', () => {
  const client = fresh()
  client.call('RPUSH list a b c d')
  expect(client.call('LRANGE list -3 -2')).toBe('["b", "c"]')
  expect(client.call('LRANGE list -9 0')).toBe('["a"]')
  expect(client.call('LRANGE list 2 1')).toBe('[]')
  expect(client.call('LRANGE list 4 9')).toBe('[]')
  expect(client.call('LINDEX list -1')).toBe('"d"')
  expect(client.call('LINDEX list 4')).toBe('$-1')
  expect(client.call('LINDEX nothing x')).toBe('$-1')
  expect(client.call('LINDEX list x')).toBe('-ERR value is not an integer or out of range')
})

test('LSET replaces, and refuses what is not there', () => {
  const client = fresh()
  expect(client.call('LSET list 0 a')).toBe('-ERR no such key')
  client.call('RPUSH list a b')
  expect(client.call('LSET list -1 z')).toBe('+OK')
  expect(client.call('LSET list 2 z')).toBe('-ERR index out of range')
  expect(client.call('LRANGE list 0 -1')).toBe('["a", "z"]')
})

test('LINSERT looks for the pivot from the front', () => {
  const client = fresh()
  client.call('RPUSH list a b a')
  expect(client.call('LINSERT list BEFORE a x')).toBe(':4')
  expect(client.call('LINSERT list after b y')).toBe(':5')
  expect(client.call('LINSERT list AFTER nobody y')).toBe(':-1')
  expect(client.call('LINSERT nothing AFTER a y')).toBe(':0')
  expect(client.call('LINSERT list BESIDE a y')).toBe('-ERR syntax error')
  expect(client.call('LRANGE list 0 -1')).toBe('["x", "a", "b", "y", "a"]')
})

test('LREM removes from the front, from the back, or everywhere', () => {
  const client = fresh()
  client.call('RPUSH list a b a c a')
  expect(client.call('LREM list 1 a')).toBe(':1')
  expect(client.call('LREM list -1 a')).toBe(':1')
  expect(client.call('LRANGE list 0 -1')).toBe('["b", "a", "c"]')
  client.call('RPUSH same a a')
  expect(client.call('LREM same 0 a')).toBe(':2')
  expect(client.call('EXISTS same')).toBe(':0')
})

test('LTRIM keeps a range, and nothing is logged when it keeps everything', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('RPUSH list a b c d')
  client.call('LTRIM list 1 -2')
  expect(client.call('LRANGE list 0 -1')).toBe('["b", "c"]')
  const records = broker.records.length
  expect(client.call('LTRIM list 0 -1')).toBe('+OK')
  expect(broker.records.length).toBe(records)
  client.call('LTRIM list 5 9')
  expect(client.call('EXISTS list')).toBe(':0')
})

test('LPOS answers one index, or an array when COUNT is given', () => {
  const client = fresh()
  client.call('RPUSH list a b c a b c a')
  expect(client.call('LPOS list a')).toBe(':0')
  expect(client.call('LPOS list a RANK 2')).toBe(':3')
  expect(client.call('LPOS list a RANK -1 COUNT 2')).toBe('[:6, :3]')
  expect(client.call('LPOS list a COUNT 0 MAXLEN 4')).toBe('[:0, :3]')
  expect(client.call('LPOS list z')).toBe('$-1')
  expect(client.call('LPOS list z COUNT 0')).toBe('[]')
  expect(client.call('LPOS list a RANK 0')).toMatch(/^-ERR RANK can't be zero/)
  expect(client.call('LPOS list a COUNT -1')).toBe("-ERR COUNT can't be negative")
  expect(client.call('LPOS list a MAXLEN -1')).toBe("-ERR MAXLEN can't be negative")
})

test('LMOVE moves between lists and turns one list round', () => {
  const client = fresh()
  client.call('RPUSH list a b c')
  expect(client.call('LMOVE list other LEFT RIGHT')).toBe('"a"')
  expect(client.call('RPOPLPUSH list other')).toBe('"c"')
  expect(client.call('LRANGE other 0 -1')).toBe('["c", "a"]')
  expect(client.call('LMOVE other other RIGHT LEFT')).toBe('"a"')
  expect(client.call('LRANGE other 0 -1')).toBe('["a", "c"]')
  expect(client.call('LMOVE list list LEFT LEFT')).toBe('"b"')
  expect(client.call('LMOVE nothing other LEFT LEFT')).toBe('$-1')
})

test('LMOVE leaves everything as it is when its destination is no list', () => {
  const client = fresh()
  client.call('RPUSH list a')
  client.call('SET string x')
  expect(client.call('LMOVE list string LEFT LEFT')).toMatch(/^-WRONGTYPE/)
  expect(client.call('LRANGE list 0 -1')).toBe('["a"]')
})

test('LMPOP takes from the first key that holds a list', () => {
  const client = fresh()
  client.call('RPUSH two a b c')
  expect(client.call('LMPOP 2 one two RIGHT COUNT 2')).toBe('["two", ["c", "b"]]')
  expect(client.call('LMPOP 2 one two LEFT COUNT 9')).toBe('["two", ["a"]]')
  expect(client.call('LMPOP 2 one two LEFT')).toBe('*-1')
  expect(client.call('LMPOP 0 one LEFT')).toBe('-ERR numkeys should be greater than 0')
  expect(client.call('LMPOP 1 one LEFT COUNT 0')).toBe('-ERR count should be greater than 0')
  expect(client.call('LMPOP 9 one LEFT')).toBe('-ERR syntax error')
})

test.each(
  [
    'LPUSH key a',
    'LPOP key',
    'LPOP key 0',
    'LLEN key',
    'LRANGE key 0 1',
    'LINDEX key 0',
    'LSET key 0 a',
    'LINSERT key BEFORE a b',
    'LREM key 0 a',
    'LTRIM key 0 1',
    'LPOS key a',
    'LMOVE key other LEFT LEFT',
    'LMPOP 1 key LEFT',
    'BLPOP none key 0',
    'BLMOVE key other LEFT LEFT 0',
    'BLMPOP 0 1 key LEFT',
  ].map((command) => [command]),
)('%s is refused where the key holds a string', (command) => {
  const client = fresh()
  client.call('SET key value')
  expect(client.call(command)).toBe('-WRONGTYPE Operation against a key holding the wrong kind of value')
})

test('elements may be any bytes and of any size', () => {
  const client = fresh()
  const values = ['', '\r\n', '\x00\xff$3\r\n', 'x'.repeat(9000), 'y'.repeat(300_000)]
  client.call(['RPUSH', 'list', ...values])
  for (const [index, value] of values.entries()) expect(client.call(['LPOS', 'list', value])).toBe(`:${index}`)
  for (const value of values) expect(client.call(['LREM', 'list', '1', value])).toBe(':1')
})

test('the log repeats what list commands did', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('RPUSH list a b c d')
  client.call('LMPOP 2 none list RIGHT COUNT 9')
  client.call('RPUSH list a b')
  client.call('BLPOP none list 0')
  client.call('BLMOVE list other LEFT RIGHT 0')
  expect(
    broker.records.slice(1).map((record) =>
      record
        .split(/\r\n(?:\$\d+\r\n)?/)
        .slice(1, -1)
        .join(' '),
    ),
  ).toEqual(['RPOP list 4', 'RPUSH list a b', 'LPOP list', 'LMOVE list other LEFT RIGHT'])
})
