/**
 * The facts of every command beside a live redis-server 7.0: arity, flags, key positions, ACL categories, tips, key
 * specs, the shape of the arguments, and where COMMAND GETKEYS finds keys. What differs on purpose stands in
 * `intended`, with the reason.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Command } from '../../src/commands/command.ts'
import { aclCategories, shownFlags } from '../../src/commands/facts/acl-categories.ts'
import { tipsOf } from '../../src/commands/facts/tips.ts'
import { type CommandArgument, parseSyntax } from '../../src/commands/syntax.ts'
import { commandTable } from '../../src/commands/table.ts'
import { TestBroker } from '../support/in-process.ts'
import { printReply } from '../support/notation.ts'
import type { RespClient } from '../support/resp-client.ts'
import type { Reply } from '../support/resp-reply.ts'
import { findRedisServer, type RunningServer, startRedis } from '../support/servers.ts'

const hasRedis = findRedisServer() !== undefined
if (!hasRedis) console.warn('skipped: there is no redis-server on the PATH to compare the commands with')

/** Commands that Redis 7.0 does not have. */
const ours = new Set([
  ...['waitaof', 'client|setinfo', 'client|no-touch'],
  ...['hexpire', 'hpexpire', 'hexpireat', 'hpexpireat', 'httl', 'hpttl', 'hexpiretime', 'hpexpiretime', 'hpersist'],
  ...['hgetdel', 'hgetex', 'hsetex'],
  ...['xdelex', 'xackdel', 'xnack', 'xcfgset', 'xidmprecord'],
  ...['lmovem', 'blmovem', 'digest', 'delex', 'delifeq', 'msetex', 'increx'],
])

const policies = ' oneof(KEEPREF:pure-token DELREF:pure-token ACKED:pure-token)?'
const caps = ' MAXCOUNT:integer? MAXSIZE:integer?'

/** Options that Redis 7.0 does not have, as they stand in the shape of a command's arguments. */
const newerOptions: Readonly<Record<string, readonly string[]>> = {
  set: [' IFEQ:string IFNE:string IFDEQ:string IFDNE:string'],
  xadd: [policies, ' oneof(IDMPAUTO:string IDMP:block(string string))?'],
  xread: [caps, ' WITHBOUNDS:pure-token?'],
  xreadgroup: [caps, ' CLAIM:integer?'],
}

/** By full name and fact: what is another here, and why. */
const intended: Readonly<Record<string, string>> = {
  // Names of arguments, histories and `since` of single options are not facts here and are not compared at all.
  'client|kill arguments': 'SLAVE is understood, but its name today is REPLICA',
  'client|list arguments': 'what may come several times is no block of one',
  'config|get arguments': 'what may come several times is no block of one',
  'psubscribe arguments': 'what may come several times is no block of one',
  'command|getkeys arguments': 'Redis says nothing of the command that is asked about',
  'command|getkeysandflags arguments': 'Redis says nothing of the command that is asked about',
  'zrank facts': 'WITHSCORE is of Redis 7.2',
  'zrank arguments': 'WITHSCORE is of Redis 7.2',
  'zrevrank facts': 'WITHSCORE is of Redis 7.2',
  'zrevrank arguments': 'WITHSCORE is of Redis 7.2',
  'hscan arguments': 'NOVALUES came with Redis 7.4',
  'geosearch arguments': 'width and height, which one word introduces, are a block',
  'geosearchstore arguments': 'width and height, which one word introduces, are a block',
  'xtrim arguments': 'what must come need not be a block',
}

interface Facts {
  readonly arity: number
  readonly flags: readonly string[]
  readonly keys: readonly number[]
  readonly categories: readonly string[]
  readonly tips: readonly string[]
}

const texts = (reply: Reply): string[] => items(reply).map(text)

function items(reply: Reply): readonly Reply[] {
  if (reply.type !== 'array' && reply.type !== 'set') throw new Error(`not an array: ${printReply(reply)}`)
  return reply.items
}

