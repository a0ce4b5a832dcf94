import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { bytes, openLog, recover, recoverFile, row, scratchPath } from './scratch-log.ts'

describe('a checkpoint', () => {
  test('comes back before the records after it, in the order it was written', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    for (let index = 1; index <= 10; index++) log.append(bytes(`folded ${index}`), 1)
    const checkpoint = log.beginCheckpoint()
    expect(checkpoint.position).toBe(10)
    log.append(bytes('after one'), 2)
    checkpoint.add([row('a', '1'), row('b', '2', 'list')])
    log.append(bytes('after two'), 3)
    checkpoint.add([{ ...row('c', '3'), db: 15, expiresAtMs: 1_800_000_000_000 }])
    await checkpoint.commit()
    await log.close()
    const { rows, texts, summary } = await recoverFile(path)
    expect(rows).toEqual([
      { db: 0, key: 'a', kind: 'string', expiresAtMs: -1, payload: '1' },
      { db: 0, key: 'b', kind: 'list', expiresAtMs: -1, payload: '2' },
      { db: 15, key: 'c', kind: 'string', expiresAtMs: 1_800_000_000_000, payload: '3' },
    ])
    expect(texts).toEqual(['after one', 'after two'])
    expect(summary).toEqual({ checkpointPosition: 10, lastPosition: 12, records: 2, warnings: [] })
  })

  test('of nothing at all, and one at position 0, are checkpoints too', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    const first = log.beginCheckpoint()
    first.add([row('a', '1')])
    await first.commit()
    log.append(bytes('one'), 1)
    expect((await recover(log)).rows).toHaveLength(1)
    await log.beginCheckpoint().commit()
    await log.close()
    const { rows, summary } = await recoverFile(path)
    expect(rows).toEqual([])
    expect(summary).toEqual({ checkpointPosition: 1, lastPosition: 1, records: 0, warnings: [] })
  })

  test('takes empty and binary keys and payloads, and records of no bytes', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    const checkpoint = log.beginCheckpoint()
    checkpoint.add([row('', ''), row('\0\u{1f600}', '', ''), row('', '\0')])
    await checkpoint.commit()
    log.append(new Uint8Array(0), 1)
    log.append(new Uint8Array(0), 2)
    await log.close()
    const { rows, texts, summary } = await recoverFile(path)
    expect(rows.map(({ key, kind, payload }) => [key, kind, payload])).toEqual([
      ['', 'string', ''],
      ['\0\u{1f600}', '', ''],
      ['', 'string', '\0'],
    ])
    expect(texts).toEqual(['', ''])
    expect(summary.warnings).toEqual([])
  })

  test('makes sizeBytes count from its position', async () => {
    const log = await openLog(scratchPath())
    log.append(bytes('1234567890'), 1)
    expect(log.sizeBytes).toBe(10)
    const checkpoint = log.beginCheckpoint()
    log.append(bytes('123'), 1)
    expect(log.sizeBytes).toBe(13)
    await checkpoint.commit()
    expect(log.sizeBytes).toBe(3)
  })

  test('counts for nothing until it is complete', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    log.append(bytes('one'), 1)
    const checkpoint = log.beginCheckpoint()
    checkpoint.add([row('a', '1')])
    await log.flush()
    await log.close()
    const { rows, texts } = await recoverFile(path)
    expect(rows).toEqual([])
    expect(texts).toEqual(['one'])
  })

  test('that was aborted leaves the one before it, and makes way for another', async () => {
    const path = scratchPath()
    const log = await openLog(path)
    const first = log.beginCheckpoint()
    first.add([row('first', '1')])
    await first.commit()
    const second = log.beginCheckpoint()
    second.add([row('second', '2')])
    expect(() => log.beginCheckpoint()).toThrow('one checkpoint at a time')
    await second.abort()
    expect((await recover(log)).rows).toMatchObject([{ key: 'first' }])
    const third = log.beginCheckpoint()
    third.add([row('third', '3')])
    await third.commit()
    await log.close()
    expect((await recoverFile(path)).rows).toMatchObject([{ key: 'third' }])
  })

  test('is not waited for by the process after the log was closed: commit rejects', async () => {
    const log = await openLog(scratchPath(), { limits: { rowBytesMax: 1 } })
    const checkpoint = log.beginCheckpoint()
    checkpoint.add(Array.from({ length: 1000 }, (_, index) => row(`key ${index}`, 'value')))
    const committed = checkpoint.commit()
    const closed = log.close()
    expect(checkpoint.isFailed).toBe(false)
    await expect(committed).rejects.toThrow('closed')
    expect(checkpoint.isFailed).toBe(true)
    await closed
    expect(checkpoint.pendingBytes).toBe(0)
  })

  test('reports what is not yet stored, and that falls to nothing', async () => {
    // A transaction a row: however long this thread stands still, they are not all stored when it looks.
    const log = await openLog(scratchPath(), { limits: { rowBytesMax: 1 } })
    const checkpoint = log.beginCheckpoint()
    checkpoint.add(Array.from({ length: 5000 }, (_, index) => row(`key ${index}`, 'x'.repeat(1000))))
    expect(checkpoint.pendingBytes).toBeGreaterThan(100_000)
    await log.flush()
    while (checkpoint.pendingBytes > 0) await log.flush()
    await checkpoint.commit()
    expect(checkpoint.pendingBytes).toBe(0)
  })

  test('does not hold up records that come while it is stored', async () => {
    const path = scratchPath()
    const log = await openLog(path, { limits: { rowBytesMax: 1 } })
    const checkpoint = log.beginCheckpoint()
    checkpoint.add(Array.from({ length: 2000 }, (_, index) => row(`key ${index}`, 'value')))
    const committed = checkpoint.commit()
    log.append(bytes('x'), 1)
    await log.flush()
    expect(log.durablePosition).toBe(1)
    expect(checkpoint.pendingBytes).toBeGreaterThan(0)
    await committed
    await log.close()
    expect((await recoverFile(path)).rows).toHaveLength(2000)
  })
})

