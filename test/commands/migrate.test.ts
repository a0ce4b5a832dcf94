import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { luaCode } from '../../src/cli/lua-code.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost, type Transfer, type TransferOutcome } from '../../src/server/host.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

let source: TestBroker
let target: TestBroker
let client: TestClient
let there: TestClient
/** Called when the target has answered and before the source hears of it. */
let onAnswered: () => void
let failure: TransferOutcome['failure']
/** How many answers come before the failure. */
let answersMax: number

/** A target instance in this process. */
async function transfer({ requests }: Transfer): Promise<TransferOutcome> {
  // As with a real one, the answer comes in a later turn.
  await setImmediate()
  const visitor = target.client()
  const lines = requests.flatMap((request) => {
    visitor.sendRaw(Buffer.from(request).toString('latin1'))
    return visitor.received()
  })
  onAnswered()
  return { lines: lines.slice(0, answersMax), ...(failure === undefined ? {} : { failure }) }
}

beforeEach(() => {
  source = new TestBroker(new Config(), { ...bareHost, luaCode, transfer })
  target = new TestBroker()
  client = source.client()
  there = target.client()
  onAnswered = () => {}
  failure = undefined
  answersMax = Number.POSITIVE_INFINITY
})

async function transferred(): Promise<void> {
  for (let i = 0; i < 3; i++) await setImmediate()
  source.broker.endTurn()
}

async function migrate(rest: string): Promise<string> {
  const now = client.call(`MIGRATE target 6379 ${rest}`)
  if (now !== undefined) return now
  await transferred()
  return client.received()[0]!
}

