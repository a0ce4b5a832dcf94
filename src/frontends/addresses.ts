/** Where connections come from and arrive, as sessions name it. */
import type { Socket } from 'node:net'

/** Whether the address, with or without a port, is this machine's own. */
export function isLoopback(address: string): boolean {
  return /^(127\.|\[?::1\]?(:\d+)?$|\[?::ffff:127\.)/.test(address)
}

/** One end of a connection as Redis writes it; `path` is that of the unix socket, if it is one. */
export function addressOf(address: string | undefined, port = 0, path?: string): string {
  if (path !== undefined) return `${path}:0`
  if (address === undefined) return ''
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Both ends; of a socket or of what tells the same of one. */
export function endsOf(
  { remoteAddress, remotePort, localAddress, localPort }: Partial<SocketEnds>,
  path?: string,
): { readonly remoteAddress: string; readonly localAddress: string } {
  return {
    remoteAddress: addressOf(remoteAddress, remotePort, path),
    localAddress: addressOf(localAddress, localPort, path),
  }
}

type SocketEnds = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>
