/** Raw bytes to redis-server and to Millrace: what comes back is the same to the byte, whatever is sent and however it is cut. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findMillrace, findRedisServer, type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { longCases, restrictedCases, type WireCase, wireCases } from './wire-cases.ts'

const missing = [
  ...(findRedisServer() === undefined ? ['no redis-server on the PATH'] : []),
  ...(findMillrace() === undefined ? ['Millrace is not built'] : []),
]
const reason = missing.length === 0 ? '' : ` (skipped: ${missing.join(', ')})`

/** Sends the pieces, each as a packet of its own if the system lets it, closes the sending side, and returns everything that
 *  is answered until the server closes, too. */
function converse(port: number, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    let heard = ''
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1')
    })
    // A server that has closed before everything was sent resets the connection.
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('close', () => resolve(heard))
    const send = (i: number): void => {
      if (socket.destroyed) return
      if (i === pieces.length) socket.end()
      else socket.write(pieces[i]!, () => setImmediate(send, i + 1))
    }
    socket.once('connect', () => send(0))
  })
}

describe.skipIf(missing.length > 0)(`raw bytes, Millrace against redis-server${reason}`, () => {
  const start = async (flags: string[]): Promise<[RunningServer, RunningServer]> => [
    await startRedis({ flags }),
    await startMillrace({ flags }),
  ]
  let open: [RunningServer, RunningServer]
  let guarded: [RunningServer, RunningServer]

  beforeAll(async () => {
    open = await start([])
    guarded = await start(['--requirepass', 'sesame'])
  })

  afterAll(async () => {
    await Promise.all([...(open ?? []), ...(guarded ?? [])].map((server) => server.stop()))
  })

  async function expectSame([redis, millrace]: [RunningServer, RunningServer], pieces: Buffer[]): Promise<string> {
    const reference = await converse(redis.port, pieces)
    expect(await converse(millrace.port, pieces)).toBe(reference)
    return reference
  }

  const whole = ({ input }: WireCase): Buffer[] => [Buffer.from(input, 'latin1')]

  test.each(wireCases)('$title', async (wireCase) => {
    const reply = await expectSame(open, whole(wireCase))
    const bytes = [...wireCase.input].map((char) => Buffer.from(char, 'latin1'))
    expect(await expectSame(open, bytes)).toBe(reply)
    if (wireCase.error !== undefined) expect(reply).toContain(`-ERR ${wireCase.error.replace('\r', ' ')}\r\n`)
  })

  test.each(longCases)('$title', async (wireCase) => {
    await expectSame(open, whole(wireCase))
  })

  test.each(restrictedCases)('before AUTH: $title', async (wireCase) => {
    await expectSame(guarded, whole(wireCase))
  })

  test('limits that end at AUTH, in one packet with it', async () => {
    const input = `AUTH sesame\r\n*12\r\n$6\r\nEXISTS\r\n${'$1\r\na\r\n'.repeat(11)}`
    expect(await expectSame(guarded, [Buffer.from(input)])).toBe('+OK\r\n:0\r\n')
  })

  test('a request beyond client-query-buffer-limit, which closes without a word', async () => {
    const limit = Buffer.from('CONFIG SET client-query-buffer-limit 1048576\r\n')
    await expectSame(open, [limit])
    const request = Buffer.from(`*2\r\n$4\r\nECHO\r\n$2000000\r\n${'v'.repeat(2_000_000)}\r\n`)
    expect(await expectSame(open, [request])).toBe('')
  })
})