test('overwriting a thousand keys for ever keeps the file small', async () => {
  const path = scratchPath()
  const log = await openLog(path, { fsync: 'no' })
  const sizes: number[] = []
  for (let cycle = 0; cycle < 40; cycle++) {
    for (let key = 0; key < 1000; key++) log.append(bytes(`SET key:${key} ${'v'.repeat(200)}`), cycle)
    const checkpoint = log.beginCheckpoint()
    checkpoint.add(Array.from({ length: 1000 }, (_, key) => row(`key:${key}`, 'v'.repeat(200))))
    await checkpoint.commit()
    await log.flush()
    sizes.push(statSync(path).size)
  }
  // 40 cycles write 20 MB of records and rows; two generations and one log of them are 1 MB.
  expect(Math.max(...sizes)).toBeLessThan(4_000_000)
  await log.close()
  const { summary, rows } = await recoverFile(path)
  expect(rows).toHaveLength(1000)
  expect(summary).toMatchObject({ checkpointPosition: 40_000, records: 0 })
})

test('what a crash left of folded records and incomplete checkpoints is deleted after the next start', async () => {
  const path = scratchPath()
  const log = await openLog(path)
  for (let index = 0; index < 20; index++) log.append(bytes('x'), 1)
  const checkpoint = log.beginCheckpoint()
  checkpoint.add([row('kept', '1')])
  await checkpoint.commit()
  await log.close()
  const file = new Database(path)
  file.exec("INSERT OR REPLACE INTO record VALUES (20, 1, 0, x'00')")
  file.exec("INSERT OR REPLACE INTO checkpoint_row VALUES (7, 0, 'string', x'00', -1, 0, x'00')")
  file.close()
  const again = await openLog(path)
  expect((await recover(again)).summary).toMatchObject({ checkpointPosition: 20, lastPosition: 20, records: 0 })
  for (let round = 0; round < 5; round++) await again.flush()
  const next = again.beginCheckpoint()
  next.add([row('next', '2')])
  await next.commit()
  for (let round = 0; round < 5; round++) await again.flush()
  await again.close()
  const after = new Database(path)
  expect(after.prepare('SELECT count(*) FROM record').pluck().get()).toBe(0)
  expect(after.prepare('SELECT count(*) FROM checkpoint_row').pluck().get()).toBe(1)
  after.close()
})
