import { expect, test } from 'vitest'
import { requestBytesMax } from '../../src/server/refusals.ts'
import { TestBroker } from '../support/in-process.ts'

test('a transaction that no log record could hold is refused while it is queued and discarded by EXEC', () => {
  const broker = new TestBroker()
  const client = broker.client()
  client.call('MULTI')
  client.call('SET key value')
  // As if the queue held nearly as much as it may.
  const { transaction } = client.session
  transaction!.bytes = requestBytesMax - 10
  expect(client.call('SET key other')).toBe('-ERR request too large for one log record')
  expect(client.call('EXEC')).toBe('-EXECABORT Transaction discarded because of previous errors.')
  expect(client.call('GET key')).toBe('$-1')
})
