/** A disk that is really full: a file system in memory, which takes root to mount. Where that is not allowed these tests
 *  say so and are skipped; `test/log/anomaly.test.ts` knows full disks without one. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { RespClient } from '../support/resp-client.ts'
import type { RunningServer } from '../support/servers.ts'
import { serve, startInVain, whyNotRun } from './real-process.ts'

const mounted: string[] = []

/** A disk of so many MiB, or undefined when this user may not mount one. */
function smallDisk(mebibytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmdirSync(folder)
    return undefined
  }
  mounted.push(folder)
  return folder
}

function resize(folder: string, mebibytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${mebibytes}m`, folder])
}

afterAll(() => {
  for (const folder of mounted) {
    execFileSync('umount', [folder])
    rmdirSync(folder)
  }
})

const whySkipped = whyNotRun ?? (smallDisk(1) === undefined ? 'this user may not mount a file system' : undefined)

/** Pushes elements of 100 kB one by one until one is not answered or refused; how many were acknowledged. */
async function fill(client: RespClient): Promise<{ acknowledged: number; isWaiting: boolean }> {
  for (let i = 0; ; i++) {
    client.send(['RPUSH', 'list', `${i} ${'x'.repeat(100_000)}`])
    const reply = await client.next(2000).catch(() => undefined)
    if (reply === undefined) return { acknowledged: i, isWaiting: true }
    if (reply.reply.type === 'error') return { acknowledged: i, isWaiting: false }
  }
}

/** Waits until the write is accepted again, and returns how the refusals before read. */
async function untilAccepted(client: RespClient): Promise<void> {
  for (;;) {
    const reply = await client.call('SET', 'probe', '1')
    if (reply.type === 'simple') return
    expect(reply).toMatchObject({ type: 'error', text: expect.stringMatching(/^MISCONF/) })
  }
}

async function untilOutput(server: RunningServer, words: RegExp): Promise<void> {
  while (!words.test(server.output())) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function length(server: RunningServer): Promise<number> {
  const reply = await (await server.connect()).call('LLEN', 'list')
  return reply.type === 'int' ? Number(reply.text) : -1
}

describe.skipIf(whySkipped !== undefined)(`a full disk${whySkipped ? ` (${whySkipped})` : ''}`, () => {
  test('stops no reader; writers wait or are refused, go on when there is room, and nothing acknowledged is lost', async () => {
    const folder = smallDisk(6)!
    const server = await serve(folder)
    const [writer, other, onlooker] = [await server.connect(), await server.connect(), await server.connect()]
    await other.call('SET', 'key', 'value')
    const { acknowledged, isWaiting } = await fill(writer)
    expect(acknowledged).toBeGreaterThan(20)
    expect(isWaiting).toBe(true)

    expect(await other.call('SET', 'key', 'other')).toMatchObject({
      type: 'error',
      text: expect.stringMatching(/^MISCONF Errors writing to the AOF file: .*full/),
    })
    expect(await other.call('GET', 'key')).toMatchObject({ type: 'bulk', text: 'value' })
    onlooker.send(['LLEN', 'list'])
    expect(await other.call('PING')).toMatchObject({ text: 'PONG' })
    expect(onlooker.takeArrived(), 'a read that would show an unacknowledged write is held').toEqual([])

    resize(folder, 32)
    expect((await writer.next()).reply).toMatchObject({ type: 'int', text: String(acknowledged + 1) })
    expect((await onlooker.next()).reply).toMatchObject({ type: 'int', text: String(acknowledged + 1) })
    await untilAccepted(other)
    expect(server.output()).toMatch(/can't be written: .*full.*refused until it can[\s\S]*written again/)

    await server.stop('SIGKILL')
    const again = await serve(folder)
    expect(await length(again)).toBe(acknowledged + 1)
    expect(await (await again.connect()).call('GET', 'probe')).toMatchObject({ text: '1' })
  })

  test('with everysec: writes are refused until there is room, and the list goes on where it was', async () => {
    const folder = smallDisk(6)!
    const server = await serve(folder, ['--appendfsync', 'everysec'])
    const [writer, other] = [await server.connect(), await server.connect()]
    const { acknowledged, isWaiting } = await fill(writer)
    expect(isWaiting).toBe(false)
    expect(await other.call('LLEN', 'list')).toMatchObject({ text: String(acknowledged) })
    resize(folder, 32)
    await untilAccepted(other)
    await server.stop()
    expect(await length(await serve(folder))).toBe(acknowledged)
  })

  test('during a checkpoint: it is given up, and tried again with success when there is room', async () => {
    const folder = smallDisk(6)!
    const server = await serve(folder)
    const client = await server.connect()
    for (let i = 0; i < 25; i++) await client.call('SET', `key${i}`, 'x'.repeat(100_000))
    for (let i = 0; i < 10; i++) await client.call('APPEND', 'key0', 'y'.repeat(10_000))
    expect(await client.call('SAVE')).toMatchObject({ type: 'error', text: expect.stringMatching(/full/) })
    resize(folder, 32)
    await untilAccepted(client)
    expect(await client.call('SAVE')).toMatchObject({ type: 'simple', text: 'OK' })
    await server.stop('SIGKILL')
    const again = await (await serve(folder)).connect()
    expect(await again.call('DBSIZE')).toMatchObject({ text: '26' })
    expect(await again.call('STRLEN', 'key0')).toMatchObject({ text: '200000' })
  })

  test('during a stop by SIGTERM: tried again for seconds, then ended with an error that names what is not written', async () => {
    const folder = smallDisk(6)!
    const server = await serve(folder)
    const writer = await server.connect()
    const { acknowledged } = await fill(writer)
    process.kill(server.pid, 'SIGTERM')
    expect(await server.exited).toBe(1)
    const unwritten = acknowledged + 1
    expect(server.output()).toMatch(
      new RegExp(`Stopped with an error: .*could not be written; records ${unwritten} to ${unwritten} are not in it`),
    )
    resize(folder, 32)
    expect(await length(await serve(folder))).toBe(acknowledged)
  }, 30_000)

  test('that has room again during a stop: everything is written, answered, and the stop succeeds', async () => {
    const folder = smallDisk(6)!
    const server = await serve(folder, ['--loglevel', 'notice'])
    const writer = await server.connect()
    const { acknowledged } = await fill(writer)
    process.kill(server.pid, 'SIGTERM')
    await untilOutput(server, /stopping/)
    resize(folder, 32)
    expect((await writer.next()).reply).toMatchObject({ type: 'int', text: String(acknowledged + 1) })
    expect(await server.exited).toBe(0)
    expect(await length(await serve(folder))).toBe(acknowledged + 1)
  }, 30_000)

  test('refuses SHUTDOWN, and serves on; with NOSAVE, NOW and FORCE the end comes at once', async () => {
    const folder = smallDisk(6)!
    const server = await serve(folder, ['--appendfsync', 'everysec'])
    const [writer, other] = [await server.connect(), await server.connect()]
    await fill(writer)
    expect(await other.call('SHUTDOWN')).toMatchObject({ type: 'error', text: expect.stringMatching(/^ERR Errors/) })
    expect(await other.call('PING')).toMatchObject({ text: 'PONG' })
    const startedAtMs = performance.now()
    other.send(['SHUTDOWN', 'NOSAVE', 'NOW', 'FORCE'])
    expect(await server.exited).toBe(1)
    expect(performance.now() - startedAtMs).toBeLessThan(3000)
    expect(server.output()).toMatch(
      /SHUTDOWN is refused[\s\S]*Stopped with an error: .*records \d+ to \d+ are not in it/,
    )
  })

  test('at the start: says so in a line and does not begin', async () => {
    const folder = smallDisk(1)!
    execFileSync('dd', ['if=/dev/zero', `of=${join(folder, 'ballast')}`, 'bs=1024', 'count=1024'], { stdio: 'ignore' })
    const { code, output } = await startInVain(folder)
    expect(output).toMatch(/^The log .*millrace\.db can't be opened: .*full/)
    expect(output.trim().split('\n').length).toBe(1)
    expect(code).toBe(1)
  })
})