describe('MIGRATE', () => {
  const writers = {
    string: 'SET k text',
    integer: 'SET k 12',
    list: 'RPUSH k a b c',
    set: 'SADD k a b c',
    hash: 'HSET k f v g w',
    zset: 'ZADD k 1 a 2.5 b',
    stream: 'XADD k 1-1 f v',
  }
  test.each(Object.entries(writers))('moves a %s', async (_kind, writer) => {
    client.call(writer)
    const payload = client.call('DUMP k')
    const written = source.records.length
    expect(await migrate('k 0 1000')).toBe('+OK')
    expect(there.call('DUMP k')).toBe(payload)
    expect(client.call('EXISTS k')).toBe(':0')
    expect(source.records.slice(written)).toEqual([expect.stringContaining('*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n')])
  })

  test('moves the time to live, and into the database that was asked for', async () => {
    client.call('SET k v PX 5000')
    source.advance(1000)
    expect(await migrate('k 3 1000')).toBe('+OK')
    there.call('SELECT 3')
    expect(there.call('PTTL k')).toBe(':4000')
  })

  test('with COPY leaves the key, with REPLACE takes the place of another, and otherwise is refused', async () => {
    client.call('SET k new')
    there.call('SET k old')
    expect(await migrate('k 0 1000')).toBe(
      '-ERR Target instance replied with error: BUSYKEY Target key name already exists.',
    )
    expect(await migrate('k 0 1000 COPY REPLACE')).toBe('+OK')
    expect([client.call('GET k'), there.call('GET k')]).toEqual(['"new"', '"new"'])
    expect(await migrate('k 0 1000 replace')).toBe('+OK')
    expect(client.call('GET k')).toBe('$-1')
  })

  test('of many keys moves those that are there and that the target takes', async () => {
    client.call('MSET a 1 b 2 c 3')
    there.call('SET b old')
    expect(await migrate('"" 0 1000 KEYS a none b c')).toMatch(/^-ERR Target instance replied with error: BUSYKEY/)
    expect(client.call('KEYS *')).toBe('["b"]')
    expect(there.call('MGET a b c')).toBe('["1", "old", "3"]')
  })

  test('answers NOKEY when there is nothing to move, and asks nobody', async () => {
    onAnswered = () => expect.unreachable()
    expect(await migrate('none 0 1000')).toBe('+NOKEY')
    expect(await migrate('"" 0 1000 KEYS a b')).toBe('+NOKEY')
    expect(await migrate('"" 0 1000 KEYS')).toBe('+NOKEY')
  })

  test.each([
    ['k x 1000', '-ERR value is not an integer or out of range'],
    ['k 0 soon', '-ERR value is not an integer or out of range'],
    ['k 0 soon FOO', '-ERR syntax error'],
    ['k 0 1000 AUTH', '-ERR syntax error'],
    ['k 0 1000 AUTH2 user', '-ERR syntax error'],
    ['k 0 soon KEYS a', '-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string'],
  ])('refuses %s', async (rest, error) => {
    client.call('SET k v')
    expect(await migrate(rest)).toBe(error)
  })

  test('gives its password, which nobody sees', async () => {
    there.call('CONFIG SET requirepass sesame')
    client.call('CONFIG SET slowlog-log-slower-than 0')
    const monitor = source.client()
    monitor.call('MONITOR')
    client.call('MSET a 1 b 2 c 3')
    expect(await migrate('a 0 1000')).toBe('-ERR Target instance replied with error: NOAUTH Authentication required.')
    expect(await migrate('a 0 1000 AUTH wrong')).toMatch(/error: WRONGPASS invalid username-password pair/)
    expect(await migrate('a 0 1000 AUTH sesame')).toBe('+OK')
    expect(await migrate('"" 0 1000 COPY AUTH2 default sesame KEYS b c')).toBe('+OK')
    expect(`${monitor.received()}${client.call('SLOWLOG GET -1')}`).not.toMatch(/sesame|wrong/)
  })

  test('deletes no key that was changed, or gave way to another, while it was sent', async () => {
    const other = source.client()
    client.call('MSET a 1 b 2 c 3 d 4')
    onAnswered = () => {
      other.call('INCR a')
      other.call('EXPIRE b 100')
      other.call('DEL c')
    }
    expect(await migrate('"" 0 1000 KEYS a b c d')).toBe(
      '-IOERR a key was changed while it was sent: it stays here, and the target instance has it as it was',
    )
    expect(client.call('MGET a b c d')).toBe('["2", "2", $-1, $-1]')
    expect(there.call('MGET a b c d')).toBe('["1", "2", "3", "4"]')
  })

  test('serves others meanwhile, and finishes when its client is gone', async () => {
    const other = source.client()
    client.call('SET k v')
    onAnswered = () => expect(other.call('GET k')).toBe('"v"')
    client.send('MIGRATE target 6379 k 0 1000')
    client.disconnect()
    await transferred()
    expect(other.call('EXISTS k')).toBe(':0')
    expect(there.call('GET k')).toBe('"v"')
  })

  test.each([
    ['connecting', 0, 'connecting to the client', '["1", "2"]'],
    ['writing', 0, 'writing to target instance', '["1", "2"]'],
    ['reading', 1, 'reading to target instance', '["1", "2"]'],
    ['reading', 2, 'reading to target instance', '[$-1, "2"]'],
  ] as const)('says where it failed (%s, after %d answers) and loses nothing', async (stage, answers, text, left) => {
    client.call('MSET a 1 b 2')
    failure = stage
    answersMax = answers
    expect(await migrate('"" 0 1000 KEYS a b')).toBe(`-IOERR error or timeout ${text}`)
    expect(client.call('MGET a b')).toBe(left)
  })

  test('tells watchers and subscribers that the key is gone', async () => {
    const [watcher, listener] = [source.client(), source.client()]
    client.call('CONFIG SET notify-keyspace-events Eg')
    client.call('SET k v')
    listener.call('PSUBSCRIBE *')
    watcher.call('WATCH k')
    await migrate('k 0 1000')
    expect(listener.received()).toEqual(['["pmessage", "*", "__keyevent@0__:del", "k"]'])
    watcher.call('MULTI')
    expect(watcher.call('EXEC')).toBe('*-1')
  })

  test('is refused where nothing may wait: in transactions and in scripts', async () => {
    client.call('SET k v')
    client.call('MULTI')
    client.call('MIGRATE target 6379 k 0 1000')
    expect(client.call('EXEC')).toBe('[-"ERR MIGRATE is not allowed in transactions and scripts"]')
    expect(client.call(`EVAL "return redis.call('MIGRATE', 'target', '1', 'k', '0', '9')" 1 k`)).toMatch(
      /^-ERR MIGRATE is not allowed in transactions and scripts/,
    )
    expect(client.call('GET k')).toBe('"v"')
  })

  test('names its keys wherever they stand', () => {
    expect(client.call('COMMAND GETKEYS MIGRATE h 1 k 0 1')).toBe('["k"]')
    expect(client.call('COMMAND GETKEYS MIGRATE h 1 "" 0 1 AUTH keys KEYS a b')).toBe('["a", "b"]')
    expect(client.call('COMMAND GETKEYS MIGRATE h 1 k 0 1 KEYS a b')).toBe(
      '-ERR Invalid arguments specified for command',
    )
  })
})
