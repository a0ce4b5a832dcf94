/** A connection of a process with itself, for whoever needs a socket that another process can have. */
import { on, once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

const host = '127.0.0.1'

/** Both ends: one to keep and one to give away. */
export interface Ends {
  readonly ours: Socket
  readonly theirs: Socket
}

/** Rejects where the machine has no loopback interface, or no ports left. */
export async function connectToOurselves(): Promise<Ends> {
  const server = createServer()
  try {
    server.listen(0, host, 1)
    await once(server, 'listening')
    const arrivals = on(server, 'connection') as AsyncIterable<[Socket]>
    const theirs = connect((server.address() as AddressInfo).port, host)
    await once(theirs, 'connect')
    for await (const [ours] of arrivals) {
      if (ours.remotePort === theirs.localPort) return { ours, theirs }
      // Somebody else on this machine was quicker.
      ours.destroy()
    }
    throw new Error('the listening socket was closed')
  } finally {
    server.close()
  }
}
