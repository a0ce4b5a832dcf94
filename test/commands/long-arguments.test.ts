import { expect, test } from 'vitest'
import { textBytesMax } from '../../protocol/resp/args.ts'
import { latin1KeyBytesMax } from '../../src/lib/key-text.ts'
import { TestBroker } from '../support/in-process.ts'

/** Long enough that whoever made it a string of its own would be refused. */
const long = 'x'.repeat(textBytesMax + 1)
/** Too long for the plain form of names in maps. */
const longKeys = ['k'.repeat(latin1KeyBytesMax + 1), `${'k'.repeat(latin1KeyBytesMax)}l`] as const

const tooLong = '-ERR argument is too long to be a word, a number or a name'

test('numbers, words and names that are too long are refused before anything happens', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call(['SET', 'string', long])
  client.call(['HSET', 'hash', 'field', long])
  client.call(['RPUSH', 'list', long])
  const records = broker.records.length
  for (const [command, text] of [
    [['INCRBYFLOAT', 'number', long], '-ERR value is not a valid float'],
    [['INCRBYFLOAT', 'string', '1'], '-ERR value is not a valid float'],
    [['HINCRBYFLOAT', 'hash', 'field', '1'], '-ERR hash value is not a float'],
    [['ZADD', 'zset', long, 'member'], '-ERR value is not a valid float'],
    [['ZRANGE', 'zset', long, '1', 'BYSCORE'], '-ERR min or max is not a float'],
    [['BLPOP', 'none', long], '-ERR timeout is not a float or out of range'],
    [['SCAN', long], '-ERR invalid cursor'],
    [['SORT', 'list'], "-ERR One or more scores can't be converted into double"],
    [['CLIENT', 'SETNAME', long], tooLong],
    [['ACL', 'SETUSER', long], tooLong],
    [['CONFIG', 'SET', long, '1'], tooLong],
  ] as const) {
    expect([command[0], client.call(command)]).toEqual([command[0], text])
  }
  expect(broker.records.length).toBe(records)
})

test('long keys are watched, waited for and tracked, each as itself', () => {
  const [key, other] = longKeys
  const broker = new TestBroker()
  const [writer, watcher, waiter, reader] = [broker.client(), broker.client(), broker.client(), broker.client()]
  watcher.call(['WATCH', key])
  expect(waiter.call(['BLPOP', key, '0'])).toBeUndefined()
  reader.call('HELLO 3')
  reader.call('CLIENT TRACKING ON')
  reader.call(['LLEN', key])
  writer.call(['RPUSH', other, 'a'])
  expect([...waiter.received(), ...reader.received()]).toEqual([])
  writer.call(['RPUSH', key, 'b', 'c'])
  expect(waiter.received()).toEqual([`["${key}", "b"]`])
  expect(reader.received()).toEqual([`>["invalidate", ["${key}"]]`])
  watcher.call('MULTI')
  expect(watcher.call('EXEC')).toBe('*-1')
  watcher.call(['WATCH', other])
  writer.call('FLUSHALL')
  watcher.call('MULTI')
  expect(watcher.call('EXEC')).toBe('*-1')
})

test('BCAST tells long keys by their beginnings, in the order of their bytes', () => {
  const broker = new TestBroker()
  const [writer, reader] = [broker.client(), broker.client()]
  reader.call('HELLO 3')
  reader.call('CLIENT TRACKING ON BCAST PREFIX kk')
  writer.call(['MSET', longKeys[1], '1', 'kz', '1', longKeys[0], '1', 'kkz', '1'])
  expect(reader.received()).toEqual([`>["invalidate", ["${longKeys[0]}", "${longKeys[1]}", "kkz"]]`])
})

test('groups and consumers of long names are found again and come in the order of their bytes', () => {
  const client = new TestBroker().client()
  for (const group of [longKeys[1], 'z', longKeys[0]]) client.call(['XGROUP', 'CREATE', 's', group, '0', 'MKSTREAM'])
  const names = /"name", "([^"]*)"/g
  const found = (text: string | undefined): string[] => [...text!.matchAll(names)].map((match) => match[1]!)
  expect(found(client.call('XINFO GROUPS s'))).toEqual([longKeys[0], longKeys[1], 'z'])
  expect(client.call(['XGROUP', 'CREATECONSUMER', 's', longKeys[0], longKeys[1]])).toBe(':1')
  expect(client.call(['XGROUP', 'CREATECONSUMER', 's', longKeys[0], longKeys[1]])).toBe(':0')
  expect(client.call(['XGROUP', 'DESTROY', 's', longKeys[1]])).toBe(':1')
  expect(found(client.call('XINFO GROUPS s'))).toEqual([longKeys[0], 'z'])
})
