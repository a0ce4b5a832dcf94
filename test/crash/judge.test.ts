/** The judge must see every single thing that can go wrong; so each is done to a healthy server on purpose. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RespClient } from '../support/resp-client.ts'
import { findRedisServer, type RunningServer, startMillrace, startRedis } from '../support/servers.ts'
import { makeWorkloads } from './campaign.ts'
import { Violation } from './conversation.ts'
import { itemsOf, textOf, textsOf } from './model.ts'
import { randomFrom } from './random.ts'

const transactions = 'solo3:transactionWork'
const groupKey = 'solo5:groupWork:s'
const hashKey = 'solo7:hashWork:a'
const libraryName = 'crash_a'
const fleetingFields = 'ledger:fleeting:fields'

type Damage = [what: string, how: (client: RespClient) => Promise<unknown>, complaint: RegExp]

/** What is done behind the judge's back, and what it must say; by the workload whose work is spoilt. */
const damages: Readonly<Record<string, readonly Damage[]>> = {
  'solo0:stringWork': [
    ['a counter one too high', (client) => client.call('INCR', 'solo0:stringWork:n0'), /solo0:stringWork:n0/],
    ['a value that nobody wrote', (client) => client.call('SET', 'solo0:stringWork:t0', 'x'), /solo0:stringWork:t0/],
    ['a time of expiry that moved', moveExpiry, /expiresAtMs/],
  ],
  'solo1:listWork': [
    ['a list that lost its last item', (client) => pop(client, 'solo1:listWork:a'), /solo1:listWork:a/],
    ['a list in another order', turnAround, /solo1:listWork:b/],
  ],
  'solo2:streamWork': [
    ['an entry lost from the middle', (client) => dropEntry(client, 'solo2:streamWork:s'), /solo2:streamWork:s/],
  ],
  [transactions]: [
    ['half a transaction', (client) => client.call('INCR', `${transactions}:n1`), /solo3:transactionWork:n1/],
  ],
  'solo5:groupWork': [
    ['a group that forgot how far it read', (client) => client.call('XGROUP', 'SETID', groupKey, 'g', '0-1'), /solo5/],
    ['a pending entry in other hands', changeHands, /solo5/],
  ],
  'solo7:hashWork': [['a hash that lost a field', dropField, /solo7:hashWork:a/]],
  'solo8:setWork': [
    ['a member that nobody added', (client) => client.call('SADD', 'solo8:setWork:a', 'x'), /solo8:setWork:a/],
  ],
  'solo9:sortedSetWork': [
    ['another score', (client) => client.call('ZADD', 'solo9:sortedSetWork:a', '0', 'm1'), /solo9:sortedSetWork:a/],
  ],
  'solo10:scriptWork': [
    ['half a script', (client) => client.call('SADD', 'solo10:scriptWork:s', 'x'), /solo10:scriptWork:s/],
  ],
  'solo11:libraryWork': [
    ['half a function', (client) => client.call('INCR', 'solo11:libraryWork:n'), /solo11:libraryWork:n/],
    ['a library that is lost', dropLibrary, /library crash_a/],
    ['a library in another version', loadOtherLibrary, /library crash_a/],
    ['a library that nobody loaded', (client) => loadLibrary(client, 'stranger'), /library stranger/],
  ],
  'shared group': [
    ['an entry that is lost', (client) => dropEntry(client, 'shared:orders'), /acknowledged entry .* is lost/],
    ['an entry that came twice', addAgain, /shared group: p0 has/],
    ['a pending entry that nobody acknowledged and that is gone', dropPending, /nobody acknowledged it/],
  ],
  'shared queue': [
    ['a queue that lost a job', (client) => pop(client, 'shared:queue'), /job .* is lost/],
    ['a job in two places', copyJob, /is in shared:queue and in shared:held:anna/],
    ['a count of jobs that is too low', (client) => client.call('DECR', 'shared:done'), /jobs were counted as done/],
  ],
  'shared ledger': [
    ['a torn booking', (client) => client.call('INCR', 'ledger:total'), /a transaction is torn/],
    ['a booking that is lost as a whole', (client) => client.call('DECR', 'ledger:count:b0'), /b0 has booked/],
    ['a key that outlived its time', (client) => client.call('SET', 'ledger:fleeting:1', 'x'), /after their time/],
  ],
}

/** The same for what Redis 7.0 does not have. */
const newerDamages: typeof damages = {
  'solo7:hashWork': [["a field's time of expiry that moved", moveFieldExpiry, /solo7:hashWork/]],
  'shared ledger': [
    ['a field that outlived its time', (client) => client.call('HSET', fleetingFields, 'x', 'y'), /after their time/],
  ],
  'resending producer': [
    ['a message that was sent again and is there twice', resend, /message \d+ stands where/],
    ['a message that is lost', (client) => dropEntry(client, 'resent:messages'), /message \d+ stands where/],
  ],
}

const attemptsMax = 10
const redisIsHere = findRedisServer() !== undefined
const judges = [
  { name: 'Millrace', skip: false, start: startMillrace },
  {
    name: redisIsHere ? 'redis-server' : 'redis-server, skipped: none is installed',
    skip: !redisIsHere,
    start: startRedis,
  },
]

for (const { name, skip, start } of judges) {
  describe.skipIf(skip)(`the judge of the crash tests, on ${name}`, () => {
    let server: RunningServer | undefined
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server?.stop())

    it('finds nothing wrong where nothing is', async () => {
      await expect(judged(server!, undefined, async () => {})).resolves.toBeUndefined()
    })

    const all = Object.entries(damages).concat(start === startMillrace ? Object.entries(newerDamages) : [])
    for (const [workload, each] of all) {
      for (const [what, how, complaint] of each) {
        it(`sees ${what}`, async () => {
          const verdict = judged(server!, workload, how)
          await expect(verdict).rejects.toThrow(Violation)
          await expect(verdict).rejects.toThrow(complaint)
        })
      }
    }
  })
}

