/**
 * The writer's core: what goes into the next transaction, when it is synced, and what happens when it fails. It runs on
 * the writer thread, but knows no thread, no file and no clock of its own, so that tests can let every call fail.
 *
 * Each `step` makes at most one transaction: all records that wait (up to a limit), a slice of the checkpoint under way,
 * a slice of deletions. So records never wait for more than a slice of anything else, and all share one fsync.
 *
 * After a failure that time may mend the batch is read again, in the same order, until it succeeds. The first retry
 * leaves the background work out and follows at once: perhaps it alone did not fit. A checkpoint whose rows were in a
 * failed transaction is given up, and what was stored of it is deleted, which makes room. Only when the records alone
 * fail too is the owner told to refuse writes. Any other error is final.
 */

import type { FsyncPolicy } from './log.ts'
import { CheckpointFailedError, describeError, LogFailedError, mayMend } from './log-errors.ts'
import type { LogLimits } from './log-limits.ts'
import type { RecordSource } from './record-ring.ts'
import { RowReader } from './row-packing.ts'
import type { RowRange, Store, StoredState } from './store.ts'

/** What the core tells the thread around it. */
export interface WriterNotices {
  /** Records up to `position` are durable as the policy has it; `bytes` of them since the last call. */
  durable(position: number, bytes: number): void
  /** `bytes` of checkpoint rows are no longer pending: stored, or dropped with their checkpoint. */
  rowsTaken(bytes: number): void
  /** The rows handed in as these bytes are stored: nobody reads the bytes any more. */
  rowsRead(packed: Uint8Array): void
  flushed(id: number): void
  checkpointDone(id: number, error: Error | undefined): void
  refusing(reason: string | undefined): void
  fatal(error: Error): void
}

/** The checkpoint under way. */
interface OpenCheckpoint {
  readonly id: number
  readonly position: number
  readonly firstRowId: number
  /** Above the last row stored. */
  nextRowId: number
  /** Rows not yet stored, oldest first. */
  readonly waiting: RowReader[]
  /** All rows were handed in: complete it once they are stored. */
  isEnding: boolean
}

interface Flush {
  readonly id: number
  readonly position: number
}

/** What one transaction did, to be made known once it is committed. */
interface Done {
  records: number
  recordBytes: number
  rows: number
  rowBytes: number
  deletedTo: number
  completed: boolean
}

/** Makes transactions out of records, checkpoint rows and deletions. */
export class LogWriter {
  readonly #store: Store
  readonly #source: RecordSource
  readonly #limits: LogLimits
  readonly #clockMs: () => number
  readonly #notices: WriterNotices
  #policy: FsyncPolicy
  /** Of the last record committed. */
  #committed: number
  /** Records were committed since the last sync. */
  #unsynced = false
  #syncedAtMs: number
  #flushes: Flush[] = []
  /** The id of the next checkpoint's first row. */
  #nextRowId: number
  /** The first row of the complete checkpoint, and the first record after it: what a new checkpoint supersedes. */
  #keptRowId: number
  #keptPosition: number
  #checkpoint: OpenCheckpoint | undefined
  /** Checkpoint bytes handed in and not yet reported as taken. */
  #rowBytesPending = 0
  /** Rows that count for nothing any more, waiting to be deleted. */
  #leftovers: RowRange[]
  /** Adapted so that a slice takes about `deleteSliceMs`. */
  #sliceRows = 64
  /** Failures in a row; decides the wait before the next attempt. */
  #failures = 0
  #retryAtMs = 0
  /** Deletions and checkpoint rows rest until then, after one of them failed. */
  #backgroundAtMs = 0
  #isRefusing = false
  /** Infinity while nothing but time ends the wait: before another try, and while others are to share the next commit. */
  #enoughBytes = Number.POSITIVE_INFINITY
  #isFailed = false

