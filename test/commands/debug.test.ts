import { expect, test } from 'vitest'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { TestBroker } from '../support/in-process.ts'

function debugConfig(): Config {
  const config = new Config()
  config.assign('enable-debug-command', ['yes'])
  return config
}

const debugBroker = (): TestBroker => new TestBroker(debugConfig())

function run(lines: readonly string[]): (command: string) => string {
  const client = debugBroker().client()
  for (const line of lines) client.call(line)
  return (command) => client.call(command) ?? ''
}

test('equal values have equal digests, however they came about', () => {
  const call = run([
    ...['SET a 12', 'SET b 1', 'APPEND b 2', 'RPUSH l1 x y z', 'LPUSH l2 z y x', 'RPUSH l2 w', 'RPOP l2'],
    ...['XADD s1 1-1 f v', 'XADD s1 2-1 f v', 'XDEL s1 1-1', 'XADD s2 1-1 f v', 'XADD s2 2-1 f v', 'XDEL s2 1-1'],
  ])
  const digests = JSON.parse(call('DEBUG DIGEST-VALUE a b l1 l2 s1 s2').replaceAll('+', '')) as string[]
  expect(digests[0]).toBe(digests[1])
  expect(digests[2]).toBe(digests[3])
  expect(digests[4]).toBe(digests[5])
  expect(new Set(digests).size).toBe(3)
})

test.each([
  ['another value', 'SET key other'],
  ['another type', 'DEL key', 'RPUSH key value'],
  ['a time to live', 'PEXPIREAT key 1800000000000'],
])('the digest differs by %s', (_what, ...changes) => {
  const call = run(['SET key value'])
  const before = call('DEBUG DIGEST-VALUE key')
  const all = call('DEBUG DIGEST')
  for (const change of changes) call(change)
  expect(call('DEBUG DIGEST-VALUE key')).not.toBe(before)
  expect(call('DEBUG DIGEST')).not.toBe(all)
})

test('the digest of a stream sees groups, consumers and pending entries', () => {
  const call = run(['XADD s 1-1 f v'])
  const digests = [
    'XGROUP CREATE s g 0',
    'XGROUP CREATECONSUMER s g c',
    'XREADGROUP GROUP g c STREAMS s >',
    'XCLAIM s g c 0 1-1 IDLE 7 RETRYCOUNT 9',
    'XACK s g 1-1',
    'XSETID s 9-9',
  ].map((change) => {
    call(change)
    return call('DEBUG DIGEST-VALUE s')
  })
  expect(new Set(digests).size).toBe(digests.length)
})

test('DEBUG DIGEST does not depend on the order in which keys came', () => {
  const [first, second] = [run(['SET a 1', 'SET b 2']), run(['SET b 2', 'SET x 1', 'SET a 1', 'DEL x'])]
  expect(first('DEBUG DIGEST')).toBe(second('DEBUG DIGEST'))
  expect(run([])('DEBUG DIGEST')).toBe(`+${'0'.repeat(40)}`)
  expect(run([])('DEBUG DIGEST-VALUE nosuch')).toBe(`[+"${'0'.repeat(40)}"]`)
})

test('DEBUG SET-ACTIVE-EXPIRE 0 lets expired keys stay until somebody meets them', () => {
  const broker = debugBroker()
  const client = broker.client()
  client.call('DEBUG SET-ACTIVE-EXPIRE 0')
  client.call('SET key value PX 10')
  broker.advance(20)
  expect(client.call('DBSIZE')).toBe(':1')
  expect(client.call('GET key')).toBe('$-1')
  client.call('SET key value PX 10')
  broker.advance(20)
  client.call('DEBUG SET-ACTIVE-EXPIRE 1')
  broker.advance(1)
  expect(client.call('DBSIZE')).toBe(':0')
})

test('DEBUG SLEEP stops the host for seconds with decimals', () => {
  const sleeps: number[] = []
  const client = new TestBroker(debugConfig(), { ...bareHost, sleep: (ms) => sleeps.push(ms) }).client()
  for (const line of ['DEBUG SLEEP 0.25', 'DEBUG SLEEP 0', 'DEBUG SLEEP x']) expect(client.call(line)).toBe('+OK')
  expect(sleeps).toEqual([250])
})

