/** KEYS and SCAN. The cursor is a position in the space of hashes (see `ByteMap.scan`), so it survives everything that
 *  happens between two calls, and a cursor that was not given out continues somewhere. */
import type { Database } from '../../keyspace/database.ts'
import { expireKey } from '../../keyspace/departures.ts'
import type { Call } from '../call.ts'
import { defineCommand, noKeys } from '../command.ts'
import { matchesPattern, readPattern, readScanCursor, readScanOptions } from '../scan-options.ts'
import { ofKey } from './key-facts.ts'

export const keys = defineCommand({
  ...ofKey,
  name: 'keys',
  arity: 2,
  flags: ['readonly'],
  categories: ['keyspace', 'dangerous'],
  keys: noKeys,
  since: '1.0.0',
  summary: 'Lists the keys that match a pattern, all of them at once.',
  complexity: 'O(N) with N keys in the database',
  syntax: 'pattern',
  run({ args, db, reply }) {
    const pattern = readPattern(args)
    const matching: number[] = []
    for (let entry = 0; entry < db.entryLimit; entry++) {
      if (db.has(entry) && matches(db, entry, pattern) && !db.isExpired(entry)) matching.push(entry)
    }
    reply.array(matching.length)
    for (const entry of matching) replyKey(db, entry, reply)
  },
})

export const scan = defineCommand({
  ...ofKey,
  name: 'scan',
  arity: -2,
  flags: ['readonly'],
  keys: noKeys,
  since: '2.8.0',
  summary: 'Lists some keys and a cursor to go on from; a key that stays is listed by the time the cursor is 0.',
  complexity: 'O(1) for every call, O(N) for all N keys',
  syntax: 'cursor [MATCH pattern] [COUNT count] [TYPE type]',
  run({ args, db, reply }) {
    const position = readScanCursor(args, args.next())
    const { count, pattern, type } = readScanOptions(args, true)
    const met: number[] = []
    const next = db.scan(position, count, (entry) => {
      if (matches(db, entry, pattern)) met.push(entry)
    })
    const shown = met.filter((entry) => stays(db, entry) && (type === undefined || db.kind(entry) === type))
    reply.array(2)
    reply.text(String(next))
    reply.array(shown.length)
    for (const entry of shown) replyKey(db, entry, reply)
  },
})

/** Whether a key that was met is there still: those whose time has come are deleted. */
function stays(db: Database, entry: number): boolean {
  if (!db.isExpired(entry)) return true
  expireKey(db, entry)
  return false
}

function matches(db: Database, entry: number, pattern: Uint8Array | undefined): boolean {
  const start = db.keyOffset(entry)
  return matchesPattern(pattern, db.keyChunk(entry), start, start + db.keySize(entry))
}

function replyKey(db: Database, entry: number, reply: Call['reply']): void {
  const start = db.keyOffset(entry)
  reply.bulk(db.keyChunk(entry), start, start + db.keySize(entry))
}
