/** The broker stops and starts again under subscribers that resume: every entry exactly once, and in order. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteLog } from '../../../src/log/sqlite-log.ts'
import { RpcClient } from '../../support/rpc-client.ts'
import { WebStage } from '../../support/web-stage.ts'

const subscribers = 20
const stops = 3
const comeAgainMs = 20

/** Keeps its cursor and comes again whenever it is cut off, until it has seen the last entry. */
async function follow(port: () => number, lastMark: string): Promise<string[]> {
  const ids: string[] = []
  for (;;) {
    const client = await RpcClient.open(port()).catch(() => undefined)
    if (client === undefined) {
      await new Promise((resolve) => setTimeout(resolve, comeAgainMs))
      continue
    }
    try {
      const after = ids.at(-1) ?? '0'
      await Promise.race([client.call('stream.subscribe', { key: 's', after, credit: 1_000_000 }), gone(client)])
      for (;;) {
        const { entries } = await Promise.race([client.next('stream.entries'), gone(client)])
        for (const { id, fields } of entries) {
          ids.push(id)
          if (fields[0][1] === lastMark) return ids
        }
      }
    } catch {
      // It comes again.
    } finally {
      client.close()
    }
  }
}

function addTen(stage: WebStage): Promise<string[]> {
  return Promise.all(Array.from({ length: 10 }, () => stage.run('XADD', 's', '*', 'n', '1')))
}

async function gone(client: RpcClient): Promise<never> {
  throw new Error(`closed with ${await client.closed()}`)
}

test('subscribers of a broker that stops and starts again get every entry once and in order', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-resume-'))
  const open = (port = 0): Promise<WebStage> =>
    WebStage.open(
      { entriesPerMessageMax: 7 },
      (events) => openSqliteLog({ path: join(folder, 'data'), fsync: 'always', events }),
      port,
    )
  let stage = await open()
  const { port } = stage
  const following = Array.from({ length: subscribers }, () => follow(() => port, 'last'))
  const acknowledged: string[] = []
  try {
    for (let stop = 0; stop <= stops; stop++) {
      for (let i = 0; i < 6; i++) acknowledged.push(...(await addTen(stage)))
      if (stop === stops) break
      // In the midst of what these write.
      const written = Array.from({ length: 50 }, () => stage.run('XADD', 's', '*', 'n', 'amid').catch(() => undefined))
      await written[0]
      await stage.close()
      acknowledged.push(...(await Promise.all(written)).filter((id) => id !== undefined))
      stage = await open(port)
    }
    await stage.run('XADD', 's', '*', 'n', 'last')
    const all: string[] = (await stage.run('XRANGE', 's', '-', '+')).map(([id]: [string]) => id)
    for (const ids of await Promise.all(following)) expect(ids).toEqual(all)
    expect(all).toEqual(expect.arrayContaining(acknowledged))
  } finally {
    await stage.close()
    await rm(folder, { recursive: true, force: true })
  }
}, 120_000)
