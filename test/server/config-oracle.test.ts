/** The configuration beside a live redis-server 7.0: names, defaults, what CONFIG SET takes and refuses, and what stops the start. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../src/cli-options.ts'
import { Config } from '../../src/server/config/config.ts'
import { ConfigFileError, readConfig } from '../../src/server/config/config-file.ts'
import { directives } from '../../src/server/config/directives.ts'

const version = spawnSync('redis-server', ['--version']).stdout?.toString() ?? ''
const isThere = version.includes('v=7.0.')
if (!isThere) console.warn('skipped: there is no redis-server 7.0 on the PATH to compare the configuration with')

/** Setting these would cut the client that asks or act on the machine; `activedefrag yes` depends on how Redis was built. */
const NOT_TRIED = [
  'port',
  'tls-port',
  'bind',
  'maxclients',
  'maxmemory-clients',
  'appendonly',
  'oom-score-adj',
  'oom-score-adj-values',
  'activedefrag',
]
const TRIED = directives.filter(
  (item) => item.hidden !== true && item.own !== true && item.only === undefined && !NOT_TRIED.includes(item.name),
)
const WORDS = [
  ...[
    '',
    '0',
    '1',
    '7',
    '-1',
    '+1',
    '007',
    ' 1',
    '1 ',
    '1.5',
    '1 2',
    '1 2 3',
    '3600 1 60 2 ',
    'x',
    'zz%',
    '5%',
    '101%',
  ],
  ...[
    '1kb',
    '2MB',
    '3m',
    '1gB',
    '1tb',
    'kb',
    '2147483648',
    '18446744073709551615',
    '-9223372036854775808',
    '99999999999999999999999',
  ],
  ...[
    'yes',
    'NO',
    'yes no',
    'Always',
    'noeviction',
    'ALLKEYS-lru',
    'warning',
    'panic',
    'Local',
    'swapdb',
    'hostname',
    'allchannels',
  ],
  ...[
    'KEA',
    'KEAmn',
    'dntx',
    'Q',
    '$K$',
    'default',
    'now FORCE',
    'save nosave',
    'nosave x',
    '{title}',
    '{x}',
    '{title',
    'a_b',
  ],
  ...[
    'normal 1gb 2gb 3',
    'replica 1mb 2 3 PubSub 9mb 8mb 0',
    'master 1 2 3',
    'normal 1 2 -3',
    'pubsub 1gb x 3',
    '99.99999999 1e1',
  ],
]

describe.skipIf(!isThere)('beside redis-server 7.0', () => {
  let folder: string
  let server: ChildProcess
  let redis: Redis

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'config-oracle-'))
    const port = await freePort()
    server = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''])
    for await (const chunk of server.stdout!) {
      if (String(chunk).includes('Ready to accept connections')) break
    }
    redis = new Redis({ port, host: '127.0.0.1' })
  })

  afterAll(async () => {
    redis.disconnect()
    server.kill('SIGKILL')
    await once(server, 'exit')
    rmSync(folder, { recursive: true })
  })

  test('the same directives are listed, with the same defaults but where the list says otherwise', async () => {
    const theirs = pairs((await redis.call('CONFIG', 'GET', '*')) as string[])
    const ours = new Map(new Config().getMatching(['*']))
    const own = directives.filter((item) => item.own === true).map(({ name }) => name)
    expect([...ours.keys()].filter((name) => !own.includes(name)).sort()).toEqual([...theirs.keys()].sort())
    for (const item of directives) {
      if (['port', 'bind', 'dir', 'save'].includes(item.name) || item.hidden === true || item.own) continue
      expect([item.name, item.redisInitial ?? item.initial]).toEqual([item.name, theirs.get(item.name)])
    }
  })

  test('CONFIG SET takes and refuses the same values with the same words, and CONFIG GET prints them alike', async () => {
    const config = new Config()
    await redis.call('CONFIG', 'SET', 'save', config.get('save'), 'appendfsync', config.get('appendfsync'))
    const taken = new Set<string>()
    const differences: unknown[] = []
    for (const item of TRIED) {
      for (const word of WORDS) {
        const ours = config.set([item.name, word]) ?? 'OK'
        const theirs = await redis.call('CONFIG', 'SET', item.name, word).catch((error: Error) => error.message)
        if (ours !== theirs) differences.push({ name: item.name, word, ours, theirs })
        if (ours === 'OK') taken.add(item.name)
      }
      if (item.change !== 'free') continue
      const theirValue = pairs((await redis.call('CONFIG', 'GET', item.name)) as string[]).get(item.name)
      if (config.get(item.name) !== theirValue)
        differences.push({ name: item.name, ours: config.get(item.name), theirValue })
    }
    expect(differences).toEqual([])
    // A directive that never took a value would have compared refusals alone.
    const untaken = TRIED.filter((item) => item.change === 'free' && !taken.has(item.name)).map((item) => item.name)
    expect(untaken).toEqual([])
  })

  const badStarts = [
    ['--port', 'x'],
    ['--port'],
    ['--port', '1', '2'],
    ['--port=7000'],
    ['--Port x', '--hz', '5'],
    ['--port', '"'],
    ['--"x'],
    ['-x'],
    ['--databases', '0'],
    ['--io-threads', '129'],
    ['--socket-mark-id', '-1'],
    ['--unixsocketperm', '778'],
    ['--unixsocketperm', '7777'],
    ['--supervised', 'launchd'],
    ['--rdbchecksum', ''],
    ['--appendfilename', ''],
    ['--appendfilename', 'a/b'],
    ['--appenddirname', 'a/b'],
    ['--dbfilename', 'a/b'],
    ['--save', '--tcp-backlog', 'x'],
    ['--save', '1', '2', '3'],
    ['--hz', '--save'],
    ['--maxmemory-clients', '101%'],
    ['--notify-keyspace-events', 'K', 'E'],
    ['--client-output-buffer-limit', 'normal', '1', '2'],
    ['--oom-score-adj-values', '1', '2', '2001'],
    ['--bind', ...'12345678901234567'],
    ['--replicaof', 'a'],
    ['--replicaof', 'a', 'b'],
    ['--lua-replicate-commands', 'a', 'b'],
    ['--foo.bar'],
    ['--include'],
  ]

  test.each(badStarts.map((args) => ({ args })))(
    'the start with $args stops with the same line and reason',
    ({ args }) => {
      const run = spawnSync('redis-server', args, { cwd: folder, timeout: 5000 })
      const theirs = run.stderr.toString().replace(/ \(Redis [\d.]+\)/, '')
      expect(startFailure(args)).toBe(theirs)
    },
  )
})

function startFailure(args: readonly string[]): string {
  try {
    const line = parseCommandLine(args)
    if (line.task === 'serve') readConfig({ options: line.options, readInclude: () => ({ files: [] }) })
    return 'it would start'
  } catch (error) {
    if (error instanceof ConfigFileError) return error.message
    throw error
  }
}

function pairs(flat: readonly string[]): Map<string, string> {
  return new Map(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]!] as const] : [])))
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
