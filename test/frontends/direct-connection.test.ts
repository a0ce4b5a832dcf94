/** What is written past a socket's stream goes to that socket or nowhere, and what the system does not take is handed back. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { DirectConnection } from '../../src/frontends/direct-connection.ts'
import { FanOut } from '../../src/frontends/fan-out.ts'
import type { Broker } from '../../src/server/broker.ts'
import { Config } from '../../src/server/config/config.ts'
import { Outbox } from '../../src/server/outbox.ts'
import { SocketPairs } from '../support/socket-pair.ts'

const pairs = new SocketPairs()
const fanOut = FanOut.of({ config: new Config(), outbox: new Outbox() } as Broker)

afterEach(() => pairs.close())

/** Keeps what is left to it. */
class Bare extends DirectConnection {
  readonly rests: Buffer[] = []

  override sendRest(bytes: Buffer, sent: number): void {
    this.rests.push(bytes.subarray(sent))
  }
}

async function bare(): Promise<{ connection: Bare; socket: Socket; peer: Socket }> {
  const { socket, peer } = await pairs.make()
  return { connection: new Bare(socket, fanOut), socket, peer }
}

it('hands back what the system does not take, which is all once the peer does not read', async () => {
  const { connection, peer } = await bare()
  const bytes = Buffer.alloc(256 * 1024, 'x')
  let given = bytes.length
  while (connection.sendNow(bytes)) given += bytes.length
  expect(connection.sendNow(bytes)).toBe(false)
  expect(connection.rests[1]).toEqual(bytes)
  const taken = given - connection.rests[0]!.length
  expect(taken).toBeGreaterThan(0)
  let received = 0
  for await (const chunk of peer as AsyncIterable<Buffer>) {
    received += chunk.length
    if (received >= taken) break
  }
  expect(received).toBe(taken)
})

it('writes nowhere when the socket has let go of its descriptor, which may be another’s by now', async () => {
  const { connection, socket } = await bare()
  expect(connection.descriptor).toBeGreaterThan(0)
  socket.destroy()
  const other = await pairs.make()
  const received = once(other.peer, 'data')
  expect(connection.descriptor).toBe(-1)
  expect(connection.sendNow(Buffer.from('strange'))).toBe(false)
  expect(connection.rests.map(String)).toEqual(['strange'])
  other.socket.write('own')
  expect(String((await received)[0])).toBe('own')
})

it('hands back everything when the peer is gone', async () => {
  const { connection, peer } = await bare()
  peer.resetAndDestroy()
  await once(peer, 'close')
  while (connection.sendNow(Buffer.from('x'))) await new Promise(setImmediate)
  expect(connection.rests.map(String)).toEqual(['x'])
})
