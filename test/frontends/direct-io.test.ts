import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { directOf } from '../../src/frontends/direct-io.ts'

it('writing directly is not for sockets that speak TLS, nor for those that are closed', () => {
  expect(directOf({ _handle: { fd: 7 }, encrypted: true } as unknown as Socket)).toBeUndefined()
  expect(directOf({ _handle: null } as unknown as Socket)).toBeUndefined()
  const handle = { fd: 7 }
  expect(directOf({ _handle: handle } as unknown as Socket)).toEqual({ handle, descriptor: 7 })
})
