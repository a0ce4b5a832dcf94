import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CheckpointFailedError, LogUnwrittenError } from '../../src/log/log-errors.ts'
import { packRows } from '../../src/log/row-packing.ts'
import { type Fault, SteppedWriter, snapshot, sqliteError } from './faulty-store.ts'
import { bytes, openLog, recoverFile, recoverHere, row, scratchPath } from './scratch-log.ts'

const recordCount = 14

/** Every kind of work there is: records alone and beside a checkpoint, deletions, a second checkpoint, a flush. */
function scenario(stepped: SteppedWriter): void {
  let next = 1
  const append = (count: number) => {
    for (let index = 0; index < count; index++) stepped.source.push(bytes(`record ${next}`), next++)
  }
  append(4)
  stepped.run()
  for (const name of ['first', 'second']) {
    stepped.writer.beginCheckpoint(1, next - 1)
    stepped.writer.addRows(packRows([row(`${name} 1`, 'x'), row(`${name} 2`, 'y')]))
    append(2)
    stepped.writer.step()
    stepped.writer.addRows(packRows([row(`${name} 3`, 'z')]))
    stepped.writer.endCheckpoint()
    append(2)
    stepped.run()
  }
  append(2)
  stepped.writer.flush(7, next - 1)
  stepped.run()
}

/** Runs the scenario with the fault at call 1, 2, 3, … until a run has fewer calls than that. */
function forEachCall(faultAt: (n: number) => Fault, check: (stepped: SteppedWriter, path: string) => void): number {
  for (let n = 1; ; n++) {
    const path = scratchPath()
    const stepped = new SteppedWriter(path, faultAt(n))
    scenario(stepped)
    stepped.close()
    if (stepped.store.calls < n) return n - 1
    check(stepped, path)
  }
}

/** The file holds a state that some moment of the scenario had: a whole checkpoint or none, then the records after it. */
function expectWhole(path: string, lastPositionMin: number): void {
  const { rows, texts, summary } = recoverHere(path)
  expect(summary.warnings).toEqual([])
  expect(summary.lastPosition).toBeGreaterThanOrEqual(lastPositionMin)
  const { checkpointPosition } = summary
  const keys = rows.map((each) => String(each.key))
  const name = { 0: undefined, 4: 'first', 8: 'second' }[checkpointPosition]
  expect(keys).toEqual(name === undefined ? [] : [`${name} 1`, `${name} 2`, `${name} 3`])
  const count = summary.lastPosition - checkpointPosition
  expect(texts).toEqual(Array.from({ length: count }, (_, index) => `record ${checkpointPosition + index + 1}`))
}

describe('when the n-th call fails, for every n', () => {
  test.each([
    ['once, the disk being full', 1, 'SQLITE_FULL'],
    ['five times, the disk being full', 5, 'SQLITE_FULL'],
    ['twice, a write being refused', 2, 'SQLITE_IOERR_WRITE'],
  ])('%s, nothing is lost, reordered or reported early, and all is written in the end', (_what, times, code) => {
    const refused: boolean[] = []
    const count = forEachCall(
      (n) => (call) => {
        if (call >= n && call < n + times) throw sqliteError(code)
      },
      (stepped, path) => {
        expect(stepped.fatal).toBeUndefined()
        expect(stepped.brokenPromises).toEqual([])
        expect(stepped.durable).toEqual([...stepped.durable].sort((a, b) => a - b))
        expect(stepped.durable.at(-1)).toBe(recordCount)
        expect(stepped.flushed).toEqual([7])
        expect(stepped.refusing.length % 2).toBe(0)
        expect(stepped.refusing.every((reason, index) => (reason === undefined) === (index % 2 === 1))).toBe(true)
        expect(stepped.checkpoints).toHaveLength(2)
        for (const error of stepped.checkpoints) {
          if (error !== undefined) expect(error).toBeInstanceOf(CheckpointFailedError)
        }
        expectWhole(path, recordCount)
        refused.push(stepped.refusing.length > 0)
      },
    )
    expect(count).toBeGreaterThan(40)
    expect(refused).toContain(true)
  })

  test.each(['SQLITE_IOERR_FSYNC', 'SQLITE_CORRUPT', 'SQLITE_READONLY', 'SQLITE_TOOBIG'])(
    'with %s, the log stops for good, and holds all that it reported durable',
    (code) => {
      const count = forEachCall(
        (n) => (call) => {
          if (call === n) throw sqliteError(code)
        },
        (stepped, path) => {
          expect(stepped.fatal?.message).toContain(code)
          expect(stepped.brokenPromises).toEqual([])
          expectWhole(path, stepped.durable.at(-1) ?? 0)
        },
      )
      expect(count).toBeGreaterThan(40)
    },
  )

  test('because the process is killed there, a restart finds all that was reported durable', () => {
    const copies: { path: string; durable: number }[] = []
    const path = scratchPath()
    const stepped: SteppedWriter = new SteppedWriter(path, (call) => {
      const copy = `${path}.${call}`
      snapshot(path, copy)
      copies.push({ path: copy, durable: stepped.durable.at(-1) ?? 0 })
    })
    scenario(stepped)
    stepped.close()
    expect(copies.length).toBeGreaterThan(40)
    for (const copy of copies) expectWhole(copy.path, copy.durable)
  })
})

