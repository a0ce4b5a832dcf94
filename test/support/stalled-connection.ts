/** A connection whose other side reads nothing until it is told to: what is written waits. */
import type { Connection } from '../../src/server/session.ts'

export class StalledConnection implements Connection {
  readonly remoteAddress: string
  readonly localAddress = '127.0.0.1:6379'
  /** Everything written that the other side has read. */
  readText = ''
  isClosed = false
  #waiting: Buffer[] = []

  constructor(remoteAddress = '127.0.0.1:50001') {
    this.remoteAddress = remoteAddress
  }

  get pendingBytes(): number {
    return this.#waiting.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  get isDrained(): boolean {
    return this.#waiting.length === 0
  }

  /** Reads what waits. */
  drain(): string {
    this.readText += Buffer.concat(this.#waiting).toString('latin1')
    this.#waiting = []
    return this.readText
  }

  write(bytes: Buffer): void {
    this.#waiting.push(bytes)
  }
  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
  finish(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }
  end(): void {
    this.isClosed = true
  }
  destroy(): void {
    this.#waiting = []
    this.isClosed = true
  }
}
