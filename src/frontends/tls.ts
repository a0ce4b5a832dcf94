/** TLS under RESP: plain connections are handed in and come out as sessions once they have shown what they must.
 *
 *  The listening socket is a plain one, so that certificates may change while it listens: each change makes another
 *  `tls.Server`, which never listens itself, and connections under way keep theirs. */
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'

/** A handshake that takes longer is given up. */
const handshakeMsMax = 30_000

/** What TLS is to be like: the files' contents, never their names. */
export interface TlsMaterials {
  readonly options: TlsOptions
  /** Whether clients must show a certificate, may, or are not asked for one. */
  readonly clientCertificates: 'no' | 'yes' | 'optional'
}

/** TLS can't be had with what was given. The message says why. */
export class TlsRefused extends Error {
  override readonly name = 'TlsRefused'
}

export class TlsGate {
  #materials: TlsMaterials
  #server: Server
  readonly #open: (socket: TLSSocket) => void
  readonly #warn: (message: string) => void
  /** Connections whose handshake is under way, by their addresses. */
  readonly #pending = new Map<string, Socket>()

  /** `open` takes connections that may stay; `warn` hears why others may not. Throws TlsRefused. */
  constructor(materials: TlsMaterials, open: (socket: TLSSocket) => void, warn: (message: string) => void) {
    this.#open = open
    this.#warn = warn
    this.#server = this.#makeServer(materials)
    this.#materials = materials
  }

  /** What it is made of, for a gate like it. */
  get materials(): TlsMaterials {
    return this.#materials
  }

  /** How many handshakes are under way. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** For connections from here on. Throws TlsRefused, with everything as it was. */
  renew(materials: TlsMaterials): void {
    this.#server = this.#makeServer(materials)
    this.#materials = materials
  }

  /** Begins the handshake on a connection. */
  take(socket: Socket): void {
    const name = nameOf(socket)
    this.#pending.set(name, socket)
    socket.once('close', () => this.#pending.delete(name))
    socket.on('error', () => socket.destroy())
    this.#server.emit('connection', socket)
  }

  /** Gives up the handshakes that are under way. */
  close(): void {
    for (const socket of this.#pending.values()) socket.destroy()
  }

  #makeServer({ options, clientCertificates }: TlsMaterials): Server {
    const all: TlsOptions = {
      ...options,
      requestCert: clientCertificates !== 'no',
      // Who may stay is decided in `#admit`, which can say why others may not.
      rejectUnauthorized: false,
      handshakeTimeout: handshakeMsMax,
    }
    let server: Server
    try {
      server = createServer(all, (socket) => this.#admit(socket, clientCertificates))
    } catch (error) {
      throw new TlsRefused((error as Error).message)
    }
    server.on('tlsClientError', (error, socket) => {
      this.#refuse(socket, error.message)
    })
    return server
  }

  #admit(socket: TLSSocket, clientCertificates: TlsMaterials['clientCertificates']): void {
    this.#pending.delete(nameOf(socket))
    const reason = clientCertificates === 'no' ? undefined : certificateFault(socket, clientCertificates === 'yes')
    if (reason !== undefined) return this.#refuse(socket, reason)
    this.#open(socket)
  }

  #refuse(socket: TLSSocket, reason: string): void {
    const from = socket.remoteAddress === undefined ? '' : ` from ${socket.remoteAddress}:${socket.remotePort}`
    this.#warn(`Error accepting a client connection${from}: ${reason.trim()}`)
    socket.destroy()
  }
}

/** What is wrong with the client's certificate. Whether there is one must be looked at by itself: Node takes a session
 *  of TLS 1.3 that is resumed without one for authorized. */
function certificateFault(socket: TLSSocket, isNeeded: boolean): string | undefined {
  const isShown = Object.keys(socket.getPeerCertificate()).length > 0
  if (!isShown) return isNeeded ? 'the client shows no certificate' : undefined
  return socket.authorized ? undefined : `the client's certificate is not trusted: ${socket.authorizationError}`
}

function nameOf({ remoteAddress, remotePort, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localPort}`
}
