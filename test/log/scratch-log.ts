/** What the log's tests share: a scratch folder, a log in it, and readers of what was recovered. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CheckpointRow, Log, LogEvents, RecoverySummary } from '../../src/log/log.ts'
import { recoverBatches } from '../../src/log/recovery.ts'
import { RecordReader, RowReader } from '../../src/log/row-packing.ts'
import { openSqliteLog, type SqliteLogOptions } from '../../src/log/sqlite-log.ts'
import { SqliteStore } from '../../src/log/sqlite-store.ts'

/** A path for a log in a folder of its own, removed when the test is over. */
export function scratchPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'millrace.db')
}

/** Opens a log that is closed when the test is over. Unexpected failures fail the test. */
export async function openLog(
  path: string,
  options: Partial<Omit<SqliteLogOptions, 'events'>> & { events?: Partial<LogEvents> } = {},
): Promise<Log> {
  const log = await openSqliteLog({
    path,
    fsync: 'always',
    ...options,
    events: {
      onDurable: () => {},
      onRefusing: (reason) => {
        if (reason !== undefined) throw new Error(`refusing: ${reason}`)
      },
      onFatal: (error) => {
        throw error
      },
      ...options.events,
    },
  })
  onTestFinished(() => log.close().catch(() => {}))
  return log
}

/** A checkpoint row with its bytes as text. */
export interface TextRow extends Omit<CheckpointRow, 'key' | 'payload'> {
  readonly key: string
  readonly payload: string
}

/** What a recovery handed over, copied. */
export interface Recovered {
  readonly rows: TextRow[]
  readonly texts: string[]
  readonly positions: number[]
  readonly times: number[]
  readonly progress: [number, number][]
  readonly summary: RecoverySummary
}

export async function recover(log: Log): Promise<Recovered> {
  const rows: TextRow[] = []
  const texts: string[] = []
  const positions: number[] = []
  const times: number[] = []
  const progress: [number, number][] = []
  const summary = await log.recover({
    row: (row) => rows.push({ ...row, key: text(row.key), payload: text(row.payload) }),
    record: (record) => {
      texts.push(text(record.bytes))
      positions.push(record.position)
      times.push(record.atMs)
    },
    progress: (doneBytes, totalBytes) => progress.push([doneBytes, totalBytes]),
  })
  return { rows, texts, positions, times, progress, summary }
}

/** Opens the file, reads it back, closes it. */
export async function recoverFile(path: string): Promise<Recovered> {
  const log = await openLog(path)
  const recovered = await recover(log)
  await log.close()
  return recovered
}

/** What the file holds, read on this thread: for tests that read very many. */
export function recoverHere(path: string): { rows: CheckpointRow[]; texts: string[]; summary: RecoverySummary } {
  const store = SqliteStore.open(path)
  const rows: CheckpointRow[] = []
  const texts: string[] = []
  const batches = recoverBatches(store, 1024)
  for (let next = batches.next(); ; next = batches.next()) {
    if (next.done === true) {
      store.close()
      return { rows, texts, summary: next.value }
    }
    const { kind, packed } = next.value
    if (kind === 'records') {
      const reader = new RecordReader(packed)
      for (let each = reader.next(); each !== undefined; each = reader.next()) texts.push(text(each.bytes))
    } else {
      const reader = new RowReader(packed)
      for (let each = reader.next(); each !== undefined; each = reader.next()) {
        rows.push({ ...each, key: Buffer.from(each.key), payload: Buffer.from(each.payload) })
      }
    }
  }
}

export function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export function text(value: Uint8Array): string {
  return new TextDecoder().decode(value)
}

/** A row whose text parts are easy to compare. */
export function row(key: string, payload: string, kind = 'string'): CheckpointRow {
  return { db: 0, key: bytes(key), kind, expiresAtMs: -1, payload: bytes(payload) }
}
