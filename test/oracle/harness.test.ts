/** The oracle is a judge, and a judge is tried first: equal servers must be found equal, a wrong one must be found out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCommand } from '../support/notation.ts'
import { parseOneReply } from '../support/resp-reply.ts'
import { findRedisServer, type RunningServer, startRedis } from '../support/servers.ts'
import { type Segment, Stage } from '../support/stage.ts'
import { differenceOf, QueueMemory } from './compare.ts'
import { listsFamily } from './families/lists.ts'
import { families } from './families.ts'
import type { Family } from './family.ts'
import { drawSession, hunt } from './hunt.ts'
import { play, type Stages } from './play.ts'
import { printFinding } from './transcript.ts'

const servers: RunningServer[] = []

/** redis-server beside a redis-server with these flags. */
async function startPair(subjectFlags: readonly string[]): Promise<Stages> {
  const pair = [
    await startRedis({ flags: ['--hz', '500'] }),
    await startRedis({ flags: ['--hz', '500', ...subjectFlags] }),
  ]
  servers.push(...pair)
  return { reference: await Stage.on(pair[0]!.port), subject: await Stage.on(pair[1]!.port), exactLag: false }
}

const title = 'the oracle, with redis-server on both sides'
const name = findRedisServer() === undefined ? `${title} (skipped: no redis-server on the PATH)` : title

describe.skipIf(findRedisServer() === undefined)(name, () => {
  let equals: Stages
  /** LPOP and RPOP have changed places. */
  let swapped: Stages

  beforeAll(async () => {
    equals = await startPair([])
    const renames = ['LPOP', 'KEPT', 'RPOP', 'LPOP', 'KEPT', 'RPOP']
    swapped = await startPair(renames.flatMap((word, index) => (index % 2 === 0 ? ['--rename-command', word] : [word])))
  })

  afterAll(async () => {
    for (const stages of [equals, swapped]) {
      stages?.reference.shut()
      stages?.subject.shut()
    }
    await Promise.all(servers.map((server) => server.stop()))
  })

  test.each(families)('$name: equal servers are found equal', async (family) => {
    const few = { seed: 1, seconds: 0, sessionsMin: 20, protocols: [2, 3], coverageSecondsMax: 0 } as const
    const { findings } = await hunt(equals, family, few)
    expect(findings.map(printFinding)).toEqual([])
  })

  test('a pop from the wrong end is found and shrunk to a push and a pop', async () => {
    const { findings } = await hunt(swapped, listsFamily, { seed: 1, seconds: 0, sessionsMin: 200, protocols: [2] })
    const [finding] = findings
    expect(finding).toBeDefined()
    expect(finding!.session.steps.flatMap((step) => step.commands).length).toBeLessThanOrEqual(3)
    expect(printFinding(finding!)).toMatch(/^# c\d heard from the subject /m)
  })

  test('what is left behind is compared, even when every reply was equal', async () => {
    const session = drawSession(listsFamily, 1, 2)
    const commands = ['RPUSH la a b', 'MULTI', 'LPOP la', 'DISCARD'].map(parseCommand)
    const silent = { ...session, steps: [{ connection: 0, commands }] }
    expect(await play(swapped, silent)).toBeUndefined()
    const inScript = parseCommand('EVAL "redis.call(\'LPOP\', KEYS[1])" 1 la')
    const loud = { ...session, steps: [{ connection: 0, commands: [commands[0]!, inScript] }] }
    expect((await play(swapped, loud))?.what).toMatch(/^in the end LRANGE la 0 -1 in database 0 is \["b"\]/)
  })

  test('a command that blocks on one side only is a difference', async () => {
    const session = drawSession(listsFamily, 1, 2)
    const script = "redis.call('LPOP', KEYS[1]) redis.call('LREM', KEYS[1], 1, 'b')"
    const commands = [parseCommand('RPUSH la a b'), ['EVAL', script, '1', 'la'], parseCommand('BLPOP la 0')]
    const steps = commands.map((command) => ({ connection: 0, commands: [command] }))
    expect((await play(swapped, { ...session, steps }))?.what).toBe('connection 0: only redis-server blocks')
    expect(await play(equals, { ...session, steps })).toBeUndefined()
  })

  test('a command of the family that never succeeds is reported', async () => {
    const family: Family = { ...listsFamily, mustSucceed: ['LPUSH', 'NOSUCHCOMMAND'] }
    const options = { seed: 1, seconds: 0, sessionsMin: 5, protocols: [2] as const, coverageSecondsMax: 1 }
    const { missing } = await hunt(equals, family, options)
    expect(missing).toEqual(['NOSUCHCOMMAND'])
  })

  test('a seed stands for one session for ever', () => {
    const texts = families.map((family) => JSON.stringify(drawSession(family, 4711, 3).steps))
    expect(families.map((family) => JSON.stringify(drawSession(family, 4711, 3).steps))).toEqual(texts)
    expect(JSON.stringify(drawSession(listsFamily, 4712, 3).steps)).not.toBe(texts[1])
  })
})

test('inside of EXEC each command is compared with its own reply, though a subscription has several', () => {
  const segment = (id: number): Segment => {
    const push = (name: string): string => `>3\r\n$11\r\nunsubscribe\r\n$1\r\n${name}\r\n:0\r\n`
    const answers = ['+OK\r\n', ...Array<string>(3).fill('+QUEUED\r\n')]
    answers.push(`*3\r\n${push('a')}${push('b')}*4\r\n$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:${id}\r\n`)
    return {
      commands: ['MULTI', 'UNSUBSCRIBE a b', 'HELLO 2', 'GET key', 'EXEC'].map(parseCommand),
      frames: answers.map((text) => ({ reply: parseOneReply(Buffer.from(text)), raw: Buffer.from(text) })),
      closed: false,
    }
  }
  const [reference, subject] = [segment(7), segment(8)]
  const [left, right] = [new QueueMemory().pair(reference), new QueueMemory().pair(subject)]
  expect(left.slice(-3).map((each) => each.command[0])).toEqual(['UNSUBSCRIBE', 'UNSUBSCRIBE', 'HELLO'])
  expect(differenceOf(reference, subject, left, right)).toBeUndefined()
})
