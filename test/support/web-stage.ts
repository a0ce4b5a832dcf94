/** A broker in this process with a real HTTP port on the loopback, and clients that end with it. */
import { performance } from 'node:perf_hooks'
import { EventLoop } from '../../src/cli/event-loop.ts'
import { commandTable } from '../../src/commands/table.ts'
import { HttpFrontEnd } from '../../src/frontends/http/front-end.ts'
import { InnerSession } from '../../src/frontends/inner-session.ts'
import { attachWebSocket, type WebSocketFrontEnd } from '../../src/frontends/websocket/front-end.ts'
import { defaultLimits, type WebSocketLimits } from '../../src/frontends/websocket/limits.ts'
import type { Log } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Broker } from '../../src/server/broker.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { RpcClient } from './rpc-client.ts'

export class WebStage {
  readonly broker: Broker
  readonly webSocket: WebSocketFrontEnd
  readonly port: number
  readonly #http: HttpFrontEnd
  readonly #loop: EventLoop
  readonly #clients: RpcClient[] = []
  readonly #inner: InnerSession

  private constructor(broker: Broker, http: HttpFrontEnd, webSocket: WebSocketFrontEnd, loop: EventLoop, port: number) {
    this.broker = broker
    this.webSocket = webSocket
    this.port = port
    this.#http = http
    this.#loop = loop
    this.#inner = InnerSession.open(broker)
    broker.acl.exempt(this.#inner.session)
  }

  static async open(limits: Partial<WebSocketLimits> = {}, log?: Log, port = 0): Promise<WebStage> {
    const ownLog =
      log ?? new MemoryLog({ events: { onDurable: (at) => broker.onDurable(at), onRefusing() {}, onFatal() {} } })
    const surroundings = {
      nowMs: Date.now,
      clockUs: () => performance.now() * 1000,
      random: Math.random,
      host: bareHost,
    }
    const broker: Broker = new Broker(commandTable, ownLog, surroundings, new Config())
    const loop = new EventLoop(broker)
    loop.start()
    const http = await HttpFrontEnd.create(broker, { tls: undefined, warn: () => {} })
    const webSocket = attachWebSocket(http, broker, { ...defaultLimits, ...limits })
    const bound = await http.listen({ host: '127.0.0.1', port, backlog: 511 })
    return new WebStage(broker, http, webSocket, loop, bound)
  }

  /** A client of `millrace.v1`. */
  async client(
    ...options: Parameters<typeof RpcClient.open> extends [number, ...infer Rest] ? Rest : never
  ): Promise<RpcClient> {
    const client = await RpcClient.open(this.port, ...options)
    this.#clients.push(client)
    return client
  }

  /** Runs a command; its reply as JSON has it. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  async run(...command: string[]): Promise<any> {
    return JSON.parse((await this.#inner.callJson(command)).json)
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close()
    await this.webSocket.close()
    await this.#http.close()
    this.#inner.close()
    this.#loop.stop()
    this.broker.onTurn = () => {}
    await this.broker.close()
  }
}
