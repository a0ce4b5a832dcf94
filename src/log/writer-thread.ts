/**
 * The writer thread: owns the file, runs `LogWriter`, and blocks in `Atomics.wait` when there is nothing to do. It never
 * returns to an event loop of its own, so messages are taken from the port by hand. Nobody but `sqlite-log.ts` starts it.
 */

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { RecoverySummary } from './log.ts'
import { LogFailedError, LogUnwrittenError, sendError } from './log-errors.ts'
import { LogWriter } from './log-writer.ts'
import type { FromWriter, ToWriter, WriterStart } from './messages.ts'
import { RingReader } from './record-ring.ts'
import { type RecoveryBatch, recoverBatches } from './recovery.ts'
import { SqliteStore } from './sqlite-store.ts'

/** The flush that `close` waits for; ids of the main thread's own start at 1. */
const closingFlushId = 0

/** A recovery under way: batches are sent while the main thread has given leave for more. */
interface OpenRecovery {
  readonly id: number
  readonly batches: Generator<RecoveryBatch, RecoverySummary>
  leave: number
}

class WriterThread {
  readonly #start: WriterStart
  readonly #port: MessagePort
  readonly #store: SqliteStore
  readonly #reader: RingReader
  readonly #writer: LogWriter
  /** Messages taken from the port and not yet acted on. */
  readonly #inbox: ToWriter[] = []
  #recovery: OpenRecovery | undefined
  /** Nothing is written, deletions of leftovers included, before the log was found to be whole. */
  #mayWrite: boolean
  #closing: { readonly position: number; readonly deadlineMs: number } | undefined
  #isClosed = false

