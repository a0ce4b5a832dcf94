/**
 * Looking at a log without changing it: what `millrace verify FILE` prints, and the records for an export. The file must
 * not be open in a server; what a crash left in its `-wal` is read too.
 */

import { existsSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { rowChecksum } from './checksum.ts'
import type { LogRecord } from './log.ts'
import { damaged, errorCode, LogDamagedError, LogUnavailableError } from './log-errors.ts'
import { isSound, selectRecords, selectRows, timeText } from './recovery.ts'
import { checkOwner, explainOpenError, readMark, readState, schemaVersion } from './sqlite-store.ts'

/** What `verifyLog` found. */
export interface VerifyReport {
  readonly path: string
  /** True when a start would succeed without cutting anything off. */
  readonly isSound: boolean
  /** True when a start would succeed: sound, or nothing but the last record is damaged. */
  readonly wouldStart: boolean
  readonly checkpointPosition: number
  readonly checkpointRows: number
  readonly lastPosition: number
  /** Records after the checkpoint. */
  readonly records: number
  readonly recordBytes: number
  /** One sentence for each thing that is wrong, at most `problemsMax` of each kind. */
  readonly problems: readonly string[]
  /** The whole report for people, a line each. */
  readonly lines: readonly string[]
}

/** Of each kind of problem, so many are told one by one. */
const problemsMax = 20

/**
 * Checks the file's structure, the checkpoint's completeness, and each record's place and checksum; goes on after damage
 * to tell how far it reaches. Throws LogInUseError, LogFormatError, LogUnavailableError or (when nothing can be read)
 * LogDamagedError.
 */
export function verifyLog(path: string): VerifyReport {
  const close = closing(path)
  const database = openForReading(path)
  try {
    const structure = checkStructure(database)
    const rows = guarded('checkpoint', () => checkRows(database))
    const records = guarded('records', () => checkRecords(database))
    return report(path, database, structure, rows, records)
  } finally {
    close(database)
  }
}

/**
 * The records after the last complete checkpoint, in order. Throws LogDamagedError at the first that is damaged or out
 * of its place, after having yielded those before it. The bytes belong to the caller.
 */
export function* printRecords(path: string): Generator<LogRecord> {
  const close = closing(path)
  const database = openForReading(path)
  try {
    let position = readMark(database)?.position ?? 0
    for (const record of selectRecords(database, position + 1)) {
      position++
      if (record.position !== position) throw damaged(path, `record ${position} is missing`)
      if (!isSound(record)) throw damaged(path, `record ${position} has a wrong checksum`)
      yield { position, atMs: record.atMs, bytes: record.bytes }
    }
  } finally {
    close(database)
  }
}

/**
 * Closes, and takes away what SQLite makes beside the file for readers and would leave there: an index, which servers do
 * not use, and an empty WAL. This happens while reading still keeps every writer out, so the WAL can be nobody else's.
 */
function closing(path: string): (database: Database.Database) => void {
  const made = [`${path}-shm`, `${path}-wal`].filter((file) => !existsSync(file))
  return (database) => {
    for (const file of made) rmSync(file, { force: true })
    database.close()
  }
}

function openForReading(path: string): Database.Database {
  if (!existsSync(path)) throw new LogUnavailableError(`There is no file ${path}`)
  let database: Database.Database | undefined
  try {
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 })
    checkOwner(database, path, false)
    // The lock that reads hold, from now to the end: nobody starts to write meanwhile.
    database.exec('BEGIN')
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return database
  } catch (error) {
    database?.close()
    if (errorCode(error).startsWith('SQLITE_CORRUPT')) {
      throw new LogDamagedError(`${path} is so damaged that nothing of it can be read: ${(error as Error).message}`)
    }
    throw explainOpenError(error, path)
  }
}

/** What one part of the check found. */
interface Findings {
  readonly problems: readonly string[]
  readonly count: number
  readonly bytes: number
  /** The only problem is the last record. */
  readonly onlyLast: boolean
  readonly lines: readonly string[]
}

function checkStructure(database: Database.Database): Findings {
  const problems = guarded('structure', () => {
    const found = database.pragma(`quick_check(${problemsMax})`) as { quick_check: string }[]
    const faults = found.map((row) => row.quick_check).filter((text) => text !== 'ok')
    return { problems: faults.map((fault) => `structure: ${fault}`), count: 0, bytes: 0, onlyLast: false, lines: [] }
  }).problems
  const version = String(database.pragma('user_version', { simple: true }))
  const sound = problems.length === 0 ? 'sound' : 'damaged'
  return {
    problems,
    count: 0,
    bytes: 0,
    onlyLast: false,
    lines: [`format ${version} of ${schemaVersion}, file ${sound}`],
  }
}

