import { expect, test } from 'vitest'
import type { ShutdownRequest } from '../../src/commands/server/ports.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost, type Host } from '../../src/server/host.ts'
import { TestBroker } from '../support/in-process.ts'

/** A broker on a log in memory that keeps its records. */
function brokerWithLog(byHand = false): { broker: TestBroker; log: MemoryLog } {
  const events = {
    onDurable: (position: number) => broker.broker.onDurable(position),
    onRefusing() {},
    onFatal() {},
  }
  const log = new MemoryLog({ events, keep: true, byHand })
  const broker = new TestBroker(new Config(), bareHost, log)
  return { broker, log }
}

/** Lets a checkpoint that was begun be written, and whoever waits for it be answered. */
async function writeCheckpoint(broker: TestBroker): Promise<void> {
  const { checkpointer } = broker.broker.storage
  while (checkpointer.slice(1000)) await Promise.resolve()
  for (let i = 0; i < 10; i++) await Promise.resolve()
  broker.broker.endTurn()
}

test('SAVE answers when the checkpoint is complete', async () => {
  const { broker } = brokerWithLog()
  const client = broker.client()
  client.call('SET key value')
  expect(client.call('SAVE')).toBeUndefined()
  await writeCheckpoint(broker)
  expect(client.received()).toEqual(['+OK'])
})

test('SAVE and BGSAVE are refused while a BGSAVE runs', async () => {
  const { broker } = brokerWithLog()
  const client = broker.client()
  expect(client.call('BGSAVE')).toBe('+Background saving started')
  expect(client.call('SAVE')).toBe('-ERR Background save already in progress')
  expect(client.call('BGSAVE SCHEDULE')).toBe('-ERR Background save already in progress')
  await writeCheckpoint(broker)
  expect(client.call('BGSAVE')).toBe('+Background saving started')
})

test('BGREWRITEAOF waits for its turn while a BGSAVE runs', async () => {
  const { broker } = brokerWithLog()
  const client = broker.client()
  client.call('BGSAVE')
  expect(client.call('BGREWRITEAOF')).toBe('+Background append only file rewriting scheduled')
  await writeCheckpoint(broker)
  broker.broker.cron(broker.nowMs)
  expect(client.call('BGREWRITEAOF')).toBe('-ERR Background append only file rewriting already in progress')
  expect(client.call('BGSAVE')).toMatch(/^-ERR Another child process is active/)
  expect(client.call('BGSAVE SCHEDULE')).toBe('+Background saving scheduled')
})

test('a checkpoint that a transaction asks for starts behind it', async () => {
  const { broker } = brokerWithLog()
  const client = broker.client()
  client.sendRaw('MULTI\r\nBGSAVE\r\nBGREWRITEAOF\r\nEXEC\r\n')
  expect(client.received().at(-1)).toBe(
    '[+"Background saving scheduled", +"Background append only file rewriting scheduled"]',
  )
  broker.broker.cron(broker.nowMs)
  expect(client.call('BGSAVE')).toBe('-ERR Background save already in progress')
  expect(client.call('INFO persistence')).toContain('aof_rewrite_scheduled:1')
  await writeCheckpoint(broker)
  broker.broker.cron(broker.nowMs)
  expect(client.call('BGREWRITEAOF')).toBe('-ERR Background append only file rewriting already in progress')
  expect(client.call('INFO persistence')).toContain('aof_rewrite_scheduled:0')
  await writeCheckpoint(broker)
})

test('LASTSAVE moves when a checkpoint is complete', async () => {
  const { broker } = brokerWithLog()
  const client = broker.client()
  const before = client.call('LASTSAVE')
  broker.advance(5000)
  client.call('BGSAVE')
  expect(client.call('LASTSAVE')).toBe(before)
  await writeCheckpoint(broker)
  expect(client.call('LASTSAVE')).toBe(':1700000005')
})

test('nothing is saved, and said to be saved, without a log', () => {
  const config = new Config()
  config.assign('appendonly', ['no'])
  const client = new TestBroker(config).client()
  for (const command of ['SAVE', 'BGSAVE', 'BGREWRITEAOF']) {
    expect(client.call(command)).toBe('-ERR nothing is kept on disk (appendonly no)')
  }
  expect(client.call('WAITAOF 1 0 0')).toBe(
    '-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.',
  )
})

test('WAITAOF answers when what was written before it is durable', async () => {
  const { broker, log } = brokerWithLog(true)
  const [writer, waiter] = [broker.client(), broker.client()]
  writer.call('SET key value')
  expect(waiter.call('WAITAOF 1 0 0')).toBeUndefined()
  log.makeDurable()
  for (let i = 0; i < 5; i++) await Promise.resolve()
  broker.broker.endTurn()
  expect(waiter.received()).toEqual(['[:1, :0]'])
  expect(waiter.call('WAITAOF 1 0 0')).toBe('[:1, :0]')
})