  constructor(options: {
    store: Store
    state: StoredState
    source: RecordSource
    policy: FsyncPolicy
    limits: LogLimits
    /** Monotonic, with fractions. */
    clockMs: () => number
    notices: WriterNotices
  }) {
    this.#store = options.store
    this.#source = options.source
    this.#policy = options.policy
    this.#limits = options.limits
    this.#clockMs = options.clockMs
    this.#notices = options.notices
    this.#committed = options.state.lastPosition
    this.#nextRowId = options.state.nextRowId
    this.#keptRowId = options.state.checkpoint?.firstRowId ?? 1
    this.#keptPosition = (options.state.checkpoint?.position ?? 0) + 1
    this.#leftovers = [...options.state.leftovers]
    this.#syncedAtMs = options.clockMs()
  }

  /** Of the last record committed. */
  get committedPosition(): number {
    return this.#committed
  }

  /** The reason commits fail at present was reported, and they have not succeeded since. */
  get isRefusing(): boolean {
    return this.#isRefusing
  }

  get isFailed(): boolean {
    return this.#isFailed
  }

  /** How many bytes of records should end the wait that `step` asked for: 0 for any; messages always do. */
  get enoughBytes(): number {
    return this.#enoughBytes
  }

  /** Recovery cut records off the end; the next one takes the place of the first of them. Only before the first append. */
  cutBackTo(position: number): void {
    this.#committed = position
  }

  setPolicy(policy: FsyncPolicy): void {
    this.#policy = policy
  }

  /** Reports `flushed(id)` once every record up to `position` is committed and synced. */
  flush(id: number, position: number): void {
    this.#flushes.push({ id, position })
  }

  beginCheckpoint(id: number, position: number): void {
    const firstRowId = this.#nextRowId
    this.#checkpoint = { id, position, firstRowId, nextRowId: firstRowId, waiting: [], isEnding: false }
  }

