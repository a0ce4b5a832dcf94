/** The doorman: a process that the program starts while a script keeps it from its event loop. It takes connections from
 *  the program's own listening sockets, carries bytes to and fro, and hands the sockets over when the script has ended.
 *  Who came by TLS is handed over as one end of a connection to ourselves, between which and the client the doorman goes
 *  on to encrypt and decrypt until the last of them has gone.
 *
 *  It knows nothing of RESP. Its arguments are the backlog, how many of the descriptors are without TLS, and the
 *  descriptors to accept from; descriptor 4 is the pipe of frames (`doorman-frames.ts`). When the program is gone, so is
 *  its doorman. */
import { createServer, type Server, Socket } from 'node:net'
import { canStopReading, stopReading } from './direct-io.ts'
import {
  type Arrival,
  cannotHandOver,
  decodeTlsOrder,
  encodeFrame,
  FrameReader,
  frameKind,
  type TlsOrder,
} from './doorman-frames.ts'
import { connectToOurselves } from './loopback.ts'
import { TlsGate } from './tls.ts'

const pipeDescriptor = 4

interface Visitor {
  readonly socket: Socket
  readonly isTls: boolean
}

const [backlog = 0, plainCount = 0, ...descriptors] = process.argv.slice(2).map(Number)
const pipe = new Socket({ fd: pipeDescriptor, readable: true, writable: true })
const visitors = new Map<number, Visitor>()
const reader = new FrameReader()
const servers: Server[] = []
const gates: TlsGate[] = []
let nextVisitor = 1
/** The script has ended; and everybody has been handed over, or has left. */
let isFinishing = false
let isFinished = false
/** Sockets that are on their way to the program. */
let sending = 0

/** Takes a connection by one of the listening sockets: from now on its bytes are told. */
function admit(socket: Socket, server: number, isTls: boolean): void {
  const number = nextVisitor++
  const visitor = { socket, isTls }
  visitors.set(number, visitor)
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  const arrival = JSON.stringify({ server, remoteAddress, remotePort, localAddress, localPort } as Arrival)
  pipe.write(encodeFrame(frameKind.arrived, number, Buffer.from(arrival)))
  socket.on('data', (chunk) => pipe.write(encodeFrame(frameKind.data, number, chunk)))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    if (!visitors.delete(number)) return
    pipe.write(encodeFrame(frameKind.left, number))
    endWhenEmpty()
  })
  if (isFinishing) handOver(number, visitor)
}

/** Gives the visitor to the program, once all that was to be sent to it is sent. */
function handOver(number: number, visitor: Visitor): void {
  const { socket, isTls } = visitor
  if (socket.destroyed) return
  if (socket.writableLength > 0) {
    // Called when all before has left; a `drain` comes only where much was waiting.
    socket.write('', () => handOver(number, visitor))
    return
  }
  if (isTls) {
    void relay(number, socket)
    return
  }
  if (!stopReading(socket)) {
    socket.destroy()
    return
  }
  socket.removeAllListeners('data')
  send(number, socket)
}

/** Gives the program one end of a connection in place of a socket that only we can decrypt. */
async function relay(number: number, socket: Socket): Promise<void> {
  socket.pause()
  socket.removeAllListeners('data')
  sending++
  try {
    const { ours, theirs } = await connectToOurselves()
    for (const each of [ours, theirs]) each.on('error', () => each.destroy())
    if (socket.destroyed || !stopReading(theirs)) {
      for (const each of [ours, theirs, socket]) each.destroy()
      return
    }
    send(number, theirs)
    join(socket, ours)
  } catch (error) {
    warn(`A connection over TLS could not be handed over: ${(error as Error).message}`)
    socket.destroy()
  } finally {
    sending--
    endWhenEmpty()
  }
}

/** What one of the two sends, the other gets; when one is gone so is the other, once it has everything. */
function join(socket: Socket, other: Socket): void {
  socket.on('close', () => other.destroySoon())
  other.on('close', () => socket.destroySoon())
  other.pipe(socket)
  socket.pipe(other)
  if (socket.readableEnded) other.end()
}

/** What the client sends from here on, even that it sends nothing more, is read by the program. */
function send(number: number, socket: Socket): void {
  visitors.delete(number)
  pipe.write(encodeFrame(frameKind.handed, number))
  // A socket that knows its server would be counted in both processes.
  Object.assign(socket, { server: null, _server: null })
  sending++
  process.send!({ visitor: number }, socket, { keepOpen: false }, () => {
    sending--
    endWhenEmpty()
  })
}

function endWhenEmpty(): void {
  const isBusy = visitors.size > 0 || sending > 0 || gates.some(({ pendingCount }) => pendingCount > 0)
  if (!isFinishing || isFinished || isBusy) return
  isFinished = true
  pipe.end(() => process.disconnect())
}

function warn(message: string): void {
  pipe.write(encodeFrame(frameKind.warned, 0, Buffer.from(message)))
}

function listen(fd: number, take: (socket: Socket) => void): void {
  const server = createServer({ allowHalfOpen: true }, take)
  server.on('error', (error) => warn(`A connection could not be accepted: ${error.message}`))
  servers.push(server.listen({ fd, backlog }))
}

function listenForTls({ materials, handshakesMax }: TlsOrder): void {
  const pendingCount = (): number => gates.reduce((sum, gate) => sum + gate.pendingCount, 0)
  for (const [i, fd] of descriptors.entries()) {
    if (i < plainCount) continue
    const gate = new TlsGate(materials, (socket) => admit(socket, i, true), warn)
    gates.push(gate)
    listen(fd, (socket) => {
      if (pendingCount() >= handshakesMax) {
        socket.destroy()
        return
      }
      gate.take(socket)
      socket.once('close', endWhenEmpty)
    })
  }
}

function finish(): void {
  isFinishing = true
  for (const server of servers) server.close()
  for (const [number, visitor] of visitors) handOver(number, visitor)
  endWhenEmpty()
}

/** Without the program there is nothing to do; without its pipe, when all is handed over, there may be. */
function endWithProgram(): void {
  if (!isFinished) process.exit()
}

if (!canStopReading(pipe)) process.exit(cannotHandOver)
// What is sent to a terminal's or a service's processes all together is for the program.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
for (const [i, fd] of descriptors.entries()) if (i < plainCount) listen(fd, (socket) => admit(socket, i, false))
pipe.on('data', (chunk) => {
  for (const { kind, visitor, bytes } of reader.push(chunk)) {
    if (kind === frameKind.data) visitors.get(visitor)?.socket.write(bytes)
    else if (kind === frameKind.close) visitors.get(visitor)?.socket.destroySoon()
    else if (kind === frameKind.tls) listenForTls(decodeTlsOrder(bytes))
    else if (kind === frameKind.finish) finish()
  }
})
pipe.on('error', endWithProgram)
pipe.on('end', endWithProgram)
