/** redis-cli and redis-benchmark, unchanged: what they do by themselves with many commands. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeEach, expect, it } from 'vitest'
import { encodeRequest } from '../bench/pipe.ts'
import { againstEachServer } from './judges.ts'
import { Program } from './program.ts'

const isInstalled = spawnSync('redis-cli', ['--version']).status === 0
const skipped = isInstalled ? '' : ', skipped: redis-tools is not installed,'
const execute = promisify(execFile)

againstEachServer(`redis-cli and redis-benchmark${skipped}`, (server) => {
  const cli = async (...words: string[]) =>
    (await execute('redis-cli', ['-p', String(server().port), ...words])).stdout.trimEnd()
  beforeEach(async () => {
    if (isInstalled) await cli('FLUSHALL')
  })

  it.skipIf(!isInstalled)('loads by --pipe, walks by --scan, and finds the biggest keys', async () => {
    const requests = [
      ...Array.from({ length: 1000 }, (_, index) => ['SET', `key:${index}`, 'v']),
      ['RPUSH', 'list', 'a', 'b', 'c'],
      ['ZADD', 'scores', '1', 'a', '2', 'b'],
      ['HSET', 'object', 'f', 'v'],
      ['SADD', 'set', 'a', 'b'],
      ['XADD', 'stream', '*', 'f', 'v'],
      ['SET', 'largest', 'x'.repeat(10_000)],
    ]
    const bytes = requests.map((request) => encodeRequest(request).toString('latin1')).join('')
    const loaded = await Program.run('redis-cli', ['-p', String(server().port), '--pipe'], server().port, bytes)
    expect(loaded).toContain(`errors: 0, replies: ${requests.length}`)
    const scanned = (await cli('--scan', '--pattern', 'key:*')).split('\n')
    expect(new Set(scanned).size).toBe(1000)
    const big = await cli('--bigkeys')
    expect(big).toContain(`Sampled ${requests.length} keys in the keyspace!`)
    for (const line of [
      'list found \'"list"\' has 3 items',
      'string found \'"largest"\' has 10000 bytes',
      'zset found \'"scores"\' has 2 members',
    ])
      expect(big).toContain(line)
    expect(await cli('--memkeys')).toMatch(/Biggest string found '"largest"' has \d{5} bytes/)
    await cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu')
    expect(await cli('--hotkeys')).toContain(`Sampled ${requests.length} keys in the keyspace!`)
    await cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  })

  it.skipIf(!isInstalled)('passes every test that redis-benchmark has', async () => {
    const words = ['-p', String(server().port), '-n', '300', '-c', '10', '-P', '4', '--csv']
    const { stdout } = await execute('redis-benchmark', words)
    const lines = stdout.trimEnd().split('\n').slice(1)
    expect(lines.map((line) => line.split('","')[0]!.slice(1))).toEqual([
      ...['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR', 'LPUSH', 'RPUSH', 'LPOP', 'RPOP', 'SADD', 'HSET', 'SPOP'],
      ...['ZADD', 'ZPOPMIN', 'LPUSH (needed to benchmark LRANGE)'],
      ...[100, 300, 500, 600].map((count) => `LRANGE_${count} (first ${count} elements)`),
      'MSET (10 keys)',
    ])
  })
})
