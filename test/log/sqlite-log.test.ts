import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LogFormatError, LogInUseError, LogUnavailableError } from '../../src/log/log-errors.ts'
import { pageBytes } from '../../src/log/log-limits.ts'
import { applicationId, schemaVersion } from '../../src/log/sqlite-store.ts'
import { bytes, openLog, recover, recoverFile, scratchPath } from './scratch-log.ts'

describe('appending', () => {
  test.each(['always', 'everysec', 'no'] as const)('what was appended with %s comes back in order', async (fsync) => {
    const path = scratchPath()
    const log = await openLog(path, { fsync })
    for (let index = 1; index <= 500; index++) expect(log.append(bytes(`record ${index}`), 1000 + index)).toBe(index)
    await log.flush()
    expect(log.durablePosition).toBe(500)
    expect(log.pendingBytes).toBe(0)
    await log.close()
    const { texts, positions, times, summary } = await recoverFile(path)
    expect(texts).toEqual(Array.from({ length: 500 }, (_, index) => `record ${index + 1}`))
    expect(positions[499]).toBe(500)
    expect(times[0]).toBe(1001)
    expect(summary).toEqual({ checkpointPosition: 0, lastPosition: 500, records: 500, warnings: [] })
  })

  test('onDurable reports rising positions up to the last, and never one that was not appended', async () => {
    const seen: number[] = []
    let reachedLast = () => {}
    const done = new Promise<void>((resolve) => {
      reachedLast = resolve
    })
    const log = await openLog(scratchPath(), {
      events: {
        onDurable: (position) => {
          seen.push(position)
          if (position === 100) reachedLast()
        },
      },
    })
    for (let index = 0; index < 100; index++) log.append(bytes('x'), 1)
    expect(log.durablePosition).toBe(0)
    await done
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('records larger than the ring, and more of them than it holds, keep their order', async () => {
    const path = scratchPath()
    const limits = { ringBytes: 4096, externalRecordBytesMin: 1024, batchBytesMax: 8192 }
    const log = await openLog(path, { limits })
    const sizes = Array.from({ length: 300 }, (_, index) => (index % 7 === 0 ? 10_000 + index : (index * 37) % 1000))
    const written = sizes.map((size, index) => String.fromCharCode(97 + (index % 26)).repeat(size))
    for (const [index, value] of written.entries()) log.append(bytes(value), index)
    expect(log.pendingBytes).toBeGreaterThan(4096)
    await log.close()
    const { texts, times } = await recoverFile(path)
    expect(texts).toEqual(written)
    expect(times).toEqual(sizes.map((_, index) => index))
  })

  test('a view of a part of a buffer may be overwritten as soon as append returns', async () => {
    const path = scratchPath()
    const log = await openLog(path, { limits: { ringBytes: 256, externalRecordBytesMin: 64 } })
    const shared = new Uint8Array(1000)
    for (const size of [10, 20, 30, 40, 50, 60, 70, 400, 50, 50, 50]) {
      shared.fill(97, 0, size)
      log.append(shared.subarray(0, size), 1)
      shared.fill(0)
    }
    await log.close()
    const { texts } = await recoverFile(path)
    expect(texts).toEqual([10, 20, 30, 40, 50, 60, 70, 400, 50, 50, 50].map((size) => 'a'.repeat(size)))
  })

  test('the policy may change while records are on their way', async () => {
    const path = scratchPath()
    const log = await openLog(path, { fsync: 'no' })
    for (const policy of ['always', 'everysec', 'no', 'always'] as const) {
      log.setFsync(policy)
      log.append(bytes(policy), 1)
    }
    await log.flush()
    await log.close()
    expect((await recoverFile(path)).texts).toEqual(['always', 'everysec', 'no', 'always'])
  })

  test('close may be called again, and nothing can be appended after it', async () => {
    const log = await openLog(scratchPath())
    log.append(bytes('x'), 1)
    const first = log.close()
    expect(log.close()).toBe(first)
    expect(() => log.append(bytes('y'), 1)).toThrow('closed')
    await first
    await expect(log.flush()).resolves.toBeUndefined()
  })

  test('a closed log is one file', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    log.append(bytes('x'), 1)
    await log.close()
    expect(() => statSync(`${path}-wal`)).toThrow('ENOENT')
  })

  test('positions go on after a restart', async () => {
    const path = scratchPath()
    const first = await openLog(path)
    first.append(bytes('one'), 1)
    await first.close()
    const second = await openLog(path)
    expect(second.position).toBe(1)
    expect(() => second.append(bytes('two'), 2)).toThrow('recovered before')
    await recover(second)
    expect(second.sizeBytes).toBe(3)
    expect(second.append(bytes('two'), 2)).toBe(2)
    await second.close()
    expect((await recoverFile(path)).texts).toEqual(['one', 'two'])
  })

  test('the log can be read again while it is open', async () => {
    const log = await openLog(scratchPath())
    log.append(bytes('one'), 1)
    const reading = recover(log)
    expect(() => log.append(bytes('two'), 2)).toThrow('recovered before')
    expect((await reading).texts).toEqual(['one'])
    log.append(bytes('two'), 2)
    expect((await recover(log)).texts).toEqual(['one', 'two'])
  })

  test('an open log keeps no process alive', () => {
    const path = scratchPath()
    const program = `
      const { openSqliteLog } = await import('${new URL('../../dist/src/log/sqlite-log.js', import.meta.url)}')
      const events = { onDurable() {}, onRefusing() {}, onFatal() {} }
      const log = await openSqliteLog({ path: ${JSON.stringify(path)}, fsync: 'always', events })
      log.append(Buffer.from('x'), 1)
      await log.flush()
      console.log('flushed')
    `
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 })
    expect(run.stderr.toString()).toBe('')
    expect(run.stdout.toString()).toBe('flushed\n')
    expect(run.status).toBe(0)
  })
})

