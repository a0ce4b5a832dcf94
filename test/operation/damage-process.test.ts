import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { pageBytes } from '../../src/log/log-limits.ts'
import { type Outcome, runToEnd, scratchFolder, serve, startInVain, whyNotRun } from './real-process.ts'

const records = 50

/** A folder with a log of fifty records; its file. */
async function writtenLog(): Promise<{ folder: string; file: string }> {
  const folder = scratchFolder()
  const server = await serve(folder)
  const client = await server.connect()
  for (let i = 1; i <= records; i++) await client.call('SET', `key${i}`, `value number ${i} of ${records}`)
  await server.stop()
  return { folder, file: join(folder, 'millrace.db') }
}

/** Flips a bit of the value that the record wrote. */
function damage(file: string, record: number): void {
  const bytes = readFileSync(file)
  bytes[bytes.lastIndexOf(`value number ${record} of`) + 3]! ^= 1
  writeFileSync(file, bytes)
}

/** The start was refused in a line or two that a person can use, without a stack. */
function expectPlainRefusal({ code, output }: Outcome, reason: RegExp): void {
  expect(output).toMatch(reason)
  expect(output.trim().split('\n').length, output).toBeLessThanOrEqual(2)
  expect(output).not.toMatch(/^\s+at |\.js:\d+/m)
  expect(code).toBe(1)
}

describe.skipIf(whyNotRun !== undefined)(
  `a log that is not as it was left${whyNotRun ? ` (${whyNotRun})` : ''}`,
  () => {
    test('a damaged last record is cut off, and the terminal says what was dropped', async () => {
      const { folder, file } = await writtenLog()
      damage(file, records)
      const verdict = await runToEnd(['verify', file])
      expect(verdict.output).toMatch(/record 50 has a wrong checksum/)
      expect(verdict.code).toBe(1)
      const server = await serve(folder)
      expect(server.output()).toMatch(
        /last record .* was damaged and has been cut off: position 50, \d+ bytes, written at /,
      )
      const client = await server.connect()
      expect(await client.call('DBSIZE')).toMatchObject({ text: String(records - 1) })
      await server.stop()
      expect(await runToEnd(['verify', file])).toMatchObject({ code: 0 })
    })

    test('a damaged record in the middle stops the start, changes nothing, and is named by verify', async () => {
      const { folder, file } = await writtenLog()
      damage(file, 20)
      const before = readFileSync(file)
      expectPlainRefusal(
        await startInVain(folder),
        /record 20 has a wrong checksum, and there are records after it\. Nothing was changed\. .*millrace verify .*\.db/,
      )
      expect(readFileSync(file).equals(before)).toBe(true)
      const verdict = await runToEnd(['verify', file])
      expect(verdict.output).toMatch(/^record 20 has a wrong checksum .*\n(.*\n)*damaged: a start is refused$/m)
      expect(verdict.code).toBe(1)
    })

    test('a file that was cut short stops the start and verify', async () => {
      const { folder, file } = await writtenLog()
      truncateSync(file, 8000)
      expectPlainRefusal(await startInVain(folder), /The log .*millrace\.db is damaged: .*malformed/)
      expectPlainRefusal(await runToEnd(['verify', file]), /millrace\.db is so damaged that nothing of it can be read/)
    })

    test('a page of rubbish stops the start, and verify tells what can be read still', async () => {
      const { folder, file } = await writtenLog()
      const bytes = readFileSync(file)
      bytes.fill(0xff, 2 * pageBytes, 2 * pageBytes + 64)
      writeFileSync(file, bytes)
      expectPlainRefusal(await startInVain(folder), /The log .*millrace\.db is damaged: .*malformed/)
      const verdict = await runToEnd(['verify', file])
      expect(verdict.output).toMatch(/structure: .*malformed/)
      expect(verdict.code).toBe(1)
    })

    test('a text, a database of somebody else and a log of the future are left alone', async () => {
      const folder = scratchFolder()
      const file = join(folder, 'millrace.db')
      writeFileSync(file, 'Dear diary,\n'.repeat(1000))
      const text = readFileSync(file)
      expectPlainRefusal(await startInVain(folder), /millrace\.db is not a log of Millrace: .* left alone/)
      expectPlainRefusal(await runToEnd(['verify', file]), /millrace\.db is not a log of Millrace/)
      expect(readFileSync(file).equals(text)).toBe(true)

      const foreign = scratchFolder()
      const database = new Database(join(foreign, 'millrace.db'))
      database.exec('CREATE TABLE customer (name TEXT)')
      database.close()
      expectPlainRefusal(
        await startInVain(foreign),
        /is an SQLite database, but not a log of Millrace; it was left alone/,
      )

      const future = await writtenLog()
      const newer = new Database(future.file)
      newer.pragma('user_version = 99')
      newer.close()
      expectPlainRefusal(await startInVain(future.folder), /was written by a newer Millrace \(format 99; /)
    })

    test('a folder in the place of the file, or a file in the place of the folder, is told', async () => {
      const folder = scratchFolder()
      mkdirSync(join(folder, 'millrace.db'))
      expectPlainRefusal(await startInVain(folder), /The log .*millrace\.db can't be opened/)
      expectPlainRefusal(await runToEnd(['verify', join(folder, 'millrace.db')]), /millrace\.db can't be opened/)
      const occupied = join(scratchFolder(), 'taken')
      writeFileSync(occupied, '')
      expectPlainRefusal(await startInVain(occupied), /taken/)
    })

    test.skipIf(process.getuid?.() === 0)(
      'a folder or a file that may not be written to is told (not for root)',
      async () => {
        const { folder, file } = await writtenLog()
        chmodSync(file, 0o400)
        expectPlainRefusal(await startInVain(folder), /The log .*millrace\.db can't be opened for writing: EACCES/)
        chmodSync(folder, 0o500)
        expectPlainRefusal(await startInVain(folder), /The directory .* for the log can't be written: EACCES/)
        chmodSync(folder, 0o700)
      },
    )

    test('an empty file is a new log', async () => {
      const folder = scratchFolder()
      writeFileSync(join(folder, 'millrace.db'), '')
      const client = await (await serve(folder)).connect()
      expect(await client.call('SET', 'key', 'value')).toMatchObject({ type: 'simple', text: 'OK' })
    })

    test('a second process on the same file is refused, and so is verify, while the first goes on', async () => {
      const folder = scratchFolder()
      const client = await (await serve(folder)).connect()
      await client.call('SET', 'key', 'value')
      expectPlainRefusal(await startInVain(folder), /millrace\.db is in use: another Millrace/)
      expectPlainRefusal(await runToEnd(['verify', join(folder, 'millrace.db')]), /in use/)
      expect(await client.call('SET', 'key', 'again')).toMatchObject({ type: 'simple', text: 'OK' })
    })

    test('a file that another program holds locked is refused', async () => {
      const { folder, file } = await writtenLog()
      const other = new Database(file)
      other.exec('BEGIN EXCLUSIVE')
      expectPlainRefusal(await startInVain(folder), /millrace\.db is in use: .*another program/)
      other.exec('ROLLBACK')
      other.close()
    })
  },
)
