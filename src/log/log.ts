/**
 * The log: what the broker needs from durable storage, and nothing that only SQLite could do.
 *
 * A turn of the event loop appends one record (effect commands in RESP, opaque here) and learns later, through
 * `LogEvents.onDurable`, that it is kept. A start-up reads the last complete checkpoint and every record after it.
 * A checkpoint folds the log: the caller writes out its state as of one position, and the records up to there go.
 *
 * Positions count records from 1 without gaps. Nothing is ever reordered, dropped, or reported durable early.
 */

/** One turn's effects. `bytes` is a view of a larger buffer while recovering: copy what outlives the call. */
export interface LogRecord {
  readonly position: number
  /** Wall-clock time of the turn, in whole milliseconds. */
  readonly atMs: number
  readonly bytes: Uint8Array
}

/** One piece of a checkpointed value; opaque to the log; handed back in the order written. */
export interface CheckpointRow {
  readonly db: number
  readonly key: Uint8Array
  readonly kind: string
  /** Absolute time in milliseconds, or -1 for none. */
  readonly expiresAtMs: number
  readonly payload: Uint8Array
}

/** Redis' `appendfsync`: fsync before a record counts as durable, once a second, or when the system likes. */
export type FsyncPolicy = 'always' | 'everysec' | 'no'

/** What a log tells its owner. Each is called from the event loop, never from inside a call to the log but `lookNow`. */
export interface LogEvents {
  /** Every record up to `position` is committed (with `always`: and fsynced). Coalesced: not once per record. */
  onDurable(position: number): void
  /**
   * A commit failed in a way that time may mend (disk full). The batch is kept and retried, and new writes should be
   * refused; called with undefined when a commit has succeeded again.
   */
  onRefusing(reason: string | undefined): void
  /** Retrying can't mend it: memory and disk may part, so the process must stop. Called at most once. */
  onFatal(error: Error): void
}

/** What `recover` hands its rows and records to, synchronously and in order. */
export interface RecoveryVisitor {
  row(row: CheckpointRow): void
  record(record: LogRecord): void
  /** `totalBytes` is an estimate from the size of the file; the last call has both equal. */
  progress(doneBytes: number, totalBytes: number): void
}

/** What was read at start-up. */
export interface RecoverySummary {
  /** The position the checkpoint was taken at; 0 without one. */
  readonly checkpointPosition: number
  readonly lastPosition: number
  /** Records handed to the visitor. */
  readonly records: number
  /** Sentences for the operator: what was cut off, if anything. */
  readonly warnings: readonly string[]
}

/** An append-only sequence of records with a checkpoint under it. */
export interface Log {
  /** Of the last record appended; 0 when there was none. */
  readonly position: number
  /** Of the last record known durable; never above `position`. */
  readonly durablePosition: number
  /** Bytes of the records since the last complete checkpoint: how much a restart would replay. */
  readonly sizeBytes: number
  /** Bytes appended and not yet committed. Above `pendingBytesHigh` the caller should read less from its clients. */
  readonly pendingBytes: number

  /**
   * Adds a record and returns its position; never waits. `bytes` belongs to the log when it covers a whole
   * ArrayBuffer (which may be detached); a view of a part is copied before the call returns, so a reused buffer is
   * fine. Throws when a recovery is due or under way, after `close` and after `onFatal`.
   */
  append(bytes: Uint8Array, atMs: number): number
  /** Tells at once how far records are durable, for a caller that keeps the event loop waiting. */
  lookNow(): void
  /** Takes effect with the next commit; a change to `always` also fsyncs what went before. */
  setFsync(policy: FsyncPolicy): void
  /** Resolves when everything appended so far is committed and fsynced, whatever the policy. */
  flush(): Promise<void>
  /**
   * Reads the last complete checkpoint's rows in order, then every record after it in order. Must come before the
   * first append when the log is not empty, and may be called again later (nothing may be appended meanwhile).
   * Rejects with `LogDamagedError` when the log can't be trusted; a damaged last record is cut off with a warning.
   * An error thrown by the visitor rejects it too, and ends the reading.
   */
  recover(visitor: RecoveryVisitor): Promise<RecoverySummary>
  /** Begins a checkpoint as of the current position. One at a time: throws while another is neither done nor aborted. */
  beginCheckpoint(): CheckpointWriter
  /**
   * Commits, fsyncs and lets go of the file. Commits that fail are tried again for so long (`closeRetryMsMax` unless
   * told), and are reported by `onDurable` as ever; then it rejects with `LogUnwrittenError`, and the file is let go of
   * all the same. May be called again; the first call's outcome is returned.
   */
  close(retryMsMax?: number): Promise<void>
}

/** A checkpoint under way. Its rows count for nothing until `commit` has resolved. */
export interface CheckpointWriter {
  /** The state written must be the state after exactly this record. */
  readonly position: number
  /** Bytes added and not yet stored: the back-pressure. It falls by itself; look again in a later turn. */
  readonly pendingBytes: number
  /** It could not be stored, so more rows are of no use: `commit` tells why. */
  readonly isFailed: boolean
  /** Copies the rows. Ignored after a failure, which `commit` then reports. */
  add(rows: readonly CheckpointRow[]): void
  /**
   * Makes the checkpoint the one a restart begins with, durably; then the records it folds and the checkpoint before
   * it are deleted in the background. Rejects when it could not be stored (disk full): the log is then as without it.
   */
  commit(): Promise<void>
  /** Forgets the checkpoint; what was stored of it is deleted in the background. */
  abort(): Promise<void>
}
