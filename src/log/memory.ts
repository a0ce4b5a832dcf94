/**
 * A log without a disk. For `appendonly no`, where it counts and keeps nothing, and for tests, where it can keep its
 * records, hand them back, and let the test say when they become durable.
 */

import assert from 'node:assert'
import type {
  CheckpointRow,
  CheckpointWriter,
  FsyncPolicy,
  Log,
  LogEvents,
  LogRecord,
  RecoverySummary,
  RecoveryVisitor,
} from './log.ts'

export interface MemoryLogOptions {
  readonly events: LogEvents
  /** Keep records and checkpoints for `recover`. Default: nothing is kept, as `appendonly no` wants it. */
  readonly keep?: boolean
  /** Records become durable by `makeDurable` alone. Default: at once, with `onDurable` in a microtask. */
  readonly byHand?: boolean
}

/** `Log` in memory. May be appended to without a recovery. */
export class MemoryLog implements Log {
  readonly #events: LogEvents
  readonly #keep: boolean
  readonly #byHand: boolean
  #position = 0
  #durable = 0
  #sizeBytes = 0
  #pendingBytes = 0
  #isNoticeDue = false
  #isClosed = false
  /** After the checkpoint, oldest first. */
  #records: LogRecord[] = []
  #rows: readonly CheckpointRow[] = []
  #checkpointPosition = 0
  #hasOpenCheckpoint = false
  #flushes: { readonly position: number; resolve(): void }[] = []

  constructor(options: MemoryLogOptions) {
    this.#events = options.events
    this.#keep = options.keep ?? false
    this.#byHand = options.byHand ?? false
  }

  get position(): number {
    return this.#position
  }

  get durablePosition(): number {
    return this.#durable
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  append(bytes: Uint8Array, atMs: number): number {
    assert(!this.#isClosed, 'a closed log takes no more work')
    this.#position++
    this.#sizeBytes += bytes.length
    if (this.#keep) this.#records.push({ position: this.#position, atMs, bytes: new Uint8Array(bytes) })
    if (this.#byHand) {
      this.#pendingBytes += bytes.length
      return this.#position
    }
    this.#durable = this.#position
    if (!this.#isNoticeDue) {
      this.#isNoticeDue = true
      queueMicrotask(() => {
        this.#isNoticeDue = false
        this.#events.onDurable(this.#durable)
      })
    }
    return this.#position
  }

  /** Declares the records up to `position` durable, as a commit would; only with `byHand`. */
  makeDurable(position = this.#position): void {
    assert(this.#byHand && position >= this.#durable && position <= this.#position, 'durable only moves on')
    this.#durable = position
    if (position === this.#position) this.#pendingBytes = 0
    for (const flush of this.#flushes.filter((each) => each.position <= position)) flush.resolve()
    this.#flushes = this.#flushes.filter((each) => each.position > position)
    this.#events.onDurable(position)
  }

  lookNow(): void {
    if (this.#isNoticeDue) this.#events.onDurable(this.#durable)
  }

  setFsync(_policy: FsyncPolicy): void {
    // There is nothing to sync.
  }

  flush(): Promise<void> {
    if (this.#durable === this.#position) return Promise.resolve()
    return new Promise((resolve) => this.#flushes.push({ position: this.#position, resolve }))
  }

  async recover(visitor: RecoveryVisitor): Promise<RecoverySummary> {
    let doneBytes = 0
    for (const row of this.#rows) {
      doneBytes += row.key.length + row.payload.length
      visitor.row(row)
    }
    for (const record of this.#records) {
      doneBytes += record.bytes.length
      visitor.record(record)
    }
    visitor.progress(doneBytes, doneBytes)
    return {
      checkpointPosition: this.#checkpointPosition,
      lastPosition: this.#position,
      records: this.#records.length,
      warnings: [],
    }
  }

  beginCheckpoint(): CheckpointWriter {
    assert(!this.#hasOpenCheckpoint, 'one checkpoint at a time')
    this.#hasOpenCheckpoint = true
    const position = this.#position
    const sizeBefore = this.#sizeBytes
    const rows: CheckpointRow[] = []
    return {
      position,
      pendingBytes: 0,
      isFailed: false,
      add: (more) => {
        if (this.#keep) rows.push(...more.map(copyRow))
      },
      commit: async () => {
        this.#hasOpenCheckpoint = false
        this.#rows = rows
        this.#checkpointPosition = position
        this.#records = this.#records.filter((record) => record.position > position)
        this.#sizeBytes -= sizeBefore
      },
      abort: async () => {
        this.#hasOpenCheckpoint = false
      },
    }
  }

  async close(): Promise<void> {
    if (this.#byHand && !this.#isClosed) this.makeDurable()
    this.#isClosed = true
  }
}

function copyRow(row: CheckpointRow): CheckpointRow {
  return { ...row, key: new Uint8Array(row.key), payload: new Uint8Array(row.payload) }
}
