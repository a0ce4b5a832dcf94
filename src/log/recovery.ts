/**
 * Reading the log back, and refusing to read past damage.
 *
 * The rows of the last complete checkpoint come first, by id; then every record after its position. Positions must
 * follow each other without a gap and every checksum must fit. One exception: when the very last record is damaged it is
 * what an interrupted write leaves, so it is cut off, and the warning says what was dropped. Damage with good records
 * after it is something else (a failing disk, a stray editor), and nothing is guessed: LogDamagedError.
 */

import type Database from 'better-sqlite3'
import { recordChecksum, rowChecksum } from './checksum.ts'
import type { CheckpointRow, RecoverySummary } from './log.ts'
import { damaged, errorCode, LogDamagedError } from './log-errors.ts'
import { partsReader } from './record-parts.ts'
import { packRows, RecordPacker } from './row-packing.ts'
import { readMark, type SqliteStore } from './sqlite-store.ts'
import type { CheckpointMark } from './store.ts'

/** Some rows or some records, packed, on their way to the visitor. */
export interface RecoveryBatch {
  readonly kind: 'rows' | 'records'
  readonly packed: Uint8Array<ArrayBuffer>
  readonly doneBytes: number
  readonly totalBytes: number
}

/** A record as the table holds it, its checksum not yet looked at. */
export interface StoredRecord {
  readonly position: number
  readonly atMs: number
  readonly crc32: number
  readonly bytes: Buffer
}

/** A checkpoint row as the table holds it. */
export interface StoredRow extends CheckpointRow {
  readonly id: number
  readonly crc32: number
}

/**
 * Yields the log in batches of about `batchBytes`, then returns what was read. Nothing else may use the store between
 * the first batch and the end; ending the generator early is safe. Deletes a damaged last record before it returns.
 */
export function* recoverBatches(store: SqliteStore, batchBytes: number): Generator<RecoveryBatch, RecoverySummary> {
  const mark = readMark(store.database)
  const totalBytes = usedBytes(store.database)
  try {
    const doneBytes = mark === undefined ? 0 : yield* rowBatches(store, mark, batchBytes, totalBytes)
    return yield* recordBatches(store, mark?.position ?? 0, batchBytes, doneBytes, totalBytes)
  } catch (error) {
    const code = errorCode(error)
    const isDamage = code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_IOERR')
    throw isDamage ? damaged(store.path, `${(error as Error).message} (${code})`) : error
  }
}

/** The records from `from` on, in order. */
export function* selectRecords(database: Database.Database, from: number): Generator<StoredRecord> {
  const whole = partsReader(database)
  const records = database.prepare<[number], StoredRecord>(
    'SELECT position, at_ms AS atMs, crc32, bytes FROM record WHERE position >= ? ORDER BY position',
  )
  for (const record of records.iterate(from)) yield { ...record, bytes: whole(record.position, record.bytes) }
}

/** The rows of a checkpoint, in order. */
export function selectRows(database: Database.Database, mark: CheckpointMark): IterableIterator<StoredRow> {
  return database
    .prepare<[number, number], StoredRow>(
      `SELECT id, db, kind, key, expires_at_ms AS expiresAtMs, crc32, payload
       FROM checkpoint_row WHERE id BETWEEN ? AND ? ORDER BY id`,
    )
    .iterate(mark.firstRowId, mark.firstRowId + mark.rowCount - 1)
}

/** True when the record's checksum fits. */
export function isSound(record: StoredRecord): boolean {
  return recordChecksum(record.position, record.atMs, record.bytes) === record.crc32
}

function* rowBatches(
  store: SqliteStore,
  mark: CheckpointMark,
  batchBytes: number,
  totalBytes: number,
): Generator<RecoveryBatch, number> {
  let rows: CheckpointRow[] = []
  let rowsBytes = 0
  let doneBytes = 0
  let nextId = mark.firstRowId
  for (const row of selectRows(store.database, mark)) {
    if (row.id !== nextId) throw damaged(store.path, `row ${nextId} of the checkpoint is missing`)
    if (rowChecksum(row) !== row.crc32)
      throw damaged(store.path, `row ${row.id} of the checkpoint has a wrong checksum`)
    nextId++
    rows.push(row)
    rowsBytes += row.key.length + row.payload.length
    if (rowsBytes < batchBytes) continue
    doneBytes += rowsBytes
    yield { kind: 'rows', packed: packRows(rows), doneBytes, totalBytes: Math.max(totalBytes, doneBytes) }
    rows = []
    rowsBytes = 0
  }
  const missing = mark.firstRowId + mark.rowCount - nextId
  if (missing > 0)
    throw damaged(store.path, `the last ${missing} of the checkpoint's ${mark.rowCount} rows are missing`)
  doneBytes += rowsBytes
  if (rows.length > 0) {
    yield { kind: 'rows', packed: packRows(rows), doneBytes, totalBytes: Math.max(totalBytes, doneBytes) }
  }
  return doneBytes
}

function* recordBatches(
  store: SqliteStore,
  checkpointPosition: number,
  batchBytes: number,
  startBytes: number,
  totalBytes: number,
): Generator<RecoveryBatch, RecoverySummary> {
  let packer = new RecordPacker(batchBytes)
  let doneBytes = startBytes
  let lastPosition = checkpointPosition
  let bad: StoredRecord | undefined
  for (const record of selectRecords(store.database, checkpointPosition + 1)) {
    if (bad !== undefined) {
      throw damaged(store.path, `record ${bad.position} has a wrong checksum, and there are records after it`)
    }
    if (record.position !== lastPosition + 1) {
      throw damaged(store.path, `record ${lastPosition + 1} is missing, and there are records after it`)
    }
    if (!isSound(record)) {
      bad = record
      continue
    }
    lastPosition = record.position
    packer.add(record.position, record.atMs, record.bytes)
    doneBytes += record.bytes.length
    if (packer.size < batchBytes) continue
    yield { kind: 'records', packed: packer.finish(), doneBytes, totalBytes: Math.max(totalBytes, doneBytes) }
    packer = new RecordPacker(batchBytes)
  }
  if (packer.size > 0) {
    yield { kind: 'records', packed: packer.finish(), doneBytes, totalBytes: Math.max(totalBytes, doneBytes) }
  }
  const warnings = bad === undefined ? [] : [cutOff(store, bad)]
  return { checkpointPosition, lastPosition, records: lastPosition - checkpointPosition, warnings }
}

/** Deletes the damaged last record, and says so. */
function cutOff(store: SqliteStore, record: StoredRecord): string {
  store.setSynced(true)
  store.begin()
  try {
    store.deleteRows({ table: 'record', from: record.position, to: record.position })
    store.commit()
  } catch (error) {
    store.rollback()
    throw new LogDamagedError(
      `The last record of ${store.path} is damaged and could not be cut off: ${(error as Error).message}`,
    )
  }
  return (
    `The last record of ${store.path} was damaged and has been cut off: position ${record.position}, ` +
    `${record.bytes.length} bytes, written at ${timeText(record.atMs)}`
  )
}

/** A time for people; a number that is no time (it may be the damaged part) stays a number. */
export function timeText(atMs: number): string {
  const time = new Date(atMs)
  return Number.isNaN(time.getTime()) ? `${atMs} ms` : time.toISOString()
}

function usedBytes(database: Database.Database): number {
  const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
    Number(database.pragma(name, { simple: true })),
  )
  return (pages! - free!) * size!
}
