/** What is known of who asks from the address it came from. */

/** Whether the address, with or without a port, is this machine's own. */
export function isLoopback(address: string): boolean {
  return /^(127\.|\[?::1\]?(:\d+)?$|\[?::ffff:127\.)/.test(address)
}

/** An address and a port as the broker's sessions name them. */
export function addressOf(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return ''
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
