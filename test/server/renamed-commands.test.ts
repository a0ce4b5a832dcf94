import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker } from '../support/in-process.ts'

function renamingBroker(): TestBroker {
  const config = new Config()
  config.renamedCommands.push({ from: 'SET', to: 'P\xdcT' }, { from: 'GET', to: '' }, { from: 'blpop', to: 'get' })
  return new TestBroker(config)
}

test('a renamed command is found under its new name alone, and says its own', () => {
  const client = renamingBroker().client()
  expect(client.call(['p\xdct', 'key', 'value'])).toBe('+OK')
  expect(client.call(['P\xfcT', 'key', 'value'])).toContain('ERR unknown command')
  expect(client.call('SET key value')).toContain('ERR unknown command')
  expect(client.call('BLPOP key 1')).toContain('ERR unknown command')
  expect(client.call(['P\xdct', 'key'])).toBe("-ERR wrong number of arguments for 'set' command")
  expect(client.call('COMMAND INFO get')).toContain('"blpop"')
  expect(client.call('COMMAND INFO set')).toBe('[$-1]')
  expect(client.call('INFO commandstats')).toContain('cmdstat_set:calls=1')
})

test('the log has the own names of renamed commands, also from a transaction', () => {
  const broker = renamingBroker()
  const client = broker.client()
  client.call(['P\xdcT', 'key', 'a b', 'NX'])
  client.call('MULTI')
  client.call(['p\xdct', 'other', 'value'])
  client.call('EXEC')
  expect(broker.records).toHaveLength(2)
  expect(broker.records[0]).toMatch(/\r\nset\r\n\$3\r\nkey\r\n\$3\r\na b\r\n/i)
  expect(broker.records[1]).toMatch(/\r\nset\r\n\$5\r\nother\r\n\$5\r\nvalue\r\n/i)
})