test('DEBUG OBJECT tells the encoding and how long nobody has read the value', () => {
  const broker = debugBroker()
  const client = broker.client()
  client.call('SET key 12')
  broker.advance(5000)
  expect(client.call('DEBUG OBJECT key')).toMatch(
    /^\+Value at:0x0 refcount:1 encoding:int serializedlength:2 lru:\d+ lru_seconds_idle:5$/,
  )
})

test('DEBUG RELOAD rebuilds every key from the log', async () => {
  const events = { onDurable: (position: number) => broker.broker.onDurable(position), onRefusing() {}, onFatal() {} }
  const broker = new TestBroker(debugConfig(), bareHost, new MemoryLog({ events, keep: true }))
  const client = broker.client()
  for (const line of ['SET key value PX 100000', 'RPUSH list a b c', 'XADD s 1-1 f v', 'XGROUP CREATE s g 0']) {
    client.call(line)
  }
  client.received()
  client.send('DEBUG DIGEST')
  const [before] = client.received()
  for (const command of ['DEBUG RELOAD', 'DEBUG LOADAOF']) {
    client.send(command)
    for (let i = 0; i < 50; i++) await Promise.resolve()
    broker.broker.endTurn()
    expect(client.received()).toEqual(['+OK'])
  }
  client.send('DEBUG DIGEST')
  expect(client.received()).toEqual([before])
})

test.each([
  ['DEBUG', "-ERR wrong number of arguments for 'debug' command"],
  ['DEBUG nosuch', "-ERR unknown subcommand or wrong number of arguments for 'nosuch'. Try DEBUG HELP."],
  ['DEBUG constructor', "-ERR unknown subcommand or wrong number of arguments for 'constructor'. Try DEBUG HELP."],
  ['DEBUG SLEEP', "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP."],
  ['DEBUG OBJECT nosuch', '-ERR no such key'],
  ['DEBUG RELOAD x', '-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.'],
  ['DEBUG ERROR "CODE some text"', '-CODE some text'],
  ['DEBUG PROTOCOL map', '[:0, :0, :1, :1, :2, :0]'],
])('%s answers %s', (line, answer) => {
  expect(debugBroker().client().call(line)).toBe(answer)
})

test('DEBUG PROTOCOL has the types of RESP3', () => {
  const client = debugBroker().client()
  client.call('HELLO 3')
  expect(client.call('DEBUG PROTOCOL map')).toBe('{:0: #f, :1: #t, :2: #f}')
  expect(client.call('DEBUG PROTOCOL double')).toBe(',3.141')
  expect(client.call('DEBUG PROTOCOL null')).toBe('_')
  expect(client.call('DEBUG PROTOCOL verbatim')).toBe('="txt:This is a verbatim\\nstring"')
})

test('MEMORY USAGE grows with the value', () => {
  const call = run(['SET small x', `SET large ${'x'.repeat(1000)}`, 'RPUSH list a', 'XADD s 1-1 f v'])
  const bytes = (key: string): number => Number(call(`MEMORY USAGE ${key}`).slice(1))
  expect(bytes('large') - bytes('small')).toBeGreaterThanOrEqual(999)
  for (const key of ['small', 'list', 's']) expect(bytes(key)).toBeGreaterThan(10)
  expect(call('MEMORY USAGE nosuch')).toBe('$-1')
  expect(call('MEMORY USAGE small SAMPLES 5')).toMatch(/^:/)
})

test.each([
  ['MEMORY USAGE key SAMPLES', '-ERR syntax error'],
  ['MEMORY USAGE key SAMPLES -1', '-ERR syntax error'],
  ['MEMORY USAGE key SAMPLES x', '-ERR value is not an integer or out of range'],
  ['MEMORY USAGE key x 1', '-ERR syntax error'],
  ['MEMORY PURGE', '+OK'],
])('%s answers %s', (line, answer) => {
  expect(run(['SET key value'])(line)).toBe(answer)
})

test('MEMORY STATS counts the keys of each database', () => {
  const call = run(['SET a 1', 'SET b 1 EX 100'])
  expect(call('MEMORY STATS')).toContain('"keys.count", :2')
  expect(call('MEMORY STATS')).toMatch(
    /"db\.0", \["overhead\.hashtable\.main", :[1-9]\d*, "overhead\.hashtable\.expires", :[1-9]\d*, "overhead\.hashtable\.slot-to-keys", :0\]/,
  )
})
