import { expect, test } from 'vitest'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost, type Host } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

/** The fields of an INFO answer. */
function fields(client: TestClient, ...sections: string[]): Map<string, string> {
  const text = JSON.parse((client.call(['INFO', ...sections]) ?? '').replaceAll('\\x', '\\u00')) as string
  const lines = text.split('\r\n').filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

function titles(client: TestClient, ...sections: string[]): string[] {
  return ((client.call(['INFO', ...sections]) ?? '').match(/# \w+/g) ?? []).map((title) => title.slice(2))
}

const byDefault = [
  ...['Server', 'Clients', 'Memory', 'Persistence', 'Stats', 'Replication', 'CPU', 'Modules', 'Errorstats', 'Cluster'],
  'Keyspace',
]

test('INFO has the sections of Redis in its order', () => {
  const client = new TestBroker().client()
  const all = byDefault.toSpliced(8, 0, 'Commandstats').toSpliced(10, 0, 'Latencystats')
  expect(titles(client)).toEqual(byDefault)
  expect(titles(client, 'default')).toEqual(byDefault)
  expect(titles(client, 'everything')).toEqual(all)
  expect(titles(client, 'all')).toEqual(all.filter((title) => title !== 'Modules'))
  expect(titles(client, 'SERVER', 'keyspace', 'server', 'nosuch')).toEqual(['Server', 'Keyspace'])
  expect(client.call('INFO nosuch')).toBe('""')
})

test('INFO is a verbatim text in RESP3', () => {
  const client = new TestBroker().client()
  client.call('HELLO 3')
  expect(client.call('INFO cluster')).toBe('="txt:# Cluster\\r\\ncluster_enabled:0\\r\\n"')
})

test('INFO server names Millrace and the Redis it speaks as', () => {
  const server = fields(new TestBroker().client(), 'server')
  expect(server.get('server_name')).toBe('millrace')
  expect(server.get('redis_version')).toBe('7.0.15')
  expect(server.get('run_id')).toMatch(/^[0-9a-f]{40}$/)
})

test('INFO keyspace counts keys, those that expire, and their average time to live', () => {
  const client = new TestBroker().client()
  for (const line of ['SET a 1', 'SET b 1 PX 1000', 'SET c 1 PX 3000', 'SELECT 3', 'SET d 1']) client.call(line)
  expect(Object.fromEntries(fields(client, 'keyspace'))).toEqual({
    db0: 'keys=3,expires=2,avg_ttl=2000',
    db3: 'keys=1,expires=0,avg_ttl=0',
  })
})

test('INFO commandstats tells calls, failures and refusals of every command and subcommand', () => {
  const client = new TestBroker().client()
  for (const line of ['SET key text', 'INCR key', 'GET', 'CONFIG GET timeout', 'MULTI', 'INCR key', 'EXEC']) {
    client.call(line)
  }
  const stats = fields(client, 'commandstats')
  expect(stats.get('cmdstat_set')).toBe('calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=0')
  expect(stats.get('cmdstat_incr')).toBe('calls=2,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=2')
  expect(stats.get('cmdstat_get')).toBe('calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0')
  expect(stats.get('cmdstat_config|get')).toMatch(/^calls=1,/)
  expect(stats.get('cmdstat_exec')).toMatch(/failed_calls=0$/)
  expect(stats.has('cmdstat_del')).toBe(false)
})

test('INFO counts what became of those who waited', () => {
  const broker = new TestBroker()
  const [client, mover, popper] = [broker.client(), broker.client(), broker.client()]
  mover.call('BLMOVE a b LEFT RIGHT 0')
  popper.call('BLPOP none 0')
  client.call('SET b text')
  client.call('RPUSH a x')
  client.call('CLIENT UNBLOCK 3 ERROR')
  const failed = (name: string): string => fields(client, 'commandstats').get(`cmdstat_${name}`) ?? ''
  expect(failed('blmove')).toMatch(/^calls=1,.*failed_calls=1$/)
  expect(failed('blpop')).toMatch(/^calls=1,.*failed_calls=1$/)
  expect(fields(client, 'errorstats').get('errorstat_UNBLOCKED')).toBe('count=1')
})

test('INFO errorstats counts error replies by their code', () => {
  const client = new TestBroker().client()
  for (const line of ['LPUSH list a', 'GET list', 'GET list', 'NOSUCH', 'MULTI', 'GET', 'EXEC']) client.call(line)
  expect(Object.fromEntries(fields(client, 'errorstats'))).toEqual({
    errorstat_WRONGTYPE: 'count=2',
    errorstat_ERR: 'count=2',
    errorstat_EXECABORT: 'count=1',
  })
  expect(fields(client, 'stats').get('total_error_replies')).toBe('5')
})

test('INFO counts an error of a script once, and as a failure of the command and of the script', () => {
  const client = new TestBroker().client()
  client.call('SET key text')
  const counts = (command: string, script: string): string => {
    client.call('CONFIG RESETSTAT')
    client.call([command, script, '0'])
    const stats = fields(client, 'commandstats', 'stats')
    const failures = /failed_calls=(\d+)$/.exec(stats.get(`cmdstat_${command.toLowerCase()}`) ?? '')?.[1]
    return `${failures} failed, ${stats.get('total_error_replies')} counted`
  }
  const told = '1 failed, 1 counted'
  expect(counts('EVAL', "return redis.call('INCR', 'key')")).toBe(told)
  expect(counts('EVAL', "return redis.pcall('INCR', 'key')")).toBe(told)
  expect(counts('EVAL', "error(redis.pcall('INCR', 'key'))")).toBe(told)
  expect(counts('EVAL', "return redis.call('FOO')")).toBe(told)
  expect(counts('EVAL', "return redis.call('SUBSCRIBE', 'channel')")).toBe(told)
  expect(counts('EVAL_RO', "return redis.call('SET', 'key', 1)")).toBe(told)
  expect(counts('EVAL', "return {err = 'MY own'}")).toBe(told)
  expect(counts('EVAL', "local e = redis.pcall('INCR', 'key') return {e, e}")).toBe('2 failed, 1 counted')
  expect(counts('EVAL', "redis.pcall('INCR', 'key') return 1")).toBe('0 failed, 1 counted')
  expect(counts('EVAL', "return {err = 'MY own', ignore_error_stats_update = true}")).toBe('1 failed, 0 counted')
  client.call(['EVAL', "return {err = 'MY\\r\\nown'}", '0'])
  expect(fields(client, 'errorstats').get('errorstat_MY')).toBe('count=1')
})

test('INFO stats counts connections, commands, bytes, hits and expired keys', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('SET key value PX 10')
  client.call('GET key')
  client.call('GET nosuch')
  broker.advance(10)
  const stats = fields(client, 'stats')
  expect(stats.get('total_connections_received')).toBe('1')
  expect(stats.get('total_commands_processed')).toBe('3')
  expect(stats.get('keyspace_hits')).toBe('1')
  expect(stats.get('keyspace_misses')).toBe('1')
  expect(stats.get('expired_keys')).toBe('1')
  expect(Number(stats.get('total_net_input_bytes'))).toBeGreaterThan(50)
  expect(Number(stats.get('total_net_output_bytes'))).toBe('+OK\r\n$5\r\nvalue\r\n$-1\r\n'.length)
})

test('operations a second are averaged over the samples of the cron', () => {
  const broker = new TestBroker()
  const client = broker.client()
  broker.broker.cron(broker.nowMs)
  for (let sample = 0; sample < 4; sample++) {
    for (let i = 0; i < 10; i++) client.call('PING')
    broker.advance(100)
    broker.broker.cron(broker.nowMs)
  }
  expect(fields(client, 'stats').get('instantaneous_ops_per_sec')).toBe('100')
  for (let sample = 0; sample < 16; sample++) {
    broker.advance(100)
    broker.broker.cron(broker.nowMs)
  }
  expect(Number(fields(client, 'stats').get('instantaneous_ops_per_sec'))).toBeLessThan(1)
})

test('INFO clients counts who is connected, blocked and bound to time out', () => {
  const broker = new TestBroker()
  const [client, forever, timed] = [broker.client(), broker.client(), broker.client()]
  forever.call('BLPOP list 0')
  timed.call('BLPOP list 5')
  const clients = fields(client, 'clients')
  expect(clients.get('connected_clients')).toBe('3')
  expect(clients.get('blocked_clients')).toBe('2')
  expect(clients.get('clients_in_timeout_table')).toBe('1')
})

test('INFO memory and cpu tell what the host measured', () => {
  const facts = {
    ...bareHost.facts(),
    heapBytes: 3000,
    arrayBufferBytes: 1096,
    residentBytes: 8192,
    cpuUserSeconds: 1.5,
  }
  const host: Host = { ...bareHost, facts: () => facts }
  const client = new TestBroker(new Config(), host).client()
  const memory = fields(client, 'memory')
  expect(memory.get('allocator_allocated')).toBe('4096')
  expect(memory.get('used_memory_rss_human')).toBe('8.00K')
  expect(memory.get('mem_fragmentation_ratio')).toBe('2.00')
  expect(fields(client, 'cpu').get('used_cpu_user')).toBe('1.500000')
})

test('INFO persistence counts changes since the last checkpoint began', async () => {
  const events = { onDurable: (position: number) => broker.broker.onDurable(position), onRefusing() {}, onFatal() {} }
  const broker = new TestBroker(new Config(), bareHost, new MemoryLog({ events, keep: true }))
  const client = broker.client()
  const changes = (): string | undefined => {
    client.received()
    return fields(client, 'persistence').get('rdb_changes_since_last_save')
  }
  client.send('MSET a 1 b 2')
  await Promise.resolve()
  expect(changes()).toBe('2')
  client.send('BGSAVE')
  client.send('SET c 3')
  await Promise.resolve()
  expect(changes()).toBe('3')
  const { checkpointer } = broker.broker.storage
  while (checkpointer.slice(1000)) await Promise.resolve()
  for (let i = 0; i < 10; i++) await Promise.resolve()
  expect(changes()).toBe('1')
})

test('INFO persistence tells how long commits took, from the record to its place on disk', () => {
  const events = { onDurable: (position: number) => broker.broker.onDurable(position), onRefusing() {}, onFatal() {} }
  const log = new MemoryLog({ events, byHand: true })
  const broker = new TestBroker(new Config(), bareHost, log)
  const client = broker.client()
  const commits = (): (string | undefined)[] =>
    ['log_commits_timed', 'log_commit_usec', 'log_commit_percentiles_usec', 'log_commit_histogram_usec'].map((name) =>
      fields(client, 'persistence').get(name),
    )
  expect(commits()).toEqual(['0', '0', 'p50=0.000,p99=0.000,p99.9=0.000', ''])
  client.send('SET a 1')
  broker.nowMs += 3
  log.makeDurable()
  client.received()
  expect(commits()).toEqual(['1', '3000', 'p50=3014.655,p99=3014.655,p99.9=3014.655', '4227=1'])
})

test('INFO persistence tells how far loading is, while it lasts', () => {
  const broker = new TestBroker()
  const client = broker.client()
  broker.broker.storage.beginLoading(broker.nowMs - 3000)
  Object.assign(broker.broker.storage.progress, { doneBytes: 750, totalBytes: 1000 })
  const loading = fields(client, 'persistence')
  expect(loading.get('loading')).toBe('1')
  expect(loading.get('loading_loaded_perc')).toBe('75.00')
  expect(loading.get('loading_eta_seconds')).toBe('1')
  broker.broker.storage.endLoading()
  expect(fields(client, 'persistence').has('loading_eta_seconds')).toBe(false)
})
