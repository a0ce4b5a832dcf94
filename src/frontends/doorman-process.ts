/** The doorman: a process that the program starts while a script keeps it from its event loop. It takes connections from
 *  the program's own listening sockets, carries bytes to and fro, and hands the sockets over when the script has ended.
 *
 *  It knows nothing of RESP. Its arguments are the backlog and the file descriptors to accept from; descriptor 4 is the
 *  pipe of frames (`doorman-frames.ts`). When the program is gone, so is its doorman. */
import { createServer, type Server, Socket } from 'node:net'
import { type Arrival, encodeFrame, FrameReader, frameKind } from './doorman-frames.ts'

const pipeDescriptor = 4

const [backlog = 0, ...descriptors] = process.argv.slice(2).map(Number)
const pipe = new Socket({ fd: pipeDescriptor, readable: true, writable: true })
const visitors = new Map<number, Socket>()
const reader = new FrameReader()
let nextVisitor = 1
let isFinishing = false
/** Sockets that are on their way to the program. */
let sending = 0

/** Takes a connection by one of the listening sockets: from now on its bytes are told. */
function admit(socket: Socket, server: number): void {
  const visitor = nextVisitor++
  visitors.set(visitor, socket)
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  const arrival = JSON.stringify({ server, remoteAddress, remotePort, localAddress, localPort } as Arrival)
  pipe.write(encodeFrame(frameKind.arrived, visitor, Buffer.from(arrival)))
  socket.on('data', (chunk) => pipe.write(encodeFrame(frameKind.data, visitor, chunk)))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    if (!visitors.delete(visitor)) return
    pipe.write(encodeFrame(frameKind.left, visitor))
    endWhenEmpty()
  })
  if (isFinishing) handOver(visitor, socket)
}

/** Gives the socket to the program, once all that was to be sent to it is sent. */
function handOver(visitor: number, socket: Socket): void {
  if (socket.writableLength > 0) {
    socket.once('drain', () => handOver(visitor, socket))
    return
  }
  if (socket.destroyed) return
  stopReading(socket)
  socket.removeAllListeners('data')
  visitors.delete(visitor)
  pipe.write(encodeFrame(frameKind.handed, visitor))
  // A socket that knows its server would be counted in both processes. What its client sends from here on, even that it
  // sends nothing more, is read by the program.
  Object.assign(socket, { server: null, _server: null })
  sending++
  process.send!({ visitor }, socket, { keepOpen: false }, () => {
    sending--
    endWhenEmpty()
  })
}

/** Leaves what comes from here on to whoever gets the socket. A paused one would still read, and lose, what comes before
 *  it is sent. */
function stopReading(socket: Socket): void {
  const { _handle: handle } = socket as unknown as { _handle: { readStop(): void } }
  handle.readStop()
}

function endWhenEmpty(): void {
  if (isFinishing && visitors.size === 0 && sending === 0) pipe.end(() => process.disconnect())
}

function finish(servers: readonly Server[]): void {
  isFinishing = true
  for (const server of servers) server.close()
  for (const [visitor, socket] of visitors) handOver(visitor, socket)
  endWhenEmpty()
}

// A terminal's interrupt is for the program.
process.on('SIGINT', () => {})
const servers = descriptors.map((fd, i) =>
  createServer({ allowHalfOpen: true }, (socket) => admit(socket, i)).listen({ fd, backlog }),
)
pipe.on('data', (chunk) => {
  for (const { kind, visitor, bytes } of reader.push(chunk)) {
    if (kind === frameKind.data) visitors.get(visitor)?.write(bytes)
    else if (kind === frameKind.close) visitors.get(visitor)?.destroySoon()
    else if (kind === frameKind.finish) finish(servers)
  }
})
pipe.on('error', () => process.exit())
pipe.on('end', () => process.exit())