describe('opening', () => {
  test('a file keeps the page size that it was made with', async () => {
    const path = scratchPath()
    const first = await openLog(path)
    first.append(bytes('one'), 1)
    await first.close()
    const pageSize = (): unknown => {
      const file = new Database(path)
      onTestFinished(() => {
        file.close()
      })
      return file.pragma('page_size', { simple: true })
    }
    expect(pageSize()).toBe(pageBytes)
    const older = new Database(path)
    older.pragma('journal_mode = DELETE')
    older.pragma('page_size = 4096')
    older.exec('VACUUM')
    older.close()
    const second = await openLog(path)
    await recover(second)
    second.append(bytes('two'), 2)
    await second.close()
    expect(pageSize()).toBe(4096)
    expect((await recoverFile(path)).texts).toEqual(['one', 'two'])
  })

  test('a second log on the same file is refused, by name, until the first is closed', async () => {
    const path = scratchPath()
    const first = await openLog(path)
    await expect(openLog(path)).rejects.toThrow(LogInUseError)
    await expect(openLog(path)).rejects.toThrow(path)
    await first.close()
    await expect(openLog(path)).resolves.toBeDefined()
  })

  test('another process with the file open is refused too', async () => {
    const path = scratchPath()
    await openLog(path)
    const program = `
      const { openSqliteLog } = await import('${new URL('../../dist/src/log/sqlite-log.js', import.meta.url)}')
      const events = { onDurable() {}, onRefusing() {}, onFatal() {} }
      await openSqliteLog({ path: ${JSON.stringify(path)}, fsync: 'always', events }).catch((e) => console.log(e.name))
    `
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 })
    expect(run.stdout.toString()).toBe('LogInUseError\n')
  })

  test('a file that is no database is refused and left as it was', async () => {
    const path = scratchPath()
    writeFileSync(path, 'REDIS0011 is not a log of ours, though long enough to have a header'.repeat(20))
    const before = readFileSync(path)
    await expect(openLog(path)).rejects.toThrow(LogFormatError)
    expect(readFileSync(path)).toEqual(before)
  })

  test("somebody else's database is refused and left as it was", async () => {
    const path = scratchPath()
    const other = new Database(path)
    other.exec('CREATE TABLE notes (text)')
    other.close()
    const before = readFileSync(path)
    await expect(openLog(path)).rejects.toThrow('not a log of Millrace')
    expect(readFileSync(path)).toEqual(before)
  })

  test('a log of a newer format is refused', async () => {
    const path = scratchPath()
    await (await openLog(path)).close()
    const newer = new Database(path)
    newer.pragma(`user_version = ${schemaVersion + 1}`)
    expect(newer.pragma('application_id', { simple: true })).toBe(applicationId)
    newer.close()
    await expect(openLog(path)).rejects.toThrow('newer Millrace')
    await expect(openLog(path)).rejects.toThrow(LogFormatError)
  })

  test('an empty file is as good as none', async () => {
    const path = scratchPath()
    writeFileSync(path, '')
    const log = await openLog(path)
    log.append(bytes('x'), 1)
    await log.close()
    expect((await recoverFile(path)).texts).toEqual(['x'])
  })

  test('a missing directory, and one that is a file, are named', async () => {
    const path = scratchPath()
    const missing = join(dirname(path), 'missing', 'millrace.db')
    await expect(openLog(missing)).rejects.toThrow(LogUnavailableError)
    await expect(openLog(missing)).rejects.toThrow(`${dirname(missing)} for the log does not exist`)
    writeFileSync(path, 'a file')
    await expect(openLog(join(path, 'millrace.db'))).rejects.toThrow(LogUnavailableError)
  })

  test('a directory in the place of the file is refused', async () => {
    const path = scratchPath()
    mkdirSync(path)
    await expect(openLog(path)).rejects.toThrow(LogUnavailableError)
  })

  test.skipIf(process.getuid?.() === 0)('a directory without write permission is named', async () => {
    const path = scratchPath()
    chmodSync(dirname(path), 0o500)
    onTestFinished(() => chmodSync(dirname(path), 0o700))
    await expect(openLog(path)).rejects.toThrow("can't be written")
  })
})
