import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { LogDamagedError, LogInUseError } from '../../src/log/log-errors.ts'
import { pageBytes } from '../../src/log/log-limits.ts'
import { printRecords, verifyLog } from '../../src/log/verify.ts'
import { bytes, openLog, recover, recoverFile, row, scratchPath, text } from './scratch-log.ts'

/** A closed log: a checkpoint of one row at position 2, and the records 3, 4 and 5 after it. */
async function writeLog(): Promise<string> {
  const path = scratchPath()
  const log = await openLog(path)
  log.append(bytes('one'), 1)
  log.append(bytes('two'), 2)
  const checkpoint = log.beginCheckpoint()
  checkpoint.add([row('key', 'value')])
  await checkpoint.commit()
  for (const [index, word] of ['three', 'four', 'five'].entries()) log.append(bytes(word), 1_700_000_000_000 + index)
  await log.close()
  return path
}

function edit(path: string, sql: string): void {
  const file = new Database(path)
  expect(file.prepare(sql).run().changes).toBe(1)
  file.close()
}

describe('recovery', () => {
  test.each([
    ['bytes', "UPDATE record SET bytes = x'00' WHERE position = 5"],
    ['time', 'UPDATE record SET at_ms = 1 WHERE position = 5'],
    ['checksum', 'UPDATE record SET crc32 = crc32 + 1 WHERE position = 5'],
  ])('cuts off a last record whose %s is damaged, says so, and goes on in its place', async (_what, sql) => {
    const path = await writeLog()
    edit(path, sql)
    const log = await openLog(path)
    const { texts, summary } = await recover(log)
    expect(texts).toEqual(['three', 'four'])
    expect(summary).toMatchObject({ checkpointPosition: 2, lastPosition: 4, records: 2 })
    expect(summary.warnings).toHaveLength(1)
    expect(summary.warnings[0]).toMatch(/position 5, \d bytes, written at (2023-11-14|1970-01-01)T/)
    expect(log.position).toBe(4)
    expect(log.durablePosition).toBe(4)
    expect(log.append(bytes('five again'), 9)).toBe(5)
    await log.flush()
    expect(log.durablePosition).toBe(5)
    await log.close()
    expect((await recoverFile(path)).texts).toEqual(['three', 'four', 'five again'])
  })

  test.each([
    ['a damaged record with good ones after it', "UPDATE record SET bytes = x'00' WHERE position = 4", 'record 4 has'],
    ['a damaged first record', "UPDATE record SET bytes = x'00' WHERE position = 3", 'record 3 has'],
    ['a missing record', 'DELETE FROM record WHERE position = 4', 'record 4 is missing'],
    ['a gap after the checkpoint', 'DELETE FROM record WHERE position = 3', 'record 3 is missing'],
    ['a record moved away', 'UPDATE record SET position = 6 WHERE position = 5', 'record 5 is missing'],
    ['a damaged row', "UPDATE checkpoint_row SET payload = x'00'", 'row 1 of the checkpoint has'],
    ['a row of another database', 'UPDATE checkpoint_row SET db = 1', 'row 1 of the checkpoint has'],
    ['a missing row', 'DELETE FROM checkpoint_row', "the last 1 of the checkpoint's 1 rows are missing"],
    ['a lost checkpoint', 'DELETE FROM checkpoint', 'record 1 is missing'],
  ])('refuses %s, says which, and how to look at it', async (_what, sql, reason) => {
    const path = await writeLog()
    edit(path, sql)
    const log = await openLog(path)
    const outcome = recover(log)
    await expect(outcome).rejects.toThrow(LogDamagedError)
    await expect(outcome).rejects.toThrow(reason)
    await expect(outcome).rejects.toThrow(`millrace verify ${path}`)
    await log.close()
    const report = verifyLog(path)
    expect(report.isSound).toBe(false)
    expect(report.wouldStart).toBe(false)
  })

  test('refuses a file whose pages are damaged', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    for (let index = 0; index < 200; index++) log.append(new Uint8Array(1000).fill(index), index)
    await log.close()
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(pageBytes, 0xee), 0, pageBytes, 7 * pageBytes)
    closeSync(file)
    const again = await openLog(path)
    await expect(recover(again)).rejects.toThrow(LogDamagedError)
    await again.close()
    const report = verifyLog(path)
    expect(report.wouldStart).toBe(false)
    expect(report.problems.length).toBeGreaterThan(0)
  })

  test('hands over more than fits into its batches, and ends its progress at the total', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    const checkpoint = log.beginCheckpoint()
    checkpoint.add(Array.from({ length: 500 }, (_, index) => row(`key ${index}`, 'v'.repeat(500))))
    await checkpoint.commit()
    for (let index = 0; index < 500; index++) log.append(bytes('r'.repeat(index)), index)
    await log.close()
    const again = await openLog(path, { limits: { recoveryBatchBytes: 10_000, recoveryBatchesAhead: 2 } })
    const { rows, texts, progress } = await recover(again)
    expect(rows).toHaveLength(500)
    expect(texts.map((each) => each.length)).toEqual(Array.from({ length: 500 }, (_, index) => index))
    expect(progress.length).toBeGreaterThan(20)
    const [done, total] = progress.at(-1)!
    expect(done).toBe(total)
    expect(progress.every(([some, all], index) => some <= all && some >= (progress[index - 1]?.[0] ?? 0))).toBe(true)
  })

  test('ends with the error its visitor throws, and can be had again', async () => {
    const path = await writeLog()
    const log = await openLog(path)
    const visitor = { row: () => {}, progress: () => {} }
    const failing = {
      ...visitor,
      record: () => {
        throw new Error('unknown command')
      },
    }
    await expect(log.recover(failing)).rejects.toThrow('unknown command')
    expect((await recover(log)).texts).toEqual(['three', 'four', 'five'])
  })
})

describe('verify', () => {
  test('says that a sound log is sound, and changes nothing', async () => {
    const path = await writeLog()
    const report = verifyLog(path)
    expect(report).toMatchObject({
      isSound: true,
      wouldStart: true,
      checkpointPosition: 2,
      checkpointRows: 1,
      lastPosition: 5,
      records: 3,
      recordBytes: 13,
      problems: [],
    })
    expect(report.lines.at(-1)).toBe('sound')
    expect(readdirSync(dirname(path))).toEqual(['millrace.db'])
    expect((await recoverFile(path)).texts).toEqual(['three', 'four', 'five'])
  })

  test('tells a damaged last record, which a start cuts off, from damage that stops a start', async () => {
    const path = await writeLog()
    edit(path, "UPDATE record SET bytes = x'00' WHERE position = 5")
    expect(verifyLog(path)).toMatchObject({ isSound: false, wouldStart: true })
    edit(path, "UPDATE record SET bytes = x'00' WHERE position = 3")
    const report = verifyLog(path)
    expect(report).toMatchObject({ isSound: false, wouldStart: false })
    expect(report.problems).toHaveLength(2)
  })

  test('refuses a log that is in use, and a missing one', async () => {
    const path = scratchPath()
    expect(() => verifyLog(path)).toThrow('There is no file')
    await openLog(path)
    expect(() => verifyLog(path)).toThrow(LogInUseError)
  })

  test('hands out the records after the checkpoint', async () => {
    const path = await writeLog()
    expect([...printRecords(path)].map((record) => [record.position, text(record.bytes)])).toEqual([
      [3, 'three'],
      [4, 'four'],
      [5, 'five'],
    ])
    edit(path, "UPDATE record SET bytes = x'00' WHERE position = 4")
    expect(() => [...printRecords(path)]).toThrow(LogDamagedError)
  })
})
