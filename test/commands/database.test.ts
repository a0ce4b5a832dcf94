import { describe, expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

describe('SELECT', () => {
  test.each([
    ['SELECT 15', '+OK'],
    ['SELECT 16', '-ERR DB index is out of range'],
    ['SELECT -1', '-ERR DB index is out of range'],
    ['SELECT x', '-ERR value is not an integer or out of range'],
    ['SELECT 99999999999', '-ERR value is out of range, value must between -2147483648 and 2147483647'],
    ['SWAPDB x 99', '-ERR invalid first DB index'],
    ['SWAPDB 99 99999999999', '-ERR invalid second DB index'],
    ['SWAPDB 0 16', '-ERR DB index is out of range'],
    ['FLUSHDB NONSENSE', '-ERR syntax error'],
    ['FLUSHALL ASYNC SYNC', '-ERR syntax error'],
  ])('%s answers %s', (command, reply) => {
    expect(new TestBroker().client().call(command)).toBe(reply)
  })

  test('is of one connection, and effects name the database', () => {
    const broker = new TestBroker()
    const [first, second] = [broker.client(), broker.client()]
    first.call('SELECT 3')
    first.call('SET key value')
    expect(second.call('EXISTS key')).toBe(':0')
    expect(broker.records[0]).toBe('*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n')
  })
})

describe('FLUSHDB and FLUSHALL', () => {
  test('delete the keys of one database or of all, and log nothing when there are none', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('SET key value EX 10')
    client.call('SELECT 1')
    client.call('SET key value')
    client.call('FLUSHDB async')
    expect(client.call('DBSIZE')).toBe(':0')
    client.call('SELECT 0')
    expect(client.call('DBSIZE')).toBe(':1')
    client.call('FLUSHALL')
    expect(client.call('DBSIZE')).toBe(':0')
    const count = broker.records.length
    client.call('FLUSHALL')
    client.call('FLUSHDB')
    expect(broker.records.length).toBe(count)
    client.call('SET key value')
    expect(client.call('TTL key')).toBe(':-1')
  })

  // Who watches which key of database 0, where only `there` exists; and whether the EXEC after the command fails.
  test.each([
    ['FLUSHDB', 'there', true],
    ['FLUSHALL', 'there', true],
    ['FLUSHDB', 'absent', false],
    ['SWAPDB 0 1', 'there', true],
    ['SWAPDB 1 0', 'absent', false],
    ['SWAPDB 0 1', 'elsewhere', true],
    ['SWAPDB 1 2', 'there', false],
    ['SWAPDB 0 0', 'there', false],
  ])('%s with a watch on a key that is %s: the transaction fails: %s', (command, key, fails) => {
    const broker = new TestBroker()
    const [client, watcher] = [broker.client(), broker.client()]
    client.call('SET there value')
    client.call('SELECT 1')
    client.call('SET elsewhere value')
    client.call('SELECT 0')
    watcher.call(`WATCH ${key}`)
    client.call(command)
    watcher.call('MULTI')
    watcher.call('PING')
    expect(watcher.call('EXEC')).toBe(fails ? '*-1' : '[+"PONG"]')
  })

  test('tell the members of a group who wait for its stream', () => {
    for (const command of ['FLUSHDB', 'FLUSHALL', 'DEL stream', 'SET stream x', 'RENAME other stream']) {
      const broker = new TestBroker()
      const [client, member] = [broker.client(), broker.client()]
      client.call('XGROUP CREATE stream group $ MKSTREAM')
      client.call('SET other x')
      expect(member.call('XREADGROUP GROUP group me BLOCK 0 STREAMS stream >')).toBeUndefined()
      client.call(command)
      expect([command, member.received().length]).toEqual([command, 1])
    }
  })
})

describe('SWAPDB', () => {
  test('exchanges what is in two databases, for all connections and in the log', () => {
    const broker = new TestBroker()
    const [client, other] = [broker.client(), broker.client()]
    client.call('SET key zero')
    other.call('SELECT 1')
    other.call('SET key one')
    expect(client.call('SWAPDB 0 1')).toBe('+OK')
    expect([client.call('GET key'), other.call('GET key')]).toEqual(['"one"', '"zero"'])
    client.call('SET key changed')
    expect(broker.records.slice(2)).toEqual([
      '*3\r\n$6\r\nSWAPDB\r\n$1\r\n0\r\n$1\r\n1\r\n',
      '*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$7\r\nchanged\r\n',
    ])
  })

  test('wakes who waits for a key that came with the other database', () => {
    const broker = new TestBroker()
    const [client, worker] = [broker.client(), broker.client()]
    client.call('SELECT 1')
    client.call('RPUSH list job')
    expect(worker.call('BLPOP list 0')).toBeUndefined()
    client.call('SWAPDB 1 0')
    expect(worker.received()).toEqual(['["list", "job"]'])
  })
})
