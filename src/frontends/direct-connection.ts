/** What connections have in common whose bytes may be written past their socket's stream, alone or together with others. */
import type { Socket } from 'node:net'
import { directOf, isOpen, writeDescriptor } from './direct-io.ts'
import type { FanOut, Hearer } from './fan-out.ts'

export abstract class DirectConnection implements Hearer {
  protected readonly socket: Socket
  readonly #handle: object | undefined
  readonly #descriptor: number
  readonly #fanOut: FanOut
  /** The batch in which it was gathered last. */
  #batch = -1

  constructor(socket: Socket, fanOut: FanOut) {
    this.socket = socket
    const direct = directOf(socket)
    this.#handle = direct?.handle
    this.#descriptor = direct?.descriptor ?? -1
    this.#fanOut = fanOut
  }

  get descriptor(): number {
    return isOpen(this.socket, this.#handle) ? this.#descriptor : -1
  }

  sendNow(bytes: Buffer): boolean {
    const { descriptor } = this
    const sent = descriptor < 0 ? 0 : writeDescriptor(descriptor, bytes)
    if (sent === bytes.length) return true
    this.sendRest(bytes, sent)
    return false
  }

  abstract sendRest(bytes: Buffer, sent: number): void

  /** Whether the bytes are gathered, to leave with those of others. Only while nothing waits in the socket's stream. */
  protected gather(bytes: Buffer): boolean {
    if (!this.#fanOut.takes(this, bytes)) return false
    this.#batch = this.#fanOut.batch
    return true
  }

  /** What comes next must not overtake what was gathered. */
  protected flush(): void {
    if (this.#batch === this.#fanOut.batch) this.#fanOut.flush()
  }
}
