/** The main thread's end of a checkpoint that the writer thread stores. */

import assert from 'node:assert'
import type { CheckpointRow, CheckpointWriter } from './log.ts'
import type { ToWriter } from './messages.ts'
import { RowMemory } from './row-memory.ts'
import { packRows } from './row-packing.ts'

/** What a checkpoint needs of the log it belongs to. */
export interface CheckpointOwner {
  /** Checkpoint bytes sent and not yet taken by the writer. */
  pendingBytes(): number
  /** Moves memory that is not shared. */
  sendRows(packed: Uint8Array): void
  post(message: ToWriter): void
  /** The process should live on until `done`. */
  hold(): void
  /** The checkpoint has ended, one way or the other; called once. */
  done(succeeded: boolean): void
}

/** Open until it is settled: by the writer's answer to `commit`, by `abort`, or by a failure before either. */
export class SqliteCheckpoint implements CheckpointWriter {
  /** Tells the writer's answers apart from those about a former checkpoint. */
  readonly id: number
  readonly position: number
  readonly #owner: CheckpointOwner
  readonly #memory = new RowMemory()
  #isSettled = false
  #failure: Error | undefined
  #waiting: { resolve(): void; reject(error: Error): void } | undefined

  constructor(id: number, position: number, owner: CheckpointOwner) {
    this.id = id
    this.position = position
    this.#owner = owner
    owner.hold()
  }

  get pendingBytes(): number {
    return this.#isSettled ? 0 : this.#owner.pendingBytes()
  }

  get isFailed(): boolean {
    return this.#failure !== undefined
  }

  add(rows: readonly CheckpointRow[]): void {
    if (this.#isSettled || rows.length === 0) return
    this.#owner.sendRows(packRows(rows, (bytes) => this.#memory.take(bytes)))
  }

  /** Memory of rows that are stored is free again. */
  reuse(memory: SharedArrayBuffer): void {
    this.#memory.give(memory)
  }

  commit(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    assert(!this.#isSettled && this.#waiting === undefined, 'a checkpoint ends once')
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#owner.post({ kind: 'endCheckpoint' })
    })
  }

  async abort(): Promise<void> {
    if (this.#isSettled) return
    assert(this.#waiting === undefined, 'a checkpoint being committed is not aborted')
    this.#owner.post({ kind: 'abortCheckpoint' })
    this.settle(undefined, false)
  }

  /** Ends it: with the error that commit is to report, or without. Does nothing the second time. */
  settle(error: Error | undefined, succeeded = error === undefined): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#failure = error
    this.#owner.done(succeeded)
    if (error === undefined) this.#waiting?.resolve()
    else this.#waiting?.reject(error)
  }
}
