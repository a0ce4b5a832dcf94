/** `maxmemory`: the limit is kept, the policy chooses, and what the log says is what is there. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const oom = "-OOM command not allowed when used memory > 'maxmemory'."

function info(client: TestClient, section: string, name: string): number {
  return Number(new RegExp(`${name}:(\\d+)`).exec(client.call(`INFO ${section}`)!)![1])
}

const used = (client: TestClient): number => info(client, 'memory', 'used_memory')

/** A broker whose data may grow by so many bytes from now on, under a policy. */
function limited(policy: string, bytes: number): { broker: TestBroker; client: TestClient } {
  const broker = new TestBroker()
  const client = broker.client()
  client.call(`CONFIG SET maxmemory-policy ${policy} maxmemory ${used(client) + bytes} maxmemory-eviction-tenacity 100`)
  return { broker, client }
}

const hundred = 'x'.repeat(100)

describe('without keys that may go', () => {
  test('commands that take memory are refused, others run, and room is room at once', () => {
    const { client } = limited('noeviction', 1000)
    for (let i = 0; client.call(`SET key:${i} ${hundred}`) === '+OK'; i++) expect(i).toBeLessThan(100)
    expect(client.call('SET key x')).toBe(oom)
    expect(client.call('RPUSH list x')).toBe(oom)
    expect(client.call('GET key:0')).toContain(hundred)
    expect(client.call('DEL key:0 key:1')).toBe(':2')
    expect(client.call('SET key x')).toBe('+OK')
    expect(info(client, 'stats', 'evicted_keys')).toBe(0)
  })

  test('a transaction is refused when it is queued or when it runs', () => {
    const { broker, client } = limited('noeviction', 600)
    const other = broker.client()
    other.call('MULTI')
    other.call('SET a 1')
    for (let i = 0; client.call(`SET key:${i} ${hundred}`) === '+OK'; i++) expect(i).toBeLessThan(100)
    expect(other.call('EXEC')).toBe(`-EXECABORT Transaction discarded because of: ${oom.slice(1)}`)
    client.call('MULTI')
    expect(client.call('GET a')).toBe(oom)
    expect(client.call('WATCH a')).toBe(oom)
    expect(client.call('MULTI')).toBe(oom)
    expect(client.call('EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.')
  })

  test('a transaction whose WATCH was broken before it was queued is not refused for what it would have needed', () => {
    const { broker, client } = limited('noeviction', 600)
    const other = broker.client()
    other.call('WATCH a')
    client.call('SET a 1')
    other.call('MULTI')
    expect(other.call('SET b 1')).toBe('+QUEUED')
    for (let i = 0; client.call(`SET key:${i} ${hundred}`) === '+OK'; i++) expect(i).toBeLessThan(100)
    expect(other.call('EXEC')).toBe('*-1')
  })

  test('a script is stopped before it writes, not half-way', () => {
    const { client } = limited('noeviction', 600)
    for (let i = 0; client.call(`SET key:${i} ${hundred}`) === '+OK'; i++) expect(i).toBeLessThan(100)
    const run = (script: string): string => client.call(['EVAL', script, '0'])!
    expect(run("return redis.pcall('set', 'a', '1')")).toBe(oom)
    expect(run("redis.call('del', 'none') return redis.call('set', 'a', '1')")).toBe('+OK')
    expect(run("#!lua\nreturn redis.call('get', 'a')")).toBe(oom)
    expect(run("#!lua flags=no-writes\nreturn redis.call('get', 'a')")).toContain('1')
    expect(run("#!lua flags=allow-oom\nreturn redis.call('set', 'a', '2')")).toBe('+OK')
  })

  test('policies for keys with a time to live refuse when there are none', () => {
    for (const policy of ['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl']) {
      const { client } = limited(policy, 1000)
      for (let i = 0; client.call(`SET key:${i} ${hundred}`) === '+OK'; i++) expect(i).toBeLessThan(100)
      expect(client.call('SET key x')).toBe(oom)
      expect(client.call('EXPIRE key:0 100')).toBe(':1')
      expect(client.call('EXPIRE key:1 100')).toBe(':1')
      expect(client.call('SET key x')).toBe('+OK')
      expect(client.call('EXISTS key:0 key:1 key:2')).not.toBe(':3')
      expect(client.call('EXISTS key:2 key:3')).toBe(':2')
    }
  })
})

describe('a cache', () => {
  test.each([
    'allkeys-lru',
    'allkeys-lfu',
    'allkeys-random',
    'volatile-lru',
    'volatile-lfu',
    'volatile-random',
    'volatile-ttl',
  ])('under %s keeps to its limit', (policy) => {
    const { client } = limited(policy, 30_000)
    const max = info(client, 'memory', 'maxmemory')
    for (let i = 0; i < 1000; i++) {
      expect(client.call(`SET key:${i} ${hundred} EX ${1000 + i}`)).toBe('+OK')
      expect(used(client)).toBeLessThan(max + 300)
    }
    const keys = Number(client.call('DBSIZE')!.slice(1))
    expect(keys).toBeGreaterThan(100)
    expect(info(client, 'stats', 'evicted_keys')).toBe(1000 - keys)
  })

  /** How many of the keys `from` to `to` are still there. */
  const left = (client: TestClient, from: number, to: number): number => {
    let count = 0
    for (let i = from; i < to; i++) if (client.call(`EXISTS key:${i}`) === ':1') count++
    return count
  }

  test.each(['allkeys-lru', 'volatile-lru'])('under %s keeps what was used lately', (policy) => {
    const { broker, client } = limited(policy, 40_000)
    for (let i = 0; i < 150; i++) client.call(`SET key:${i} ${hundred} EX 10000`)
    broker.advance(10_000)
    for (let i = 0; i < 50; i++) client.call(`GET key:${i}`)
    broker.advance(10_000)
    for (let i = 150; i < 260; i++) client.call(`SET key:${i} ${hundred} EX 10000`)
    expect(left(client, 0, 50)).toBeGreaterThan(45)
    expect(left(client, 50, 150)).toBeLessThan(60)
  })

  test.each(['allkeys-lfu', 'volatile-lfu'])('under %s keeps what is used often', (policy) => {
    const { client } = limited(policy, 40_000)
    for (let i = 0; i < 150; i++) client.call(`SET key:${i} ${hundred} EX 10000`)
    for (let round = 0; round < 20; round++) for (let i = 0; i < 50; i++) client.call(`GET key:${i}`)
    for (let i = 150; i < 260; i++) client.call(`SET key:${i} ${hundred} EX 10000`)
    expect(left(client, 0, 50)).toBeGreaterThan(44)
  })

  test('under volatile-ttl lets go what would expire soonest', () => {
    const { client } = limited('volatile-ttl', 40_000)
    for (let i = 0; i < 150; i++) client.call(`SET key:${i} ${hundred} EX ${i < 50 ? 90_000 : 1000 + i}`)
    for (let i = 150; i < 260; i++) client.call(`SET key:${i} ${hundred} EX 80000`)
    expect(left(client, 0, 50)).toBe(50)
  })

  test('a stream and a list go like everything else', () => {
    const { client } = limited('allkeys-random', 20_000)
    for (let i = 0; i < 200; i++) {
      expect(client.call(`XADD stream:${i} * field ${hundred}`)).toContain('-')
      expect(client.call(`RPUSH list:${i} ${hundred}`)).toBe(':1')
    }
    expect(used(client)).toBeLessThan(info(client, 'memory', 'maxmemory') + 2000)
  })

  test('what goes is told: an event, a broken WATCH, the log', () => {
    const { broker, client } = limited('allkeys-lru', 5000)
    client.call('CONFIG SET notify-keyspace-events Ee')
    const hearer = broker.client()
    hearer.call('SUBSCRIBE __keyevent@0__:evicted')
    const watcher = broker.client()
    watcher.call('SET key:0 x')
    watcher.call('WATCH key:0')
    broker.advance(1000)
    for (let i = 1; i < 60; i++) client.call(`SET key:${i} ${hundred}`)
    expect(client.call('EXISTS key:0')).toBe(':0')
    watcher.call('MULTI')
    expect(watcher.call('EXEC')).toMatch(/^[*_]/)
    expect(hearer.received().join()).toContain('evicted')
  })
})

test('room that one turn has no time to make is made by later ones', () => {
  const broker = new TestBroker()
  broker.usPerLook = 200
  const client = broker.client()
  for (let i = 0; i < 500; i++) client.call(`SET key:${i} ${hundred}`)
  client.call('CONFIG SET maxmemory-policy allkeys-random')
  client.call(`CONFIG SET maxmemory ${used(client) / 2}`)
  expect(client.call('SET another x')).toBe('+OK')
  const max = info(client, 'memory', 'maxmemory')
  expect(used(client)).toBeGreaterThan(max)
  expect(info(client, 'stats', 'current_eviction_exceeded_time')).toBeGreaterThanOrEqual(0)
  for (let turns = 0; broker.broker.nextDueAtMs === 0; turns++) {
    expect(turns).toBeLessThan(100)
    broker.advance(0)
  }
  expect(used(client)).toBeLessThanOrEqual(max)
  expect(info(client, 'stats', 'current_eviction_exceeded_time')).toBe(0)
  expect(info(client, 'stats', 'total_eviction_exceeded_time')).toBeGreaterThan(0)
})

test('OBJECT FREQ counts uses, ever more slowly, and they fade', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('CONFIG SET maxmemory-policy allkeys-lfu')
  client.call('SET key value')
  expect(client.call('OBJECT FREQ key')).toBe(':5')
  client.call('GET key')
  expect(client.call('OBJECT FREQ key')).toBe(':6')
  for (let i = 0; i < 1000; i++) client.call('GET key')
  const often = Number(client.call('OBJECT FREQ key')!.slice(1))
  expect(often).toBeGreaterThan(8)
  expect(often).toBeLessThan(40)
  client.call('CLIENT NO-TOUCH ON')
  broker.advance(180_000)
  client.call('GET key')
  expect(client.call('OBJECT FREQ key')).toBe(`:${often - 3}`)
  expect(client.call('OBJECT IDLETIME key')).toMatch(/^-ERR An LFU maxmemory policy is selected, idle time not tracked/)
  client.call('CONFIG SET maxmemory-policy allkeys-lru')
  expect(client.call('OBJECT FREQ key')).toMatch(/^-ERR An LFU maxmemory policy is not selected, access frequency/)
})

