/**
 * What the writer's core asks of a database: small enough that a test can let the n-th call fail. Every method may
 * throw; whatever a transaction did is undone by `rollback`.
 */

import type { CheckpointRow } from './log.ts'

/** Neighbouring rows of one table, both ends included. Empty when `to` is below `from`. */
export interface RowRange {
  readonly table: 'record' | 'checkpoint_row'
  readonly from: number
  readonly to: number
}

/** A complete checkpoint: its rows are those with ids from `firstRowId` on, `rowCount` of them. */
export interface CheckpointMark {
  readonly position: number
  readonly firstRowId: number
  readonly rowCount: number
}

/** What a store holds when it is opened. */
export interface StoredState {
  readonly checkpoint: CheckpointMark | undefined
  /** Of the last record, or of the checkpoint when no record follows it; 0 in a new file. */
  readonly lastPosition: number
  /** The id the next checkpoint row may have: above all others. */
  readonly nextRowId: number
  /** Left over by a crash: folded records, the rows of former and of incomplete checkpoints. */
  readonly leftovers: readonly RowRange[]
}

/** A transactional store of records and checkpoint rows. */
export interface Store {
  /** Whether the commits after this are on disk when they return. Outside a transaction only. */
  setSynced(synced: boolean): void
  begin(): void
  insertRecord(position: number, atMs: number, bytes: Uint8Array): void
  insertRow(id: number, row: CheckpointRow): void
  /** Makes this the checkpoint a restart begins with, in place of any other. */
  completeCheckpoint(mark: CheckpointMark): void
  deleteRows(range: RowRange): void
  /** The smallest possible write, so that an otherwise empty transaction has something to sync. */
  touch(): void
  commit(): void
  /** Safe to call whether or not the failure already ended the transaction. */
  rollback(): void
}
