/**
 * Records that are larger than a row may be: what does not fit the row in `record` follows in rows of `record_part`, in order.
 * The table is made with the first such record, which makes the file one of a newer format; most files never need it.
 */

import type Database from 'better-sqlite3'

/** `user_version` of a file with such records. */
const partsVersion = 2

const schema = `
  CREATE TABLE record_part (
    id INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  PRAGMA user_version = ${partsVersion};
`

function hasParts(database: Database.Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'record_part'").get() !== undefined
}

/** Stores what of the record's bytes lies behind `from`, in the open transaction. */
export function insertParts(
  database: Database.Database,
  position: number,
  bytes: Uint8Array,
  from: number,
  partBytesMax: number,
): void {
  if (!hasParts(database)) database.exec(schema)
  const insert = database.prepare('INSERT INTO record_part (position, bytes) VALUES (?, ?)')
  for (let at = from; at < bytes.length; at += partBytesMax) {
    insert.run(position, bytes.subarray(at, at + partBytesMax))
  }
}

/** Deletes the parts of the records from one position to another. */
export function deleteParts(database: Database.Database, from: number, to: number): void {
  if (!hasParts(database)) return
  database.prepare('DELETE FROM record_part WHERE position BETWEEN ? AND ?').run(from, to)
}

/** Makes records whole: returns a function that gives the bytes behind a position's row, for as long as nothing is written. */
export function partsReader(database: Database.Database): (position: number, bytes: Buffer) => Buffer {
  if (!hasParts(database)) return (_position, bytes) => bytes
  const divided = new Set(database.prepare('SELECT DISTINCT position FROM record_part').pluck().all())
  const parts = database
    .prepare<[number], Buffer>('SELECT bytes FROM record_part WHERE position = ? ORDER BY id')
    .pluck()
  return (position, bytes) =>
    divided.has(position) ? Buffer.concat([bytes, ...(parts.all(position) as Buffer[])]) : bytes
}
