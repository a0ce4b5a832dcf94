/** RESP over TCP, TLS and unix sockets: bytes from `node:net` to the broker and back. */
import { readSync } from 'node:fs'
import { createServer, type Server, Socket } from 'node:net'
import type { Broker } from '../server/broker.ts'
import { type Connection, readNowBytes, type Session } from '../server/session.ts'
import type { TlsGate } from './tls.ts'

/** A connection on a plain socket. */
export class SocketConnection implements Connection {
  readonly remoteAddress: string
  readonly localAddress: string
  readonly #socket: Socket
  #isPaused = false

  /** `path` is that of the unix socket it came through, if it did. */
  constructor(socket: Socket, path: string | undefined) {
    this.#socket = socket
    this.remoteAddress = addressOf(socket.remoteAddress, socket.remotePort, path)
    this.localAddress = addressOf(socket.localAddress, socket.localPort, path)
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

  readNow(scratch: Uint8Array): Uint8Array {
    return this.#isPaused ? nothing : readAtOnce(this.#socket, scratch)
  }

  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#isPaused = false
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

/** A connection with TLS: what is read past the event loop goes through Node's decryption, which hands it out at once. */
class TlsConnection extends SocketConnection {
  readonly #socket: Socket
  readonly #onBytes: (bytes: Buffer) => void
  /** What was decrypted while somebody reads at once. */
  #decrypted: Buffer[] | undefined

  constructor(socket: Socket, onBytes: (bytes: Buffer) => void) {
    super(socket, undefined)
    this.#socket = socket
    this.#onBytes = onBytes
    socket.on('data', (chunk: Buffer) => {
      if (this.#decrypted === undefined) this.#onBytes(chunk)
      else this.#decrypted.push(chunk)
    })
  }

  /** Node documents no way to feed a TLS socket by hand, so where its handle is not what we know nothing is read. An
   *  answer leaves at once, the next ones when the event loop runs again: Node encrypts one piece in each round. */
  override readNow(scratch: Uint8Array): Uint8Array {
    const { _handle: handle } = this.#socket as unknown as { _handle?: { receive?: (bytes: Buffer) => void } }
    if (typeof handle?.receive !== 'function') return nothing
    const encrypted = super.readNow(scratch)
    if (encrypted.length === 0) return nothing
    const decrypted: Buffer[] = []
    this.#decrypted = decrypted
    try {
      handle.receive(Buffer.from(encrypted))
    } finally {
      this.#decrypted = undefined
    }
    return decrypted.length === 1 ? decrypted[0]! : Buffer.concat(decrypted)
  }
}

const nothing = new Uint8Array(0)

/** Reads past the event loop what the system has for the socket. */
function readAtOnce(socket: Socket, scratch: Uint8Array): Uint8Array {
  const { destroyed, _handle: handle } = socket as unknown as { destroyed: boolean; _handle?: { fd?: number } }
  if (destroyed || !(handle?.fd !== undefined && handle.fd >= 0)) return nothing
  try {
    return scratch.subarray(0, readSync(handle.fd, scratch, 0, readNowBytes, null))
  } catch {
    // Nothing has come (EAGAIN); whatever else there may be is met again by Node.
    return nothing
  }
}

/** An end of a connection as Redis writes it; `path` is that of the unix socket, if it is one. */
export function addressOf(address: string | undefined, port: number | undefined, path: string | undefined): string {
  if (path !== undefined) return `${path}:0`
  if (address === undefined) return ''
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** One read buffer for all connections: what arrives is run before the next read begins. Larger ones cost more cache
 *  misses than they save reads. */
const readBytes = 64 * 1024
const readBuffer = Buffer.allocUnsafeSlow(readBytes)

/** Sockets that read into a buffer of ours (`onread`) spare one allocation a packet. Node documents that for sockets
 *  that connect, not for accepted ones, so it is tried with care: where the accepted handle is not what we know, or the
 *  system fills buffers ahead of time (Windows), plain `data` events serve as well. */
function withSharedBuffer(accepted: Socket, onBytes: (bytes: Buffer) => void): Socket {
  const owner = accepted as unknown as { _handle: { useUserBuffer?: unknown } | null }
  const handle = owner._handle
  if (process.platform === 'win32' || typeof handle?.useUserBuffer !== 'function') {
    accepted.on('data', onBytes)
    accepted.resume()
    return accepted
  }
  owner._handle = null
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: readBuffer,
      callback(size: number, buffer: Uint8Array): boolean {
        onBytes((buffer as Buffer).subarray(0, size))
        return true
      },
    },
  }
  return new Socket(options)
}

/** A server that speaks RESP with the broker; the caller lets it listen. With a gate it speaks TLS, which must have been
 *  made with `openTls`. */
export function createRespServer(broker: Broker, gate?: TlsGate): Server {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: gate === undefined }, (accepted) => {
    if (gate !== undefined) {
      // Who is in the midst of a handshake counts as a client: no more of them than there may be clients.
      if (broker.sessions.size + gate.pendingCount >= broker.config.settings.clientsMax) accepted.destroy()
      else gate.take(accepted)
      return
    }
    const address = server.address()
    let session: Session | undefined
    const socket = withSharedBuffer(accepted, (chunk) => broker.receive(session!, chunk))
    session = join(broker, socket, new SocketConnection(socket, typeof address === 'string' ? address : undefined))
  })
  return server
}

/** Takes a connection that came through the gate. */
export function openTls(broker: Broker): (socket: Socket) => void {
  return (socket) => {
    let session: Session | undefined
    const connection = new TlsConnection(socket, (chunk) => broker.receive(session!, chunk))
    session = join(broker, socket, connection)
  }
}

/** Makes the socket a session of the broker. */
function join(broker: Broker, socket: Socket, connection: Connection): Session {
  const session = broker.connect(connection)
  attachSocket(broker, session, socket)
  return session
}

/** Lets the session follow what becomes of its socket. */
export function attachSocket(broker: Broker, session: Session, socket: Socket): void {
  const { settings } = broker.config
  socket.setNoDelay(true)
  if (settings.tcpKeepaliveSeconds > 0) socket.setKeepAlive(true, settings.tcpKeepaliveSeconds * 1000)
  socket.on('end', () => broker.hangUp(session))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => broker.disconnect(session))
}
