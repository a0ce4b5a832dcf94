/** The broker in this process behind its HTTP front end, whose turns end by themselves; closed when the test is over. */
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { HttpFrontEnd } from '../../src/frontends/http/front-end.ts'
import { Config } from '../../src/server/config/config.ts'
import { TestBroker } from './in-process.ts'

export interface HttpBroker {
  readonly test: TestBroker
  readonly frontEnd: HttpFrontEnd
  readonly warnings: string[]
}

/** `directives` are given as in a file: `['requirepass', 'secret']`. */
export async function httpBroker(...directives: readonly (readonly [string, ...string[]])[]): Promise<HttpBroker> {
  const config = new Config()
  for (const [name, ...words] of directives) config.assign(name, words)
  const test = new TestBroker(config)
  test.broker.onTurn = () => setImmediate(() => test.broker.endTurn())
  const warnings: string[] = []
  const frontEnd = await HttpFrontEnd.create(test.broker, {
    tls: undefined,
    warn: (message) => warnings.push(message),
  })
  onTestFinished(() => frontEnd.close())
  return { test, frontEnd, warnings }
}

/** Listens on a free port; sends the bytes (one a character) over a socket of their own, and resolves with all that
 *  comes back until the server closes. */
export async function exchange(frontEnd: HttpFrontEnd, bytes: string): Promise<string> {
  const port = await frontEnd.listen({ host: '127.0.0.1', port: 0, backlog: 16 })
  const socket = connect(port, '127.0.0.1')
  socket.write(Buffer.from(bytes, 'latin1'))
  return readToEnd(socket)
}

export async function readToEnd(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1')
  for await (const chunk of socket) text += chunk
  return text
}
