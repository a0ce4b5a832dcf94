/** A broker in this process with a real HTTP port on the loopback, and clients that end with it. */
import { performance } from 'node:perf_hooks'
import { EventLoop } from '../../src/cli/event-loop.ts'
import { commandTable } from '../../src/commands/table.ts'
import { HttpFrontEnd } from '../../src/frontends/http/front-end.ts'
import { InnerSession } from '../../src/frontends/inner-session.ts'
import { attachWebSocket, type WebSocketFrontEnd } from '../../src/frontends/websocket/front-end.ts'
import type { WebSocketLimits } from '../../src/frontends/websocket/limits.ts'
import type { Log, LogEvents } from '../../src/log/log.ts'
import { MemoryLog } from '../../src/log/memory.ts'
import { Broker } from '../../src/server/broker.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost } from '../../src/server/host.ts'
import { RpcClient } from './rpc-client.ts'

type MakeLog = (events: LogEvents) => Promise<Log>

export class WebStage {
  readonly broker: Broker
  readonly webSocket: WebSocketFrontEnd
  readonly port: number
  readonly #http: HttpFrontEnd
  readonly #log: Log
  readonly #loop: EventLoop
  readonly #clients: RpcClient[] = []
  readonly #inner: InnerSession
  readonly #clock: { aheadMs: number }

  private constructor(
    broker: Broker,
    log: Log,
    http: HttpFrontEnd,
    webSocket: WebSocketFrontEnd,
    loop: EventLoop,
    port: number,
    clock: { aheadMs: number },
  ) {
    this.#clock = clock
    this.broker = broker
    this.#log = log
    this.webSocket = webSocket
    this.port = port
    this.#http = http
    this.#loop = loop
    this.#inner = InnerSession.open(broker)
    broker.acl.exempt(this.#inner.session)
  }

  /** `makeLog` makes the log, which is read first; without it one in memory serves. */
  static async open(limits: Partial<WebSocketLimits> = {}, makeLog?: MakeLog, port = 0): Promise<WebStage> {
    let broker: Broker | undefined
    const events: LogEvents = { onDurable: (at) => broker?.onDurable(at), onRefusing() {}, onFatal() {} }
    const log = (await makeLog?.(events)) ?? new MemoryLog({ events })
    const clock = { aheadMs: 0 }
    const surroundings = {
      nowMs: () => Date.now() + clock.aheadMs,
      clockUs: () => performance.now() * 1000,
      random: Math.random,
      host: bareHost,
    }
    broker = new Broker(commandTable, log, surroundings, new Config())
    await log.recover({ ...broker.storage.beginLoading(Date.now()), progress() {} })
    broker.storage.endLoading()
    const loop = new EventLoop(broker)
    loop.start()
    const http = await HttpFrontEnd.create(broker, { tls: undefined, warn: () => {} })
    const webSocket = attachWebSocket(http, broker, limits)
    const bound = await http.listen({ host: '127.0.0.1', port, backlog: 511 })
    return new WebStage(broker, log, http, webSocket, loop, bound, clock)
  }

  /** Puts the broker's clock forward. */
  advance(ms: number): void {
    this.#clock.aheadMs += ms
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
    this.#loop.stop()
    await this.broker.close()
    this.#inner.close()
    await this.#log.close()
  }
}