function checkRows(database: Database.Database): Findings {
  const mark = readMark(database)
  if (mark === undefined) return { problems: [], count: 0, bytes: 0, onlyLast: false, lines: ['no checkpoint'] }
  const problems = new Problems()
  let count = 0
  let bytes = 0
  for (const row of selectRows(database, mark)) {
    count++
    bytes += row.key.length + row.payload.length
    if (rowChecksum(row) !== row.crc32) problems.add(`row ${row.id} of the checkpoint has a wrong checksum`)
  }
  if (count < mark.rowCount)
    problems.add(`${mark.rowCount - count} of the checkpoint's ${mark.rowCount} rows are missing`)
  const lines = [`checkpoint at position ${mark.position}: ${count} rows, ${bytes} bytes`]
  return { problems: problems.sentences(), count, bytes, onlyLast: false, lines }
}

function checkRecords(database: Database.Database): Findings {
  const from = (readMark(database)?.position ?? 0) + 1
  const problems = new Problems()
  let expected = from
  let count = 0
  let bytes = 0
  let first: { position: number; atMs: number } | undefined
  let last: { position: number; atMs: number } | undefined
  let isLastSound = true
  for (const record of selectRecords(database, from)) {
    if (record.position !== expected) problems.add(`records ${expected} to ${record.position - 1} are missing`)
    isLastSound = isSound(record)
    if (!isLastSound) {
      const what = `${record.bytes.length} bytes, written at ${timeText(record.atMs)}`
      problems.add(`record ${record.position} has a wrong checksum (${what})`)
    }
    last = { position: record.position, atMs: record.atMs }
    first ??= last
    expected = record.position + 1
    count++
    bytes += record.bytes.length
  }
  const lines =
    first === undefined || last === undefined
      ? ['no records']
      : [
          `records ${first.position} to ${last.position}: ${count} records, ${bytes} bytes, ` +
            `from ${timeText(first.atMs)} to ${timeText(last.atMs)}`,
        ]
  return { problems: problems.sentences(), count, bytes, onlyLast: problems.count === 1 && !isLastSound, lines }
}

/** Collects sentences, and counts those beyond what anybody reads. */
class Problems {
  readonly #kept: string[] = []
  count = 0

  add(sentence: string): void {
    this.count++
    if (this.count <= problemsMax) this.#kept.push(sentence)
  }

  sentences(): string[] {
    const more = this.count - this.#kept.length
    return more > 0 ? [...this.#kept, `… and ${more} more of this kind`] : [...this.#kept]
  }
}

/** What SQLite finds too damaged to read is a finding, not a failure of the check. */
function guarded(what: string, check: () => Findings): Findings {
  try {
    return check()
  } catch (error) {
    const code = errorCode(error)
    if (!code.startsWith('SQLITE_')) throw error
    const sentence = `${what}: ${(error as Error).message} (${code})`
    return { problems: [sentence], count: 0, bytes: 0, onlyLast: false, lines: [] }
  }
}

function report(
  path: string,
  database: Database.Database,
  structure: Findings,
  rows: Findings,
  records: Findings,
): VerifyReport {
  const problems = [structure, rows, records].flatMap((part) => part.problems)
  const sound = problems.length === 0
  const wouldStart = sound || (problems.length === 1 && records.onlyLast)
  const state = guardedState(database)
  const verdict = sound
    ? 'sound'
    : wouldStart
      ? 'the last record is damaged: a start cuts it off'
      : 'damaged: a start is refused'
  return {
    path,
    isSound: sound,
    wouldStart,
    checkpointPosition: state?.checkpoint?.position ?? 0,
    checkpointRows: rows.count,
    lastPosition: state?.lastPosition ?? 0,
    records: records.count,
    recordBytes: records.bytes,
    problems,
    lines: [path, ...structure.lines, ...rows.lines, ...records.lines, ...problems, verdict],
  }
}

function guardedState(database: Database.Database): ReturnType<typeof readState> | undefined {
  try {
    return readState(database)
  } catch (error) {
    if (errorCode(error).startsWith('SQLITE_')) return undefined
    throw error
  }
}
