/** Checkpoints of the real program: killed at random points, and for ever. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Command, RespClient } from '../support/resp-client.ts'
import type { RunningServer } from '../support/servers.ts'
import { scratchFolder, serve, whyNotRun } from './real-process.ts'

const mebibyte = 1024 * 1024

async function pipeline(client: RespClient, commands: readonly Command[], atOnce = 1000): Promise<void> {
  for (let i = 0; i < commands.length; i += atOnce) await client.pipeline(...commands.slice(i, i + atOnce))
}

function numbered(count: number, command: (i: number) => Command): Command[] {
  return Array.from({ length: count }, (_, i) => command(i))
}

/** Some of every kind, enough that a checkpoint takes many slices. */
async function populate(client: RespClient): Promise<void> {
  await pipeline(
    client,
    numbered(20_000, (i) => ['SET', `key${i}`, `value ${i}`]),
  )
  await pipeline(
    client,
    numbered(20_000, (i) => ['RPUSH', 'list', `element ${i}`]),
  )
  await pipeline(
    client,
    numbered(20_000, (i) => ['XADD', 'stream', `${i + 1}-0`, 'field', `value ${i}`]),
  )
  await client.call('XGROUP', 'CREATE', 'stream', 'group', '0')
  await client.call('XREADGROUP', 'GROUP', 'group', 'consumer', 'COUNT', '5000', 'STREAMS', 'stream', '>')
  await client.call('SET', 'large', 'x'.repeat(5_000_000))
}

/** A digest of the data's size and of values at its edges, cheap enough to be taken often. */
async function look(server: RunningServer): Promise<unknown> {
  const client = await server.connect()
  return client.pipeline(
    ['DBSIZE'],
    ['GET', 'key0'],
    ['GET', 'key19999'],
    ['LLEN', 'list'],
    ['LINDEX', 'list', '-1'],
    ['XINFO', 'STREAM', 'stream'],
    ['XPENDING', 'stream', 'group'],
    ['STRLEN', 'large'],
    ['GETRANGE', 'large', '0', '20'],
    ['LLEN', 'meanwhile'],
  )
}

describe.skipIf(whyNotRun !== undefined)(`checkpoints${whyNotRun ? ` (${whyNotRun})` : ''}`, () => {
  test('killed in the midst of a checkpoint or of deleting what it folded, everything acknowledged is there', async () => {
    const folder = scratchFolder()
    let server = await serve(folder, ['--appendfsync', 'no'])
    await populate(await server.connect())
    await server.stop()
    let written = 0
    for (const delayMs of [1, 15, 40, 80, 150, 300]) {
      server = await serve(folder, ['--appendfsync', 'always'])
      const client = await server.connect()
      await client.call('BGREWRITEAOF')
      const killed = new Promise((resolve) => setTimeout(resolve, delayMs)).then(() => server.stop('SIGKILL'))
      const reply = (words: Command) => client.call(...words).catch(() => undefined)
      let acknowledged = written
      for (;;) {
        await reply(['SETRANGE', 'large', '10', String(acknowledged).padStart(8, '0')])
        if ((await reply(['RPUSH', 'meanwhile', `${acknowledged}`])) === undefined) break
        acknowledged++
      }
      await killed
      server = await serve(folder)
      const looked = await look(server)
      const replies = looked as { text: string }[]
      written = Number(replies[9]!.text)
      expect(written, 'at most the write under way when it was killed is more').toBeOneOf([
        acknowledged,
        acknowledged + 1,
      ])
      expect(replies[0]).toMatchObject({ text: written === 0 ? '20003' : '20004' })
      expect(replies.slice(1, 5)).toMatchObject([
        { text: 'value 0' },
        { text: 'value 19999' },
        { text: '20000' },
        { text: 'element 19999' },
      ])
      expect(JSON.stringify(replies[5])).toContain('20000-0')
      expect(JSON.stringify(replies[6])).toContain('"5000"')
      expect(replies[7]).toMatchObject({ text: '5000000' })
      await server.stop()
    }
    expect(written).toBeGreaterThan(0)
  })

  test('overwriting a thousand keys for ever keeps the file small, after a restart too', async () => {
    const folder = scratchFolder()
    const flags = ['--auto-aof-rewrite-min-size', '1mb']
    for (let start = 0; start < 2; start++) {
      const server = await serve(folder, flags)
      const client = await server.connect()
      for (let round = 0; round < 100; round++) {
        await pipeline(
          client,
          numbered(1000, (i) => ['SET', `key${i}`, `${round} `.padEnd(500, 'x')]),
        )
      }
      // More than 50 MB were written each time; the keys take 0.5 MB. The slower the disk, the smaller the file.
      const bytes = statSync(join(folder, 'millrace.db')).size + statSync(join(folder, 'millrace.db-wal')).size
      expect(bytes).toBeLessThan(40 * mebibyte)
      await server.stop()
    }
  })
})
