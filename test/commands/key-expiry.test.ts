import { describe, expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

const words = (record: string): string =>
  record
    .replace(/[*$]\d+\r\n/g, '')
    .replaceAll('\r\n', ' ')
    .trim()

function broker(): { broker: TestBroker; run: (command: string) => string | undefined; logged: () => string } {
  const broker = new TestBroker()
  const client = broker.client()
  return {
    broker,
    run: (command) => client.call(command),
    logged: () => words(broker.records.splice(0).join('')),
  }
}

describe('the EXPIRE family', () => {
  test('logs when a key expires, whatever the command said', () => {
    const { broker: own, run, logged } = broker()
    const { nowMs } = own
    run('SET key value')
    logged()
    for (const [command, atMs] of [
      ['EXPIRE key 10', nowMs + 10_000],
      ['PEXPIRE key 10', nowMs + 10],
      ['EXPIREAT key 2000000000', 2_000_000_000_000],
      ['PEXPIREAT key 2000000000123', 2_000_000_000_123],
    ] as const) {
      expect(run(command)).toBe(':1')
      expect(logged()).toBe(`PEXPIREAT key ${atMs}`)
      expect(run('PEXPIRETIME key')).toBe(`:${atMs}`)
    }
    expect(run('PERSIST key')).toBe(':1')
    expect(logged()).toBe('PERSIST key')
    expect(run('PERSIST key')).toBe(':0')
    expect(run('EXPIRE none 10')).toBe(':0')
    expect(logged()).toBe('')
  })

  test.each(['EXPIRE key 0', 'EXPIRE key -1', 'PEXPIRE key -9223372036854775808', 'EXPIREAT key 1', 'PEXPIREAT key 0'])(
    '%s deletes at once and is logged as DEL',
    (command) => {
      const { run, logged } = broker()
      run('SET key value')
      logged()
      expect(run(command)).toBe(':1')
      expect(logged()).toBe('DEL key')
      expect(run('EXISTS key')).toBe(':0')
    },
  )

  // Whether a key without and one with 100 seconds to live take 50 and 200 seconds.
  test.each([
    ['NX', 1, 1, 0, 0],
    ['XX', 0, 0, 1, 1],
    ['GT', 0, 0, 0, 1],
    ['LT', 1, 1, 1, 0],
    ['XX LT', 0, 0, 1, 0],
    ['gt xx', 0, 0, 0, 1],
  ])('%s lets keys without a lifetime take %d %d and others %d %d', (condition, ...expected) => {
    const { run } = broker()
    const replies = [0, 100].flatMap((seconds) =>
      [50, 200].map((wanted) => {
        run('SET key value')
        if (seconds > 0) run(`EXPIRE key ${seconds}`)
        return run(`EXPIRE key ${wanted} ${condition}`)
      }),
    )
    expect(replies).toEqual(expected.map((each) => `:${each}`))
  })

  test.each([
    ['EXPIRE key x NX XX', '-ERR NX and XX, GT or LT options at the same time are not compatible'],
    ['EXPIRE key x GT LT', '-ERR GT and LT options at the same time are not compatible'],
    ['EXPIRE key x NX GT NONSENSE', '-ERR Unsupported option NONSENSE'],
    ['EXPIRE key x NX', '-ERR value is not an integer or out of range'],
    ['EXPIRE none 9223372036854775807', "-ERR invalid expire time in 'expire' command"],
    ['EXPIREAT none -9223372036854775808', "-ERR invalid expire time in 'expireat' command"],
    ['PEXPIRE none 9223372036854775807', "-ERR invalid expire time in 'pexpire' command"],
    ['PEXPIREAT none -9223372036854775808', ':0'],
  ])('%s answers %s', (command, reply) => {
    expect(broker().run(command)).toBe(reply)
  })
})

test('TTL and its kin round to seconds and tell no key from no end', () => {
  const { broker: own, run } = broker()
  run('SET key value')
  const ask = (): (string | undefined)[] => ['TTL key', 'PTTL key', 'EXPIRETIME key', 'PEXPIRETIME key'].map(run)
  expect(ask()).toEqual([':-1', ':-1', ':-1', ':-1'])
  run('PEXPIREAT key 2000000000500')
  own.nowMs = 1_999_999_999_001
  expect(ask()).toEqual([':1', ':1499', ':2000000001', ':2000000000500'])
  run('PEXPIREAT key 9223372036854775807')
  expect(run('PEXPIRETIME key')).toBe(':9223372036854775807')
  run('DEL key')
  expect(ask()).toEqual([':-2', ':-2', ':-2', ':-2'])
})

test('a key is gone for every command at the very millisecond, and nobody has to ask for it', () => {
  const { broker: own, run, logged } = broker()
  run('SET key value PX 10')
  run('SET other value PX 10')
  logged()
  own.nowMs += 9
  expect(run('GET key')).toBe('"value"')
  own.nowMs += 1
  expect(run('INCR key')).toBe(':1')
  expect(logged()).toBe('DEL key INCR key')
  expect(run('DBSIZE')).toBe(':2')
  own.advance(0)
  expect(run('DBSIZE')).toBe(':1')
  expect(logged()).toBe('DEL other')
})
