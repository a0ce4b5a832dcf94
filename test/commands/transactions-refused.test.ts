import { expect, test } from 'vitest'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker } from '../support/in-process.ts'

test('an EXEC that is refused itself ends the transaction', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('WATCH key')
  client.call('MULTI')
  client.call('SET key value')
  expect(client.call('EXEC now')).toBe(
    "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
  )
  expect(client.call('EXEC')).toBe('-ERR EXEC without MULTI')
  expect(broker.broker.watches.isEmpty).toBe(true)
  expect(broker.records).toEqual([])
})

test('an EXEC before AUTH says why with the code', () => {
  const config = new Config()
  config.assign('requirepass', ['secret'])
  expect(new TestBroker(config).client().call('EXEC')).toBe(
    '-EXECABORT Transaction discarded because of: NOAUTH Authentication required.',
  )
})
