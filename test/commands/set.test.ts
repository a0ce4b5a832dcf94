import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const fresh = (): TestClient => new TestBroker().client()

/** The members in an answer, sorted; the answer must be an array or a set. */
function sorted(reply: string | undefined): string[] {
  expect(reply).toMatch(/^~?\[/)
  return [...(reply ?? '').matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text!).sort()
}

test('SADD counts what is new, SREM what was there, and the last member takes the key', () => {
  const client = fresh()
  expect(client.call('SADD set a b a')).toBe(':2')
  expect(client.call('SADD set b c')).toBe(':1')
  expect(client.call('SCARD set')).toBe(':3')
  expect(client.call('SREM set a a x')).toBe(':1')
  expect(client.call('SREM set b c d')).toBe(':2')
  expect(client.call('TYPE set')).toBe('+none')
  expect(client.call('SREM set a')).toBe(':0')
})

test('what changes nothing is not logged', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('SADD set a')
  const { length } = broker.records
  client.call('SADD set a')
  client.call('SREM set b')
  client.call('SREM none b')
  client.call('SMOVE set other b')
  client.call('SMOVE set set a')
  client.call('SPOP set 0')
  client.call('SINTERSTORE none set other')
  expect(broker.records).toHaveLength(length)
})

test('SISMEMBER and SMISMEMBER tell of members', () => {
  const client = fresh()
  client.call('SADD set 1 text ""')
  expect(client.call('SISMEMBER set 1')).toBe(':1')
  expect(client.call('SISMEMBER set 01')).toBe(':0')
  expect(client.call('SISMEMBER none 1')).toBe(':0')
  expect(client.call('SMISMEMBER set 1 01 text ""')).toBe('[:1, :0, :1, :1]')
  expect(client.call('SMISMEMBER none 1 2')).toBe('[:0, :0]')
})

test('integers are listed in order as long as Redis keeps an intset', () => {
  const client = fresh()
  client.call('SADD set 10 -3 9223372036854775807 2')
  expect(client.call('OBJECT ENCODING set')).toBe('"intset"')
  expect(client.call('SMEMBERS set')).toBe('["-3", "2", "10", "9223372036854775807"]')
  expect(client.call('SRANDMEMBER set 9')).toBe('["-3", "2", "10", "9223372036854775807"]')
  expect(client.call('SSCAN set 0')).toBe('["0", ["-3", "2", "10", "9223372036854775807"]]')
  client.call('SADD set text')
  expect(client.call('OBJECT ENCODING set')).toBe('"hashtable"')
})

test('set-max-intset-entries says how many integers are kept in order', () => {
  const client = fresh()
  client.call('CONFIG SET set-max-intset-entries 2')
  client.call('SADD set 1 2')
  expect(client.call('OBJECT ENCODING set')).toBe('"intset"')
  client.call('SADD set 3')
  expect(client.call('OBJECT ENCODING set')).toBe('"hashtable"')
  client.call('CONFIG SET set-max-intset-entries 0')
  client.call('SADD other 1')
  expect(client.call('OBJECT ENCODING other')).toBe('"hashtable"')
})

test('SMOVE moves, and refuses before anything is changed', () => {
  const client = fresh()
  client.call('SADD from a b')
  client.call('SET text value')
  expect(client.call('SMOVE from to a')).toBe(':1')
  expect(client.call('SMOVE from to x')).toBe(':0')
  expect(client.call('SMOVE from from b')).toBe(':1')
  expect(client.call('SMOVE none text b')).toBe(':0')
  expect(client.call('SMOVE from text b')).toMatch(/^-WRONGTYPE/)
  expect(client.call('SMOVE from to b')).toBe(':1')
  expect(client.call('EXISTS from')).toBe(':0')
  expect(sorted(client.call('SMEMBERS to'))).toEqual(['a', 'b'])
})

test('SINTER, SUNION and SDIFF combine sets, a missing one is empty', () => {
  const client = fresh()
  client.call('SADD a 1 2 3 x')
  client.call('SADD b 2 3 4')
  expect(client.call('SINTER a b')).toBe('["2", "3"]')
  expect(client.call('SINTER a b none')).toBe('[]')
  expect(client.call('SINTER a a')).toHaveLength(client.call('SMEMBERS a')!.length)
  expect(sorted(client.call('SUNION a b none'))).toEqual(['1', '2', '3', '4', 'x'])
  expect(sorted(client.call('SDIFF a b none'))).toEqual(['1', 'x'])
  expect(client.call('SDIFF none a')).toBe('[]')
  expect(client.call('SDIFF a a')).toBe('[]')
  client.call('SET text value')
  for (const name of ['SINTER', 'SUNION', 'SDIFF']) expect(client.call(`${name} none text`)).toMatch(/^-WRONGTYPE/)
})

test('SINTERSTORE, SUNIONSTORE and SDIFFSTORE replace whatever is there; nothing is no key', () => {
  const client = fresh()
  client.call('SADD a 1 2 3')
  client.call('SADD b 2 3 4')
  client.call('SET to value EX 1000')
  expect(client.call('SINTERSTORE to a b')).toBe(':2')
  expect(client.call('TTL to')).toBe(':-1')
  expect(client.call('SMEMBERS to')).toBe('["2", "3"]')
  expect(client.call('SUNIONSTORE a a b')).toBe(':4')
  expect(client.call('SMEMBERS a')).toBe('["1", "2", "3", "4"]')
  expect(client.call('SDIFFSTORE to b a')).toBe(':0')
  expect(client.call('EXISTS to')).toBe(':0')
})

