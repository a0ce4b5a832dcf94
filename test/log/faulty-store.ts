/** A store that fails when it is told to, and a writer around it that a test steps by hand. */

import { copyFileSync, existsSync } from 'node:fs'
import type { CheckpointRow, FsyncPolicy } from '../../src/log/log.ts'
import { defaultLogLimits, type LogLimits } from '../../src/log/log-limits.ts'
import { LogWriter } from '../../src/log/log-writer.ts'
import type { PendingRecord, RecordSource } from '../../src/log/record-ring.ts'
import { SqliteStore } from '../../src/log/sqlite-store.ts'
import type { CheckpointMark, RowRange, Store } from '../../src/log/store.ts'

/** What may happen instead of a call: nothing when it returns, the call fails when it throws. */
export type Fault = (call: number, name: string) => void

/** An SQLite store whose calls are counted from 1, each preceded by the fault. */
export class FaultyStore implements Store {
  readonly inner: SqliteStore
  readonly #fault: Fault
  calls = 0
  isSynced = false

  constructor(path: string, fault: Fault) {
    this.inner = SqliteStore.open(path)
    this.#fault = fault
  }

  setSynced(synced: boolean): void {
    this.#call('setSynced')
    this.isSynced = synced
    this.inner.setSynced(synced)
  }

  begin(): void {
    this.#call('begin')
    this.inner.begin()
  }

  insertRecord(position: number, atMs: number, bytes: Uint8Array): void {
    this.#call('insertRecord')
    this.inner.insertRecord(position, atMs, bytes)
  }

  insertRow(id: number, row: CheckpointRow): void {
    this.#call('insertRow')
    this.inner.insertRow(id, row)
  }

  completeCheckpoint(mark: CheckpointMark): void {
    this.#call('completeCheckpoint')
    this.inner.completeCheckpoint(mark)
  }

  deleteRows(range: RowRange): void {
    this.#call('deleteRows')
    this.inner.deleteRows(range)
  }

  touch(): void {
    this.#call('touch')
    this.inner.touch()
  }

  commit(): void {
    this.#call('commit')
    this.inner.commit()
  }

  /** Not counted: what SQLite does on its own after a failure does not fail again. */
  rollback(): void {
    this.inner.rollback()
  }

  #call(name: string): void {
    this.calls++
    this.#fault(this.calls, name)
  }
}

/** An error as better-sqlite3 throws it. */
export function sqliteError(code: string): Error {
  return Object.assign(new Error(`injected ${code}`), { code })
}

/** Copies the file and its WAL as they are now: what a killed process would leave. */
export function snapshot(path: string, copy: string): void {
  copyFileSync(path, copy)
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
}

/** Records in an array, with the ring's promise: what was read and not released is read again after a rewind. */
export class ArraySource implements RecordSource {
  readonly #records: PendingRecord[] = []
  #released = 0
  #read = 0

  push(bytes: Uint8Array, atMs: number): void {
    this.#records.push({ bytes, atMs })
  }

  get hasNext(): boolean {
    return this.#read < this.#records.length
  }

  next(): PendingRecord | undefined {
    return this.hasNext ? this.#records[this.#read++] : undefined
  }

  release(): void {
    this.#released = this.#read
  }

  rewind(): void {
    this.#read = this.#released
  }
}

/** A writer on a faulty store, its clock, and everything it said. */
export class SteppedWriter {
  readonly store: FaultyStore
  readonly source = new ArraySource()
  readonly writer: LogWriter
  nowMs = 0
  /** Positions reported durable, in order. */
  readonly durable: number[] = []
  readonly flushed: number[] = []
  readonly refusing: (string | undefined)[] = []
  readonly checkpoints: (Error | undefined)[] = []
  fatal: Error | undefined
  /** At each report of durability: was the commit synced, and does the file hold the record? */
  readonly brokenPromises: string[] = []

  constructor(path: string, fault: Fault, policy: FsyncPolicy = 'always', limits: Partial<LogLimits> = {}) {
    this.store = new FaultyStore(path, fault)
    const count = this.store.inner.database.prepare('SELECT count(*) FROM record WHERE position = ?').pluck()
    this.writer = new LogWriter({
      store: this.store,
      state: this.store.inner.state,
      source: this.source,
      policy,
      limits: { ...defaultLogLimits, ...limits },
      clockMs: () => this.nowMs,
      notices: {
        durable: (position) => {
          this.durable.push(position)
          if (policy === 'always' && !this.store.isSynced) this.brokenPromises.push(`${position} is not synced`)
          if (this.store.inner.database.inTransaction) this.brokenPromises.push(`${position} is not committed`)
          if (count.get(position) !== 1) this.brokenPromises.push(`${position} is not there`)
        },
        rowsTaken: () => {},
        rowsRead: () => {},
        flushed: (id) => this.flushed.push(id),
        checkpointDone: (_id, error) => this.checkpoints.push(error),
        refusing: (reason) => this.refusing.push(reason),
        fatal: (error) => {
          this.fatal = error
        },
      },
    })
  }

  /** Steps until there is nothing to do, moving the clock on by the waits asked for. Returns the number of steps. */
  run(stepsMax = 1000): number {
    for (let step = 1; step <= stepsMax; step++) {
      const waitMs = this.writer.step()
      if (waitMs === Number.POSITIVE_INFINITY) return step
      this.nowMs += waitMs
    }
    throw new Error(`not done after ${stepsMax} steps`)
  }

  close(): void {
    this.store.inner.close()
  }
}
