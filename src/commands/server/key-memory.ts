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