function text(reply: Reply): string {
  if (!('text' in reply)) throw new Error(`not a text: ${printReply(reply)}`)
  return reply.text
}

/** Facts of Redis' commands and their subcommands by full name, from COMMAND INFO's answers. */
function redisFacts(reply: Reply, found: Map<string, Facts>): void {
  const [name, arity, flags, first, last, step, categories, tips, , subcommands] = items(reply)
  found.set(text(name!), {
    arity: Number(text(arity!)),
    flags: texts(flags!).toSorted(),
    keys: [first!, last!, step!].map((each) => Number(text(each))),
    categories: texts(categories!).map((each) => each.slice(1)),
    tips: texts(tips!),
  })
  for (const each of items(subcommands!)) redisFacts(each, found)
}

function ourFacts(command: Command, fullName: string): Facts {
  const { first, last, step } = command.keys
  return {
    arity: command.arity,
    flags: shownFlags(command).toSorted(),
    keys: [first, last, step],
    categories: aclCategories(command),
    tips: tipsOf(fullName),
  }
}

const all: readonly (readonly [string, Command])[] = commandTable.flatMap((command) => [
  [command.name, command] as const,
  ...(command.subcommands ?? []).map((each) => [`${command.name}|${each.name}`, each] as const),
])

/** An argument without names: `COUNT:integer?` in a line. */
function shapeOf({ type, token, keySpec, flags, members = [] }: CommandArgument): string {
  const marks = (['optional', 'multiple', 'multiple_token'] as const).map((flag) =>
    flags.includes(flag) ? { optional: '?', multiple: '*', multiple_token: '+' }[flag] : '',
  )
  const inner = members.length === 0 ? '' : `(${members.map(shapeOf).join(' ')})`
  return `${token === undefined ? '' : `${token}:`}${type}${keySpec ?? ''}${inner}${marks.join('')}`
}

function redisShape(reply: Reply): string {
  const fields = fieldsOf(reply)
  const flags = fields.has('flags') ? texts(fields.get('flags')!) : []
  const members = fields.has('arguments') ? items(fields.get('arguments')!).map(redisShape) : []
  const marks = ['optional', 'multiple', 'multiple_token'].map((flag, i) => (flags.includes(flag) ? '?*+'[i] : ''))
  const token = fields.has('token') ? `${text(fields.get('token')!)}:` : ''
  const keySpec = fields.has('key_spec_index') ? text(fields.get('key_spec_index')!) : ''
  const inner = members.length === 0 ? '' : `(${members.join(' ')})`
  return `${token}${text(fields.get('type')!)}${keySpec}${inner}${marks.join('')}`
}

/** A map as RESP2 writes it. */
function fieldsOf(reply: Reply): Map<string, Reply> {
  const flat = items(reply)
  return new Map(flat.flatMap((each, i) => (i % 2 === 0 ? [[text(each), flat[i + 1]!] as const] : [])))
}

