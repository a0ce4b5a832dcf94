/** New connections while a script keeps the event loop waiting: a doorman, which is a process of its own, takes them
 *  from the sockets that are listened on, and carries bytes through a pipe that is read and written past the event
 *  loop. When the script has ended the doorman hands the sockets over and goes; the sessions stay as they are. What a
 *  handshake agreed on can't be handed over, so for those who came by TLS it stays, and hands over one end of a connection
 *  to itself.
 *
 *  Node has no way to accept a connection but its event loop, and no thread can have a socket of another. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Server, Socket } from 'node:net'
import { builtFile } from '../lib/built-file.ts'
import type { Broker } from '../server/broker.ts'
import type { BusyDoor } from '../server/host.ts'
import { descriptorOf, readAtOnce, writeAtOnce } from './direct-io.ts'
import {
  type Arrival,
  cannotHandOver,
  encodeFrame,
  encodeTlsOrder,
  type Frame,
  FrameReader,
  frameKind,
} from './doorman-frames.ts'
import type { TlsMaterials } from './tls.ts'
import { VisitorConnection, type VisitorDesk } from './visitor.ts'

const pipeDescriptor = 4
const readBytes = 64 * 1024

/** What is listened on. */
export interface Doors {
  readonly plain: readonly Server[]
  readonly tls: readonly Server[]
  /** How TLS is spoken, where it is. */
  readonly materials: TlsMaterials | undefined
}

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
  readonly #doors: () => Doors
  readonly #warn: (message: string) => void
  readonly #buffer = new Uint8Array(readBytes)
  #shift: Shift | undefined

  /** `warn` hears why there is no doorman, or why somebody could not be let in. */
  constructor(broker: Broker, doors: () => Doors, warn: (message: string) => void) {
    this.#broker = broker
    this.#doors = doors
    this.#warn = warn
  }

  open(): void {
    const { plain, tls, materials } = this.#doors()
    const servers = [...plain, ...tls]
    if (servers.length === 0) return
    const descriptors = servers.map(descriptorOf)
    if (descriptors.some((each) => each < 0)) return this.#warnOfWaiting('listening sockets have no descriptors here')
    const child = this.#spawn(descriptors, plain.length)
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
    child.on('error', (error) => this.#warnOfWaiting(error.message))
    child.on('exit', (code) => {
      if (code === cannotHandOver) this.#warnOfWaiting(`Node ${process.version} can't hand sockets over`)
    })
    child.on('disconnect', () => {
      setImmediate(() => {
        for (const visitor of shift.visitors.values()) visitor.leaveUnlessHere()
      })
    })
    child.unref()
    child.channel?.unref()
    pipe.unref()
    if (tls.length > 0 && materials !== undefined) {
      const order = { materials, handshakesMax: this.#broker.config.settings.clientsMax }
      this.send(frameKind.tls, 0, encodeTlsOrder(order))
    }
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

  #spawn(descriptors: readonly number[], plainCount: number): ChildProcess | undefined {
    const backlog = String(this.#broker.config.settings.tcpBacklog)
    const places = descriptors.map((_, i) => String(pipeDescriptor + 1 + i))
    try {
      const program = builtFile(import.meta.url, 'doorman-process')
      return spawn(process.execPath, [program, backlog, String(plainCount), ...places], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe', ...descriptors],
        // Not the process' own flags: an inspector's port, say, is taken.
        env: {},
      })
    } catch (error) {
      this.#warnOfWaiting((error as Error).message)
      return undefined
    }
  }

  #warnOfWaiting(reason: string): void {
    this.#warn(`New connections wait for the script that is busy: ${reason}`)
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
    else if (kind === frameKind.warned) this.#warn(bytes.toString())
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