test('SINTERCARD counts up to a limit', () => {
  const client = fresh()
  client.call('SADD a 1 2 3 4')
  client.call('SADD b 2 3 4 5')
  expect(client.call('SINTERCARD 2 a b')).toBe(':3')
  expect(client.call('SINTERCARD 2 a b LIMIT 2')).toBe(':2')
  expect(client.call('SINTERCARD 2 a b LIMIT 0')).toBe(':3')
  expect(client.call('SINTERCARD 2 a none')).toBe(':0')
  expect(client.call('SINTERCARD 0 a')).toBe('-ERR numkeys should be greater than 0')
  expect(client.call('SINTERCARD 3 a b')).toBe("-ERR Number of keys can't be greater than number of args")
  expect(client.call('SINTERCARD 1 a LIMIT -1')).toBe("-ERR LIMIT can't be negative")
  expect(client.call('COMMAND GETKEYS SINTERCARD 2 a b LIMIT 1')).toBe('["a", "b"]')
})

test('SPOP takes members by chance, each once', () => {
  for (const prefix of ['', 'm']) {
    const client = fresh()
    const all = Array.from({ length: 300 }, (_, i) => `${prefix}${i}`)
    client.call(['SADD', 'set', ...all])
    const taken: string[] = []
    for (let i = 0; i < 100; i++) taken.push(...sorted(`[${client.call('SPOP set')}]`))
    taken.push(...sorted(client.call('SPOP set 100')))
    expect(client.call('SCARD set')).toBe(':100')
    taken.push(...sorted(client.call('SPOP set 1000')))
    expect(client.call('EXISTS set')).toBe(':0')
    expect(taken.sort()).toEqual(all.sort())
  }
})

test('SPOP logs what it took: SREM of the members, DEL of the whole set', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('SADD set a')
  client.call('SPOP set')
  expect(broker.records.at(-1)).toContain('*3\r\n$4\r\nSREM\r\n$3\r\nset\r\n$1\r\na\r\n')
  client.call('SADD set a b')
  client.call('SPOP set 2')
  expect(broker.records.at(-1)).toContain('*2\r\n$3\r\nDEL\r\n$3\r\nset\r\n')
  client.call(['SADD', 'set', ...Array.from({ length: 3000 }, (_, i) => `${i}`)])
  client.call('SPOP set 2500')
  expect(broker.records.at(-1)?.match(/SREM/g)).toHaveLength(3)
})

test('SRANDMEMBER answers different members, or repeats them, and leaves them there', () => {
  const client = fresh()
  client.call(['SADD', 'set', ...Array.from({ length: 200 }, (_, i) => `m${i}`)])
  expect(new Set(sorted(client.call('SRANDMEMBER set 150'))).size).toBe(150)
  expect(new Set(sorted(client.call('SRANDMEMBER set 199'))).size).toBe(199)
  expect(sorted(client.call('SRANDMEMBER set -500'))).toHaveLength(500)
  expect(client.call('SRANDMEMBER set')).toMatch(/^"m/)
  expect(client.call('SCARD set')).toBe(':200')
  expect(client.call('SRANDMEMBER none')).toBe('$-1')
  expect(client.call('SRANDMEMBER none 3')).toBe('[]')
  expect(client.call('SRANDMEMBER set -10000001')).toBe('-ERR value is out of range')
})

test('every member is drawn about as often as any other, also when most were removed', () => {
  const client = fresh()
  client.call(['SADD', 'set', ...Array.from({ length: 20_000 }, (_, i) => `m${i}`)])
  client.call('SPOP set 19990')
  const counts = new Map<string, number>()
  for (const member of sorted(client.call('SRANDMEMBER set -10000'))) counts.set(member, (counts.get(member) ?? 0) + 1)
  expect(counts.size).toBe(10)
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(250)
})

test('SSCAN walks over a large set in pages', () => {
  const client = fresh()
  client.call(['SADD', 'set', ...Array.from({ length: 1000 }, (_, i) => `m${i}`)])
  const met: string[] = []
  let cursor = '0'
  do {
    const page = client.call(`SSCAN set ${cursor} COUNT 20 MATCH m*1`) ?? ''
    cursor = /"(\d+)"/.exec(page)![1]!
    met.push(...sorted(page.slice(page.indexOf(',') + 2, -1)))
  } while (cursor !== '0')
  expect(met).toHaveLength(100)
  expect(client.call('SSCAN none 0 NONSENSE')).toBe('["0", []]')
  expect(client.call('SSCAN set 0 NONSENSE')).toBe('-ERR syntax error')
})

test('SCAN finds sets by their type', () => {
  const client = fresh()
  client.call('SADD set a')
  client.call('SET text value')
  expect(client.call('SCAN 0 TYPE set')).toBe('["0", ["set"]]')
})

test('MEMORY USAGE and DEBUG DIGEST-VALUE know sets', () => {
  const config = new Config()
  config.assign('enable-debug-command', ['yes'])
  const client = new TestBroker(config).client()
  client.call('SADD a 1 2 x')
  client.call('SADD b x 2')
  client.call('SADD b 1')
  const digest = client.call('DEBUG DIGEST-VALUE a b')!
  expect(digest.slice(1, digest.indexOf(','))).toBe(digest.slice(digest.indexOf(',') + 2, -1))
  expect(Number(client.call('MEMORY USAGE a')!.slice(1))).toBeGreaterThan(100)
})