describe.skipIf(!hasRedis)('beside redis-server', () => {
  let redis: RunningServer
  let client: RespClient
  const theirs = new Map<string, Facts>()

  beforeAll(async () => {
    redis = await startRedis()
    client = await redis.connect()
    for (const each of items(await client.call('COMMAND'))) redisFacts(each, theirs)
  })

  afterAll(async () => {
    client.end()
    await redis.stop()
  })

  test.each(all)('%s has the facts it has in Redis', (fullName, command) => {
    if (ours.has(fullName)) return expect(theirs.has(fullName)).toBe(false)
    if (intended[`${fullName} facts`] !== undefined) return
    expect(ourFacts(command, fullName)).toEqual(theirs.get(fullName))
  })

  test.each(all)('%s has arguments of the shape they have in Redis', async (fullName, command) => {
    if (ours.has(fullName) || intended[`${fullName} arguments`] !== undefined) return
    const answer = items(await client.call('COMMAND', 'DOCS', fullName))
    const fields = fieldsOf(answer[1]!)
    const shapes = fields.has('arguments') ? items(fields.get('arguments')!).map(redisShape) : []
    let shape = parseSyntax(fullName, command.syntax).map(shapeOf).join(' ')
    for (const option of newerOptions[fullName] ?? []) {
      expect(shape).toContain(option)
      shape = shape.replace(option, '')
    }
    expect(shape).toBe(shapes.join(' '))
  })

  test('key specs are those of Redis', async () => {
    const broker = new TestBroker()
    const own = broker.client()
    own.call('HELLO 3')
    await client.call('HELLO', '3')
    for (const [fullName] of all) {
      if (ours.has(fullName)) continue
      const spec = /"begin_search".*?"limit": :-?\d+|"begin_search".*?"keystep": :-?\d+/g
      const mine = (own.call(`COMMAND INFO ${fullName}`) ?? '').match(spec)
      const other = printReply(await client.call('COMMAND', 'INFO', fullName)).match(spec)
      if (!fullName.includes('|') && (mine?.length ?? 0) !== (other?.length ?? 0)) continue
      expect([fullName, mine]).toEqual([fullName, other])
    }
    await client.call('HELLO', '2')
  })

  test.each([
    'GET k',
    'SET k v',
    'SET k v GET',
    'MSET a 1 b 2 c 3',
    'RENAME a b',
    'LMOVE a b LEFT RIGHT',
    'BLMOVE a b LEFT RIGHT 0',
    'LMPOP 2 a b LEFT',
    'BLMPOP 0 2 a b LEFT COUNT 3',
    'BLPOP a b c 0',
    'LCS a b',
    'COPY a b DB 3',
    'XADD s * f v',
    'XREAD COUNT 1 BLOCK 0 STREAMS a b 0 0',
    'XREAD STREAMS a b 0',
    'XREADGROUP GROUP STREAMS c STREAMS a 0',
    'BITFIELD k GET u8 0 OVERFLOW SAT GET u8 1',
    'BITFIELD k GET u8 0 INCRBY u8 0 1',
    'BITFIELD k GET u8',
    'BITOP AND d a b',
    'PFMERGE d',
    'PFMERGE d a b',
    'XREAD COUNT 1 STREAMS a b c d e',
    'XREADGROUP GROUP g c STREAMS a b >',
    'XREADGROUP GROUP g c STREAMS a b > >',
    'XGROUP CREATE s g $',
    'XINFO STREAM s FULL',
    'OBJECT ENCODING k',
    'MEMORY USAGE k',
    'DEL a b c',
    'EXISTS a',
    'SSUBSCRIBE a b',
    'ZMPOP 2 a b MIN',
    'ZUNION 2 a b WEIGHTS 1 2',
    'ZUNIONSTORE d 2 a b',
    'GEORADIUS a 1 2 3 km STORE b',
    'GEORADIUS a 1 2 3 km STORE b STOREDIST c',
    'GEORADIUSBYMEMBER a m 3 km ASC',
    'BZMPOP 0 2 a b MAX COUNT 3',
    'BZPOPMIN a b 0',
    'ZRANGESTORE a b 0 -1',
    'SPUBLISH c m',
    'WATCH a b',
    'PING x',
    'NOSUCH x',
    'XGROUP NOSUCH a',
    'SET k',
  ])('COMMAND GETKEYS and GETKEYSANDFLAGS %s answer as Redis does', async (line) => {
    const own = new TestBroker().client()
    for (const subcommand of ['GETKEYS', 'GETKEYSANDFLAGS']) {
      const theirAnswer = await client.call('COMMAND', subcommand, ...line.split(' '))
      expect(own.call(`COMMAND ${subcommand} ${line}`)).toBe(printReply(theirAnswer))
    }
  })
})
