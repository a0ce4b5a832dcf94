/** What a program and its doorman tell each other through their pipe: frames of a kind, the visitor's number, and
 *  bytes.
 *
 *  From the doorman: somebody `arrived` (the bytes are an `Arrival` in JSON), sent `data`, `left`; or all that was read of
 *  a connection has been told, and its socket comes by itself (`handed`). For visitor 0, what is worth a line in the
 *  program's log (`warned`). From the program: `data` for a visitor, `close` behind it; and for visitor 0, first of all,
 *  how TLS is spoken (`tls`), and at last `finish`. */
import { deserialize, serialize } from 'node:v8'
import type { TlsMaterials } from './tls.ts'

export const frameKind = { arrived: 1, data: 2, left: 3, handed: 4, close: 5, finish: 6, tls: 7, warned: 8 } as const

/** The doorman's exit code where its Node is not one with which it can do its work. */
export const cannotHandOver = 3

/** How TLS is spoken. */
export interface TlsOrder {
  readonly materials: TlsMaterials
  /** No more handshakes than this may be under way. */
  readonly handshakesMax: number
}

/** Certificates are bytes, which JSON has not. */
export function encodeTlsOrder(order: TlsOrder): Buffer {
  return serialize(order)
}

export function decodeTlsOrder(bytes: Uint8Array): TlsOrder {
  return deserialize(bytes) as TlsOrder
}

/** By which of the listening sockets somebody came, and the addresses of both ends as far as there are any. */
export interface Arrival {
  readonly server: number
  readonly remoteAddress?: string
  readonly remotePort?: number
  readonly localAddress?: string
  readonly localPort?: number
}

const headBytes = 9

export interface Frame {
  readonly kind: number
  readonly visitor: number
  readonly bytes: Buffer
}

export function encodeFrame(kind: number, visitor: number, bytes: Uint8Array = Buffer.alloc(0)): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + bytes.length)
  frame.writeUInt8(kind, 0)
  frame.writeUInt32LE(visitor, 1)
  frame.writeUInt32LE(bytes.length, 5)
  frame.set(bytes, headBytes)
  return frame
}

/** Puts frames together again, however they were cut. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** The frames that are complete with this chunk; their bytes are copies. */
  push(chunk: Uint8Array): Frame[] {
    const bytes = Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    let at = 0
    while (bytes.length - at >= headBytes) {
      const end = at + headBytes + bytes.readUInt32LE(at + 5)
      if (end > bytes.length) break
      frames.push({
        kind: bytes.readUInt8(at),
        visitor: bytes.readUInt32LE(at + 1),
        bytes: bytes.subarray(at + headBytes, end),
      })
      at = end
    }
    this.#rest = bytes.subarray(at)
    return frames
  }
}
