/** Debian's python3-redis, unchanged: the cases are in stock_client.py. */
import { spawn, spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { againstEachServer } from './judges.ts'

const python = '/usr/bin/python3'
const script = 'test/clients/stock_client.py'
const testMsMax = 60_000
const isInstalled = spawnSync(python, ['-c', 'import redis']).status === 0

againstEachServer(isInstalled ? 'python3-redis' : 'python3-redis, skipped: it is not installed,', (server) => {
  it.skipIf(!isInstalled)(
    'produces, consumes by group, blocks, subscribes, transacts and reconnects, with threads and with asyncio',
    async () => {
      const output = await run(server().port)
      expect(output).toMatch(/^Ran 2\d tests in .*\n\nOK$/m)
    },
    testMsMax,
  )
})

/** What unittest prints; its verdict is the last line. */
function run(port: number): Promise<string> {
  const child = spawn(python, [script, String(port)], { stdio: ['ignore', 'ignore', 'pipe'], timeout: testMsMax })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })
}
