/** How much memory a key takes: its own bytes, its value's, and its share of the tables. */
import { List } from '../../broker/list.ts'
import type { StoredObject } from '../../keyspace/contents.ts'
import type { Database } from '../../keyspace/database.ts'

/** Per pending entry of a group: twice its id, its record, its share of the index. */
const pendingBytes = 80

/** Per key: slots of the hash table at its usual filling, and the arrays that run along the entries. */
const entryBytes = 12 + 8 + 25

/** Estimates the bytes of an existing key with its value. */
export function keyMemoryBytes(db: Database, entry: number): number {
  const keyBytes = entryBytes + db.keySize(entry)
  if (db.kind(entry) === 'string') return keyBytes + db.stringWireSize(entry)
  return keyBytes + objectBytes(db.objectAt(entry)!)
}

/** Estimates the bytes of a list or stream. */
export function objectBytes(object: StoredObject): number {
  if (object instanceof List) return object.memoryBytes
  const segmentBytes = object.segments.reduce((sum, each) => sum + each.bytes.length + each.offsets.byteLength, 0)
  return object.groups().reduce((sum, group) => sum + group.pending.size * pendingBytes, segmentBytes)
}
