import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestBroker, type TestClient } from '../support/in-process.ts'
import { atCheckpoint, keptBroker, restarted } from '../support/kept-broker.ts'
import { replayed } from '../support/replayed.ts'

const start = 1_700_000_000_000

/** Everything of the hashes at these keys, their fields' times included. */
function fieldsOf(client: TestClient, keys: readonly string[]): (string | undefined)[] {
  const fields = ['a', 'b', 'c', 'd']
  return keys.flatMap((key) => [
    client.call(`HLEN ${key}`),
    client.call(`HMGET ${key} ${fields.join(' ')}`),
    client.call(`HPEXPIRETIME ${key} FIELDS 4 ${fields.join(' ')}`),
  ])
}

describe('fields that expire', () => {
  test('go when their time has come, and the key with the last of them', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HSET h a 1 b 2 c 3')
    expect(client.call('HPEXPIRE h 100 FIELDS 3 a b none')).toBe('[:1, :1, :-2]')
    expect(client.call('HEXPIRE h 1 FIELDS 1 c')).toBe('[:1]')
    expect(client.call('HPTTL h FIELDS 4 a b c none')).toBe('[:100, :100, :1000, :-2]')
    expect(client.call('HEXPIRETIME h FIELDS 2 a c')).toBe('[:1700000001, :1700000001]')
    broker.advance(99)
    expect(client.call('HLEN h')).toBe(':3')
    broker.advance(1)
    expect(client.call('HGETALL h')).toBe('["c", "3"]')
    expect(broker.records.at(-1)).toContain('HDEL')
    broker.advance(900)
    expect(client.call('EXISTS h')).toBe(':0')
  })

  test('are gone for whoever comes before the sweep, too', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HSET h a 1 b 2')
    client.call('HPEXPIRE h 10 FIELDS 1 a')
    client.call('HPEXPIRE h 20 FIELDS 1 b')
    broker.nowMs += 10
    expect(client.call('HGET h a')).toBe('$-1')
    expect(client.call('HSETNX h a new')).toBe(':1')
    broker.nowMs += 10
    expect(client.call('HKEYS h')).toBe('["a"]')
    expect(client.call('HPEXPIRE h 5 FIELDS 1 a')).toBe('[:1]')
    broker.nowMs += 5
    expect(client.call('HINCRBY h a 1')).toBe(':1')
  })

  test('the broker knows when the next one goes, and the turn that removes it tells of it', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('CONFIG SET notify-keyspace-events KEA')
    client.call('HSET h a 1 b 2')
    client.call('HPEXPIRE h 500 FIELDS 2 a b')
    client.call('HPEXPIRE h 50 FIELDS 1 b')
    expect(broker.broker.nextDueAtMs).toBe(start + 50)
    const listener = broker.client()
    listener.call('PSUBSCRIBE __keyevent@0__:*')
    broker.advance(50)
    expect(listener.received().join('\n')).toMatch(/:hexpired", "h"\]$/)
    expect(broker.broker.nextDueAtMs).toBe(start + 500)
    broker.advance(450)
    expect(listener.received().join('\n')).toMatch(/:hexpired", "h"\]\n.*:del", "h"\]$/)
  })

  test('conditions compare with the time a field has; never is later than any time', () => {
    const client = new TestBroker().client()
    client.call('HSET h a 1 b 2')
    client.call('HEXPIRE h 100 FIELDS 1 a')
    expect(client.call('HEXPIRE h 50 NX FIELDS 2 a b')).toBe('[:0, :1]')
    expect(client.call('HPERSIST h FIELDS 3 a b c')).toBe('[:1, :1, :-2]')
    expect(client.call('HPERSIST h FIELDS 1 a')).toBe('[:-1]')
    expect(client.call('HEXPIRE h 50 XX FIELDS 1 a')).toBe('[:0]')
    expect(client.call('HEXPIRE h 50 GT FIELDS 1 a')).toBe('[:0]')
    expect(client.call('HEXPIRE h 50 LT FIELDS 1 a')).toBe('[:1]')
    expect(client.call('HEXPIRE h 50 LT FIELDS 1 a')).toBe('[:0]')
    expect(client.call('HEXPIRE h 51 GT FIELDS 1 a')).toBe('[:1]')
    expect(client.call('HEXPIREAT h 1 FIELDS 1 a')).toBe('[:2]')
    expect(client.call('HTTL h FIELDS 2 a b')).toBe('[:-2, :-1]')
    expect(client.call('HTTL none FIELDS 1 a')).toBe('[:-2]')
  })

  test('HSET lets a field stay, increments leave its time alone', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HSET h a 1 b 1 c 1')
    client.call('HEXPIRE h 100 FIELDS 3 a b c')
    client.call('HSET h a 2')
    client.call('HINCRBY h b 1')
    client.call('HINCRBYFLOAT h c 0.5')
    expect(client.call('HTTL h FIELDS 3 a b c')).toBe('[:-1, :100, :100]')
    expect(fieldsOf(replayed(broker), ['h'])).toEqual(fieldsOf(client, ['h']))
  })

  test('INFO counts the fields whose time was up, whoever removed them', () => {
    const broker = new TestBroker()
    const client = broker.client()
    const count = (): string | undefined => /expired_subkeys:(\d+)/.exec(client.call('INFO stats') ?? '')?.[1]
    client.call('HSET h a 1 b 2 c 3 d 4')
    client.call('HPEXPIRE h 10 FIELDS 3 a b c')
    client.call('HPEXPIRE h 0 FIELDS 1 d')
    expect(count()).toBe('0')
    broker.nowMs += 10
    client.call('HGET h a')
    expect(count()).toBe('3')
    expect(client.call('INFO stats')).toContain('expired_subkeys:3\\r\\nexpired_keys:0\\r\\n')
    client.call('HSETEX h PX 5 FIELDS 1 a 1')
    broker.advance(5)
    expect(count()).toBe('4')
    client.call('CONFIG RESETSTAT')
    expect(count()).toBe('0')
  })

  test('HGETDEL, HGETEX and HSETEX', () => {
    const client = new TestBroker().client()
    expect(client.call('HSETEX h EX 10 FIELDS 2 a 1 b 2')).toBe(':1')
    expect(client.call('HSETEX h FNX FIELDS 2 c 1 a 2')).toBe(':0')
    expect(client.call('HSETEX h FXX FIELDS 2 c 1 a 2')).toBe(':0')
    expect(client.call('HSETEX h FXX KEEPTTL FIELDS 1 a 3')).toBe(':1')
    expect(client.call('HTTL h FIELDS 1 a')).toBe('[:10]')
    expect(client.call('HSETEX h FIELDS 1 a 4')).toBe(':1')
    expect(client.call('HTTL h FIELDS 1 a')).toBe('[:-1]')
    expect(client.call('HGETEX h PX 5 FIELDS 2 a none')).toBe('["4", $-1]')
    expect(client.call('HPTTL h FIELDS 1 a')).toBe('[:5]')
    expect(client.call('HGETEX h PERSIST FIELDS 2 a b')).toBe('["4", "2"]')
    expect(client.call('HPTTL h FIELDS 2 a b')).toBe('[:-1, :-1]')
    expect(client.call('HGETEX h EXAT 1 FIELDS 1 a')).toBe('["4"]')
    expect(client.call('HGETDEL h FIELDS 2 b a')).toBe('["2", $-1]')
    expect(client.call('EXISTS h')).toBe(':0')
    expect(client.call('HGETDEL h FIELDS 1 a')).toBe('[$-1]')
    expect(client.call('HSETEX new PXAT 1 FIELDS 1 a 1')).toBe(':1')
    expect(client.call('EXISTS new')).toBe(':0')
  })

  test.each([
    ['HEXPIRE h x FIELDS 1 a', 'value is not an integer or out of range'],
    ['HEXPIRE h -1 FIELDS 1 a', 'invalid expire time, must be >= 0'],
    ['HEXPIRE h 99999999999999 FIELDS 1 a', "invalid expire time in 'hexpire' command"],
    ['HPEXPIREAT h 70368744177664 FIELDS 1 a', "invalid expire time in 'hpexpireat' command"],
    ['HEXPIRE h 1 BAD FIELDS 1 a', 'Mandatory argument FIELDS is missing or not at the right position'],
    ['HEXPIRE h 1 FIELDS 0 a', 'Parameter `numFields` should be greater than 0'],
    ['HEXPIRE h 1 FIELDS 2 a', 'The `numfields` parameter must match the number of arguments'],
    ['HTTL h FIELDS 0 a', 'Number of fields must be a positive integer'],
    ['HTTL h FIELDS 1 a b', 'The `numfields` parameter must match the number of arguments'],
    ['HGETDEL h FIELDS x a', 'Number of fields must be a positive integer'],
    ['HSETEX h FNX FXX FIELDS 1 a 1', 'Only one of FXX or FNX arguments can be specified'],
    ['HSETEX h EX 1 KEEPTTL FIELDS 1 a 1', 'Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'],
    ['HSETEX h BAD FIELDS 1 a 1', 'unknown argument: BAD'],
    ['HSETEX h FIELDS 0 a 1', 'invalid number of fields'],
    ['HSETEX h FIELDS 2 a 1', 'wrong number of arguments'],
    ['HSETEX h EX 1 KEEPTTL FIELDS', 'Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'],
    ['HSETEX h EX 1 FNX FNX FIELDS 1 a 1', 'Only one of FXX or FNX arguments can be specified'],
    ['HSETEX h FIELDS 1 a 1 EX', 'missing expire time'],
    ['HSETEX h EX 1 FXX FNX FIELDS', 'Only one of FXX or FNX arguments can be specified'],
    ['HSETEX h KEEPTTL KEEPTTL x x', 'Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'],
    ['HSETEX h EX 1 FNX FIELDS', "wrong number of arguments for 'hsetex' command"],
    ['HSETEX h EX 1 FNX PERSIST', 'unknown argument: PERSIST'],
    ['HSETEX h EX 1 FNX KEEPTTL', 'Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified'],
    ['HGETEX h FIELDS 1 a FIELDS 1 a', 'FIELDS keyword specified multiple times'],
    ['HGETEX h FIELDS 2 a', 'wrong number of arguments'],
    ['HGETEX h FIELDS 0 a', 'invalid number of fields'],
    ['HGETEX h FIELDS 1 a b', 'unknown argument: b'],
    ['HGETEX h EX 1 PERSIST x', 'Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified'],
    ['HGETEX h PERSIST EX 1', 'Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified'],
    ['HGETEX h EX 1 KEEPTTL', 'unknown argument: KEEPTTL'],
    ['HGETEX h PX 5 EX', 'Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified'],
  ])('%s is refused and changes nothing', (command, message) => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('HSET h a 1')
    expect(client.call(command)).toBe(`-ERR ${message}`)
    expect(client.call('OBJECT ENCODING h')).toBe('"listpack"')
    expect(broker.records).toHaveLength(1)
    client.call('SET h text')
    if (!command.startsWith('HSETEX')) expect(client.call(command)).toMatch(/^-WRONGTYPE/)
  })

  test('the encoding is listpackex while the hash is small', () => {
    const client = new TestBroker().client()
    client.call('HSET h a 1')
    client.call('HEXPIRE h 10 FIELDS 1 a')
    expect(client.call('OBJECT ENCODING h')).toBe('"listpackex"')
    client.call(['HSET', 'h', 'b', 'x'.repeat(65)])
    expect(client.call('OBJECT ENCODING h')).toBe('"hashtable"')
    client.call('HSET many a 1')
    client.call('HEXPIRE many 10 FIELDS 1 a')
    for (let i = 0; i < 512; i++) client.call(`HSET many f${i} 1`)
    expect(client.call('OBJECT ENCODING many')).toBe('"hashtable"')
  })

  test('times go along with RENAME, COPY and MOVE', () => {
    const broker = new TestBroker()
    const client = broker.client()
    for (const key of ['h', 'i']) {
      client.call(`HSET ${key} a 1 b 2`)
      client.call(`HPEXPIRE ${key} 100 FIELDS 1 a`)
    }
    client.call('RENAME h r')
    client.call('COPY r c')
    client.call('MOVE i 1')
    broker.advance(100)
    expect(client.call('HGETALL r')).toBe('["b", "2"]')
    expect(client.call('HGETALL c')).toBe('["b", "2"]')
    client.call('SELECT 1')
    expect(client.call('HGETALL i')).toBe('["b", "2"]')
  })

  test('many fields that expire together go in several ticks', () => {
    const broker = new TestBroker()
    const client = broker.client()
    for (let i = 0; i < 5000; i++) client.call(`HSETEX h PXAT ${start + 10} FIELDS 1 f${i} v`)
    broker.advance(10)
    expect(broker.records.at(-1)?.match(/\r\nf\d+\r\n/g)?.length).toBeLessThan(2100)
    for (let i = 0; i < 3; i++) broker.advance(0)
    expect(broker.broker.keyspace.databases[0]?.size).toBe(0)
  })

  test('a checkpoint has times as they were, and a restart all of them', async () => {
    const kept = keptBroker()
    const client = kept.broker.client()
    client.call('HSETEX h PX 1000 FIELDS 2 a 1 b 2')
    client.call('HSET h c 3')
    const atBeginning = fieldsOf(client, ['h'])
    const { storage } = kept.broker.broker
    const written = storage.checkpoint()
    kept.broker.broker.endTurn()
    client.call('HPERSIST h FIELDS 1 a')
    client.call('HPEXPIRE h 50 FIELDS 1 c')
    while (kept.broker.broker.keyspace.checkpoint !== undefined) storage.checkpointer.slice(1e9)
    await written
    expect(fieldsOf((await atCheckpoint(kept)).client(), ['h'])).toEqual(atBeginning)
    const second = await restarted(kept)
    expect(fieldsOf(second.client(), ['h'])).toEqual(fieldsOf(client, ['h']))
    second.advance(50)
    expect(second.client().call('HKEYS h')).toMatch(/^\["[ab]", "[ab]"\]$/)
  })

  test('the log, run again without a clock, makes the same fields with the same times', () => {
    const keys = fc.constantFrom('x', 'y')
    const field = fc.constantFrom('a', 'b', 'c', 'd')
    const ms = fc.constantFrom('0', '1', '3', '10', '100000')
    const words = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string[]> =>
      fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    const command = fc.oneof(
      words('HSET', keys, field, '1', field, '2'),
      words('HPEXPIRE', keys, ms, fc.constantFrom('NX', 'XX', 'GT', 'LT'), 'FIELDS', '2', field, field),
      words('HPEXPIRE', keys, ms, 'FIELDS', '2', field, field),
      words('HPERSIST', keys, 'FIELDS', '1', field),
      words('HGETEX', keys, 'PX', ms, 'FIELDS', '2', field, field),
      words('HSETEX', keys, fc.constantFrom('FNX', 'FXX'), 'PX', ms, 'FIELDS', '1', field, '3'),
      words('HSETEX', keys, 'KEEPTTL', 'FIELDS', '2', field, '3', field, '4'),
      words('HGETDEL', keys, 'FIELDS', '1', field),
      words(fc.constantFrom('HINCRBYFLOAT', 'HINCRBY'), keys, field, '2'),
      words('HDEL', keys, field),
      words('RENAME', keys, keys),
      words('COPY', keys, keys, 'REPLACE'),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(command, fc.nat(3)), { maxLength: 50 }), (all) => {
        const original = new TestBroker()
        const client = original.client()
        for (const [each, passed] of all) {
          original.nowMs += passed
          client.call(each)
        }
        original.advance(0)
        expect(fieldsOf(replayed(original), ['x', 'y'])).toEqual(fieldsOf(client, ['x', 'y']))
      }),
      { numRuns: 300 },
    )
  })
})
