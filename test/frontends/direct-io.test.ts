/** Bytes written past a socket's stream come out in order, whatever the peer takes and whenever it goes. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { directOf, writeNow } from '../../src/frontends/direct-io.ts'

const open: (Server | Socket)[] = []

afterEach(() => {
  for (const each of open.splice(0)) 'listening' in each ? each.close() : each.destroy()
})

/** A socket as a server has it, and its peer, which does not read before it is told. */
async function pair(): Promise<{ socket: Socket; peer: Socket }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as { port: number }
  const accepted = once(server, 'connection')
  const peer = connect({ port: address.port, host: '127.0.0.1' })
  const [socket] = (await accepted) as [Socket]
  socket.on('error', () => {})
  peer.on('error', () => {})
  open.push(server, socket, peer)
  return { socket, peer }
}

/** Every four bytes count on, so that what is lost, doubled or out of order shows. */
function counted(from: number, count: number): Buffer {
  const bytes = Buffer.alloc(count * 4)
  for (let i = 0; i < count; i++) bytes.writeUInt32BE(from + i, i * 4)
  return bytes
}

describe('writing directly', () => {
  it('keeps the order when the peer does not read, and some goes by the stream', async () => {
    const { socket, peer } = await pair()
    const direct = directOf(socket)!
    const perWrite = 64 * 1024
    const writes = 64
    for (let i = 0; i < writes; i++) {
      const bytes = counted(i * perWrite, perWrite)
      if (i % 7 === 3) socket.write(bytes)
      else writeNow(socket, direct.handle, direct.descriptor, bytes, () => {})
    }
    expect(socket.writableLength, 'the system took it all: the test tries nothing').toBeGreaterThan(0)
    const received: Buffer[] = []
    let size = 0
    for await (const chunk of peer as AsyncIterable<Buffer>) {
      received.push(chunk)
      size += chunk.length
      if (size === writes * perWrite * 4) break
    }
    expect(Buffer.concat(received).equals(counted(0, writes * perWrite))).toBe(true)
  })

  it('tells when what had to wait has left', async () => {
    const { socket, peer } = await pair()
    const direct = directOf(socket)!
    let waiting = 0
    let left = 0
    while (waiting === 0) {
      writeNow(socket, direct.handle, direct.descriptor, counted(0, 1000), () => left++)
      if (socket.writableLength > 0) waiting++
    }
    writeNow(socket, direct.handle, direct.descriptor, counted(0, 10), () => left++)
    expect(left).toBe(0)
    peer.resume()
    await expect.poll(() => left).toBe(2)
    expect(socket.writableLength).toBe(0)
  })

  it('writes nowhere when the socket has let go of its descriptor, which may be another’s by now', async () => {
    const { socket } = await pair()
    const direct = directOf(socket)!
    socket.destroy()
    const other = await pair()
    const received = once(other.peer, 'data')
    writeNow(socket, direct.handle, direct.descriptor, Buffer.from('strange'), () => {})
    other.socket.write('own')
    expect(String((await received)[0])).toBe('own')
  })

  it('leaves a peer that is gone to the stream, which closes the socket', async () => {
    const { socket, peer } = await pair()
    const direct = directOf(socket)!
    const closed = new Promise((resolve) => socket.once('close', resolve))
    peer.resetAndDestroy()
    await once(peer, 'close')
    while (!socket.destroyed) {
      writeNow(socket, direct.handle, direct.descriptor, Buffer.from('x'), () => {})
      await new Promise(setImmediate)
    }
    await closed
  })

  it('takes the stream for a socket that has ended', async () => {
    const { socket, peer } = await pair()
    const direct = directOf(socket)!
    const received: Buffer[] = []
    peer.on('data', (chunk) => received.push(chunk))
    writeNow(socket, direct.handle, direct.descriptor, Buffer.from('all'), () => {})
    socket.end()
    const failed = once(socket, 'error')
    writeNow(socket, direct.handle, direct.descriptor, Buffer.from('more'), () => {})
    expect(((await failed)[0] as NodeJS.ErrnoException).code).toBe('ERR_STREAM_WRITE_AFTER_END')
    expect(Buffer.concat(received).toString()).not.toContain('more')
  })

  it('is not for sockets that speak TLS', () => {
    expect(directOf({ _handle: { fd: 7 }, encrypted: true } as unknown as Socket)).toBeUndefined()
    expect(directOf({ _handle: null } as unknown as Socket)).toBeUndefined()
  })
})
