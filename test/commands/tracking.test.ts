import { describe, expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker, type TestClient } from '../support/in-process.ts'

const invalidated = (...keys: string[]): string => `>["invalidate", [${keys.map((key) => `"${key}"`).join(', ')}]]`

/** A client that speaks RESP3 and has said how it tracks. */
function tracker(broker: TestBroker, options = ''): TestClient {
  const client = broker.client()
  client.call('HELLO 3')
  expect(client.call(`CLIENT TRACKING ON ${options}`.trim())).toBe('+OK')
  return client
}

describe('CLIENT TRACKING', () => {
  test('tells once of a change to a key that was read, and then forgets it', () => {
    const broker = new TestBroker()
    const writer = broker.client()
    const reader = tracker(broker)
    reader.call('MGET a b')
    writer.call('SET other 1')
    expect(reader.received()).toEqual([])
    writer.call('SET a 1')
    writer.call('SET a 2')
    expect(reader.received()).toEqual([invalidated('a')])
    expect(broker.client().call('INFO stats')).toContain('tracking_total_keys:1')
  })

  test('tells of a key that expires, by a reader or by itself, and of databases that are emptied', () => {
    const broker = new TestBroker()
    const writer = broker.client()
    const reader = tracker(broker)
    writer.call('SET a 1 PX 5')
    reader.call('GET a')
    broker.advance(10)
    expect(reader.received()).toEqual([invalidated('a')])
    writer.call('FLUSHDB')
    writer.call('FLUSHALL')
    expect(reader.received()).toEqual(['>["invalidate", _]', '>["invalidate", _]'])
  })

  test('tells of own changes behind the answer, unless NOLOOP', () => {
    const broker = new TestBroker()
    const reader = tracker(broker)
    reader.call('GET a')
    reader.send('SET a 1')
    expect(reader.received()).toEqual(['+OK', invalidated('a')])
    const loopless = tracker(broker, 'NOLOOP')
    loopless.call('GET a')
    loopless.send('SET a 1')
    expect(loopless.received()).toEqual(['+OK'])
    for (const command of ['GET a', 'MULTI', 'SET a 2', 'SET b 2']) reader.call(command)
    reader.send('EXEC')
    expect(reader.received()).toEqual(['[+"OK", +"OK"]', invalidated('a')])
  })

  test('OPTIN tracks behind CLIENT CACHING YES alone, OPTOUT all but what is behind CLIENT CACHING NO', () => {
    const broker = new TestBroker()
    const optin = tracker(broker, 'OPTIN')
    optin.call('GET a')
    optin.call('CLIENT CACHING YES')
    expect(optin.call('CLIENT TRACKINGINFO')).toContain('"caching-yes"')
    optin.call('GET b')
    optin.call('GET c')
    const optout = tracker(broker, 'OPTOUT')
    optout.call('GET a')
    optout.call('CLIENT CACHING NO')
    optout.call('GET b')
    broker.client().call('MSET a 1 b 1 c 1')
    expect(optin.received()).toEqual([invalidated('b')])
    expect(optout.received()).toEqual([invalidated('a')])
  })

  test('BCAST tells of all keys with a prefix, those of a turn in one message', () => {
    const broker = new TestBroker()
    const reader = tracker(broker, 'BCAST PREFIX user: PREFIX item:')
    broker.client().sendRaw('SET user:2 x\r\nSET user:1 x\r\nSET item:1 x\r\nSET other x\r\nSET user:2 y\r\n')
    expect(reader.received()).toEqual([invalidated('item:1'), invalidated('user:1', 'user:2')])
    expect(broker.client().call('INFO stats')).toContain('tracking_total_prefixes:2')
    reader.call('CLIENT TRACKING OFF')
    broker.client().call('SET user:1 x')
    expect(reader.received()).toEqual([])
    expect(broker.client().call('INFO stats')).toContain('tracking_total_prefixes:0')
  })

  test('REDIRECT lets a RESP2 connection hear, and says so when that is gone', () => {
    const broker = new TestBroker()
    const hearer = broker.client()
    hearer.call('SUBSCRIBE __redis__:invalidate')
    hearer.received()
    const reader = tracker(broker, `REDIRECT ${hearer.session.id}`)
    const writer = broker.client()
    expect(reader.call('CLIENT GETREDIR')).toBe(`:${hearer.session.id}`)
    reader.call('GET a')
    writer.call('SET a 1')
    expect(reader.received()).toEqual([])
    expect(hearer.received()).toEqual(['["message", "__redis__:invalidate", ["a"]]'])
    hearer.disconnect()
    reader.call('GET a')
    writer.call('SET a 2')
    expect(reader.received()).toEqual([`>["tracking-redir-broken", :${hearer.session.id}]`])
    expect(reader.call('CLIENT TRACKINGINFO')).toContain('"broken_redirect"')
    expect(writer.call(`CLIENT LIST ID ${reader.session.id}`)).toMatch(/flags=tR .*redir=/)
  })

  test('one that has said QUIT hears for nobody any more, though its connection is still there', () => {
    const broker = new TestBroker()
    const hearer = broker.client()
    hearer.call('SUBSCRIBE __redis__:invalidate')
    hearer.received()
    const reader = tracker(broker, `REDIRECT ${hearer.session.id}`)
    reader.call('GET a')
    expect(hearer.call('QUIT')).toBe('+OK')
    broker.client().call('SET a 1')
    expect(reader.received()).toEqual([`>["tracking-redir-broken", :${hearer.session.id}]`])
  })

  test('CONFIG SET tracking-table-max-keys forgets at once, and tells who wants no word of its own changes, too', () => {
    const reader = tracker(new TestBroker(), 'NOLOOP')
    reader.call('MGET a b c')
    reader.sendRaw('CONFIG SET tracking-table-max-keys 1\r\nSET c 1\r\n')
    expect(reader.received()).toEqual(['+OK', invalidated('a'), invalidated('b'), '+OK'])
  })

  test('NOLOOP does not keep from its client what another took, for whom it filled the key', () => {
    const broker = new TestBroker()
    const [reader, waiter] = [tracker(broker, 'NOLOOP'), broker.client()]
    waiter.call('BLPOP list 0')
    reader.sendRaw('MULTI\r\nRPUSH list a b\r\nLRANGE list 0 -1\r\nEXEC\r\n')
    expect(reader.received().slice(-2)).toEqual(['[:2, ["a", "b"]]', invalidated('list')])
    expect(waiter.received()).toEqual(['["list", "a"]'])
  })

  test('BCAST NOLOOP leaves out a key only when the last change of it was its own, which no script makes', () => {
    const broker = new TestBroker()
    const [reader, other] = [tracker(broker, 'BCAST NOLOOP'), broker.client()]
    const inThisTurn = ({ session }: TestClient, line: string) =>
      broker.broker.receive(session, Buffer.from(`${line}\r\n`))
    inThisTurn(reader, 'SET a 1')
    inThisTurn(other, 'SET a 2')
    inThisTurn(other, 'SET b 1')
    inThisTurn(reader, 'SET b 2')
    inThisTurn(reader, `EVAL "redis.call('SET', 'c', '1')" 0`)
    broker.broker.endTurn()
    expect(reader.received().filter((reply) => reply.startsWith('>'))).toEqual([invalidated('a', 'c')])
  })

  test('what is evicted to make room for a command is told before its answer', () => {
    const reader = tracker(new TestBroker())
    reader.call('SETEX volatile 1000 x')
    reader.call('GET volatile')
    const used = Number(/used_memory:(\d+)/.exec(reader.call('INFO memory') ?? '')![1])
    reader.call('CONFIG SET maxmemory-policy volatile-random')
    reader.call(`CONFIG SET maxmemory ${used + 100_000}`)
    reader.call('SETBIT big 1600000 0')
    reader.sendRaw('GETBIT big 0\r\nGET volatile\r\n')
    expect(reader.received()).toEqual([invalidated('volatile'), ':0', '_'])
  })

  test('a RESP2 connection without a redirection hears nothing, and who is gone is forgotten', () => {
    const broker = new TestBroker()
    const reader = broker.client()
    reader.call('CLIENT TRACKING ON')
    reader.call('GET a')
    broker.client().call('SET a 1')
    expect(reader.received()).toEqual([])
    reader.call('GET a')
    expect(broker.client().call('INFO clients')).toContain('tracking_clients:1')
    reader.disconnect()
    expect(broker.client().call('INFO stats')).toContain('tracking_total_keys:0')
    expect(broker.broker.keyspace.isWatched).toBe(false)
  })

  test('RESET ends it', () => {
    const broker = new TestBroker()
    const reader = tracker(broker, 'BCAST')
    reader.call('RESET')
    broker.client().call('SET a 1')
    expect(reader.received()).toEqual([])
    expect(reader.call('CLIENT GETREDIR')).toBe(':-1')
  })

  test('what is beyond tracking-table-max-keys is forgotten, as if it had changed', () => {
    const config = new Config()
    expect(config.set(['tracking-table-max-keys', '2'])).toBeUndefined()
    const broker = new TestBroker(config)
    const reader = tracker(broker)
    reader.send('MGET a b')
    expect(reader.received()).toHaveLength(1)
    reader.send('GET c')
    const [answer, message] = reader.received()
    expect(answer).toBe('_')
    expect(message).toMatch(/^>\["invalidate", \["[ab]"\]\]$/)
  })

  test.each([
    ['CLIENT TRACKING ON PREFIX a', '-ERR PREFIX option requires BCAST mode to be enabled'],
    ['CLIENT TRACKING ON REDIRECT 99', '-ERR The client ID you want redirect to does not exist'],
    ['CLIENT TRACKING ON BCAST OPTIN', '-ERR OPTIN and OPTOUT are not compatible with BCAST'],
    ['CLIENT TRACKING ON OPTIN OPTOUT', "-ERR You can't specify both OPTIN mode and OPTOUT mode"],
    [
      'CLIENT TRACKING ON BCAST PREFIX foo PREFIX fo',
      "-ERR Prefix 'foo' overlaps with another provided prefix 'fo'. Prefixes for a single client must not overlap.",
    ],
    ['CLIENT TRACKING MAYBE', '-ERR syntax error'],
  ])('%s is refused', (command, answer) => {
    const client = new TestBroker().client()
    expect(client.call(command)).toBe(answer)
    expect(client.call('CLIENT GETREDIR')).toBe(':-1')
  })

  test('says nothing about what a user may do: who stops tracking is as restricted as before', () => {
    const broker = new TestBroker()
    broker.client().call('ACL SETUSER reader on nopass ~* +@read +client +hello')
    const reader = broker.client()
    reader.call('HELLO 3 AUTH reader x')
    expect(reader.call('CLIENT TRACKING ON')).toBe('+OK')
    expect(reader.call('CLIENT TRACKING OFF')).toBe('+OK')
    expect(reader.call('SET a 1')).toBe("-NOPERM this user has no permissions to run the 'set' command")
  })
})
