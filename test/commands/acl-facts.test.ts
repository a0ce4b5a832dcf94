/** The commands that rules may name beside a live redis-server 7.0. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { redisCommandCategories } from '../../src/commands/facts/redis-commands.ts'
import type { RespClient } from '../support/resp-client.ts'
import type { Reply } from '../support/resp-reply.ts'
import { findRedisServer, type RunningServer, startRedis } from '../support/servers.ts'

const hasRedis = findRedisServer() !== undefined
if (!hasRedis) console.warn('skipped: there is no redis-server on the PATH to compare the commands with')

const items = (reply: Reply | undefined): readonly Reply[] =>
  reply !== undefined && 'items' in reply ? reply.items : []
const text = (reply: Reply | undefined): string => (reply !== undefined && 'text' in reply ? reply.text : '')

describe.skipIf(!hasRedis)('the categories of Redis’ commands', () => {
  let server: RunningServer
  let client: RespClient

  beforeAll(async () => {
    server = await startRedis()
    client = await server.connect()
  })
  afterAll(async () => {
    client?.reset()
    await server?.stop()
  })

  test('are those that COMMAND tells, of every command and subcommand', async () => {
    const told = new Map<string, string[]>()
    const note = (reply: Reply): void => {
      const facts = items(reply)
      told.set(
        text(facts[0]),
        items(facts[6]).map((each) => text(each).slice(1)),
      )
      for (const each of items(facts[9])) note(each)
    }
    for (const each of items(await client.call('COMMAND'))) note(each)
    const sorted = (map: ReadonlyMap<string, readonly string[]>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(sorted(redisCommandCategories)).toEqual(sorted(told))
  })
})
