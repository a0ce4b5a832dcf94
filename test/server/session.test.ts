import { expect, test } from 'vitest'
import { nowhere } from '../../src/server/session.ts'
import { TestBroker } from '../support/in-process.ts'

test.each([
  ['127.0.0.1:50000', true],
  ['[::1]:50000', true],
  ['/run/broker.sock:0', true],
  ['broker.sock:0', true],
  ['./10.0.0.1:0', true],
  ['10.0.0.1:50000', false],
  ['[2001:db8::1]:50000', false],
])('a client from %s is on this machine: %s', (remoteAddress, isLocal) => {
  const { broker } = new TestBroker()
  expect(broker.connect({ ...nowhere, remoteAddress }).isLocal).toBe(isLocal)
})
