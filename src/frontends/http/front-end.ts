/** The second front end: HTTP on a port of its own, and whatever begins as HTTP. */
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import type { Broker } from '../../server/broker.ts'
import { Acceptor, type ListenTarget } from './acceptor.ts'
import { createApplication } from './application.ts'
import { Gate } from './gate.ts'
import { errorBody, Refused } from './refused.ts'

/** Takes a request to speak another protocol, which the gate has admitted. The socket is the handler's from here on. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface HttpOptions {
  /** Certificates; undefined for plain HTTP. */
  readonly tls: TlsOptions | undefined
  /** Hears of what goes wrong and stops nobody. */
  readonly warn: (message: string) => void
}

/** Request lines and headers of one request; Node answers 431 to more. */
const headerBytesMax = 32 * 1024

export class HttpFrontEnd {
  readonly app: FastifyInstance
  readonly gate: Gate
  readonly #acceptor: Acceptor
  readonly #upgrades = new Map<string, UpgradeHandler>()

  private constructor(app: FastifyInstance, gate: Gate, broker: Broker, warn: (message: string) => void) {
    this.app = app
    this.gate = gate
    const admits = (_address: string, count: number): boolean => {
      const { connectionsPerAddressMax } = broker.config.settings.http
      return connectionsPerAddressMax === 0 || count < connectionsPerAddressMax
    }
    this.#acceptor = new Acceptor(app.server, admits, warn)
    app.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** Everything but listening. Throws TokenKeysRefused when the keys of tokens can't be read. */
  static async create(broker: Broker, { tls, warn }: HttpOptions): Promise<HttpFrontEnd> {
    const gate = new Gate(broker, warn)
    gate.tokens.check()
    const app = await createApplication({
      broker,
      gate,
      createServer: (handler) => {
        const options = { maxHeaderSize: headerBytesMax, connectionsCheckingInterval: 5000 }
        if (tls === undefined) return createServer(options, handler)
        return createTlsServer({ ...tls, ...options }, handler) as unknown as HttpServer
      },
    })
    await app.ready()
    return new HttpFrontEnd(app, gate, broker, warn)
  }

  /** Listens there, too; resolves with the port, rejects with Node's error. */
  listen(target: ListenTarget): Promise<number> {
    return this.#acceptor.listen(target)
  }

  /** Who wants to speak another protocol at the path is given to `handler`. */
  onUpgrade(path: string, handler: UpgradeHandler): void {
    this.#upgrades.set(path, handler)
  }

  /** For connections from here on. Throws Node's error, with everything as it was. */
  renewTls(tls: TlsOptions): void {
    ;(this.app.server as unknown as HttpsServer).setSecureContext(tls)
  }

  /** Takes no connections any more. */
  stopListening(): void {
    this.#acceptor.stop()
  }

  /** Ends what is open, at once. */
  async close(): Promise<void> {
    this.#acceptor.stop()
    this.#acceptor.cut()
    await this.app.close()
    // It does not listen, which is what the callback would complain about; the call stops its clock.
    this.app.server.close(() => {})
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    try {
      this.gate.admit(request, request.socket.remoteAddress ?? '')
      const handler = this.#upgrades.get((request.url ?? '').split('?')[0]!)
      if (handler === undefined) throw new Refused(404, 'NOTFOUND', 'There is nothing here to upgrade.')
      handler(request, socket, head)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refuseUpgrade(socket, error)
    }
  }
}

/** Answers a request for another protocol with a plain response, and closes. */
export function refuseUpgrade(socket: Duplex, { status, code, message }: Refused): void {
  const body = errorBody(code, message)
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
