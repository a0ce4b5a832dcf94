import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const keys = ['a', 'b', 'c', '']
const key = fc.constantFrom(...keys)
const value = fc.constantFrom('', '1', '-7', '2.5', 'text', '\x00\r\n', '9223372036854775807', 'x'.repeat(200))
const soon = fc.constantFrom('1', '3', '7', '100000')
const words = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))

const command = fc.oneof(
  words('SET', key, value),
  words('SET', key, value, 'PX', soon, fc.constantFrom('NX', 'XX', 'GET')),
  words('SET', key, value, 'KEEPTTL'),
  words('GETEX', key, 'PX', soon),
  words(fc.constantFrom('GETDEL', 'INCR', 'DECR', 'DEL', 'PERSIST', 'GET', 'TTL', 'TYPE'), key),
  words(fc.constantFrom('GETSET', 'SETNX', 'APPEND', 'INCRBY', 'DECRBY', 'INCRBYFLOAT', 'RPUSH'), key, value),
  words(fc.constantFrom('MSET', 'MSETNX'), key, value, key, value),
  words('PSETEX', key, soon, value),
  words('SETRANGE', key, fc.constantFrom('0', '3'), value),
  words(
    fc.constantFrom('PEXPIRE', 'EXPIRE'),
    key,
    fc.constantFrom('-1', '1', '5'),
    fc.constantFrom('NX', 'LT', 'GT', 'XX'),
  ),
  words(fc.constantFrom('RENAME', 'RENAMENX', 'UNLINK'), key, key),
  words('COPY', key, key, 'DB', fc.constantFrom('0', '1'), 'REPLACE'),
  words('MOVE', key, fc.constantFrom('0', '1')),
  words('SELECT', fc.constantFrom('0', '1')),
  words('SWAPDB', '0', '1'),
  words(fc.constantFrom('FLUSHDB', 'MULTI', 'EXEC', 'DISCARD')),
)

/** Everything the two databases hold. */
function contents(client: TestClient): (string | undefined)[] {
  const ask = (...each: string[]): string | undefined => client.call(each)
  return ['0', '1'].flatMap((db) => {
    ask('SELECT', db)
    return [
      ask('DBSIZE'),
      ...keys.flatMap((each) => [ask('GET', each), ask('LRANGE', each, '0', '-1'), ask('PEXPIRETIME', each)]),
    ]
  })
}

test('the log, run again without a clock, makes the same databases', () => {
  const steps = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 2 })), { maxLength: 60 })
  fc.assert(
    fc.property(steps, (all) => {
      const original = new TestBroker()
      const copy = new TestBroker()
      copy.broker.keyspace.expires = false
      const client = original.client()
      for (const [each, ms] of all) {
        original.nowMs += ms
        client.call(each)
      }
      client.call('DISCARD')
      original.advance(0)
      for (const record of original.records) {
        const reader = copy.client()
        reader.sendRaw(record)
        expect(reader.received().filter((reply) => reply.startsWith('-'))).toEqual([])
      }
      const expected = contents(client)
      expect(contents(copy.client())).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})
