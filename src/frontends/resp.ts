/** RESP over TCP, TLS and unix sockets: bytes from `node:net` to the broker and back. */
import { createServer, type Server, Socket } from 'node:net'
import { sliceBytes } from '../lib/bytes.ts'
import type { Broker } from '../server/broker.ts'
import type { Connection, Session } from '../server/session.ts'
import { endsOf } from './addresses.ts'
import { DirectConnection } from './direct-connection.ts'
import { readAtOnce } from './direct-io.ts'
import { FanOut } from './fan-out.ts'
import type { TlsGate } from './tls.ts'
import { TlsInput } from './tls-input.ts'

/** A connection on a socket. */
export class SocketConnection extends DirectConnection implements Connection {
  readonly remoteAddress: string
  readonly localAddress: string
  readonly #tls: TlsInput | undefined
  #isPaused = false
  /** Whether more of what was read is to be run when the event loop has been around. */
  #isGivingWay = false
  /** For how long its full buffers have been run since others were served. */
  #usedMs = 0
  /** How much of a full buffer is run between two looks at the clock: all of it until that has taken long once. Large values arrive
   *  faster in one piece. */
  #partBytes = readBytes

  /** `path` is that of the unix socket it came through, if it did; `tls` decrypts what is read past the event loop, if it is
   *  encrypted. */
  constructor(broker: Broker, socket: Socket, { path, tls }: { path?: string | undefined; tls?: TlsInput } = {}) {
    super(socket, FanOut.of(broker))
    const { remoteAddress, localAddress } = endsOf(socket, path)
    this.remoteAddress = remoteAddress
    this.localAddress = localAddress
    this.#tls = tls
  }

  get isDrained(): boolean {
    return this.socket.writableLength === 0
  }

  get pendingBytes(): number {
    return this.socket.writableLength
  }

  write(bytes: Buffer, isForMany = false): void {
    this.flush()
    const mayGather = isForMany && this.socket.writableLength === 0 && this.socket.writable
    if (!mayGather || !this.gather(bytes)) this.socket.write(bytes)
  }

  override sendRest(bytes: Buffer, sent: number): void {
    this.socket.write(bytes.subarray(sent))
  }

  cork(): void {
    this.socket.cork()
  }

  uncork(): void {
    this.socket.uncork()
  }

  readNow(scratch: Uint8Array): Uint8Array {
    if (this.#isPaused || this.#isGivingWay || this.#tls?.isBlind) return nothing
    const bytes = scratch.subarray(0, readAtOnce(this.socket, scratch))
    return bytes.length === 0 || this.#tls === undefined ? bytes : this.#tls.decrypt(bytes)
  }

  pause(): void {
    this.#isPaused = true
    this.socket.pause()
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isGivingWay) this.socket.resume()
  }

  /** Runs what was read. A full buffer comes from who sends as fast as it can, and the event loop reads thirty of them in a row: when
   *  they take long, others are served in between. */
  take(bytes: Uint8Array, run: (part: Uint8Array) => void): void {
    if (bytes.length === readBytes) return this.#runShare(bytes, run)
    this.#usedMs = 0
    run(bytes)
  }

  /** Runs as much as one client may have run at a time; the rest comes after the others, and nothing is read before that. */
  #runShare(bytes: Uint8Array, run: (part: Uint8Array) => void): void {
    const startedAtMs = performance.now() - this.#usedMs
    let at = 0
    do {
      run(bytes.subarray(at, at + this.#partBytes))
      at += this.#partBytes
      this.#usedMs = performance.now() - startedAtMs
    } while (at < bytes.length && this.#usedMs < shareMs)
    const isLong = this.#usedMs >= shareMs
    this.#partBytes = isLong ? smallPartBytes : readBytes
    if (!isLong) return this.#goOn()
    // The buffer is read into again before the rest is run.
    const rest = sliceBytes(bytes, at, bytes.length)
    if (!this.#isGivingWay && !this.#isPaused) this.socket.pause()
    this.#isGivingWay = true
    setImmediate(() => {
      this.#usedMs = 0
      if (rest.length > 0) this.#runShare(rest, run)
      else this.#goOn()
    })
  }

  #goOn(): void {
    if (!this.#isGivingWay) return
    this.#isGivingWay = false
    if (!this.#isPaused) this.socket.resume()
  }

  end(): void {
    this.flush()
    this.socket.end()
    // Whoever does not close its side in return is not waited for.
    this.socket.destroySoon()
  }

  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) return resolve()
      this.socket.once('close', () => resolve())
      this.end()
    })
  }

  destroy(): void {
    this.socket.destroy()
  }
}

const nothing = new Uint8Array(0)

/** One read buffer for all connections: what arrives is run before the next read begins. Larger ones cost more cache
 *  misses than they save reads. */
const readBytes = 64 * 1024
/** A client that fills the buffer is run for so long at a time, give or take one part of it. */
const shareMs = 2
const smallPartBytes = 16 * 1024
/** No Buffer, since requests of scripts and gathered ones are none: what reads requests meets one kind of object, and is compiled for
 *  that. */
const readBuffer = new Uint8Array(readBytes)

/** Sockets that read into a buffer of ours (`onread`) spare one allocation a packet. Node documents that for sockets
 *  that connect, not for accepted ones, so it is tried with care: where the accepted handle is not what we know, or the
 *  system fills buffers ahead of time (Windows), plain `data` events serve as well. */
function withSharedBuffer(accepted: Socket, onBytes: (bytes: Uint8Array) => void): Socket {
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
        onBytes(buffer.subarray(0, size))
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
    const run = (bytes: Uint8Array): void => broker.receive(session!, bytes)
    const socket = withSharedBuffer(accepted, (bytes) => connection.take(bytes, run))
    const path = typeof address === 'string' ? address : undefined
    const connection = new SocketConnection(broker, socket, { path })
    session = join(broker, socket, connection)
  })
  return server
}

/** Takes a connection that came through the gate. */
export function openTls(broker: Broker): (socket: Socket) => void {
  return (socket) => {
    let session: Session | undefined
    const tls = new TlsInput(socket, (chunk) => broker.receive(session!, chunk))
    session = join(broker, socket, new SocketConnection(broker, socket, { tls }))
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