  /** Rows of the checkpoint under way, packed; dropped when it has been given up. */
  addRows(packed: Uint8Array): void {
    this.#rowBytesPending += packed.length
    if (this.#checkpoint === undefined) this.#takeRowBytes(packed.length)
    else this.#checkpoint.waiting.push(new RowReader(packed))
  }

  /** Reports `checkpointDone` once it is complete on disk. Does nothing when it has been given up: that was reported. */
  endCheckpoint(): void {
    if (this.#checkpoint !== undefined) this.#checkpoint.isEnding = true
  }

  abortCheckpoint(): void {
    this.#giveUpCheckpoint()
  }

  /** Makes one transaction if there is work; returns how long to wait for the next step: 0 when there is more to do. */
  step(): number {
    this.#enoughBytes = Number.POSITIVE_INFINITY
    if (this.#isFailed) return Number.POSITIVE_INFINITY
    const nowMs = this.#clockMs()
    if (nowMs < this.#retryAtMs) return this.#retryAtMs - nowMs
    const hasRecords = this.#source.hasNext
    const background = this.#hasBackground && this.#failures === 0 && nowMs >= this.#backgroundAtMs
    const completes = background && this.#canComplete
    const sync = this.#mustSync(nowMs, hasRecords) || completes
    if (!hasRecords && !background && !sync) return this.#idleMs(nowMs)
    const done: Done = { records: 0, recordBytes: 0, rows: 0, rowBytes: 0, deletedTo: 0, completed: completes }
    try {
      this.#transact(done, background, sync)
    } catch (error) {
      return this.#fail(error, background, nowMs)
    }
    this.#succeed(done, sync)
    const isFull = done.recordBytes >= this.#limits.batchBytesMax
    const hasMore = isFull || this.#flushes.length > 0 || (this.#hasBackground && nowMs >= this.#backgroundAtMs)
    if (hasMore || done.records === 0) return 0
    if (this.#policy !== 'always') return this.#limits.gatherMs
    // Of many who wait, those who were just answered ask again at once: a commit that begins a little later has them
    // too, and does not leave them to the next. Who writes alone is not kept waiting.
    if (done.records === 1) return 0
    this.#enoughBytes = done.recordBytes * this.#limits.shareEnough
    return this.#limits.shareMs
  }

  get #hasBackground(): boolean {
    const checkpoint = this.#checkpoint
    return (
      this.#leftovers.length > 0 || (checkpoint !== undefined && checkpoint.waiting.length > 0) || this.#canComplete
    )
  }

  /** All its rows are stored, and all the records it folds. */
  get #canComplete(): boolean {
    const checkpoint = this.#checkpoint
    if (checkpoint === undefined || !checkpoint.isEnding) return false
    return checkpoint.waiting.length === 0 && checkpoint.position <= this.#committed
  }

  #mustSync(nowMs: number, hasRecords: boolean): boolean {
    if (this.#flushes.length > 0) return true
    if (this.#policy === 'always') return hasRecords || this.#unsynced
    return this.#policy === 'everysec' && this.#unsynced && nowMs - this.#syncedAtMs >= this.#limits.syncEveryMs
  }

  #idleMs(nowMs: number): number {
    this.#enoughBytes = 0
    const backgroundMs = this.#hasBackground ? Math.max(0, this.#backgroundAtMs - nowMs) : Number.POSITIVE_INFINITY
    if (this.#policy !== 'everysec' || !this.#unsynced) return backgroundMs
    return Math.min(backgroundMs, Math.max(0, this.#syncedAtMs + this.#limits.syncEveryMs - nowMs))
  }

  #transact(done: Done, background: boolean, sync: boolean): void {
    this.#store.setSynced(sync)
    this.#store.begin()
    this.#insertRecords(done)
    if (background) {
      if (done.completed) this.#complete()
      else this.#insertRows(done)
      this.#deleteSlice(done)
    }
    if (sync && done.records === 0 && done.rows === 0 && !done.completed) this.#store.touch()
    this.#store.commit()
  }

  #insertRecords(done: Done): void {
    while (done.recordBytes < this.#limits.batchBytesMax) {
      const record = this.#source.next()
      if (record === undefined) return
      done.records++
      done.recordBytes += record.bytes.length
      this.#store.insertRecord(this.#committed + done.records, record.atMs, record.bytes)
    }
  }

  #insertRows(done: Done): void {
    const checkpoint = this.#checkpoint
    if (checkpoint === undefined) return
    const bytesMax = this.#limits.rowBytesMax
    const endMs = this.#clockMs() + this.#limits.rowSliceMs
    for (const reader of checkpoint.waiting) {
      const start = reader.offset
      for (let row = reader.next(); row !== undefined; row = reader.next()) {
        this.#store.insertRow(checkpoint.nextRowId + done.rows, row)
        done.rows++
        if (done.rowBytes + reader.offset - start >= bytesMax || this.#clockMs() > endMs) break
      }
      done.rowBytes += reader.offset - start
      if (done.rowBytes >= bytesMax || !reader.isDone) return
    }
  }

  #complete(): void {
    const { position, firstRowId, nextRowId } = this.#checkpoint!
    this.#store.completeCheckpoint({ position, firstRowId, rowCount: nextRowId - firstRowId })
  }

  /** Deletes the next few leftovers, adapting how many to how long it took. */
  #deleteSlice(done: Done): void {
    const range = this.#leftovers[0]
    if (range === undefined) return
    done.deletedTo = Math.min(range.to, range.from + this.#sliceRows - 1)
    const startMs = this.#clockMs()
    this.#store.deleteRows({ ...range, to: done.deletedTo })
    const tookMs = this.#clockMs() - startMs
    const aimMs = this.#limits.deleteSliceMs
    if (tookMs > aimMs) this.#sliceRows = Math.max(1, this.#sliceRows >> 1)
    else if (tookMs * 2 < aimMs) this.#sliceRows = Math.min(this.#limits.deleteSliceRowsMax, this.#sliceRows * 2)
  }

  #succeed(done: Done, sync: boolean): void {
    this.#failures = 0
    this.#committed += done.records
    this.#source.release()
    this.#unsynced = !sync && (this.#unsynced || done.records > 0)
    if (sync) this.#syncedAtMs = this.#clockMs()
    if (done.deletedTo > 0) this.#dropLeftovers(done.deletedTo)
    if (done.completed) this.#finishCheckpoint()
    else if (done.rowBytes > 0) this.#storedRows(done)
    if (this.#isRefusing) {
      this.#isRefusing = false
      this.#notices.refusing(undefined)
    }
    if (done.records > 0) this.#notices.durable(this.#committed, done.recordBytes)
    if (!sync || this.#flushes.length === 0) return
    const reached = this.#flushes.filter((flush) => flush.position <= this.#committed)
    this.#flushes = this.#flushes.filter((flush) => flush.position > this.#committed)
    for (const flush of reached) this.#notices.flushed(flush.id)
  }

  #dropLeftovers(deletedTo: number): void {
    const range = this.#leftovers.shift()!
    if (deletedTo < range.to) this.#leftovers.unshift({ ...range, from: deletedTo + 1 })
  }

  #storedRows(done: Done): void {
    const checkpoint = this.#checkpoint!
    checkpoint.nextRowId += done.rows
    while (checkpoint.waiting[0]?.isDone) this.#notices.rowsRead(checkpoint.waiting.shift()!.packed)
    this.#takeRowBytes(done.rowBytes)
  }

  #finishCheckpoint(): void {
    const { id, position, firstRowId, nextRowId } = this.#checkpoint!
    this.#checkpoint = undefined
    this.#leave({ table: 'record', from: this.#keptPosition, to: position })
    this.#leave({ table: 'checkpoint_row', from: this.#keptRowId, to: firstRowId - 1 })
    this.#keptPosition = position + 1
    this.#keptRowId = firstRowId
    this.#nextRowId = nextRowId
    this.#notices.checkpointDone(id, undefined)
  }

