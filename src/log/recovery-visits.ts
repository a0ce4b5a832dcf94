/**
 * Hands what the writer thread reads back to a visitor, a few milliseconds at a time: the event loop turns between the
 * slices, so that clients which come meanwhile are answered (LOADING) instead of left to wait for the end.
 *
 * A slice may end anywhere between two rows or records, within a batch too. One record is visited in one go.
 */

import type { RecoverySummary, RecoveryVisitor } from './log.ts'
import type { RecoveryBatch } from './recovery.ts'
import { RecordReader, RowReader } from './row-packing.ts'

/** How long the visitor has the thread before others get it. */
const sliceMs = 8

/** What becomes of the visits. */
export interface RecoveryProgress {
  /** A batch was visited whole: there is room for another. */
  visited(): void
  /** Everything was visited. */
  finished(summary: RecoverySummary): void
  /** The visitor threw, and is not called again. */
  failed(error: Error): void
}

export class RecoveryVisits {
  readonly #visitor: RecoveryVisitor
  readonly #progress: RecoveryProgress
  /** Batches that came and were not visited whole, oldest first. */
  readonly #batches: RecoveryBatch[] = []
  /** Visits the next row or record of the first batch; false at its end. */
  #visitNext: (() => boolean) | undefined
  #summary: RecoverySummary | undefined
  #next: NodeJS.Immediate | undefined
  /** As last estimated. */
  #totalBytes = 0
  /** Bytes of the records visited so far. */
  recordBytes = 0

  constructor(visitor: RecoveryVisitor, progress: RecoveryProgress) {
    this.#visitor = visitor
    this.#progress = progress
  }

  add(batch: RecoveryBatch): void {
    this.#batches.push(batch)
    this.#next ??= setImmediate(() => this.#slice())
  }

  /** Nothing more comes. */
  end(summary: RecoverySummary): void {
    this.#summary = summary
    this.#next ??= setImmediate(() => this.#slice())
  }

  /** Visits nothing more. May be called again. */
  stop(): void {
    clearImmediate(this.#next)
    this.#batches.length = 0
    this.#summary = undefined
  }

  #slice(): void {
    this.#next = undefined
    const endMs = performance.now() + sliceMs
    try {
      while (this.#batches.length > 0 && performance.now() < endMs) this.#step(this.#batches[0]!)
    } catch (error) {
      this.stop()
      return this.#progress.failed(error as Error)
    }
    if (this.#batches.length > 0) this.#next = setImmediate(() => this.#slice())
    else if (this.#summary !== undefined) this.#finish(this.#summary)
  }

  #finish(summary: RecoverySummary): void {
    // The total is an estimate until the end.
    this.#visitor.progress(this.#totalBytes, this.#totalBytes)
    this.#progress.finished(summary)
  }

  #step(batch: RecoveryBatch): void {
    this.#visitNext ??= batch.kind === 'rows' ? this.#rows(batch.packed) : this.#records(batch.packed)
    if (this.#visitNext()) return
    this.#visitNext = undefined
    this.#batches.shift()
    this.#totalBytes = batch.totalBytes
    this.#visitor.progress(batch.doneBytes, batch.totalBytes)
    this.#progress.visited()
  }

  #rows(packed: Uint8Array): () => boolean {
    const reader = new RowReader(packed)
    return () => {
      const row = reader.next()
      if (row !== undefined) this.#visitor.row(row)
      return row !== undefined
    }
  }

  #records(packed: Uint8Array): () => boolean {
    const reader = new RecordReader(packed)
    return () => {
      const record = reader.next()
      if (record === undefined) return false
      this.recordBytes += record.bytes.length
      this.#visitor.record(record)
      return true
    }
  }
}
