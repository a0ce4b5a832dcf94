/**
 * The broker in this process, with a clock that moves only when told: for command tests.
 *
 *     const broker = new TestBroker()
 *     const client = broker.client()
 *     client.call('SET key value')        // '+OK', the notation of the session transcripts
 *
 * A command line is split as in transcripts (double quotes, \xHH); an array of byte strings goes as it is. `call`
 * returns the one reply, or undefined when the client waits; what arrives otherwise (a wait that ends, a pushed
 * message) is fetched with `received`.
 */

import { luaCode } from '../../src/cli/lua-code.ts'
import { commandTable } from '../../src/commands/table.ts'
import type { Log } from '../../src/log/log.ts'
import { Broker } from '../../src/server/broker.ts'
import { Config } from '../../src/server/config/config.ts'
import { bareHost, type Host } from '../../src/server/host.ts'
import type { Connection, Session } from '../../src/server/session.ts'
import { parseCommand, printReply } from './notation.ts'
import { ReplyReader } from './resp-reply.ts'

class MemoryConnection implements Connection {
  readonly isDrained = true
  readonly pendingBytes = 0
  readonly remoteAddress = '127.0.0.1:50000'
  readonly localAddress = '127.0.0.1:6379'
  isClosed = false
  readonly reader = new ReplyReader()
  readonly replies: string[] = []

  write(bytes: Buffer): void {
    for (const { reply } of this.reader.push(Buffer.from(bytes))) this.replies.push(printReply(reply))
  }
  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
  end(): void {
    this.isClosed = true
  }
  finish(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }
  destroy(): void {
    this.isClosed = true
  }
}

export class TestClient {
  readonly session: Session
  readonly #broker: TestBroker
  readonly #connection: MemoryConnection

  constructor(broker: TestBroker) {
    this.#broker = broker
    this.#connection = new MemoryConnection()
    this.session = broker.broker.connect(this.#connection)
  }

  get isClosed(): boolean {
    return this.#connection.isClosed
  }

  /** Runs one command as a turn of its own; its reply in transcript notation, undefined when the client waits. */
  call(command: string | readonly string[]): string | undefined {
    this.send(command)
    return this.#connection.replies.shift()
  }

  /** Sends a command and ends the turn; the replies wait in `received`. */
  send(command: string | readonly string[]): void {
    const words = typeof command === 'string' ? parseCommand(command) : command
    const parts = words.map((word) => `$${word.length}\r\n${word}\r\n`)
    this.sendRaw(`*${words.length}\r\n${parts.join('')}`)
  }

  /** Sends bytes (one a character) and ends the turn. */
  sendRaw(bytes: string): void {
    this.#broker.broker.receive(this.session, Buffer.from(bytes, 'latin1'))
    this.#broker.broker.endTurn()
  }

  /** Everything received since the last look. */
  received(): string[] {
    return this.#connection.replies.splice(0)
  }

  disconnect(): void {
    this.#broker.broker.disconnect(this.session)
  }
}

export class TestBroker {
  readonly broker: Broker
  /** Records appended, as Latin-1 text. */
  readonly records: string[] = []
  /** The time, in milliseconds since 1970; `advance` moves it. */
  nowMs = 1_700_000_000_000
  /** How far the clock of microseconds moves whenever somebody looks at it; 0 lets it stand. */
  usPerLook = 0
  #looksUs = 0
  #random = 0.5

  /** `config` has the defaults unless a test brings its own; so has the log, whose records are then not in `records`. */
  constructor(config = new Config(), host: Host = { ...bareHost, luaCode }, ownLog?: Log) {
    const records = this.records
    const countingLog = {
      sizeBytes: 0,
      pendingBytes: 0,
      get position() {
        return records.length
      },
      get durablePosition() {
        return records.length
      },
      lookNow() {},
      append(bytes: Uint8Array) {
        records.push(Buffer.from(bytes).toString('latin1'))
        return records.length
      },
    } as unknown as Log
    const surroundings = {
      nowMs: () => this.nowMs,
      clockUs: () => {
        this.#looksUs += this.usPerLook
        return this.nowMs * 1000 + this.#looksUs
      },
      random: () => {
        this.#random = (this.#random * 16807 + 0.12345) % 1
        return this.#random
      },
      host,
    }
    this.broker = new Broker(commandTable, ownLog ?? countingLog, surroundings, config)
  }

  client(): TestClient {
    return new TestClient(this)
  }

  /** Lets time pass and does what it asks for. */
  advance(ms: number): void {
    this.nowMs += ms
    this.broker.tick()
    this.broker.endTurn()
  }
}
