/** New connections while a script keeps the event loop waiting: a doorman, which is a process of its own, takes them
 *  from the sockets that are listened on, and carries bytes through a pipe that is read and written past the event
 *  loop. When the script has ended the doorman hands the sockets over and goes; the sessions stay as they are.
 *
 *  Node has no way to accept a connection but its event loop, and no thread can have a socket of another. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Broker } from '../server/broker.ts'
import type { BusyDoor } from '../server/host.ts'
import { descriptorOf, readAtOnce, writeAtOnce } from './direct-io.ts'
import { type Arrival, encodeFrame, type Frame, FrameReader, frameKind } from './doorman-frames.ts'
import { VisitorConnection, type VisitorDesk } from './visitor.ts'

const pipeDescriptor = 4
const readBytes = 64 * 1024

/** A doorman at work. */
interface Shift {
  readonly child: ChildProcess
  readonly pipe: Socket
  readonly reader: FrameReader
  readonly visitors: Map<number, VisitorConnection>
  /** Of the sockets that it accepts from: the path of each that has one. */
  readonly paths: readonly (string | undefined)[]
  /** What the pipe did not take yet. */
  unsent: Buffer[]
}

export class Doorman implements BusyDoor, VisitorDesk {
  readonly #broker: Broker
  readonly #servers: () => readonly Server[]
  readonly #warn: (message: string) => void
  readonly #buffer = new Uint8Array(readBytes)
  #shift: Shift | undefined

  /** `servers` are those that listen without TLS; `warn` hears why there is no doorman. */
  constructor(broker: Broker, servers: () => readonly Server[], warn: (message: string) => void) {
    this.#broker = broker
    this.#servers = servers
    this.#warn = warn
  }

  open(): void {
    const servers = this.#servers().filter((server) => descriptorOf(server) >= 0)
    if (servers.length === 0) return
    const child = this.#spawn(servers.map(descriptorOf))
    const pipe = child?.stdio[pipeDescriptor] as Socket | undefined
    if (child === undefined || pipe === undefined) return
    const shift: Shift = {
      child,
      pipe,
      reader: new FrameReader(),
      visitors: new Map(),
      paths: servers.map(pathOf),
      unsent: [],
    }
    this.#shift = shift
    pipe.on('data', (chunk: Buffer) => this.#hear(shift, chunk))
    pipe.on('error', () => pipe.destroy())
    child.on('message', ({ visitor }: { visitor: number }, socket) => {
      shift.visitors.get(visitor)?.takeSocket(socket as Socket)
    })
    child.on('error', (error) => this.#warn(`New connections wait for the script that is busy: ${error.message}`))
    child.on('disconnect', () => {
      setImmediate(() => {
        for (const visitor of shift.visitors.values()) visitor.leaveUnlessHere()
      })
    })
    child.unref()
    child.channel?.unref()
    pipe.unref()
  }

  look(): void {
    const shift = this.#shift
    if (shift === undefined) return
    this.#flush(shift)
    for (;;) {
      const size = readAtOnce(shift.pipe, this.#buffer)
      if (size === 0) return
      this.#hear(shift, this.#buffer.subarray(0, size))
    }
  }

  close(): void {
    const shift = this.#shift
    if (shift === undefined) return
    this.#shift = undefined
    shift.unsent.push(encodeFrame(frameKind.finish, 0))
    this.#flush(shift)
    if (shift.unsent.length > 0) shift.pipe.write(Buffer.concat(shift.unsent))
    const visitors = [...shift.visitors.values()]
    for (const visitor of visitors) visitor.keepWrites()
    setImmediate(() => {
      for (const visitor of visitors) visitor.runOnItsOwn()
    })
  }

  // VisitorDesk.

  send(kind: number, visitor: number, bytes?: Uint8Array): void {
    const shift = this.#shift
    if (shift === undefined) return
    shift.unsent.push(encodeFrame(kind, visitor, bytes))
    this.#flush(shift)
  }

  #spawn(descriptors: readonly number[]): ChildProcess | undefined {
    const isSource = import.meta.url.endsWith('.ts')
    const file = new URL(
      isSource ? '../../dist/src/frontends/doorman-process.js' : './doorman-process.js',
      import.meta.url,
    )
    if (!existsSync(file)) return undefined
    const backlog = String(this.#broker.config.settings.tcpBacklog)
    const places = descriptors.map((_, i) => String(pipeDescriptor + 1 + i))
    try {
      return spawn(process.execPath, [fileURLToPath(file), backlog, ...places], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe', ...descriptors],
        // Not the process' own flags: an inspector's port, say, is taken.
        env: {},
      })
    } catch (error) {
      this.#warn(`New connections wait for the script that is busy: ${(error as Error).message}`)
      return undefined
    }
  }

  #hear(shift: Shift, chunk: Uint8Array): void {
    for (const frame of shift.reader.push(chunk)) this.#handle(shift, frame)
  }

  #handle(shift: Shift, { kind, visitor: number, bytes }: Frame): void {
    const { visitors } = shift
    const visitor = visitors.get(number)
    if (kind === frameKind.arrived) {
      const isRelayed = this.#shift === shift
      const arrival = JSON.parse(bytes.toString()) as Arrival
      const path = shift.paths[arrival.server]
      visitors.set(number, new VisitorConnection(this.#broker, this, number, arrival, path, isRelayed))
    } else if (kind === frameKind.data) visitor?.arrive(bytes)
    else if (kind === frameKind.handed) visitor?.noteHanded()
    else if (kind === frameKind.left) {
      visitor?.leave()
      visitors.delete(number)
    }
  }

  /** Writes past the event loop what the pipe takes. */
  #flush(shift: Shift): void {
    while (shift.unsent.length > 0) {
      const frame = shift.unsent[0]!
      const size = writeAtOnce(shift.pipe, frame)
      if (size < frame.length) {
        shift.unsent[0] = frame.subarray(size)
        return
      }
      shift.unsent.shift()
    }
  }
}

function pathOf(server: Server): string | undefined {
  const address = server.address()
  return typeof address === 'string' ? address : undefined
}
