/** The sockets that HTTP listens on. One server of HTTP serves the connections of all of them; here it is decided
 *  which connections it gets. */
import type { Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { isLoopback } from '../addresses.ts'

/** An address to listen on. */
export interface ListenTarget {
  readonly host: string
  readonly port: number
  readonly backlog: number
}

export class Acceptor {
  readonly #http: HttpServer
  readonly #admits: (address: string, count: number) => boolean
  readonly #warn: (message: string) => void
  readonly #servers: Server[] = []
  /** Open connections by the address they came from. */
  readonly #counts = new Map<string, number>()
  readonly #sockets = new Set<Socket>()

  /** `admits` is asked with an address and how many connections it has already. */
  constructor(http: HttpServer, admits: (address: string, count: number) => boolean, warn: (message: string) => void) {
    this.#http = http
    this.#admits = admits
    this.#warn = warn
    // It never listens itself; its clock for requests that dawdle starts with this event.
    http.emit('listening')
  }

  /** Listens there, too; resolves with the port, rejects with Node's error. */
  listen(target: ListenTarget): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => this.#take(socket))
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ ...target, ipv6Only: target.host.includes(':') }, () => {
        server.off('error', reject)
        server.on('error', (error) => this.#warn(`An HTTP connection could not be accepted: ${error.message}`))
        this.#servers.push(server)
        resolve((server.address() as { port: number }).port)
      })
    })
  }

  /** Takes no connections any more; those that are open stay. */
  stop(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #take(socket: Socket): void {
    const address = socket.remoteAddress ?? ''
    const count = this.#counts.get(address) ?? 0
    if (!isLoopback(address) && !this.#admits(address, count)) {
      socket.destroy()
      return
    }
    this.#counts.set(address, count + 1)
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      const left = this.#counts.get(address)! - 1
      if (left === 0) this.#counts.delete(address)
      else this.#counts.set(address, left)
    })
    this.#http.emit('connection', socket)
  }
}
