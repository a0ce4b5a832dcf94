/** What is written past a socket's stream goes to that socket or nowhere. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { directOf, writeNow } from '../../src/frontends/direct-io.ts'
import { SocketPairs } from '../support/socket-pair.ts'

const pairs = new SocketPairs()

afterEach(() => pairs.close())

describe('writing directly', () => {
  it('tells how much the system took, which is nothing once the peer does not read', async () => {
    const { socket, peer } = await pairs.make()
    const direct = directOf(socket)!
    const bytes = Buffer.alloc(256 * 1024, 'x')
    let taken = 0
    for (let sent = -1; sent !== 0; taken += sent) sent = writeNow(socket, direct.handle, direct.descriptor, bytes)
    expect(taken).toBeGreaterThan(0)
    let received = 0
    for await (const chunk of peer as AsyncIterable<Buffer>) {
      received += chunk.length
      if (received >= taken) break
    }
    expect(received).toBe(taken)
  })

  it('writes nowhere when the socket has let go of its descriptor, which may be another’s by now', async () => {
    const { socket } = await pairs.make()
    const direct = directOf(socket)!
    socket.destroy()
    const other = await pairs.make()
    const received = once(other.peer, 'data')
    expect(writeNow(socket, direct.handle, direct.descriptor, Buffer.from('strange'))).toBe(0)
    other.socket.write('own')
    expect(String((await received)[0])).toBe('own')
  })

  it('writes nothing to a peer that is gone', async () => {
    const { socket, peer } = await pairs.make()
    const direct = directOf(socket)!
    peer.resetAndDestroy()
    await once(peer, 'close')
    let written = 1
    while (written > 0) {
      written = writeNow(socket, direct.handle, direct.descriptor, Buffer.from('x'))
      await new Promise(setImmediate)
    }
  })

  it('is not for sockets that speak TLS', () => {
    expect(directOf({ _handle: { fd: 7 }, encrypted: true } as unknown as Socket)).toBeUndefined()
    expect(directOf({ _handle: null } as unknown as Socket)).toBeUndefined()
  })
})
