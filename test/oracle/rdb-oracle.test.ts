/** What one server dumps the other restores: random values go both ways and must come out as they were. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printReply } from '../support/notation.ts'
import { contents, payload } from '../support/rdb-payloads.ts'
import { RespClient } from '../support/resp-client.ts'
import { findMillrace, findRedisServer, type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { values } from './draw.ts'
import { Random } from './random.ts'

const missing = [
  ...(findRedisServer() === undefined ? ['no redis-server on the PATH'] : []),
  ...(findMillrace() === undefined ? ['Millrace is not built'] : []),
]
const reason = missing.length === 0 ? '' : ` (skipped: ${missing.join(', ')})`
const rounds = 150

/** Members, or fields with their values, in an order that is no table's. */
function pairsOf(items: readonly string[], command: string): string {
  const size = command === 'HGETALL' ? 2 : 1
  const groups = items.flatMap((_item, i) => (i % size === 0 ? [items.slice(i, i + size).join(' ')] : []))
  return groups.sort().join(' ')
}

/** Everything one can ask of a value that must survive; the order of a table says nothing. */
const questions = [
  ['TYPE', 'k'],
  ['GET', 'k'],
  ['LRANGE', 'k', '0', '-1'],
  ['XRANGE', 'k', '-', '+'],
  ['SORTED', 'HGETALL', 'k'],
  ['SORTED', 'SMEMBERS', 'k'],
  ['ZRANGE', 'k', '0', '-1', 'WITHSCORES'],
  ['XPENDING', 'k', 'g'],
  ['XPENDING', 'k', 'g', '-', '+', '1000'],
  ['XPENDING', 'k', 'h', '-', '+', '1000'],
]

const large = [...values, 'y'.repeat(5000), 'abcab'.repeat(3000), '\x01\x02\x03\x04\x05\x06'.repeat(9), '123456789012']

function fill(random: Random): string[][] {
  const value = (): string => random.pick(large)
  const commands: string[][] = [['DEL', 'k']]
  const kind = random.below(6)
  if (kind === 0) commands.push(['SET', 'k', value()])
  else if (kind === 1) for (let i = random.below(60); i >= 0; i--) commands.push(['RPUSH', 'k', value(), value()])
  else if (kind === 2) for (let i = random.below(60); i >= 0; i--) commands.push(['HSET', 'k', value(), value()])
  else if (kind === 3) {
    const integers = random.chance(0.5)
    for (let i = random.below(60); i >= 0; i--)
      commands.push(['SADD', 'k', integers ? String(random.below(1e6)) : value()])
  } else if (kind === 4) {
    const score = (): string => random.pick(['1.5', '-inf', 'inf', '-3', '0.1', '1e300'])
    for (let i = random.below(60); i >= 0; i--) commands.push(['ZADD', 'k', score(), value() + random.below(9)])
  } else {
    const count = 1 + random.below(250)
    for (let i = 0; i < count; i++) {
      const more = random.chance(0.2) ? [random.pick(values), value()] : []
      commands.push(['XADD', 'k', `${1000 + i * random.pick([7, 7, 7, 8])}-${i}`, 'f', random.pick(values), ...more])
    }
    for (let i = random.below(6); i > 0; i--) commands.push(['XDEL', 'k', `${1000 + i * 7}-${i}`])
    commands.push(['XGROUP', 'CREATE', 'k', 'g', '0'], ['XGROUP', 'CREATE', 'k', 'h', '$'])
    commands.push(['XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '12', 'STREAMS', 'k', '>'])
    commands.push(['XREADGROUP', 'GROUP', 'g', 'd', 'COUNT', '3', 'STREAMS', 'k', '>'])
  }
  return commands
}

describe.skipIf(missing.length > 0)(`dumps, Millrace against redis-server${reason}`, () => {
  const servers: RunningServer[] = []
  let redis: RespClient
  let millrace: RespClient

  beforeAll(async () => {
    servers.push(await startRedis(), await startMillrace())
    redis = await RespClient.open({ port: servers[0]!.port })
    millrace = await RespClient.open({ port: servers[1]!.port })
  })

  afterAll(async () => {
    redis?.end()
    millrace?.end()
    await Promise.all(servers.map((server) => server.stop()))
  })

  /** The answers without the milliseconds since a delivery, which go on. */
  const contentOf = async (client: RespClient): Promise<string[]> => {
    const replies = await client.pipeline(...questions.map((words) => (words[0] === 'SORTED' ? words.slice(1) : words)))
    return replies.map((reply, i) => {
      if (questions[i]![0] === 'SORTED' && 'items' in reply)
        return pairsOf(
          reply.items.map((item) => printReply(item)),
          questions[i]![1]!,
        )
      return printReply(reply).replace(/:\d+(?=, :\d+\])/g, ':idle')
    })
  }

  test('each restores what the other dumps', async () => {
    const random = new Random(4711)
    for (let round = 0; round < rounds; round++) {
      const [from, to] = round % 2 === 0 ? [redis, millrace] : [millrace, redis]
      await from.pipeline(...fill(random))
      const [dump] = await from.pipeline(['DUMP', 'k'])
      if (dump?.type !== 'bulk') throw new Error('DUMP answers with bytes')
      const [, restored] = await to.pipeline(['DEL', 'k'], ['RESTORE', 'k', '0', dump.text])
      expect(printReply(restored!)).toBe('+OK')
      expect(await contentOf(to)).toEqual(await contentOf(from))
    }
  })

  test.each(Object.keys(contents))('both read a value as older ones wrote it: %s', async (name) => {
    const restore = ['RESTORE', 'k', '0', payload(contents[name]!), 'REPLACE']
    for (const client of [redis, millrace]) expect(printReply((await client.pipeline(restore))[0]!)).toBe('+OK')
    expect(await contentOf(millrace)).toEqual(await contentOf(redis))
  })

  test('what Redis 7.0 has no form for it refuses, and takes the value without it', async () => {
    const cases = [
      {
        fill: [
          ['HSET', 'k', 'a', '1', 'b', '2'],
          ['HEXPIRE', 'k', '100', 'FIELDS', '1', 'a'],
        ],
        clear: [['HPERSIST', 'k', 'FIELDS', '1', 'a']],
      },
      {
        fill: [['XADD', 'k', 'IDMP', 'p', '1', '*', 'f', 'v']],
        clear: [
          ['DEL', 'k'],
          ['XADD', 'k', '1-0', 'f', 'v'],
        ],
      },
    ]
    for (const { fill, clear } of cases) {
      const [newer] = (await millrace.pipeline(['DEL', 'k'], ...fill, ['DUMP', 'k'])).slice(-1)
      const [plain] = (await millrace.pipeline(...clear, ['DUMP', 'k'])).slice(-1)
      const replies = []
      for (const dump of [newer, plain]) {
        if (dump?.type !== 'bulk') throw new Error('DUMP answers with bytes')
        const [, restored] = await redis.pipeline(['DEL', 'k'], ['RESTORE', 'k', '0', dump.text])
        replies.push(printReply(restored!))
      }
      expect(replies).toEqual(['-ERR DUMP payload version or checksum are wrong', '+OK'])
      expect(await contentOf(redis)).toEqual(await contentOf(millrace))
    }
  })
})
