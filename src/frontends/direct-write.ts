/** Writing to a socket at once, past the bookkeeping of Node's streams, which costs a good part of the system call's time when
 *  thousands of sockets are to have one message.
 *
 *  It is an optimization with a way back: what the system does not take at once, and whatever goes to a socket that is not
 *  plain TCP or has something waiting, goes through the stream. So order is kept, and errors are met where Node
 *  meets them. */
import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'

/** A socket's own part of the system, as far as it is looked at: it is gone from the socket in the moment in which the
 *  descriptor is closed. */
interface Handled {
  readonly _handle: { readonly fd?: number } | null
}

/** Where a socket's bytes go. */
export interface Direct {
  readonly handle: object
  readonly descriptor: number
}

/** Undefined where nothing may be written past the stream: with TLS, or where the system has no such descriptors. */
export function directOf(socket: Socket): Direct | undefined {
  const { _handle: handle } = socket as unknown as Handled
  if (handle?.fd === undefined || handle.fd < 0 || 'encrypted' in socket || process.platform === 'win32')
    return undefined
  return { handle, descriptor: handle.fd }
}

/** Writes behind all that was written before. The bytes must stay as they are until the socket has drained. */
export function writeNow(socket: Socket, handle: object | undefined, descriptor: number, bytes: Buffer): void {
  const isOurs = handle !== undefined && (socket as unknown as Handled)._handle === handle
  if (!isOurs || socket.writableLength > 0 || !socket.writable) {
    socket.write(bytes)
    return
  }
  let written = 0
  try {
    written = writeSync(descriptor, bytes)
  } catch {
    // The system takes nothing (EAGAIN) or the peer is gone: the stream finds out by itself.
  }
  if (written < bytes.length) socket.write(written === 0 ? bytes : bytes.subarray(written))
}
