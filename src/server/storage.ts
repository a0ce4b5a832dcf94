/** What keeps the data beyond the log's next record: checkpoints, and starting over from them. */
import { RowLoader } from '../keyspace/value-rows.ts'
import type { CheckpointRow, Log, LogRecord } from '../log/log.ts'
import type { Broker } from './broker.ts'
import { Checkpointer } from './checkpointer.ts'
import type { FunctionPort } from './function-port.ts'
import type { Replay } from './replay.ts'
import { serverFlag } from './server-state.ts'

/** A checkpoint that failed is not tried again by itself before so long. */
const retryAfterMs = 10_000

/** Where the data of a start-up goes. */
export interface Loading {
  row(row: CheckpointRow): void
  record(record: LogRecord): void
}

/** Nothing is on disk that a checkpoint could fold. */
export class NoLogError extends Error {
  override readonly name = 'NoLogError'
}

export class Storage {
  readonly checkpointer: Checkpointer
  readonly #broker: Broker
  readonly #log: () => Log
  readonly #replay: () => Replay
  #loadedBytes = 0
  #notBeforeMs = 0
  /** Ends the wait for a checkpoint that the log can't complete for now. */
  #stopWaiting: () => void = () => {}
  /** While loading: bytes read, of how many. */
  progress = { doneBytes: 0, totalBytes: 0, startedAtMs: 0 }

  constructor(broker: Broker, log: () => Log, replay: () => Replay, clockUs: () => number) {
    this.#broker = broker
    this.#log = log
    this.#replay = replay
    this.checkpointer = new Checkpointer(broker.keyspace, log, clockUs, () => this.#functions.codes())
  }

  get #functions(): FunctionPort {
    return this.#broker.administration.scripting.functions
  }

  /** Whether a checkpoint is being written, whoever started it. */
  get isCheckpointing(): boolean {
    return this.checkpointer.isRunning
  }

  /** Bytes of the last checkpoint; `currentBytes` with the records since then. */
  get checkpointBytes(): number {
    return this.checkpointer.lastBytes
  }

  get currentBytes(): number {
    return this.checkpointer.lastBytes + this.#log().sizeBytes
  }

  /** What `currentBytes` was when the last checkpoint was complete, as in Redis: were it the checkpoint alone, one that many
   *  writes came beside would soon be followed by another. After a start it is the checkpoint alone. */
  get baseBytes(): number {
    return this.checkpointer.baseBytes
  }

  /** Writes a checkpoint as of the end of this turn; resolves when it is complete, rejects when it could not be written.
   *  Not called while one is being written. */
  checkpoint(): Promise<void> {
    if (!this.#broker.config.settings.appendOnly) {
      return Promise.reject(new NoLogError('nothing is kept on disk (appendonly no)'))
    }
    this.#broker.beginTurn()
    return this.checkpointer.start()
  }

  /** Starts a checkpoint when one is due; after one that failed not at once again. */
  cron(nowMs: number): void {
    if (nowMs < this.#notBeforeMs || this.#broker.state.has(serverFlag.loading) || !this.#isCheckpointDue) return
    void this.#broker.administration.persistence.startByItself().then((isOk) => {
      if (!isOk) this.#notBeforeMs = nowMs + retryAfterMs
    })
  }

  /** Whether the log has grown since the last checkpoint by as much as `auto-aof-rewrite-percentage` and `-min-size` say. */
  get #isCheckpointDue(): boolean {
    const { appendOnly, autoCheckpointPercentage, autoCheckpointBytesMin } = this.#broker.config.settings
    if (!appendOnly || autoCheckpointPercentage === 0 || this.isCheckpointing) return false
    if (this.currentBytes < autoCheckpointBytesMin) return false
    const base = Math.max(1, this.baseBytes)
    return (this.currentBytes - base) * 100 >= base * autoCheckpointPercentage
  }

  /** From here to `endLoading` clients are told to wait and the keyspace is the log's. */
  beginLoading(nowMs: number): Loading {
    this.#broker.state.set(serverFlag.loading, true)
    this.progress = { doneBytes: 0, totalBytes: 0, startedAtMs: nowMs }
    const replay = this.#replay()
    replay.begin()
    const loader = new RowLoader(this.#broker.keyspace, (code) => this.#functions.loadKept(code))
    return {
      row: (row) => {
        loader.load(row)
        this.#loadedBytes = loader.bytes
      },
      record: (record) => replay.run(record),
    }
  }

  endLoading(): void {
    this.#replay().end(this.#broker.config.settings.appendOnly)
    this.checkpointer.lastBytes = this.#loadedBytes
    this.checkpointer.baseBytes = this.#loadedBytes
    this.#broker.keyspace.writePosition = this.#log().position + 1
    this.#broker.state.set(serverFlag.loading, false)
  }

  /** The log can't be written for now. */
  refused(): void {
    this.#stopWaiting()
  }

  /** Gives up the checkpoint under way, or waits for one that only has to be completed, and closes the log. What became
   *  durable is answered, whether or not all did. */
  async close(retryMsMax?: number): Promise<void> {
    const { state, outbox } = this.#broker
    const settled = this.checkpointer.abort()
    // A commit that the log can't make is never settled: it ends with the log.
    const refused = new Promise<void>((resolve) => {
      this.#stopWaiting = resolve
    })
    if (!state.has(serverFlag.refusing)) await Promise.race([settled, refused])
    const log = this.#log()
    await log.close(retryMsMax).finally(() => outbox.release(log.durablePosition))
  }

  /** Forgets all data and rebuilds it from what is on disk (DEBUG RELOAD, DEBUG LOADAOF). The process ends when that
   *  can't be read. */
  async reload(): Promise<void> {
    if (!this.#broker.config.settings.appendOnly) return
    const log = this.#log()
    this.#broker.state.set(serverFlag.loading, true)
    await log.flush()
    await this.checkpointer.abort()
    for (const db of this.#broker.keyspace.databases) db.clear()
    this.#functions.flush()
    this.#loadedBytes = 0
    const loading = this.beginLoading(this.#broker.clockMs())
    try {
      await log.recover({ ...loading, progress: () => {} })
    } catch (error) {
      // What is in memory now is neither the old state nor the new one: nobody may go on with it.
      queueMicrotask(() => {
        throw error
      })
      throw error
    }
    this.endLoading()
  }
}
