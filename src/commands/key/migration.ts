/** What moves by MIGRATE: keys, each with its value as it was when it was sent. */
import { sealPayload } from '../../../protocol/rdb/payload.ts'
import type { Database } from '../../keyspace/database.ts'
import { writeValue } from '../../keyspace/rdb-values.ts'
import type { Call } from '../call.ts'

export interface MovedKey {
  readonly key: Uint8Array
  /** As DUMP answers it. */
  readonly payload: Uint8Array
  /** -1 for never. */
  readonly expiresAtMs: number
}

export interface MigrationOptions {
  readonly host: string
  readonly port: number
  readonly targetDb: string
  /** How long the other side may be silent. */
  readonly timeoutMs: number
  /** The keys stay here, too. */
  readonly copies: boolean
  /** They take the place of what the other side has. */
  readonly replaces: boolean
  /** A password, or a user and a password; empty for none. */
  readonly credentials: readonly Uint8Array[]
}

export interface Migration extends MigrationOptions {
  /** At least one. */
  readonly keys: readonly MovedKey[]
}

export interface MigrationServer {
  /** Begins to move the keys, and answers the client of the call when they have moved; it must be one that may block. */
  begin(call: Call, migration: Migration): void
}

export function movedKey(db: Database, key: Uint8Array, entry: number): MovedKey {
  return { key, payload: sealPayload(writeValue(db, entry)), expiresAtMs: db.expiresAtMs(entry) }
}
