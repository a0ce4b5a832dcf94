import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RespClient } from '../support/resp-client.ts'
import { type RunningServer, startMillrace } from '../support/servers.ts'
import { makeWorkloads } from './campaign.ts'
import { Conversation } from './conversation.ts'
import { itemsOf, textOf, textsOf } from './model.ts'
import { randomFrom } from './random.ts'

const testMsMax = 30_000
/** What a busy machine may add to the second: the sync itself, and the acknowledgement's way. */
const graceMs = 250
const everySecond = ['--appendonly', 'yes', '--appendfsync', 'everysec']

let dir: string
const running: RunningServer[] = []

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'millrace-shutdown-'))
})

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop('SIGKILL')
  await rm(dir, { recursive: true, force: true })
})

async function start(flags: readonly string[]): Promise<RunningServer> {
  const server = await startMillrace({ dir, flags })
  running.push(server)
  return server
}

describe('a server that is asked to end while a dozen connections write', () => {
  const waysToEnd: Record<string, (server: RunningServer) => Promise<void>> = {
    SIGTERM: async (server) => {
      process.kill(server.pid, 'SIGTERM')
    },
    SIGINT: async (server) => {
      process.kill(server.pid, 'SIGINT')
    },
    SHUTDOWN: async (server) => {
      const client = await server.connect()
      client.send(['SHUTDOWN'])
    },
  }
  for (const [way, end] of Object.entries(waysToEnd)) {
    it(
      `ends with code 0 on ${way} and loses nothing acknowledged, although it syncs only every second`,
      async () => {
        const workloads = makeWorkloads(randomFrom(1), 'millrace')
        const first = await start(everySecond)
        const client = await first.connect()
        for (const workload of workloads) await workload.prepare(client)
        const conversations = (await Promise.all(workloads.map((workload) => workload.start(first.port)))).flat()
        await acknowledgedAtLeast(conversations, 2000)
        await end(first)
        expect(await first.exited).toBe(0)
        await Promise.all(conversations.map((conversation) => conversation.ended))

        const second = await start(everySecond)
        const judge = await second.connect()
        for (const workload of workloads) await workload.verify(judge)
      },
      testMsMax,
    )
  }
})

describe('appendfsync everysec', () => {
  it(
    'loses at most the last second when the process is killed, and nothing from the middle',
    async () => {
      const first = await start(everySecond)
      let sent = 0
      const acknowledgedAtMs: number[] = []
      const conversation = await Conversation.start(first.port, 8, () => ({
        commands: [['XADD', 'ticks', '*', 'number', String(sent++)]],
        answered: () => acknowledgedAtMs.push(performance.now()),
      }))
      const startedAtMs = performance.now()
      await until(() => performance.now() > startedAtMs + 1700)
      const killedAtMs = performance.now()
      await first.stop('SIGKILL')
      await conversation.ended

      const client = await (await start(everySecond)).connect()
      const numbers = await numbersIn(client, 'ticks')
      expect(numbers).toEqual(numbers.map((_number, index) => String(index)))
      const olderThanASecond = acknowledgedAtMs.filter((atMs) => atMs < killedAtMs - 1000 - graceMs).length
      expect(olderThanASecond).toBeGreaterThan(100)
      expect(numbers.length).toBeGreaterThanOrEqual(olderThanASecond)
      expect(numbers.length).toBeLessThanOrEqual(sent)
    },
    testMsMax,
  )
})

describe('a second process on the same file', () => {
  it('is refused by name of the file, and the first goes on', async () => {
    const first = await start(['--appendonly', 'yes'])
    const client = await first.connect()
    expect(await client.call('SET', 'key', 'value')).toEqual({ type: 'simple', text: 'OK' })
    await expect(start(['--appendonly', 'yes'])).rejects.toThrow(/millrace\.db is in use/)
    expect(textOf(await client.call('GET', 'key'))).toBe('value')
    expect(await client.call('SET', 'key', 'still')).toEqual({ type: 'simple', text: 'OK' })
  })

  it('may start as soon as the first was killed', async () => {
    const first = await start(['--appendonly', 'yes'])
    await (await first.connect()).call('SET', 'key', 'value')
    await first.stop('SIGKILL')
    const second = await start(['--appendonly', 'yes'])
    expect(textOf(await (await second.connect()).call('GET', 'key'))).toBe('value')
  })
})

/** The second value of every entry, read in pages. */
async function numbersIn(client: RespClient, key: string): Promise<string[]> {
  const numbers: string[] = []
  for (let start = '-'; ; ) {
    const page = itemsOf(await client.call('XRANGE', key, start, '+', 'COUNT', '1000')).map(itemsOf)
    for (const [, fields] of page) numbers.push(textsOf(fields!)[1]!)
    const last = page.at(-1)
    if (last === undefined) return numbers
    start = `(${textOf(last[0]!)}`
  }
}

function acknowledgedAtLeast(conversations: readonly Conversation[], count: number): Promise<void> {
  return until(() => conversations.reduce((sum, each) => sum + each.acknowledgedCount, 0) >= count)
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}