  constructor(start: WriterStart, port: MessagePort) {
    this.#start = start
    this.#port = port
    this.#store = SqliteStore.open(start.path, start.limits.recordPartBytesMax)
    const state = this.#store.state
    this.#mayWrite = state.lastPosition === 0
    this.#reader = new RingReader(start.ring, () => this.#receive())
    this.#writer = new LogWriter({
      store: this.#store,
      state,
      source: this.#reader,
      policy: start.policy,
      limits: start.limits,
      clockMs: () => performance.now(),
      notices: {
        durable: (position, bytes) => this.#reader.publishDurable(position, bytes),
        rowsTaken: (bytes) => this.#reader.publishRowBytes(bytes),
        rowsRead: ({ buffer }) => {
          if (buffer instanceof SharedArrayBuffer) this.#send({ kind: 'rowMemory', memory: buffer })
        },
        flushed: (id) => (id === closingFlushId ? this.#close(undefined) : this.#send({ kind: 'flushed', id })),
        checkpointDone: (id, error) => this.#send({ kind: 'checkpointDone', id, error: error && sendError(error) }),
        refusing: (reason) => this.#send({ kind: 'refusing', reason }),
        fatal: (error) => this.#send({ kind: 'fatal', error: sendError(error) }),
      },
    })
    this.#reader.publishDurable(state.lastPosition, 0)
    this.#send({ kind: 'opened', lastPosition: state.lastPosition })
  }

  /** Returns when the log is closed. */
  run(): void {
    while (!this.#isClosed) {
      this.#reader.noteMessages()
      this.#receive()
      for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) this.#act(message)
      const waitMs = this.#work()
      if (waitMs > 0 && !this.#isClosed) {
        this.#reader.sleep(waitMs, this.#recovery === undefined ? this.#writer.enoughBytes : Number.POSITIVE_INFINITY)
      }
    }
  }

  #work(): number {
    if (this.#recovery !== undefined) return this.#recover(this.#recovery)
    if (!this.#mayWrite) return this.#closing === undefined ? Number.POSITIVE_INFINITY : this.#close(undefined)
    const waitMs = this.#writer.step()
    if (this.#closing === undefined || this.#isClosed) return waitMs
    if (this.#writer.isFailed)
      return this.#close(new LogFailedError(`${this.#start.path} was closed after it had failed`))
    if (!this.#writer.isRefusing) return waitMs
    const leftMs = this.#closing.deadlineMs - performance.now()
    return leftMs > 0 ? Math.min(leftMs, waitMs) : this.#close(this.#unwritten(this.#closing.position))
  }

  #recover(recovery: OpenRecovery): number {
    if (recovery.leave === 0) return Number.POSITIVE_INFINITY
    recovery.leave--
    const { id } = recovery
    try {
      const next = recovery.batches.next()
      if (next.done !== true) {
        const batch = next.value
        this.#send({ kind: 'recoveryBatch', id, batch }, [batch.packed.buffer])
        return 0
      }
      this.#recovery = undefined
      this.#mayWrite = true
      this.#writer.cutBackTo(next.value.lastPosition)
      this.#send({ kind: 'recovered', id, summary: next.value })
    } catch (error) {
      this.#recovery = undefined
      this.#send({ kind: 'notRecovered', id, error: sendError(error) })
    }
    return 0
  }

  #act(message: ToWriter): void {
    switch (message.kind) {
      case 'record':
        this.#reader.keepExternal(message.externalId, message.bytes)
        break
      case 'policy':
        this.#writer.setPolicy(message.policy)
        break
      case 'flush':
        this.#writer.flush(message.id, message.position)
        break
      case 'recover':
        this.#beginRecovery(message.id)
        break
      case 'more':
        if (this.#recovery?.id === message.id) this.#recovery.leave++
        break
      case 'stopRecovery':
        if (this.#recovery?.id === message.id) this.#stopRecovery()
        break
      case 'beginCheckpoint':
        this.#writer.beginCheckpoint(message.id, message.position)
        break
      case 'rows':
        this.#writer.addRows(message.packed)
        break
      case 'endCheckpoint':
        this.#writer.endCheckpoint()
        break
      case 'abortCheckpoint':
        this.#writer.abortCheckpoint()
        break
      case 'close':
        this.#beginClose(message.position, message.retryMsMax ?? this.#start.limits.closeRetryMsMax)
        break
    }
  }

  #beginRecovery(id: number): void {
    const { recoveryBatchBytes, recoveryBatchesAhead } = this.#start.limits
    this.#recovery = { id, batches: recoverBatches(this.#store, recoveryBatchBytes), leave: recoveryBatchesAhead }
  }

  #beginClose(position: number, retryMsMax: number): void {
    this.#stopRecovery()
    this.#closing = { position, deadlineMs: performance.now() + retryMsMax }
    this.#writer.abortCheckpoint()
    this.#writer.flush(closingFlushId, position)
  }

  /** Bytes of records are kept at once, for the transaction that may be waiting for them; all else waits for its end. */
  #receive(): void {
    for (let got = receiveMessageOnPort(this.#port); got !== undefined; got = receiveMessageOnPort(this.#port)) {
      const message = got.message as ToWriter
      if (message.kind === 'record') this.#act(message)
      else this.#inbox.push(message)
    }
  }

  #stopRecovery(): void {
    this.#recovery?.batches.return({ checkpointPosition: 0, lastPosition: 0, records: 0, warnings: [] })
    this.#recovery = undefined
  }

  #unwritten(position: number): LogUnwrittenError {
    const first = this.#writer.committedPosition + 1
    const missing =
      first > position ? 'its last records may not be synced' : `records ${first} to ${position} are not in it`
    return new LogUnwrittenError(`${this.#start.path} was closed while it could not be written; ${missing}`)
  }

  #close(error: Error | undefined): number {
    this.#isClosed = true
    this.#store.close()
    this.#send({ kind: 'closed', error: error && sendError(error) })
    return 0
  }

  #send(message: FromWriter, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer)
  }
}

if (parentPort !== null) launch(parentPort)?.run()

/** Undefined when the file can't be opened, and the reason is on its way. An error after that ends the thread. */
function launch(port: MessagePort): WriterThread | undefined {
  try {
    return new WriterThread(workerData as WriterStart, port)
  } catch (error) {
    port.postMessage({ kind: 'notOpened', error: sendError(error) } satisfies FromWriter)
    return undefined
  }
}
