/** How much memory a key takes: its own bytes, its value's, and its share of the tables. */
import type { Database } from '../../keyspace/database.ts'

/** Per key: slots of the hash table at its usual filling, and the arrays that run along the entries. */
const entryBytes = 12 + 8 + 25

/** Estimates the bytes of an existing key with its value. */
export function keyMemoryBytes(db: Database, entry: number): number {
  const keyBytes = entryBytes + db.keySize(entry)
  if (db.kind(entry) === 'string') return keyBytes + db.stringWireSize(entry)
  return keyBytes + db.objectAt(entry)!.memoryBytes
}

/** Bytes of the table that holds a database's keys, apart from keys and values. */
export function tableBytes(db: Database): number {
  return db.size * entryBytes
}

/** Bytes of what knows when keys expire: a time and an entry for each. */
export function expiryBytes(db: Database): number {
  return db.expiringCount * 16
}
