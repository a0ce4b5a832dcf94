import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { LatencyHistogram } from '../../src/server/latency-histogram.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** A broker where DEBUG SLEEP moves the clock instead of stopping the thread. */
function sleepyBroker(...directives: [string, string][]): { broker: TestBroker; client: TestClient } {
  const config = new Config()
  config.assign('enable-debug-command', ['yes'])
  for (const [name, value] of directives) config.assign(name, [value])
  const host = {
    ...bareHost,
    sleep(ms: number) {
      broker.nowMs += ms
    },
  }
  const broker: TestBroker = new TestBroker(config, host)
  return { broker, client: broker.client() }
}

test('SLOWLOG keeps commands that took long, youngest first', () => {
  const { client } = sleepyBroker()
  client.call('CLIENT SETNAME worker')
  client.call('DEBUG SLEEP 0.02')
  client.call('SET key value')
  client.call('DEBUG SLEEP 0.03')
  expect(client.call('SLOWLOG LEN')).toBe(':2')
  expect(client.call('SLOWLOG GET')).toBe(
    '[[:1, :1700000000, :30000, ["DEBUG", "SLEEP", "0.03"], "127.0.0.1:50000", "worker"], ' +
      '[:0, :1700000000, :20000, ["DEBUG", "SLEEP", "0.02"], "127.0.0.1:50000", "worker"]]',
  )
  expect(client.call('SLOWLOG GET 1')).toMatch(/^\[\[:1, /)
  expect(client.call('SLOWLOG RESET')).toBe('+OK')
  expect(client.call('SLOWLOG GET -1')).toBe('[]')
})

test('SLOWLOG forgets at once what it may no longer keep', () => {
  const { client } = sleepyBroker(['slowlog-log-slower-than', '0'])
  for (let i = 0; i < 5; i++) client.call('PING')
  client.call('CONFIG SET slowlog-log-slower-than -1 slowlog-max-len 2')
  expect(client.call('SLOWLOG LEN')).toBe(':2')
})

test('a command that waits is noted when it is served, and not when its time is up', () => {
  const { broker, client } = sleepyBroker(['slowlog-log-slower-than', '0'])
  const waiter = broker.client()
  const waits = (): number => (client.call('SLOWLOG GET 100') ?? '').split('"BLPOP"').length - 1
  waiter.call('BLPOP list 1')
  expect(waits()).toBe(0)
  client.call('RPUSH list a')
  expect(waits()).toBe(1)
  waiter.call('BLPOP list 1')
  broker.advance(1000)
  expect(waits()).toBe(1)
})

test('SLOWLOG cuts long arguments and long argument lists', () => {
  const { client } = sleepyBroker(['slowlog-log-slower-than', '0'])
  client.call(['SET', 'key', 'x'.repeat(200)])
  expect(client.call('SLOWLOG GET 1')).toContain(`"${'x'.repeat(128)}... (72 more bytes)"`)
  client.call(['DEL', ...Array.from({ length: 40 }, (_, i) => `k${i}`)])
  const entry = client.call('SLOWLOG GET 1') ?? ''
  expect(entry).toContain('"k29", "... (10 more arguments)"]')
  expect(entry.match(/"k\d+"/g)).toHaveLength(30)
})

test('SLOWLOG forgets the oldest beyond slowlog-max-len', () => {
  const { client } = sleepyBroker(['slowlog-log-slower-than', '0'], ['slowlog-max-len', '2'])
  for (const key of ['a', 'b', 'c']) client.call(`GET ${key}`)
  expect(client.call('SLOWLOG GET')).toMatch(/^\[\[:2, .*"c".*\[:1, .*"b"/)
  expect(client.call('SLOWLOG LEN')).toBe(':2')
})

test('SLOWLOG hides passwords', () => {
  const { client } = sleepyBroker(['slowlog-log-slower-than', '0'])
  client.call('CONFIG SET requirepass secret')
  client.call('AUTH default secret')
  client.call('HELLO 2 AUTH default secret')
  client.call('CONFIG SET requirepass ""')
  expect(client.call('SLOWLOG GET')).not.toContain('secret')
  expect(client.call('SLOWLOG GET')).toContain('["CONFIG", "SET", "requirepass", "(redacted)"]')
})

test.each([
  ['SLOWLOG GET x', '-ERR count should be greater than or equal to -1'],
  ['SLOWLOG GET -2', '-ERR count should be greater than or equal to -1'],
  ['SLOWLOG GET 1 2', "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP."],
  ['LATENCY GRAPH nosuch', "-ERR No samples available for event 'nosuch'"],
  ['LATENCY HISTORY nosuch', '[]'],
  ['LATENCY LATEST', '[]'],
  ['LATENCY RESET', ':0'],
  ['LATENCY HISTOGRAM nosuch', '[]'],
])('%s answers %s', (line, answer) => {
  expect(new TestBroker().client().call(line)).toBe(answer)
})

test('LATENCY keeps commands beyond its threshold, the worst of each second', () => {
  const { broker, client } = sleepyBroker(['latency-monitor-threshold', '10'])
  client.call('DEBUG SLEEP 0.009')
  expect(client.call('LATENCY LATEST')).toBe('[]')
  client.call('DEBUG SLEEP 0.05')
  client.call('DEBUG SLEEP 0.02')
  broker.advance(5000)
  client.call('DEBUG SLEEP 0.03')
  expect(client.call('LATENCY HISTORY command')).toBe('[[:1700000000, :50], [:1700000005, :30]]')
  expect(client.call('LATENCY LATEST')).toBe('[["command", :1700000005, :30, :50]]')
  expect(client.call('LATENCY GRAPH command')).toMatch(/^"command - high 50 ms, low 30 ms \(all time high 50 ms\)\\n/)
  expect(client.call('LATENCY DOCTOR')).toContain('command: slow 2 times, 40 ms on average, 50 ms at worst')
  expect(client.call('LATENCY RESET nosuch command')).toBe(':1')
  expect(client.call('LATENCY LATEST')).toBe('[]')
})

test('LATENCY HISTOGRAM counts a container by its subcommands', () => {
  const { client } = sleepyBroker()
  client.call('DEBUG SLEEP 0.001')
  client.call('CONFIG GET timeout')
  expect(client.call('LATENCY HISTOGRAM debug config')).toBe(
    '["debug", ["calls", :1, "histogram_usec", [:1056, :1]], "config|get", ["calls", :1, "histogram_usec", [:1, :1]]]',
  )
})

test('with latency-tracking off no durations are kept', () => {
  const { client } = sleepyBroker(['latency-tracking', 'no'])
  client.call('GET key')
  expect(client.call('LATENCY HISTOGRAM')).toBe('[]')
})

test('percentiles are right to two digits', () => {
  const histogram = new LatencyHistogram()
  for (let us = 1; us <= 1000; us++) histogram.record(us)
  for (const percent of [1, 50, 90, 99, 99.9, 100]) {
    const exact = percent * 10
    expect(histogram.percentileUs(percent) / exact).toBeGreaterThan(0.99)
    expect(histogram.percentileUs(percent) / exact).toBeLessThan(1.02)
  }
})

test('the cumulative counts end with all durations, those above a second as a second', () => {
  const histogram = new LatencyHistogram()
  for (const us of [0, 0.5, 3, 20, 5_000_000]) histogram.record(us)
  const pairs = histogram.cumulative()
  expect(pairs.slice(0, 3)).toEqual([
    [1, 2],
    [4, 3],
    [33, 4],
  ])
  expect(pairs.at(-1)![1]).toBe(5)
  expect(new LatencyHistogram().percentileUs(50)).toBe(0)
})