describe('a full disk', () => {
  test('refuses at the first record that does not fit, and recovers by itself when there is room', async () => {
    const path = scratchPath()
    const stepped = new SteppedWriter(path, () => {})
    stepped.store.inner.limitPages(8)
    for (let index = 1; index <= 100; index++) {
      stepped.source.push(new Uint8Array(1000).fill(index), index)
      if (stepped.writer.step() > 0 && stepped.refusing.length > 0) break
    }
    expect(stepped.refusing).toEqual([expect.stringContaining('SQLITE_FULL')])
    const reached = stepped.durable.at(-1)!
    expect(reached).toBeGreaterThan(3)
    // However long it lasts, nothing is reported durable, and the waits stay bounded.
    for (let attempt = 0; attempt < 20; attempt++) {
      const waitMs = stepped.writer.step()
      expect(waitMs).toBeLessThanOrEqual(1000)
      stepped.nowMs += waitMs
    }
    expect(stepped.durable.at(-1)).toBe(reached)
    stepped.store.inner.limitPages(1000)
    stepped.run()
    expect(stepped.refusing).toHaveLength(2)
    expect(stepped.refusing[1]).toBeUndefined()
    expect(stepped.durable.at(-1)).toBe(reached + 1)
    stepped.close()
    expect((await recoverFile(path)).positions).toHaveLength(reached + 1)
  })

  test('gives up a checkpoint that does not fit, keeps the records, and makes its room free again', async () => {
    const path = scratchPath()
    const stepped = new SteppedWriter(path, () => {})
    stepped.source.push(bytes('one'), 1)
    stepped.run()
    stepped.store.inner.limitPages(25)
    stepped.writer.beginCheckpoint(1, 1)
    for (let index = 0; index < 10; index++) {
      stepped.writer.addRows(packRows([row(`key ${index}`, 'x'.repeat(60_000))]))
      stepped.writer.step()
    }
    stepped.writer.endCheckpoint()
    stepped.run()
    expect(stepped.checkpoints).toHaveLength(1)
    expect(stepped.checkpoints[0]).toBeInstanceOf(CheckpointFailedError)
    expect(stepped.refusing).toEqual([])
    for (let index = 0; index < 5; index++) stepped.source.push(new Uint8Array(50_000), 2)
    stepped.run()
    expect(stepped.durable.at(-1)).toBe(6)
    expect(stepped.refusing).toEqual([])
    stepped.close()
    expect((await recoverFile(path)).positions).toHaveLength(6)
  })
})

/** A file system of `mebibytes`, unmounted when the test is over; undefined where the user may not mount one. */
function smallDisk(mebibytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  onTestFinished(() => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return mounted.status === 0 ? folder : undefined
}

describe('a disk that is really full', () => {
  test('is reported, kept waiting for, and gone on with when there is room', async ({ skip }) => {
    const folder = smallDisk(4)
    if (folder === undefined) return skip('mounting a small file system takes root')
    const path = join(folder, 'millrace.db')
    const heard: (string | undefined)[] = []
    let wake = () => {}
    const log = await openLog(path, {
      events: {
        onRefusing: (reason) => {
          heard.push(reason)
          wake()
        },
      },
    })
    const change = () =>
      new Promise<void>((resolve) => {
        wake = resolve
      })
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(2 * 1024 * 1024))
    const refused = change()
    let appended = 0
    const append = () => log.append(bytes(`record ${++appended} `.padEnd(50_000, 'x')), appended)
    while (heard.length === 0) {
      append()
      await Promise.race([refused, log.flush()])
    }
    expect(heard[0]).toMatch(/SQLITE_(FULL|IOERR_WRITE)/)
    // The last record may have fitted, and only the flush behind it not.
    append()
    expect(log.durablePosition).toBeLessThan(appended)
    const recovered = change()
    rmSync(join(folder, 'ballast'))
    await recovered
    expect(heard[1]).toBeUndefined()
    await log.flush()
    expect(log.durablePosition).toBe(appended)
    await log.close()
    const { texts } = await recoverFile(path)
    expect(texts.map((each) => each.split(' ')[1])).toEqual(
      Array.from({ length: appended }, (_, index) => `${index + 1}`),
    )
  })

  test('makes close give up in the end, saying which records are not in the file', async ({ skip }) => {
    const folder = smallDisk(2)
    if (folder === undefined) return skip('mounting a small file system takes root')
    const path = join(folder, 'millrace.db')
    const log = await openLog(path, { events: { onRefusing: () => {} }, limits: { closeRetryMsMax: 100 } })
    log.append(bytes('fits'), 1)
    await log.flush()
    log.append(new Uint8Array(3 * 1024 * 1024), 2)
    const closing = log.close()
    await expect(closing).rejects.toThrow(LogUnwrittenError)
    await expect(closing).rejects.toThrow('records 2 to 2')
    expect((await recoverFile(path)).texts).toEqual(['fits'])
  })
})
