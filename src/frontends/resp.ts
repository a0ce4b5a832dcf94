/** RESP over TCP and unix sockets: bytes from `node:net` to the broker and back. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Broker } from '../server/broker.ts'
import type { Connection } from '../server/session.ts'

class SocketConnection implements Connection {
  readonly remoteAddress: string
  readonly localAddress: string
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.remoteAddress = addressOf(socket.remoteAddress, socket.remotePort)
    this.localAddress = addressOf(socket.localAddress, socket.localPort)
  }

  get isDrained(): boolean {
    return this.#socket.writableLength === 0
  }

  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    this.#socket.end()
    // Whoever does not close its side in return is not waited for.
    this.#socket.destroySoon()
  }

  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve()
      this.#socket.once('close', () => resolve())
      this.end()
    })
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

function addressOf(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return ''
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** A server that speaks RESP with the broker; the caller lets it listen. */
export function createRespServer(broker: Broker): Server {
  return createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const session = broker.connect(new SocketConnection(socket))
    socket.on('data', (chunk: Buffer) => broker.receive(session, chunk))
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => broker.disconnect(session))
  })
}
