/** A socket as a server has it, and its peer, which does not read before it is told. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface SocketPair {
  readonly socket: Socket
  readonly peer: Socket
}

/** Makes pairs, and closes them all. */
export class SocketPairs {
  readonly #open: Socket[] = []

  async make(): Promise<SocketPair> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address() as { port: number }
    const accepted = once(server, 'connection')
    const peer = connect({ port: address.port, host: '127.0.0.1' })
    const [socket] = (await accepted) as [Socket]
    socket.on('error', () => {})
    peer.on('error', () => {})
    server.close()
    this.#open.push(socket, peer)
    return { socket, peer }
  }

  close(): void {
    for (const each of this.#open.splice(0)) each.destroy()
  }
}
