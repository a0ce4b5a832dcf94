import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'
import { everythingOf, keptBroker, restarted } from '../support/kept-broker.ts'

const keys = ['a', 'b', 'c']
const key = fc.constantFrom(...keys)
const value = fc.constantFrom('', '1', '-7', '2.5', 'text', '\x00\r\n', 'x'.repeat(200))

/** What a script may do: each is a piece of Lua with two keys and two values at hand. */
const piece = fc.constantFrom(
  "redis.call('SET', KEYS[1], ARGV[1])",
  "redis.call('SET', KEYS[1], ARGV[1], 'PX', 3)",
  "redis.pcall('INCR', KEYS[2])",
  "redis.call('INCR', KEYS[2])",
  "redis.call('RPUSH', KEYS[1], ARGV[1], ARGV[2])",
  "redis.pcall('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')",
  "redis.pcall('SADD', KEYS[2], ARGV[1], ARGV[2])",
  "redis.pcall('SPOP', KEYS[2])",
  "redis.pcall('HSET', KEYS[1], ARGV[1], ARGV[2])",
  "redis.pcall('HPEXPIRE', KEYS[1], 5, 'FIELDS', 1, ARGV[1])",
  "redis.pcall('XADD', KEYS[2], 'MAXLEN', 2, '*', 'field', ARGV[1])",
  "redis.call('DEL', KEYS[1])",
  "redis.pcall('RENAME', KEYS[1], KEYS[2])",
  "redis.pcall('PEXPIRE', KEYS[2], 4)",
  "redis.call('SELECT', 1)",
  "redis.call('FLUSHDB')",
  "redis.pcall('SET', KEYS[2], redis.call('TIME')[2])",
  "error('half-way')",
  "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('TYPE', KEYS[1]) end",
)

const library = (body: string): string =>
  `#!lua name=lib\nredis.register_function('f', function(keys, args) local KEYS, ARGV = keys, args ${body} end)`

const body = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(' '))
const command = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('EVAL'), body, fc.constant('2'), key, key, value, value) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('FCALL'), fc.constant('f'), fc.constant('2'), key, key, value, value) },
  {
    weight: 2,
    arbitrary: body.map((each) => ['FUNCTION', 'LOAD', 'REPLACE', library(each)]),
  },
  fc.constantFrom(['FUNCTION', 'DELETE', 'lib'], ['FUNCTION', 'FLUSH'], ['MULTI'], ['EXEC'], ['SCRIPT', 'FLUSH']),
)

test('what scripts and functions did comes back, and what functions there are', async () => {
  const steps = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 2 }), fc.nat(9)), { minLength: 5, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const kept = keptBroker()
      const client = kept.broker.client()
      for (const [each, ms, dice] of all) {
        kept.broker.nowMs += ms
        client.call(each)
        if (dice > 0) continue
        const written = kept.broker.broker.storage.checkpoint()
        kept.broker.broker.endTurn()
        while (kept.broker.broker.keyspace.checkpoint !== undefined) kept.broker.broker.storage.checkpointer.slice(1e9)
        await written
      }
      client.call('DISCARD')
      const again = await restarted(kept)
      expect(everythingOf(again)).toEqual(everythingOf(kept.broker))
      const codes = 'FUNCTION LIST WITHCODE'
      expect(again.client().call(codes)).toBe(kept.broker.client().call(codes))
    }),
    { numRuns: 40 },
  )
})

test('what a script writes is one record, whole or not at all, up to where it failed', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call(`EVAL "redis.call('SET', 'a', '1') redis.call('SPOP', 'none') redis.call('RPUSH', 'b', '1', '2')" 0`)
  client.call(`EVAL "redis.call('SET', 'a', '2') error('half-way') redis.call('SET', 'a', '3')" 0`)
  client.call(`EVAL "redis.call('GET', 'a')" 0`)
  expect(broker.records).toHaveLength(2)
  expect(broker.records[0]).toMatch(/SET.*RPUSH/s)
  expect(broker.records[0]).not.toMatch(/EVAL|SPOP/)
  expect(broker.records[1]).toMatch(/SET.*2/s)
  expect(broker.records[1]).not.toContain('3\r\n$1\r\n3')
})
