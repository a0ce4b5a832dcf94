/** What is known of who asks from the address it came from. */

import type { Socket } from 'node:net'

/** Whether the address, with or without a port, is this machine's own. */
export function isLoopback(address: string): boolean {
  return /^(127\.|\[?::1\]?(:\d+)?$|\[?::ffff:127\.)/.test(address)
}

/** An address and a port as the broker's sessions name them. */
export function addressOf(address: string | undefined, port = 0): string {
  if (address === undefined) return ''
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Both ends of a connection as a session shows them. */
export function endsOf(socket: Socket): { readonly remoteAddress: string; readonly localAddress: string } {
  return {
    remoteAddress: addressOf(socket.remoteAddress, socket.remotePort),
    localAddress: addressOf(socket.localAddress, socket.localPort),
  }
}
