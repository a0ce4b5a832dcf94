import { describe, expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'
import { replayed } from '../support/replayed.ts'

describe('SETBIT', () => {
  test('logs what changed, and tells of nothing when the bit was that already', () => {
    const broker = new TestBroker()
    const client = broker.client()
    client.call('CONFIG SET notify-keyspace-events KEA')
    client.call('SUBSCRIBE __keyevent@0__:setbit')
    const writer = broker.client()
    expect(writer.call('SETBIT k 9 0')).toBe(':0')
    expect(writer.call('SETBIT k 9 1')).toBe(':0')
    expect(broker.records.length).toBe(2)
    expect(writer.call('SETBIT k 9 1')).toBe(':1')
    expect(broker.records.length).toBe(2)
    expect(client.received().filter((reply) => reply.includes('"message"'))).toHaveLength(2)
    expect(writer.call('GET k')).toBe('"\\x00@"')
  })

  test('costs the bit and not the string', () => {
    const broker = new TestBroker()
    const client = broker.client()
    const last = 64 * 1024 * 1024 * 8 - 1
    client.call(`SETBIT k ${last} 1`)
    const { databases } = broker.broker.keyspace
    const chunk = (): Uint8Array => databases[0]!.stringChunk(0)
    const before = chunk()
    for (let i = 0; i < 20_000; i++) client.call(`SETBIT k ${i} 1`)
    expect(chunk()).toBe(before)
    expect(client.call('BITCOUNT k')).toBe(':20001')
  })

  test('reaches no further than proto-max-bulk-len', () => {
    const client = new TestBroker().client()
    client.call('CONFIG SET proto-max-bulk-len 1mb')
    expect(client.call('SETBIT k 8388608 1')).toBe('-ERR bit offset is not an integer or out of range')
    expect(client.call('BITFIELD k SET u8 #1048576 1')).toBe('-ERR bit offset is not an integer or out of range')
    expect(client.call('SETBIT k 8388607 1')).toBe(':0')
    expect(client.call('STRLEN k')).toBe(':1048576')
  })
})

describe('BITFIELD', () => {
  test('refuses all of its operations for the sake of one', () => {
    const broker = new TestBroker()
    const client = broker.client()
    for (const command of [
      'BITFIELD k SET u8 0 1 SET u8 0',
      'BITFIELD k SET u8 0 1 GET u64 0',
      'BITFIELD k SET u8 0 1 INCRBY u8 -1 1',
      'BITFIELD k SET u8 0 1 OVERFLOW never',
      'BITFIELD k SET u8 0 x',
      'BITFIELD_RO k GET u8 0 SET u8 0 1',
    ]) {
      expect(client.call(command)).toMatch(/^-ERR /)
    }
    expect(client.call('EXISTS k')).toBe(':0')
    expect(broker.records).toEqual([])
  })

  test('a string that grew for an operation that failed is in the log', () => {
    const broker = new TestBroker()
    const client = broker.client()
    expect(client.call('BITFIELD k OVERFLOW FAIL INCRBY u2 30 4')).toBe('[$-1]')
    expect(client.call('STRLEN k')).toBe(':4')
    expect(replayed(broker).call('STRLEN k')).toBe(':4')
  })
})

test('the log, run again, makes the same bits', () => {
  const broker = new TestBroker()
  const client = broker.client()
  for (const command of [
    'SETBIT a 100 1',
    'BITFIELD a SET i64 3 -5 INCRBY u63 70 9223372036854775807 OVERFLOW SAT INCRBY i8 #9 200 GET u5 1',
    'BITOP NOT b a',
    'BITOP XOR c a b none',
    'BITOP AND d none none',
    'BITOP OR a none',
    'SETBIT b 3 0',
  ]) {
    expect(client.call(command)).not.toMatch(/^-/)
  }
  const copy = replayed(broker)
  for (const key of ['a', 'b', 'c', 'd']) expect(copy.call(`GET ${key}`)).toBe(client.call(`GET ${key}`))
})
