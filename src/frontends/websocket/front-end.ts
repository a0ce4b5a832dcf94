/** WebSockets at `/ws`: who comes in, with which subprotocol, as whom; and the clock that finds the dead ones. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeCode, respSubprotocol, rpcSubprotocol, tokenPrefix } from '../../../protocol/websocket/messages.ts'
import type { Broker } from '../../server/broker.ts'
import { FanOut } from '../fan-out.ts'
import type { Identity } from '../http/authenticator.ts'
import { type HttpFrontEnd, refuseUpgrade } from '../http/front-end.ts'
import type { Gate } from '../http/gate.ts'
import { Refused } from '../http/refused.ts'
import type { WebSocketHost } from './host.ts'
import { followLimits, type WebSocketLimits } from './limits.ts'
import { Link } from './link.ts'
import { Presence } from './presence.ts'
import { RespSocket } from './resp-socket.ts'
import { RpcSocket } from './rpc-socket.ts'
import { SharedPushes } from './shared-pushes.ts'
import { StreamReads } from './stream-reads.ts'

const path = '/ws'
const sweepEveryMs = 1000
/** CLIENT LIST's lib-name. */
const libraryName = 'millrace-ws'

interface Peer {
  readonly link: Link
  readonly socket: RpcSocket | RespSocket
  pingAtMs: number
}

export class WebSocketFrontEnd {
  readonly #host: WebSocketHost
  readonly #gate: Gate
  readonly #server: WebSocketServer
  readonly #peers = new Set<Peer>()
  /** What sockets that are gone still hand back. */
  readonly #releases = new Set<Promise<void>>()
  readonly #sweeper: NodeJS.Timeout
  #isClosing = false

  constructor(broker: Broker, gate: Gate, limits: WebSocketLimits) {
    this.#gate = gate
    this.#host = {
      broker,
      authenticator: gate.authenticator,
      limits,
      pushes: new SharedPushes(broker.outbox),
      presence: new Presence(limits.membersListedMax),
      reads: new StreamReads(broker, limits),
    }
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      // All that is sent goes by the link.
      autoPong: false,
      handleProtocols: (offered) => chosen(offered) ?? false,
    })
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(sweepEveryMs, limits.pingEveryMs)).unref()
  }

  /** How many sockets there are. */
  get count(): number {
    return this.#peers.size
  }

  /** Readers that wait at the heads of streams. */
  get headCount(): number {
    return this.#host.reads.headCount
  }

  /** Takes a request that the gate has admitted. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#identify(request).then(
      (identity) => {
        if (socket.destroyed) return
        this.#server.options.maxPayload = this.#host.limits.messageBytesMax
        this.#server.handleUpgrade(request, socket, head, (webSocket) => {
          this.#open(webSocket, socket as Socket, identity)
        })
      },
      (error: unknown) => {
        if (!(error instanceof Refused)) throw error
        refuseUpgrade(socket, error)
      },
    )
  }

  /** Says goodbye to all; resolves when what their groups held, and those of sockets that went before, has been handed back. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#sweeper)
    for (const { link, socket } of this.#peers) {
      link.close(closeCode.goingAway, 'the server stops')
      this.#part(socket)
    }
    await Promise.all(this.#releases)
    this.#host.reads.close()
  }

  /** Who comes, undefined for who has still to say. Rejects with Refused. */
  async #identify(request: IncomingMessage): Promise<Identity | undefined> {
    if (this.#isClosing) throw new Refused(503, 'UNAVAILABLE', 'The server stops.')
    const offered = offeredBy(request)
    if (chosen(offered) === undefined) {
      throw new Refused(400, 'BADREQUEST', `The subprotocol must be ${rpcSubprotocol} or ${respSubprotocol}.`)
    }
    const token = [...offered].find((name) => name.startsWith(tokenPrefix))
    if (token !== undefined) return this.#gate.identifyByToken(request, token.slice(tokenPrefix.length))
    return request.headers.authorization === undefined ? undefined : this.#gate.identify(request)
  }

  #open(webSocket: WebSocket, socket: Socket, identity: Identity | undefined): void {
    const { broker, limits, pushes } = this.#host
    socket.setNoDelay(true)
    const link = new Link(webSocket, socket, limits, FanOut.of(broker))
    const isRpc = webSocket.protocol === rpcSubprotocol
    const handler = isRpc ? new RpcSocket(this.#host, link) : new RespSocket(broker, link, pushes)
    const { session } = handler
    session.libraryName = libraryName
    if (identity !== undefined && !session.isClosed) broker.acl.assume(session, identity.user, identity.expiresAtMs)
    const peer: Peer = { link, socket: handler, pingAtMs: broker.clockMs() + limits.pingEveryMs }
    this.#peers.add(peer)
    webSocket.on('message', (data, isBinary) => {
      link.isAlive = true
      if (link.admitsMessage(broker.clockMs())) handler.message(data as Buffer, isBinary)
    })
    webSocket.on('ping', (payload) => link.pong(payload))
    webSocket.on('pong', () => {
      link.isAlive = true
    })
    // What is no WebSocket closes it, with the code that fits.
    webSocket.on('error', () => {})
    webSocket.on('close', () => {
      this.#peers.delete(peer)
      this.#part(handler)
    })
  }

  /** The socket is gone, or as good as. */
  #part(socket: RpcSocket | RespSocket): void {
    socket.closed()
    if (!(socket instanceof RpcSocket)) return
    const released = socket.released().finally(() => this.#releases.delete(released))
    this.#releases.add(released)
  }

  /** Cuts who did not answer a ping, pings who is due, and closes whose token has ended. */
  #sweep(): void {
    const nowMs = this.#host.broker.clockMs()
    for (const peer of this.#peers) {
      const { link, socket } = peer
      if (socket.session.expiresAtMs <= nowMs) link.close(closeCode.expired, 'the token has expired')
      if (peer.pingAtMs > nowMs) continue
      if (!link.isAlive) {
        link.destroy()
        continue
      }
      link.isAlive = false
      peer.pingAtMs = nowMs + this.#host.limits.pingEveryMs
      link.ping()
    }
  }
}

/** Serves WebSockets at `/ws` of the HTTP front end. */
export function attachWebSocket(
  http: HttpFrontEnd,
  broker: Broker,
  replaced?: Partial<WebSocketLimits>,
): WebSocketFrontEnd {
  const frontEnd = new WebSocketFrontEnd(broker, http.gate, followLimits(broker.config, replaced))
  http.onUpgrade(path, (request, socket, head) => frontEnd.upgrade(request, socket, head))
  return frontEnd
}

/** The first of the offered subprotocols that there is. */
function chosen(offered: ReadonlySet<string>): string | undefined {
  return [...offered].find((name) => name === rpcSubprotocol || name === respSubprotocol)
}

function offeredBy(request: IncomingMessage): Set<string> {
  const header = request.headers['sec-websocket-protocol'] ?? ''
  return new Set(header.split(',').map((name) => name.trim()))
}
