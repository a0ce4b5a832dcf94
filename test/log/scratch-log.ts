/** What the log's tests share: a scratch folder, a log in it, and readers of what was recovered. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CheckpointRow, Log, LogEvents, RecoverySummary } from '../../src/log/log.ts'
import { openSqliteLog, type SqliteLogOptions } from '../../src/log/sqlite-log.ts'

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

/** What a recovery handed over, copied. */
export interface Recovered {
  readonly rows: CheckpointRow[]
  readonly texts: string[]
  readonly positions: number[]
  readonly times: number[]
  readonly progress: [number, number][]
  readonly summary: RecoverySummary
}

export async function recover(log: Log): Promise<Recovered> {
  const rows: CheckpointRow[] = []
  const texts: string[] = []
  const positions: number[] = []
  const times: number[] = []
  const progress: [number, number][] = []
  const summary = await log.recover({
    row: (row) => rows.push(structuredClone({ ...row, key: text(row.key), payload: text(row.payload) }) as never),
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