/** Thrown by a damage that found nothing it could be done to: then more is written and it is tried again. */
class NothingToDamage extends Error {}

/** Lets the workload of the name, or all, write, brings them to rest, does the damage, and asks them. */
async function judged(
  server: RunningServer,
  name: string | undefined,
  damage: (client: RespClient) => Promise<unknown>,
): Promise<void> {
  const client = await server.connect()
  for (let seed = 1; ; seed++) {
    await client.call('FLUSHALL')
    await client.call('FUNCTION', 'FLUSH')
    const workloads = makeWorkloads(randomFrom(seed), server.kind).filter((each) => (name ?? each.name) === each.name)
    expect(workloads).not.toHaveLength(0)
    for (const workload of workloads) await workload.prepare(client)
    const conversations = (await Promise.all(workloads.map((workload) => workload.start(server.port)))).flat()
    while (conversations.some((each) => each.acknowledgedCount < 60)) await client.call('PING')
    for (const conversation of conversations) conversation.pause()
    await Promise.all(conversations.map((conversation) => conversation.ended))
    try {
      await damage(client)
    } catch (error) {
      if (error instanceof NothingToDamage && seed < attemptsMax) continue
      throw error
    }
    for (const workload of workloads) await workload.verify(client)
    return
  }
}

function demand(found: unknown): asserts found {
  if (!found) throw new NothingToDamage()
}

async function moveExpiry(client: RespClient): Promise<void> {
  for (const key of ['t0', 't1', 't2'].map((name) => `solo0:stringWork:${name}`)) {
    const atMs = Number(textOf(await client.call('PEXPIRETIME', key)))
    if (atMs < 0) continue
    await client.call('PEXPIREAT', key, String(atMs + 1))
    return
  }
  throw new NothingToDamage()
}

async function pop(client: RespClient, key: string): Promise<void> {
  demand((await client.call('RPOP', key)).type === 'bulk')
}

async function turnAround(client: RespClient): Promise<void> {
  const items = textsOf(await client.call('LRANGE', 'solo1:listWork:b', '0', '-1'))
  demand(items.length > 1)
  await client.call('DEL', 'solo1:listWork:b')
  await client.call('RPUSH', 'solo1:listWork:b', ...items.toReversed())
}

async function dropEntry(client: RespClient, key: string): Promise<void> {
  const entries = itemsOf(await client.call('XRANGE', key, '-', '+'))
  const middle = entries[entries.length >> 1]
  demand(middle)
  await client.call('XDEL', key, textOf(itemsOf(middle)[0]!))
}

async function pendingOf(client: RespClient, key: string, group: string): Promise<[id: string, consumer: string]> {
  const [first] = itemsOf(await client.call('XPENDING', key, group, '-', '+', '1'))
  demand(first)
  const [id, consumer] = textsOf(first)
  return [id!, consumer!]
}

async function changeHands(client: RespClient): Promise<void> {
  const [id, consumer] = await pendingOf(client, groupKey, 'g')
  const other = consumer === 'anna' ? 'bert' : 'anna'
  await client.call('XCLAIM', groupKey, 'g', other, '0', id, 'JUSTID')
}

async function addAgain(client: RespClient): Promise<void> {
  const entries = itemsOf(await client.call('XRANGE', 'shared:orders', '-', '+')).map((entry) =>
    textsOf(itemsOf(entry)[1]!),
  )
  const last = entries.findLast(([, from]) => from === 'p0')
  demand(last)
  await client.call('XADD', 'shared:orders', '*', ...last)
}

async function dropPending(client: RespClient): Promise<void> {
  const [id] = await pendingOf(client, 'shared:orders', 'shipping')
  await client.call('XACK', 'shared:orders', 'shipping', id)
}

async function copyJob(client: RespClient): Promise<void> {
  const job = await client.call('LINDEX', 'shared:queue', '0')
  demand(job.type === 'bulk')
  await client.call('LPUSH', 'shared:held:anna', job.text)
}

async function dropField(client: RespClient): Promise<void> {
  const [field] = textsOf(await client.call('HKEYS', hashKey))
  demand(field)
  await client.call('HDEL', hashKey, field)
}

async function moveFieldExpiry(client: RespClient): Promise<void> {
  for (const field of textsOf(await client.call('HKEYS', hashKey))) {
    const [atMs] = textsOf(await client.call('HPEXPIRETIME', hashKey, 'FIELDS', '1', field))
    if (Number(atMs) < 0) continue
    await client.call('HPEXPIREAT', hashKey, String(Number(atMs) + 1), 'FIELDS', '1', field)
    return
  }
  throw new NothingToDamage()
}

async function dropLibrary(client: RespClient): Promise<void> {
  demand((await client.call('FUNCTION', 'DELETE', libraryName)).type === 'simple')
}

async function loadOtherLibrary(client: RespClient): Promise<void> {
  await dropLibrary(client)
  await loadLibrary(client, libraryName)
}

async function loadLibrary(client: RespClient, name: string): Promise<void> {
  const code = `#!lua name=${name}\nredis.register_function('${name}', function() end)`
  demand((await client.call('FUNCTION', 'LOAD', code)).type === 'bulk')
}

async function resend(client: RespClient): Promise<void> {
  const [last] = itemsOf(await client.call('XREVRANGE', 'resent:messages', '+', '-', 'COUNT', '1'))
  demand(last)
  await client.call('XADD', 'resent:messages', '*', ...textsOf(itemsOf(last)[1]!))
}
