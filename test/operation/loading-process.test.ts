/** Start-up on a log that takes a while. */
import { describe, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { RespClient } from '../support/resp-client.ts'
import { scratchFolder, serve, startUnready, whyNotRun } from './real-process.ts'

/** Connects as soon as somebody listens. */
async function connectSoon(port: number): Promise<RespClient> {
  for (;;) {
    try {
      return await RespClient.open({ port })
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
}

describe.skipIf(whyNotRun !== undefined)(`loading${whyNotRun ? ` (${whyNotRun})` : ''}`, () => {
  test('clients are told to wait, again and again while the log is read, and then served', async () => {
    const folder = scratchFolder()
    const writer = await serve(folder, ['--appendfsync', 'no', '--auto-aof-rewrite-percentage', '0'])
    const client = await writer.connect()
    for (let batch = 0; batch < 200; batch++) {
      const commands = Array.from({ length: 2000 }, (_, i) => ['SET', `key${batch}:${i}`, `value ${i}`] as const)
      await client.pipeline(...commands)
    }
    await writer.stop()

    const port = await freePort()
    const server = startUnready(folder, port)
    const early = await connectSoon(port)
    let refusals = 0
    for (;;) {
      const reply = await early.call('PING')
      if (reply.type === 'simple') break
      expect(reply).toEqual({ type: 'error', text: 'LOADING Redis is loading the dataset in memory' })
      refusals++
    }
    // Visited in one go, as it once was, a log lets one or two through.
    expect(refusals).toBeGreaterThan(10)
    expect(await early.call('DBSIZE')).toMatchObject({ text: '400000' })
    expect(server.output()).toMatch(/Loaded .*millrace\.db in \d+ ms: 400000 keys, \d+ records since the checkpoint/)
  })
})
