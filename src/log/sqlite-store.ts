/**
 * The log's file: how it is opened, whose it is, and the prepared statements behind `Store`.
 *
 * Nothing else in this process may open the file while the log is open, not even to copy it: POSIX gives up all of a
 * process' locks on a file when any descriptor of it is closed. (`stat` is fine; the `-wal` carries no lock.)
 */

import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { recordChecksum, rowChecksum } from './checksum.ts'
import type { CheckpointRow } from './log.ts'
import { damaged, errorCode, LogFormatError, LogInUseError, LogUnavailableError } from './log-errors.ts'
import { cacheKibibytes, defaultLogLimits, pageBytes, walBytesKept, walFoldBytes } from './log-limits.ts'
import { deleteParts, insertParts } from './record-parts.ts'
import type { CheckpointMark, RowRange, Store, StoredState } from './store.ts'

/** `application_id` of our files: "MILL". `file(1)` and `millrace verify` tell a log by it. */
export const applicationId = 0x4d494c4c

/** `user_version` of our files, raised whenever an older Millrace could not read a newer file: what a new one has, and the newest
 *  that can be read (see `record-parts.ts`). */
const newSchemaVersion = 1
export const schemaVersion = 2

const schema = `
  CREATE TABLE record (
    position INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE checkpoint_row (
    id INTEGER PRIMARY KEY,
    db INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key BLOB NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    payload BLOB NOT NULL
  ) STRICT;
  CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    first_row_id INTEGER NOT NULL,
    row_count INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sync_mark (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    count INTEGER NOT NULL
  ) STRICT;
  INSERT INTO sync_mark VALUES (1, 0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${newSchemaVersion};
`

/** `Store` on SQLite in WAL mode, the file locked against everybody else from `open` to `close`. */
export class SqliteStore implements Store {
  readonly path: string
  /** For reading while nothing is being written: recovery. */
  readonly database: Database.Database
  readonly #begin: Database.Statement
  readonly #commit: Database.Statement
  readonly #insertRecord: Database.Statement
  readonly #insertRow: Database.Statement
  readonly #complete: Database.Statement
  readonly #deleteRecords: Database.Statement
  readonly #deleteCheckpointRows: Database.Statement
  readonly #touch: Database.Statement
  readonly #partBytesMax: number
  #synced: boolean | undefined

  /**
   * Opens or creates the file; its directory must exist. Throws LogInUseError, LogFormatError or LogUnavailableError;
   * a file that is not ours is left as it is.
   */
  static open(path: string, partBytesMax = defaultLogLimits.recordPartBytesMax): SqliteStore {
    checkAccess(path)
    let database: Database.Database | undefined
    try {
      database = new Database(path, { timeout: 0 })
      claim(database, path)
      return new SqliteStore(path, database, partBytesMax)
    } catch (error) {
      database?.close()
      throw explainOpenError(error, path)
    }
  }

  private constructor(path: string, database: Database.Database, partBytesMax: number) {
    this.path = path
    this.#partBytesMax = partBytesMax
    this.database = database
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
    this.#insertRecord = database.prepare('INSERT INTO record VALUES (?, ?, ?, ?)')
    this.#insertRow = database.prepare('INSERT INTO checkpoint_row VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#complete = database.prepare('INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?, ?)')
    this.#deleteRecords = database.prepare('DELETE FROM record WHERE position BETWEEN ? AND ?')
    this.#deleteCheckpointRows = database.prepare('DELETE FROM checkpoint_row WHERE id BETWEEN ? AND ?')
    this.#touch = database.prepare('UPDATE sync_mark SET count = count + 1')
  }

  /** What the file holds at this moment. Throws LogDamagedError. */
  get state(): StoredState {
    try {
      return readState(this.database)
    } catch (error) {
      throw explainOpenError(error, this.path)
    }
  }

  setSynced(synced: boolean): void {
    if (synced === this.#synced) return
    // NORMAL syncs only when the WAL is folded into the file: a power loss may lose the last commits, never the order.
    this.database.pragma(`synchronous = ${synced ? 'FULL' : 'NORMAL'}`)
    this.#synced = synced
  }

  begin(): void {
    this.#begin.run()
  }

  insertRecord(position: number, atMs: number, bytes: Uint8Array): void {
    const max = this.#partBytesMax
    const first = bytes.length > max ? bytes.subarray(0, max) : bytes
    this.#insertRecord.run(position, atMs, recordChecksum(position, atMs, bytes), first)
    if (first !== bytes) insertParts(this.database, position, bytes, max, max)
  }

  insertRow(id: number, row: CheckpointRow): void {
    this.#insertRow.run(id, row.db, row.kind, row.key, row.expiresAtMs, rowChecksum(row), row.payload)
  }

  completeCheckpoint(mark: CheckpointMark): void {
    this.#complete.run(mark.position, mark.firstRowId, mark.rowCount)
  }

  deleteRows(range: RowRange): void {
    const statement = range.table === 'record' ? this.#deleteRecords : this.#deleteCheckpointRows
    statement.run(range.from, range.to)
    if (range.table === 'record') deleteParts(this.database, range.from, range.to)
  }

  touch(): void {
    this.#touch.run()
  }

  commit(): void {
    this.#commit.run()
  }

  rollback(): void {
    if (this.database.inTransaction) this.database.exec('ROLLBACK')
  }

  /** Lets the file grow to `pages` pages at most; commits beyond fail as on a full disk. For tests and for quotas. */
  limitPages(pages: number): void {
    this.database.pragma(`max_page_count = ${pages}`)
  }

  /** Folds the WAL into the file, so that one file is all there is, and lets go of it. May be called again. */
  close(): void {
    if (!this.database.open) return
    try {
      this.database.pragma('wal_checkpoint(TRUNCATE)')
    } catch {
      // A full disk, most likely. Nothing is lost: the WAL stays beside the file and the next start reads it.
    }
    this.database.close()
  }
}

/** Says plainly what is wrong with the directory or the file, where SQLite would only say that it can't open a file. */
function checkAccess(path: string): void {
  const directory = dirname(path)
  try {
    if (!statSync(directory).isDirectory()) throw new LogUnavailableError(`${directory} is not a directory`)
    accessSync(directory, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof LogUnavailableError) throw error
    const missing = errorCode(error) === 'ENOENT'
    throw new LogUnavailableError(
      missing
        ? `The directory ${directory} for the log does not exist`
        : `The directory ${directory} for the log can't be written: ${(error as Error).message}`,
    )
  }
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw new LogUnavailableError(`The log ${path} can't be opened for writing: ${(error as Error).message}`)
  }
}

