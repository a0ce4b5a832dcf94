/** Every buffer and wait of the log, by name. The defaults are for a machine shared with the server itself. */
export interface LogLimits {
  /** Memory shared with the writer thread; a power of two. When it is full, records wait in the main thread's memory. */
  readonly ringBytes: number
  /** Records at least this large go round the ring, each in a message of its own. At most a quarter of the ring. */
  readonly externalRecordBytesMin: number
  /** Record bytes in one transaction. Bounds the delay of a commit, and how much a failed one repeats. */
  readonly batchBytesMax: number
  /**
   * With `everysec` and `no`: how long after a commit the next one waits so that more records share it. A SIGKILL can lose this
   * much. With 2 ms, BullMQ's jobs took 330 us of processor time each, with 5 ms 283, with 10 ms 240, with 20 ms no fewer.
   */
  readonly gatherMs: number
  /** With `always`: how long after a commit that was shared the next one waits for others to share it, unless enough do before. */
  readonly shareMs: number
  /** What is enough: so large a part of the bytes that the commit before held. */
  readonly shareEnough: number
  /** Of a record in one row; the rest follows in others. better-sqlite3 binds at most 512 MiB less a few bytes. */
  readonly recordPartBytesMax: number
  /** Between two fsyncs with `everysec`. */
  readonly syncEveryMs: number
  /** First and longest wait before a failed commit is tried again; it doubles in between. */
  readonly retryMsMin: number
  readonly retryMsMax: number
  /** How long `close` goes on retrying before it gives up and says what was not written. */
  readonly closeRetryMsMax: number
  /** Checkpoint bytes in one transaction (and one row more), and the time to insert them: records may come meanwhile. */
  readonly rowBytesMax: number
  readonly rowSliceMs: number
  /** Aim for the time one slice of deletions takes. */
  readonly deleteSliceMs: number
  /** Rows deleted in one slice at most, so that the first slice of large rows is short. */
  readonly deleteSliceRowsMax: number
  /** Bytes in one message from the writer thread while recovering, and how many messages it may be ahead. */
  readonly recoveryBatchBytes: number
  readonly recoveryBatchesAhead: number
}

const kibibytes = 1024
const mebibytes = 1024 * 1024

export const defaultLogLimits: LogLimits = {
  ringBytes: 4 * mebibytes,
  externalRecordBytesMin: mebibytes,
  batchBytesMax: 2 * mebibytes,
  gatherMs: 10,
  shareMs: 0.3,
  shareEnough: 0.5,
  recordPartBytesMax: 256 * mebibytes,
  syncEveryMs: 1000,
  retryMsMin: 50,
  retryMsMax: 1000,
  closeRetryMsMax: 5000,
  rowBytesMax: 64 * kibibytes,
  rowSliceMs: 2,
  deleteSliceMs: 2,
  deleteSliceRowsMax: 4096,
  recoveryBatchBytes: mebibytes,
  recoveryBatchesAhead: 3,
}

/** Above this many pending bytes the owner of a log should stop reading from its clients until it falls. */
export const pendingBytesHigh = 64 * mebibytes

/** The largest record: what a request may have (`requestBytesMax`), and more than twice that, because facts can be longer than what
 *  was asked for. */
export const recordBytesMax = 2_000_000_000

/**
 * The page size of a new file; one that exists keeps its own. Every commit writes whole pages, and a large record is a chain of
 * them. A commit of some 60 to 6000 bytes took the same time with pages of 4, 8 and 16 KiB; one of 140 KB took 0.8 and 0.66 of
 * the processor time with 8 and 16 (Node 20, synced and not): for each page SQLite makes a checksum and system calls.
 */
export const pageBytes = 16 * kibibytes

/**
 * Bytes of pages in the WAL after which SQLite copies them into the file and begins the WAL again. The copy stops commits, so it
 * is kept short; but each costs an fsync, so not too short. Beside a checkpoint of 50 MB, the 99th percentile of a commit was
 * 10 ms with 4 MB and 40 to 75 ms with 8 (Node 20, two shared cores, a noisy disk); throughput was the same.
 */
export const walFoldBytes = 4 * mebibytes

/** The WAL's file is cut back to this after a transaction made it longer. */
export const walBytesKept = 64 * mebibytes

/** SQLite's page cache, in KiB. A writer that appends needs little: the rightmost pages, and room for one batch. */
export const cacheKibibytes = 4 * kibibytes
