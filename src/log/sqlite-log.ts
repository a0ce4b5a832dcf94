/**
 * The log on SQLite, seen from the main thread: records go into a ring of shared memory, a writer thread commits them,
 * and the main thread never waits for a disk.
 *
 * When the ring is full, records wait in `#waiting`, in order, and move on whenever a commit has made room. The worker
 * is unreferenced, so that it keeps no process alive, except while somebody awaits it.
 */

import assert from 'node:assert'
import type { Worker } from 'node:worker_threads'
import type { CheckpointWriter, FsyncPolicy, Log, LogEvents, RecoverySummary, RecoveryVisitor } from './log.ts'
import { LogFailedError, reviveError } from './log-errors.ts'
import { defaultLogLimits, type LogLimits, recordBytesMax } from './log-limits.ts'
import type { FromWriter, ToWriter, WriterStart } from './messages.ts'
import { createRingMemory, RingWriter } from './record-ring.ts'
import { RecoveryVisits } from './recovery-visits.ts'
import { SqliteCheckpoint } from './sqlite-checkpoint.ts'
import { launchWriter } from './writer-launch.ts'

export interface SqliteLogOptions {
  /** The file; created when missing, in a directory that exists. `-wal` stands beside it while it is open. */
  readonly path: string
  readonly fsync: FsyncPolicy
  readonly events: LogEvents
  readonly limits?: Partial<LogLimits>
}

/**
 * Opens the log and locks it. Rejects with LogInUseError, LogFormatError or LogUnavailableError, and then has changed
 * nothing. A log that is not empty must be recovered before the first append.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<Log> {
  const limits = { ...defaultLogLimits, ...options.limits }
  assert(limits.externalRecordBytesMin * 4 <= limits.ringBytes, 'a quarter of the ring holds a record')
  const start: WriterStart = {
    path: options.path,
    policy: options.fsync,
    limits,
    ring: createRingMemory(limits.ringBytes),
  }
  const { worker, lastPosition } = await launchWriter(start)
  return new SqliteLog(worker, start, options.events, lastPosition)
}

/** The two ends of a promise that the writer thread will settle. */
interface Settler<Value> {
  resolve(value: Value): void
  reject(error: Error): void
}

interface OpenRecovery extends Settler<RecoverySummary> {
  readonly id: number
  readonly visits: RecoveryVisits
}

/** A record that found the ring full. */
interface WaitingRecord {
  readonly bytes: Uint8Array
  readonly atMs: number
}

class SqliteLog implements Log {
  readonly #worker: Worker
  readonly #ring: RingWriter
  readonly #externalRecordBytesMin: number
  readonly #events: LogEvents
  #position: number
  #durable: number
  #sizeBytes = 0
  #appendedBytes = 0
  /** Checkpoint bytes sent. */
  #rowBytes = 0
  /** Records for which the ring had no room, from index `#waitingFrom` on. */
  #waiting: WaitingRecord[] = []
  #waitingFrom = 0
  #nextExternalId = 1
  /** Of flushes, recoveries and checkpoints. */
  #nextId = 1
  readonly #flushes = new Map<number, Settler<void>>()
  /** False until the contents of a log that is not empty were read. */
  #isRecovered: boolean
  #recovery: OpenRecovery | undefined
  #checkpoint: SqliteCheckpoint | undefined
  #failure: Error | undefined
  #closing: { readonly promise: Promise<void>; readonly settler: Settler<void> } | undefined
  #isClosed = false
  /** How many await the worker; it keeps the process alive while any do. */
  #awaiters = 0