/** Locks the file, makes sure that it is ours and of a schema we know, creates what is missing. */
function claim(database: Database.Database, path: string): void {
  // Before the first access: the WAL's index then lives in this process' memory and nobody else can enter.
  database.pragma('locking_mode = EXCLUSIVE')
  const isEmpty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  checkOwner(database, path, isEmpty)
  if (isEmpty) database.pragma(`page_size = ${pageBytes}`)
  if (database.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
    throw new LogUnavailableError(
      `${path} can't be put into WAL mode: its file system does not support what SQLite needs`,
    )
  }
  const ownPageBytes = Number(database.pragma('page_size', { simple: true }))
  database.pragma(`wal_autocheckpoint = ${Math.ceil(walFoldBytes / ownPageBytes)}`)
  database.pragma(`journal_size_limit = ${walBytesKept}`)
  database.pragma(`cache_size = -${cacheKibibytes}`)
  database.pragma('synchronous = FULL')
  database.exec('BEGIN EXCLUSIVE')
  if (isEmpty) database.exec(schema)
  database.exec('COMMIT')
}

/** Throws LogFormatError unless the file is empty or a log of a version this program can read. */
export function checkOwner(database: Database.Database, path: string, isEmpty: boolean): void {
  const id = database.pragma('application_id', { simple: true })
  const version = Number(database.pragma('user_version', { simple: true }))
  if (isEmpty && id === 0) return
  if (id !== applicationId) {
    throw new LogFormatError(`${path} is an SQLite database, but not a log of Millrace; it was left alone`)
  }
  if (version > schemaVersion) {
    throw new LogFormatError(
      `${path} was written by a newer Millrace (format ${version}; this one reads up to ${schemaVersion})`,
    )
  }
}

/** Turns what SQLite says about a file it can't open into one of our errors; what others say is passed on. */
export function explainOpenError(error: unknown, path: string): unknown {
  const code = errorCode(error)
  const message = (error as Error).message
  if (code.startsWith('SQLITE_BUSY')) {
    return new LogInUseError(`${path} is in use: another Millrace (or another program) has it open`)
  }
  if (code === 'SQLITE_NOTADB')
    return new LogFormatError(`${path} is not a log of Millrace: ${message}; it was left alone`)
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_PERM')) {
    return new LogUnavailableError(`The log ${path} can't be opened: ${message}`)
  }
  if (code.startsWith('SQLITE_CORRUPT')) return damaged(path, message)
  // A full disk, a directory in the file's place, a disk that fails.
  if (code.startsWith('SQLITE_'))
    return new LogUnavailableError(`The log ${path} can't be opened: ${message} (${code})`)
  return error
}

/** What the tables say, and what of it a crash left behind. */
export function readState(database: Database.Database): StoredState {
  const mark = readMark(database)
  const edges = database.prepare<[], Record<'first' | 'last', number | null>>(
    'SELECT (SELECT min(position) FROM record) AS first, (SELECT max(position) FROM record) AS last',
  )
  const rowEdges = database.prepare<[], Record<'first' | 'last', number | null>>(
    'SELECT (SELECT min(id) FROM checkpoint_row) AS first, (SELECT max(id) FROM checkpoint_row) AS last',
  )
  const records = edges.get()!
  const rows = rowEdges.get()!
  const foldedTo = mark?.position ?? 0
  const keptFrom = mark?.firstRowId ?? 1
  const keptTo = keptFrom + (mark?.rowCount ?? 0) - 1
  const leftovers: RowRange[] = []
  if (records.first !== null && records.first <= foldedTo) {
    leftovers.push({ table: 'record', from: records.first, to: foldedTo })
  }
  if (rows.first !== null && rows.first < keptFrom) {
    leftovers.push({ table: 'checkpoint_row', from: rows.first, to: keptFrom - 1 })
  }
  if (rows.last !== null && rows.last > keptTo) {
    leftovers.push({ table: 'checkpoint_row', from: Math.max(keptTo + 1, rows.first ?? 0), to: rows.last })
  }
  return {
    checkpoint: mark,
    lastPosition: Math.max(records.last ?? 0, foldedTo),
    nextRowId: Math.max(rows.last ?? 0, keptTo) + 1,
    leftovers,
  }
}

/** The last complete checkpoint. */
export function readMark(database: Database.Database): CheckpointMark | undefined {
  return database
    .prepare<[], CheckpointMark>(
      'SELECT position, first_row_id AS firstRowId, row_count AS rowCount FROM checkpoint WHERE id = 1',
    )
    .get()
}