describe('what keys take', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd')
  const word = fc.oneof(
    fc.constantFrom('x', 'y', '1', '22'),
    fc.string({ maxLength: 400, unit: fc.constantFrom('q', 'z') }),
  )
  const command = fc.oneof(
    fc.tuple(fc.constantFrom('SET', 'APPEND', 'RPUSH', 'LPUSH', 'SADD', 'SREM', 'LPUSHX', 'HDEL', 'ZREM'), key, word),
    fc.tuple(fc.constantFrom('LPOP', 'RPOP', 'DEL', 'PERSIST', 'SPOP', 'XLEN', 'ZPOPMIN'), key),
    fc.tuple(fc.constantFrom('RENAME', 'SMOVE', 'COPY', 'RPOPLPUSH', 'SUNIONSTORE'), key, key),
    fc.tuple(fc.constant('SMOVE'), key, key, word),
    fc.tuple(fc.constantFrom('HSET'), key, word, word),
    fc.tuple(fc.constantFrom('ZADD'), key, fc.constantFrom('1', '2.5'), word),
    fc.tuple(fc.constantFrom('EXPIRE', 'LINSERT'), key, fc.constantFrom('10', '1000')),
    fc.tuple(fc.constant('LINSERT'), key, fc.constant('BEFORE'), word, word),
    fc.tuple(fc.constant('LSET'), key, fc.constantFrom('0', '-1'), word),
    fc.tuple(fc.constant('LREM'), key, fc.constantFrom('0', '1', '-1'), word),
    fc.tuple(fc.constant('LTRIM'), key, fc.constantFrom('0', '1'), fc.constantFrom('2', '-1')),
    fc.tuple(fc.constant('XADD'), key, fc.constant('*'), word, word),
    fc.tuple(fc.constant('XTRIM'), key, fc.constant('MAXLEN'), fc.constantFrom('0', '2')),
    fc.tuple(fc.constant('XGROUP'), fc.constant('CREATE'), key, fc.constantFrom('g', 'h'), fc.constant('0')),
    fc.tuple(fc.constant('XGROUP'), fc.constant('DESTROY'), key, fc.constantFrom('g', 'h')),
    fc.tuple(fc.constant('XGROUP'), fc.constant('DELCONSUMER'), key, fc.constantFrom('g', 'h'), fc.constant('c')),
    fc
      .tuple(fc.constantFrom('g', 'h'), fc.constantFrom('c', 'd'), key)
      .map(([group, consumer, name]) => ['XREADGROUP', 'GROUP', group, consumer, 'STREAMS', name, '>']),
    fc.constantFrom(['SWAPDB', '0', '1'], ['SELECT', '0'], ['SELECT', '1'], ['FLUSHDB']),
  )

  test('is the sum of what each takes, whatever was done, and nothing when they are gone', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const broker = new TestBroker()
        const client = broker.client()
        const empty = used(client)
        for (const words of commands) client.call(words)
        const { keyspace } = broker.broker
        const recount = (): number => {
          let bytes = 0
          for (const db of keyspace.databases) {
            for (let entry = 0; entry < db.entryLimit; entry++) if (db.has(entry)) bytes += db.memory.dataBytesOf(entry)
          }
          return bytes
        }
        expect(keyspace.dataBytes).toBe(recount())
        client.call('FLUSHALL')
        expect(used(client)).toBe(empty)
      }),
      { numRuns: 150 },
    )
  })

  test('is told alike by MEMORY USAGE, MEMORY STATS and INFO', () => {
    const client = new TestBroker().client()
    client.call(`SET a ${hundred}`)
    client.call('RPUSH b 1 2 3')
    client.call('EXPIRE b 100')
    const sum = ['a', 'b'].reduce((bytes, name) => bytes + Number(client.call(`MEMORY USAGE ${name}`)!.slice(1)), 0)
    expect(used(client) - info(client, 'memory', 'used_memory_startup')).toBe(sum)
    expect(used(client) - info(client, 'memory', 'used_memory_overhead')).toBe(
      info(client, 'memory', 'used_memory_dataset'),
    )
    expect(info(client, 'memory', 'mem_not_counted_for_evict')).toBe(0)
    expect(client.call('MEMORY STATS')).toContain(`"total.allocated", :${used(client)}`)
  })
})

test('the log, run again without a limit, makes the same cache', () => {
  const { broker, client } = limited('allkeys-lru', 10_000)
  for (let i = 0; i < 300; i++) {
    client.call(`SET key:${i % 170} ${i}${hundred}`)
    client.call(`RPUSH list:${i % 90} ${hundred}`)
    broker.advance(500)
  }
  expect(info(client, 'stats', 'evicted_keys')).toBeGreaterThan(200)
  const copy = new TestBroker()
  const reader = copy.client()
  for (const record of broker.records) reader.sendRaw(record)
  expect(reader.received().filter((reply) => reply.startsWith('-'))).toEqual([])
  expect(reader.call('DBSIZE')).toBe(client.call('DBSIZE'))
  for (let i = 0; i < 170; i++) {
    expect(reader.call(`GET key:${i}`)).toBe(client.call(`GET key:${i}`))
    expect(reader.call(`LRANGE list:${i} 0 -1`)).toBe(client.call(`LRANGE list:${i} 0 -1`))
  }
  expect(used(reader)).toBe(used(client))
})
