/** What comes over TLS: handed on as Node decrypts it, or decrypted at once where somebody reads past the event loop. */
import type { Socket } from 'node:net'

/** Node documents no way to feed a TLS socket by hand. */
interface Fed {
  readonly _handle?: { receive?: (encrypted: Buffer) => void } | null
}

export class TlsInput {
  readonly #socket: Socket
  /** What was decrypted while somebody reads at once. */
  #decrypted: Buffer[] | undefined

  constructor(socket: Socket, onBytes: (bytes: Buffer) => void) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      if (this.#decrypted === undefined) onBytes(chunk)
      else this.#decrypted.push(chunk)
    })
  }

  /** Nothing can be decrypted by hand: the socket is closed, or its handle is not what we know. */
  get isBlind(): boolean {
    return typeof (this.#socket as unknown as Fed)._handle?.receive !== 'function'
  }

  /** What these bytes are, which were read from the socket; it must not be blind. An answer leaves at once, the next ones when
   *  the event loop runs again: Node encrypts one piece in each round. */
  decrypt(bytes: Uint8Array): Uint8Array {
    const decrypted: Buffer[] = []
    this.#decrypted = decrypted
    try {
      ;(this.#socket as unknown as Fed)._handle!.receive!(Buffer.from(bytes))
    } finally {
      this.#decrypted = undefined
    }
    return decrypted.length === 1 ? decrypted[0]! : Buffer.concat(decrypted)
  }
}
