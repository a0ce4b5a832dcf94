import { expect, test } from 'vitest'
import { answerTooLong } from '../../src/server/refusals.ts'
import { isExhaustion } from '../../src/server/scripting.ts'
import { TestBroker } from '../support/in-process.ts'

/** A broker whose answers fit the buffer it begins with, and a list, a set and a stream that don't. */
function smallBroker() {
  const broker = new TestBroker()
  const client = broker.client()
  const item = 'x'.repeat(1000)
  for (let i = 0; i < 100; i++) {
    client.call(['RPUSH', 'list', item])
    client.call(['XADD', 'stream', '*', 'f', item])
  }
  client.call(['SADD', 'set', item])
  client.call('XGROUP CREATE stream group 0')
  broker.broker.outbox.replies.bytesMax = broker.broker.outbox.replies.bytes.length
  broker.records.length = 0
  return { broker, client }
}

const refused = `-${answerTooLong}`

test.each([['LRANGE list 0 -1'], ['SRANDMEMBER set -100'], ['XRANGE stream - +'], ['XREAD STREAMS stream 0']])(
  '%s whose answer is too long is answered by an error, and nothing else is',
  (command) => {
    const { client } = smallBroker()
    client.sendRaw(`PING\r\n${command}\r\nPING\r\n`)
    expect(client.received()).toEqual(['+PONG', refused, '+PONG'])
    expect(client.call('LRANGE list 0 1')).toMatch(/^\["x{1000}", "x{1000}"\]$/)
  },
)

test('what a command did is done and logged although its answer is too long', () => {
  const { broker, client } = smallBroker()
  expect(client.call('LPOP list 99')).toBe(refused)
  expect(client.call('LLEN list')).toBe(':1')
  expect(client.call('XREADGROUP GROUP group me STREAMS stream >')).toBe(refused)
  expect(client.call('XPENDING stream group')).toMatch(/^\[:100, /)
  expect(broker.records).toHaveLength(2)
  expect(broker.records[0]).toContain('LPOP')
  expect(broker.records[1]).toContain('XCLAIM')
})

test('in a transaction and in a script only that answer is an error', () => {
  const { client } = smallBroker()
  client.sendRaw('MULTI\r\nPING\r\nLRANGE list 0 -1\r\nPING\r\nEXEC\r\n')
  expect(client.received().at(-1)).toBe(`[+"PONG", -"${answerTooLong}", +"PONG"]`)
  const script = "local all = redis.pcall('LRANGE', 'list', 0, -1); return {all.err, redis.call('LLEN', 'list')}"
  expect(client.call(['EVAL', script, '0'])).toBe(`["${answerTooLong}", :100]`)
  const long = "local t = {}; for i = 1, 100 do t[i] = string.rep('x', 1000) end; return t"
  expect(client.call(['EVAL', long, '0'])).toBe(refused)
  expect(client.call('PING')).toBe('+PONG')
})

test('who waited for what is too long to be told hears the error', () => {
  const { broker, client } = smallBroker()
  const waiter = broker.client()
  expect(waiter.call('BLMPOP 0 1 new LEFT COUNT 100')).toBeUndefined()
  client.call(['RPUSH', 'new', ...Array<string>(100).fill('y'.repeat(1000))])
  expect(waiter.received()).toEqual([refused])
  expect(client.call('EXISTS new')).toBe(':0')
})

test('a fault of a command is not taken for the exhaustion of the script that ran it', () => {
  const { broker, client } = smallBroker()
  const entry = broker.broker.dispatcher.index.all.find(({ name }) => name === 'ping')!
  const { run } = entry
  Object.assign(entry, {
    run() {
      throw new RangeError('a buffer too large')
    },
  })
  expect(() => client.call(['EVAL', "return redis.call('PING')", '0'])).toThrow()
  Object.assign(entry, { run })
  expect(isExhaustion(new RangeError('Maximum call stack size exceeded'))).toBe(true)
})