test('WAITAOF gives up at its time-out and says how far it is', () => {
  const { broker } = brokerWithLog(true)
  const client = broker.client()
  // The record stays uncommitted, so even this answer is held: ask the waiters instead.
  client.call('SET key value')
  expect(client.call('WAITAOF 1 0 100')).toBeUndefined()
  expect(broker.broker.waiters.count).toBe(1)
  broker.advance(100)
  expect(broker.broker.waiters.count).toBe(0)
})

test('WAITAOF refuses numbers that make no sense', () => {
  const client = new TestBroker().client()
  expect(client.call('WAITAOF 2 0 0')).toBe('-ERR value is out of range, must be between 0 and 1')
  expect(client.call('WAITAOF -1 0 0')).toBe('-ERR value is out of range, must be between 0 and 1')
  expect(client.call('WAITAOF 1 0 -1')).toBe('-ERR timeout is negative')
  expect(client.call('WAITAOF 0 0 x')).toBe('-ERR timeout is not an integer or out of range')
})

test('WAIT for replicas that do not exist answers 0 at its time-out', () => {
  const broker = new TestBroker()
  const client = broker.client()
  expect(client.call('WAIT 0 0')).toBe(':0')
  expect(client.call('WAIT 1 100')).toBeUndefined()
  broker.advance(99)
  expect(client.received()).toEqual([])
  broker.advance(1)
  expect(client.received()).toEqual([':0'])
})

test('WAIT does not wait inside a transaction', () => {
  const client = new TestBroker().client()
  client.call('MULTI')
  client.call('WAIT 1 0')
  expect(client.call('EXEC')).toBe('[:0]')
})

test('SHUTDOWN asks the host to stop and runs nothing more of the client', () => {
  const requests: ShutdownRequest[] = []
  const host: Host = { ...bareHost, shutdown: (request) => requests.push(request) }
  const broker = new TestBroker(new Config(), host)
  const client = broker.client()
  client.sendRaw('SHUTDOWN NOSAVE NOW\r\nSET key value\r\n')
  expect(requests).toEqual([{ save: 'nosave', now: true, force: false }])
  expect(client.received()).toEqual([])
  expect(broker.client().call('EXISTS key')).toBe(':0')
})

test('SHUTDOWN is refused while the log is, unless by NOSAVE or FORCE', () => {
  const requests: ShutdownRequest[] = []
  const lines: string[] = []
  const host: Host = {
    ...bareHost,
    shutdown: (request) => requests.push(request),
    log: (_level, text) => lines.push(text),
  }
  const broker = new TestBroker(new Config(), host)
  broker.broker.refuseWrites('the disk is full')
  for (const command of ['SHUTDOWN', 'SHUTDOWN SAVE', 'SHUTDOWN NOW']) {
    const client = broker.client()
    expect(client.call(command)).toBe('-ERR Errors trying to SHUTDOWN. Check logs.')
    expect(client.call('PING'), 'the client is served as before').toBe('+PONG')
  }
  expect(requests).toEqual([])
  expect(lines[0]).toMatch(/the disk is full.*SHUTDOWN is refused/)
  for (const command of ['SHUTDOWN NOSAVE', 'SHUTDOWN FORCE']) broker.client().send(command)
  expect(requests.length).toBe(2)
  broker.broker.refuseWrites(undefined)
  broker.client().send('SHUTDOWN')
  expect(requests.length).toBe(3)
})

test.each([
  ['SHUTDOWN x', '-ERR syntax error'],
  ['SHUTDOWN SAVE NOSAVE', '-ERR syntax error'],
  ['SHUTDOWN ABORT NOW', '-ERR syntax error'],
  ['SHUTDOWN ABORT', '-ERR No shutdown in progress.'],
  ['REPLICAOF no one', '+OK'],
  ['SLAVEOF NO ONE', '+OK'],
  ['REPLICAOF host x', '-ERR Invalid master port'],
  ['REPLICAOF host 6379', '-ERR replication is not supported: this server is never a replica'],
  ['ROLE', '["master", :0, []]'],
  ['MODULE LIST', '[]'],
  ['TIME', '["1700000000", "0"]'],
])('%s answers %s', (command, answer) => {
  expect(new TestBroker().client().call(command)).toBe(answer)
})

test('a host that can call a stop off lets SHUTDOWN ABORT answer OK', () => {
  const client = new TestBroker(new Config(), { ...bareHost, abortShutdown: () => true }).client()
  expect(client.call('SHUTDOWN ABORT')).toBe('+OK')
})
