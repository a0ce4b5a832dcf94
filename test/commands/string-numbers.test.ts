import { describe, expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

const notInteger = '-ERR value is not an integer or out of range'
const overflow = '-ERR increment or decrement would overflow'

/** Sets a key to each value in turn and runs one command on it. */
const onValue = (value: string, command: string): (string | undefined)[] => {
  const client = new TestBroker().client()
  client.call(['SET', 'key', value])
  return [client.call(command), client.call('GET key')]
}

describe('counters', () => {
  test.each([
    ['10', 'INCR key', ':11', '"11"'],
    ['99', 'INCR key', ':100', '"100"'],
    ['0', 'DECR key', ':-1', '"-1"'],
    ['-1', 'INCR key', ':0', '"0"'],
    ['999999999999999', 'INCR key', ':1000000000000000', '"1000000000000000"'],
    ['1000000000000000', 'DECR key', ':999999999999999', '"999999999999999"'],
    ['9007199254740993', 'INCR key', ':9007199254740994', '"9007199254740994"'],
    ['9223372036854775806', 'INCR key', ':9223372036854775807', '"9223372036854775807"'],
    ['9223372036854775807', 'INCR key', overflow, '"9223372036854775807"'],
    ['-9223372036854775808', 'DECR key', overflow, '"-9223372036854775808"'],
    ['-1', 'INCRBY key -9223372036854775808', overflow, '"-1"'],
    ['0', 'INCRBY key -9223372036854775808', ':-9223372036854775808', '"-9223372036854775808"'],
    ['0', 'DECRBY key -9223372036854775808', '-ERR decrement would overflow', '"0"'],
    ['-5', 'DECRBY key -5', ':0', '"0"'],
    ['5', 'INCRBY key +5', notInteger, '"5"'],
    ['5', 'INCRBY key 1.5', notInteger, '"5"'],
    ['007', 'INCR key', notInteger, '"007"'],
    ['', 'INCR key', notInteger, '""'],
    [' 1', 'INCR key', notInteger, '" 1"'],
    ['9223372036854775808', 'INCR key', notInteger, '"9223372036854775808"'],
  ])('%s after %s answers %s', (value, command, reply, after) => {
    expect(onValue(value, command)).toEqual([reply, after])
  })

  test('keep the time to live and are logged as received', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('INCRBY key 5')
    client.call('EXPIRE key 10')
    client.call('DECR key')
    expect(client.call('TTL key')).toBe(':10')
    expect(broker.records[2]).toBe('*2\r\n$4\r\nDECR\r\n$3\r\nkey\r\n')
  })

  test('refuse what is no string', () => {
    const client = new TestBroker().client()
    client.call('RPUSH key 1')
    for (const command of ['INCR key', 'INCRBY key 9223372036854775807', 'INCRBYFLOAT key 1']) {
      expect(client.call(command)).toBe('-WRONGTYPE Operation against a key holding the wrong kind of value')
    }
  })
})

describe('INCRBYFLOAT', () => {
  test.each([
    ['0.1', '0.2', '"0.3"'],
    ['10.50', '0.1', '"10.6"'],
    ['5.0e3', '2.0e2', '"5200"'],
    ['3', '-3.0', '"0"'],
    ['abc', '1', '-ERR value is not a valid float'],
    ['1', 'abc', '-ERR value is not a valid float'],
    ['1', 'nan', '-ERR value is not a valid float'],
    ['1', 'inf', '-ERR increment would produce NaN or Infinity'],
    ['inf', '-inf', '-ERR increment would produce NaN or Infinity'],
    ['1e4932', '1e4932', '-ERR increment would produce NaN or Infinity'],
  ])('%s and %s are %s', (value, increment, reply) => {
    expect(onValue(value, `INCRBYFLOAT key ${increment}`)[0]).toBe(reply)
  })

  test('logs its result and leaves the time to live alone', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('SET key 0.1 EX 10')
    client.call('INCRBYFLOAT key 0.2')
    expect(client.call('TTL key')).toBe(':10')
    expect(broker.records[1]).toBe('*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$3\r\n0.3\r\n$7\r\nKEEPTTL\r\n')
  })
})
