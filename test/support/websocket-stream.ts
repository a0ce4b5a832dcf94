/** A WebSocket of the subprotocol `resp` as the stream of bytes that it carries, so that a client of RESP runs over it. */
import { Duplex } from 'node:stream'
import { WebSocket } from 'ws'

/** HTTP is there a little later than RESP. */
const patienceMs = 20_000
const tryAgainMs = 50

export async function openWebSocketStream(port: number): Promise<Duplex> {
  for (const deadline = Date.now() + patienceMs; ; ) {
    try {
      return await open(port)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, tryAgainMs))
    }
  }
}

function open(port: number): Promise<Duplex> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['resp'])
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(asStream(socket)))
    socket.once('error', reject)
  })
}

function asStream(socket: WebSocket): Duplex {
  const stream = new Duplex({
    allowHalfOpen: false,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      // Cut where no request ends.
      const middle = chunk.length >> 1
      socket.send(chunk.subarray(0, middle))
      socket.send(chunk.subarray(middle), done)
    },
    destroy(error, done) {
      socket.terminate()
      done(error)
    },
  })
  socket.on('message', (data) => stream.push(data))
  socket.on('error', () => stream.destroy())
  socket.on('close', () => stream.destroy())
  return stream
}
