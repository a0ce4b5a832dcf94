/** Reading and writing sockets at once, past Node's streams and its event loop: while a script keeps that waiting, and because
 *  the streams' bookkeeping costs a good part of the system call's time when thousands of sockets are to have one message.
 *
 *  Writing so is an optimization with a way back: what the system does not take at once, and whatever goes to a socket that
 *  is not plain, is left to the stream. So errors are met where Node meets them. */
import { readSync, writeSync } from 'node:fs'
import type { Server, Socket } from 'node:net'

/** The system's part of a socket, as far as it is looked at: it is gone from the socket in the moment in which the
 *  descriptor is closed. Node documents neither. */
interface Handled {
  readonly _handle?: { readonly fd?: number; readonly readStop?: () => void } | null
}

/** -1 where there is none: what is closed, or a system that has no such descriptors. */
export function descriptorOf(owner: Socket | Server): number {
  return (owner as unknown as Handled)._handle?.fd ?? -1
}

/** Leaves unread what comes from here on, so that another process gets it with the socket: a socket that is merely paused
 *  would still read. False, and nothing has changed, when the socket is closed or its handle is not what we know. */
export function stopReading(socket: Socket): boolean {
  const { _handle: handle } = socket as unknown as Handled
  if (!canStopReading(socket)) return false
  handle!.readStop!()
  return true
}

export function canStopReading(socket: Socket): boolean {
  return typeof (socket as unknown as Handled)._handle?.readStop === 'function'
}

/** How many bytes were read; 0 when none have come, or when the socket is closed. Whatever else there may be is met again by
 *  Node. */
export function readAtOnce(socket: Socket, target: Uint8Array): number {
  const descriptor = descriptorOf(socket)
  if (descriptor < 0) return 0
  try {
    return readSync(descriptor, target)
  } catch {
    return 0
  }
}

/** How many bytes the system took: 0 when it takes none now, or when the socket is closed. */
export function writeAtOnce(socket: Socket, bytes: Uint8Array): number {
  const descriptor = descriptorOf(socket)
  return descriptor < 0 ? 0 : writeDescriptor(descriptor, bytes)
}

/** Where a socket's bytes go. */
export interface Direct {
  readonly handle: object
  readonly descriptor: number
}

/** Undefined where nothing may be written past the stream: with TLS, or where the system has no such descriptors. */
export function directOf(socket: Socket): Direct | undefined {
  const { _handle: handle } = socket as unknown as Handled
  const descriptor = descriptorOf(socket)
  if (!handle || descriptor < 0 || 'encrypted' in socket || process.platform === 'win32') return undefined
  return { handle, descriptor }
}

/** Whether the socket still has the handle that `directOf` found: the descriptor of one that was closed may be another file's
 *  by now. */
export function isOpen(socket: Socket, handle: object | undefined): boolean {
  return handle !== undefined && (socket as unknown as Handled)._handle === handle
}

/** How many bytes the system took now: 0 when it takes none, or the peer is gone. For a socket that has the descriptor still, was
 *  not ended, and whose stream has nothing waiting. */
export function writeDescriptor(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes)
  } catch {
    // The system takes nothing (EAGAIN) or the peer is gone: the stream finds out by itself.
    return 0
  }
}
