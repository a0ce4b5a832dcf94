import { expect, test } from 'vitest'
import { shownBytesMax } from '../../src/server/monitors.ts'
import { TestBroker } from '../support/in-process.ts'

function watched() {
  const broker = new TestBroker()
  const [monitor, client] = [broker.client(), broker.client()]
  expect(monitor.call('MONITOR')).toBe('+OK')
  /** What the monitor saw, without times and addresses. */
  const seen = (): string[] => monitor.received().map((line) => line.replace(/^\+\d+\.\d{6} \[(\d+) [^\]]*\]/, '$1'))
  return { broker, monitor, client, seen }
}

test('a monitor sees time, database, address and arguments', () => {
  const { broker, monitor, client } = watched()
  broker.advance(1234)
  client.call('SELECT 3')
  client.call('SET key value')
  expect(monitor.received()).toEqual([
    '+1700000001.234000 [3 127.0.0.1:50000] "SELECT" "3"',
    '+1700000001.234000 [3 127.0.0.1:50000] "SET" "key" "value"',
  ])
})

test('bytes that are not printable are escaped', () => {
  const { client, seen } = watched()
  client.call(['ECHO', 'a"\\\n\r\t\x07\b\x01\xff~ '])
  expect(seen()).toEqual([String.raw`0 "ECHO" "a\"\\\n\r\t\a\b\x01\xff~ "`])
})

test('every byte is shown as Redis shows it', () => {
  const { client, seen } = watched()
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
  client.call(['ECHO', bytes.join('')])
  const short: Record<string, string> = {
    '\x07': '\\a',
    '\b': '\\b',
    '\t': '\\t',
    '\n': '\\n',
    '\r': '\\r',
    '"': '\\"',
    '\\': '\\\\',
  }
  const shown = bytes.map((byte) => {
    if (short[byte] !== undefined) return short[byte]
    return byte >= ' ' && byte <= '~' ? byte : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  expect(seen()).toEqual([`0 "ECHO" "${shown.join('')}"`])
})

test('of large arguments so much is shown, all together, and how much more there is', () => {
  const { client, seen } = watched()
  const large = '\0'.repeat(shownBytesMax - 4)
  client.call(['SET', large, 'abcd', 'EX', '10'])
  const [line] = seen()
  expect(line!.length).toBeGreaterThan(4 * large.length)
  expect(line!.slice(0, 20)).toBe('0 "SET" "\\x00\\x00\\x0')
  expect(line!.slice(-80)).toContain('\\x00" "a... (3 more bytes)" "... (2 more bytes)" "... (2 more bytes)"')
})

test('queued commands are seen when they run, before EXEC', () => {
  const { client, seen } = watched()
  client.sendRaw('MULTI\r\nSET key 1\r\nGET key\r\nEXEC\r\n')
  expect(seen()).toEqual(['0 "MULTI"', '0 "SET" "key" "1"', '0 "GET" "key"', '0 "EXEC"'])
})

test('passwords, administration and refused commands are not seen', () => {
  const { client, seen } = watched()
  client.sendRaw('AUTH default secret\r\nHELLO 3 AUTH default secret\r\nCLIENT LIST\r\nNOSUCH\r\nGET\r\n')
  expect(seen()).toEqual(['0 "AUTH" "(redacted)" "(redacted)"', '0 "HELLO" "3" "AUTH" "(redacted)" "(redacted)"'])
})

test('a monitor may not touch keys, and sees its own commands behind their answers', () => {
  const { monitor, seen } = watched()
  expect(monitor.call('GET key')).toBe("-ERR Replica can't interact with the keyspace")
  expect(monitor.call('PUBLISH a m')).toBe("-ERR Replica can't interact with the keyspace")
  monitor.send('PING')
  expect(seen()).toEqual(['+PONG', '0 "PING"'])
})

test('RESET ends monitoring', () => {
  const { client, monitor } = watched()
  expect(monitor.call('RESET')).toBe('+RESET')
  client.call('PING')
  expect(monitor.received()).toEqual([])
  expect(monitor.call('GET key')).toBe('$-1')
})

test('MONITOR is not for transactions, and a second one is not answered', () => {
  const { client, monitor } = watched()
  client.sendRaw('MULTI\r\nMONITOR\r\nEXEC\r\n')
  expect(client.received().at(-1)).toBe('[-"ERR MONITOR isn\'t allowed for DENY BLOCKING client"]')
  monitor.received()
  expect(monitor.call('MONITOR')).toBeUndefined()
})