  #giveUpCheckpoint(): void {
    const checkpoint = this.#checkpoint
    if (checkpoint === undefined) return
    this.#checkpoint = undefined
    this.#leave({ table: 'checkpoint_row', from: checkpoint.firstRowId, to: checkpoint.nextRowId - 1 })
    this.#nextRowId = checkpoint.nextRowId
    this.#takeRowBytes(this.#rowBytesPending)
  }

  #leave(range: RowRange): void {
    if (range.from <= range.to) this.#leftovers.push(range)
  }

  #takeRowBytes(bytes: number): void {
    this.#rowBytesPending -= bytes
    this.#notices.rowsTaken(bytes)
  }

  #fail(error: unknown, background: boolean, nowMs: number): number {
    this.#source.rewind()
    if (!mayMend(error)) return this.#failForGood(error)
    try {
      this.#store.rollback()
    } catch (second) {
      return this.#failForGood(second)
    }
    if (background) {
      const checkpoint = this.#checkpoint
      this.#backgroundAtMs = nowMs + this.#limits.retryMsMax
      if (checkpoint === undefined || (checkpoint.waiting.length === 0 && !this.#canComplete)) return 0
      this.#giveUpCheckpoint()
      this.#notices.checkpointDone(
        checkpoint.id,
        new CheckpointFailedError(`The checkpoint could not be stored: ${describeError(error)}`),
      )
      return 0
    }
    const waitMs = Math.min(this.#limits.retryMsMax, this.#limits.retryMsMin * 2 ** this.#failures)
    this.#failures++
    this.#retryAtMs = nowMs + waitMs
    if (!this.#isRefusing) {
      this.#isRefusing = true
      this.#notices.refusing(describeError(error))
    }
    return waitMs
  }

  #failForGood(error: unknown): number {
    this.#isFailed = true
    this.#notices.fatal(new LogFailedError(`The log can't be written: ${describeError(error)}`, { cause: error }))
    return Number.POSITIVE_INFINITY
  }
}