  constructor(worker: Worker, start: WriterStart, events: LogEvents, lastPosition: number) {
    this.#worker = worker
    this.#ring = new RingWriter(start.ring)
    this.#externalRecordBytesMin = start.limits.externalRecordBytesMin
    this.#events = events
    this.#position = lastPosition
    this.#durable = lastPosition
    this.#isRecovered = lastPosition === 0
    worker.on('message', (message: FromWriter) => this.#receive(message))
    worker.on('error', (error) =>
      this.#fail(new LogFailedError(`The writer thread failed: ${error.message}`, { cause: error })),
    )
    worker.on('exit', (code) => {
      if (!this.#isClosed) this.#fail(new LogFailedError(`The writer thread ended with code ${code}`))
    })
    void this.#watchDurable()
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
    return (this.#appendedBytes - this.#ring.committedBytes) >>> 0
  }

  append(bytes: Uint8Array, atMs: number): number {
    this.#assertUsable()
    assert(this.#isRecovered && this.#recovery === undefined, 'the log is recovered before anything is appended')
    assert(bytes.length <= recordBytesMax, 'a record is at most recordBytesMax long')
    this.#position++
    this.#sizeBytes += bytes.length
    this.#appendedBytes += bytes.length
    if (this.#waiting.length > 0 || !this.#offer(bytes, atMs)) this.#waiting.push({ bytes: ownBytes(bytes), atMs })
    return this.#position
  }

  lookNow(): void {
    if (this.#recovery === undefined) this.#noteDurable()
  }

  setFsync(policy: FsyncPolicy): void {
    this.#assertUsable()
    this.#post({ kind: 'policy', policy })
  }

  flush(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise
    if (!this.#isRecovered) return Promise.resolve()
    return this.#await((settler) => {
      const id = this.#nextId++
      this.#flushes.set(id, settler)
      this.#post({ kind: 'flush', id, position: this.#position })
    })
  }

  async recover(visitor: RecoveryVisitor): Promise<RecoverySummary> {
    this.#assertUsable()
    assert(this.#recovery === undefined && this.#checkpoint === undefined, 'nothing else goes on during a recovery')
    // Set before the flush, so that nothing is appended behind its back.
    return this.#await<RecoverySummary>((settler) => {
      const id = this.#nextId++
      this.#recovery = { ...settler, id, visits: this.#visits(id, visitor) }
      const begin = () => this.#post({ kind: 'recover', id })
      if (this.#durable === this.#position) begin()
      else this.flush().then(begin, settler.reject)
    }).finally(() => {
      this.#recovery?.visits.stop()
      this.#recovery = undefined
    })
  }

  beginCheckpoint(): CheckpointWriter {
    this.#assertUsable()
    assert(this.#isRecovered && this.#recovery === undefined, 'a checkpoint begins after the recovery')
    assert(this.#checkpoint === undefined, 'one checkpoint at a time')
    const sizeBefore = this.#sizeBytes
    const id = this.#nextId++
    this.#post({ kind: 'beginCheckpoint', id, position: this.#position })
    const checkpoint = new SqliteCheckpoint(id, this.#position, {
      pendingBytes: () => (this.#rowBytes - this.#ring.storedRowBytes) >>> 0,
      sendRows: (packed) => {
        this.#rowBytes += packed.length
        this.#post({ kind: 'rows', packed }, packed.buffer instanceof ArrayBuffer ? [packed.buffer] : [])
      },
      post: (message) => this.#post(message),
      hold: () => this.#hold(1),
      done: (succeeded) => {
        this.#hold(-1)
        this.#checkpoint = undefined
        if (succeeded) this.#sizeBytes -= sizeBefore
      },
    })
    this.#checkpoint = checkpoint
    return checkpoint
  }

  close(retryMsMax?: number): Promise<void> {
    if (this.#closing === undefined) {
      const { promise, settler } = deferred<void>()
      this.#closing = { promise, settler }
      this.#hold(1)
      if (this.#failure !== undefined) settler.reject(this.#failure)
      this.#post({ kind: 'close', position: this.#position, retryMsMax })
    }
    return this.#closing.promise
  }

  /** Sends a record on its way; false, and nothing is changed, when there is no room now. */
  #offer(bytes: Uint8Array, atMs: number): boolean {
    if (bytes.length >= this.#externalRecordBytesMin) {
      if (!this.#ring.hasRoomForExternal) return false
      const own = ownBytes(bytes)
      const externalId = this.#nextExternalId
      this.#nextExternalId = (externalId + 1) | 0
      this.#post({ kind: 'record', externalId, bytes: own }, [own.buffer])
      this.#ring.offerExternal(externalId, atMs)
    } else if (!this.#ring.offer(bytes, atMs)) return false
    this.#ring.wakeForRecord()
    return true
  }

  async #watchDurable(): Promise<void> {
    // Not within the call that opened the log: its caller has no log to ask yet.
    await Promise.resolve()
    while (!this.#isClosed) {
      this.#noteDurable()
      const change = this.#ring.durableChange(this.#durable)
      if (change !== undefined) await change
    }
  }

  #noteDurable(): void {
    const durable = this.#ring.durablePosition(this.#durable)
    if (durable === this.#durable) return
    this.#durable = durable
    while (this.#waitingFrom < this.#waiting.length) {
      const { bytes, atMs } = this.#waiting[this.#waitingFrom]!
      if (!this.#offer(bytes, atMs)) break
      this.#waitingFrom++
    }
    if (this.#waitingFrom > 0 && this.#waitingFrom * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#waitingFrom)
      this.#waitingFrom = 0
    }
    this.#events.onDurable(durable)
  }

  #receive(message: FromWriter): void {
    // The shared word runs ahead of messages; nobody should learn of a flush before the commit it waited for.
    if (this.#recovery === undefined) this.#noteDurable()
    switch (message.kind) {
      case 'flushed':
        this.#flushes.get(message.id)?.resolve()
        this.#flushes.delete(message.id)
        break
      case 'recoveryBatch':
        if (this.#recovery?.id === message.id) this.#recovery.visits.add(message.batch)
        break
      case 'recovered':
        if (this.#recovery?.id === message.id) this.#recovery.visits.end(message.summary)
        break
      case 'notRecovered':
        if (this.#recovery?.id === message.id) this.#recovery.reject(reviveError(message.error))
        break
      case 'rowMemory':
        this.#checkpoint?.reuse(message.memory)
        break
      case 'checkpointDone':
        if (this.#checkpoint?.id === message.id) this.#checkpoint.settle(message.error && reviveError(message.error))
        break
      case 'refusing':
        this.#events.onRefusing(message.reason)
        break
      case 'fatal':
        this.#fail(reviveError(message.error))
        break
      case 'closed':
        this.#closed(message.error && reviveError(message.error))
        break
      default:
        this.#fail(new LogFailedError(`The writer thread said "${message.kind}" at a wrong time`))
    }
  }

  #visits(id: number, visitor: RecoveryVisitor): RecoveryVisits {
    const visits: RecoveryVisits = new RecoveryVisits(visitor, {
      visited: () => this.#post({ kind: 'more', id }),
      finished: (summary) => this.#recovered(visits, summary),
      failed: (error) => {
        this.#post({ kind: 'stopRecovery', id })
        this.#recovery?.reject(error)
      },
    })
    return visits
  }

  #recovered({ recordBytes }: RecoveryVisits, summary: RecoverySummary): void {
    this.#position = summary.lastPosition
    this.#durable = summary.lastPosition
    this.#sizeBytes = recordBytes
    this.#ring.resetDurable(summary.lastPosition)
    this.#isRecovered = true
    this.#recovery?.resolve(summary)
  }

  #closed(error: Error | undefined): void {
    this.#isClosed = true
    this.#ring.stopWaiting()
    const unsettled = error ?? new LogFailedError('The log was closed')
    for (const settler of this.#flushes.values()) {
      if (error === undefined) settler.resolve()
      else settler.reject(error)
    }
    this.#recovery?.reject(unsettled)
    this.#checkpoint?.settle(unsettled)
    if (error === undefined) this.#closing?.settler.resolve()
    else this.#closing?.settler.reject(error)
    // The thread has let go of the file and is about to end.
    this.#worker.unref()
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    for (const settler of this.#flushes.values()) settler.reject(error)
    this.#flushes.clear()
    this.#recovery?.reject(error)
    this.#checkpoint?.settle(error)
    this.#closing?.settler.reject(error)
    this.#events.onFatal(error)
  }

  #assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure
    assert(this.#closing === undefined, 'a closed log takes no more work')
  }

  #await<Value>(start: (settler: Settler<Value>) => void): Promise<Value> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const { promise, settler } = deferred<Value>()
    this.#hold(1)
    start(settler)
    return promise.finally(() => this.#hold(-1))
  }

  #hold(change: 1 | -1): void {
    this.#awaiters += change
    if (this.#isClosed || this.#awaiters === 0) this.#worker.unref()
    else this.#worker.ref()
  }

  #post(message: ToWriter, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
    this.#ring.wakeForMessage()
  }
}

/** The bytes themselves when they cover an ArrayBuffer of their own, else a copy that does. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.length
  return isWhole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}

function deferred<Value>(): { promise: Promise<Value>; settler: Settler<Value> } {
  let settler: Settler<Value> | undefined
  const promise = new Promise<Value>((resolve, reject) => {
    settler = { resolve, reject }
  })
  return { promise, settler: settler! }
}
