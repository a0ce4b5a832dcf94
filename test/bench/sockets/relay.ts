/**
 * The plain relay: what one writes with `ws` when a message is to reach everybody, and nothing more. What a publisher sends
 * is sent to each of the other sockets by `send`, as the package's own manual shows it. Nothing is kept, nobody is asked
 * who he is. `node relay.js` prints its port.
 */
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096 })
server.on('listening', () => console.log((server.address() as AddressInfo).port))
server.on('connection', (publisher) => {
  publisher.on('error', () => {})
  publisher.on('message', (message, isBinary) => {
    for (const client of server.clients) {
      if (client !== publisher && client.readyState === WebSocket.OPEN) client.send(message, { binary: isBinary })
    }
  })
})
