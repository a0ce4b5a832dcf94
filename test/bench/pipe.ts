/** A plain connection for loading data: whole chunks of requests go in, replies are only watched for errors. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One request as an array of bulk strings. */
export function encodeRequest(parts: readonly (string | Buffer)[]): Buffer {
  const pieces: Buffer[] = [Buffer.from(`*${parts.length}\r\n`)]
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    pieces.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(pieces)
}

const silenceMsMax = 20_000
const chunkBytes = 256 * 1024

export class Pipe {
  readonly #socket: Socket
  /** What came since the last request, while somebody waits for it. */
  #received = ''
  #onData: () => void = () => {}
  #onEnd: (error: Error) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1')
      this.#onData()
    })
    socket.setTimeout(silenceMsMax, () => socket.destroy(new Error(`no answer for ${silenceMsMax} ms`)))
    socket.on('error', (error) => this.#onEnd(error))
    socket.on('close', () => this.#onEnd(new Error('the server closed the connection')))
  }

  static async connect(port: number): Promise<Pipe> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new Pipe(socket)
  }

  /** Sends one request and resolves with the reply's bytes, as far as they end in a line end: for one-line replies. */
  ask(request: Buffer): Promise<string> {
    return this.#exchange(request, () => this.#received.endsWith('\r\n'))
  }

  /** Sends every request, a few at a time, and resolves with how many there were; rejects on the first error reply. */
  async load(requests: Iterable<Buffer>): Promise<number> {
    let count = 0
    let batch: Buffer[] = []
    let size = 0
    for (const request of requests) {
      batch.push(request)
      size += request.length
      count += 1
      if (size < chunkBytes) continue
      await this.#flush(batch)
      batch = []
      size = 0
    }
    await this.#flush(batch)
    return count
  }

  close(): void {
    this.#onEnd = () => {}
    this.#socket.destroy()
  }

  /** A PING behind the batch says when all of it has been answered. */
  async #flush(batch: Buffer[]): Promise<void> {
    const mark = '$9\r\nend-batch\r\n'
    const replies = await this.#exchange(Buffer.concat([...batch, encodeRequest(['PING', 'end-batch'])]), () =>
      this.#received.endsWith(mark),
    )
    const error = /(?:^|\r\n)-([^\r]*)/.exec(replies)
    if (error !== null) throw new Error(`the server refused a request: ${error[1]}`)
  }

  #exchange(bytes: Buffer, complete: () => boolean): Promise<string> {
    this.#received = ''
    return new Promise((resolve, reject) => {
      this.#onEnd = reject
      this.#onData = () => {
        if (complete()) resolve(this.#received)
      }
      this.#socket.write(bytes)
    })
  }
}
