/** How much memory a key takes: its own bytes, its value's, and its share of the tables. It is what counts against
 *  `maxmemory`: the keys of all databases together take what INFO calls `used_memory_dataset`. */
import type { Database } from '../../keyspace/database.ts'

/** Bytes of an existing key with its value. */
export function keyMemoryBytes(db: Database, entry: number): number {
  return db.memory.dataBytesOf(entry)
}

/** Bytes of the table that holds a database's keys, apart from keys and values. */
export function tableBytes(db: Database): number {
  return db.memory.tableBytes
}

/** Bytes of what knows when keys expire: a time and an entry for each. */
export function expiryBytes(db: Database): number {
  return db.memory.expiryBytes
}
