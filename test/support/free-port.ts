import { createServer } from 'node:net'

const lowestPort = 7001

/**
 * A TCP port on 127.0.0.1, above 7000, that nobody listened on a moment ago. The kernel chooses it, so two test
 * processes that ask at the same time are given different ones; whoever starts a server must still bear with the
 * port being taken in between.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await portOfTheKernel()
    if (port >= lowestPort) return port
  }
}

function portOfTheKernel(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
