/** Writes a checkpoint in slices between turns, as of one log position.
 *
 *  States: idle; wanted (somebody asked; it begins when the turn's record was appended, so that memory and log agree on
 *  the position); running. While it runs every key is in one of three states: written (or younger than the checkpoint),
 *  about to be frozen when the walk reaches it, or frozen early because it was about to change. A frozen value is a
 *  quick picture; its rows go out slice by slice. A database that is emptied lives on as it was until it is written. */
import type { Database } from '../keyspace/database.ts'
import type { CheckpointHook, Keyspace } from '../keyspace/keyspace.ts'
import { StringPack } from '../keyspace/string-pack.ts'
import { freezeValue, libraryRow } from '../keyspace/value-rows.ts'
import type { CheckpointRow, CheckpointWriter, Log } from '../log/log.ts'

/** Rows on their way to the log above which the walk pauses. */
const pendingBytesMax = 8 * 1024 * 1024
/** The clock is looked at after so many rows or keys, or so many bytes of rows. */
const stepsPerClockLook = 16
const bytesPerClockLook = 64 * 1024
/** Rows are handed over in groups of about so many bytes. */
const groupBytesMax = 256 * 1024

/** A database on the walk: as it was called when the checkpoint began, and how far the walk is. */
interface Walk {
  db: Database
  readonly index: number
  nextEntry: number
  readonly entryLimit: number
  /** Small strings on their way into a row. */
  readonly strings: StringPack
}

interface Running {
  readonly writer: CheckpointWriter
  readonly walks: Walk[]
  /** The value whose rows are going out. They stay together, whatever is frozen meanwhile: a reader tells by the order
   *  which entries and groups belong to which key. */
  current: Iterator<CheckpointRow> | undefined
  /** Frozen values whose rows are still to be written. */
  readonly values: Iterator<CheckpointRow>[]
  group: CheckpointRow[]
  groupBytes: number
  bytes: number
  /** Settled when the log has answered the commit; undefined until all rows are handed over. */
  committing: Promise<void> | undefined
  /** Who asked for it. */
  readonly waiting: readonly Waiting[]
}

/** The ends of a promise that the checkpoint settles. */
interface Waiting {
  resolve(): void
  reject(error: Error): void
}

export class Checkpointer implements CheckpointHook {
  /** Marks the entries that the running checkpoint needs no more. */
  generation = 0
  readonly #keyspace: Keyspace
  readonly #log: () => Log
  readonly #clockUs: () => number
  /** The sources of all libraries of functions, which never change. */
  readonly #libraries: () => readonly Uint8Array[]
  #running: Running | undefined
  #waiting: Waiting[] = []
  #isWanted = false
  /** Payload bytes of the last complete checkpoint. */
  lastBytes = 0
  /** Those and the records that came while it was written: from where the log's growth counts. */
  baseBytes = 0
  /** Called when `slice` should be called from time to time, until it returns false. */
  onBegun: () => void = () => {}

  constructor(keyspace: Keyspace, log: () => Log, clockUs: () => number, libraries: () => readonly Uint8Array[]) {
    this.#keyspace = keyspace
    this.#log = log
    this.#clockUs = clockUs
    this.#libraries = libraries
  }

  get isRunning(): boolean {
    return this.#running !== undefined || this.#isWanted
  }

  /** Asks for a checkpoint as of the end of this turn; resolves when it is complete. */
  start(): Promise<void> {
    this.#isWanted = true
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Begins a checkpoint that was asked for. Called when the turn's record was appended. */
  turnEnded(): void {
    if (!this.#isWanted || this.#running !== undefined) return
    this.#isWanted = false
    this.generation++
    this.#running = {
      writer: this.#log().beginCheckpoint(),
      walks: this.#keyspace.databases.map((db) => ({
        db,
        index: db.index,
        nextEntry: 0,
        entryLimit: db.entryLimit,
        strings: new StringPack(db.index),
      })),
      current: undefined,
      values: [this.#libraries().map(libraryRow).values()],
      group: [],
      groupBytes: 0,
      bytes: 0,
      committing: undefined,
      waiting: this.#waiting,
    }
    this.#waiting = []
    this.#keyspace.checkpoint = this
    this.onBegun()
  }

  // CheckpointHook.

  save(db: Database, entry: number): void {
    const running = this.#running!
    const walk = running.walks.find((each) => each.db === db)
    if (walk !== undefined) this.#freeze(running, walk, entry)
  }

  replaced(db: Database, old: Database): void {
    const walk = this.#running?.walks.find((each) => each.db === db)
    if (walk !== undefined) walk.db = old
  }

  /** Works for about `budgetUs` microseconds; false when there is nothing left to do. Only a single huge element of a
   *  list or entry of a stream takes longer. */
  slice(budgetUs: number): boolean {
    const running = this.#running
    if (running === undefined) return false
    if (running.committing !== undefined || running.writer.pendingBytes > pendingBytesMax) return true
    if (running.writer.isFailed) {
      abandon(running)
      running.committing = this.#commit(running)
      return true
    }
    const endUs = this.#clockUs() + budgetUs
    let isDone = false
    while (!isDone && this.#clockUs() < endUs) isDone = !this.#steps(running)
    this.#handOver(running)
    if (isDone) running.committing = this.#commit(running)
    return true
  }

  /** Gives the running checkpoint up; one whose commit is under way is waited for instead. */
  async abort(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    if (running.committing !== undefined) return running.committing
    this.#finish()
    abandon(running)
    await running.writer.abort()
    for (const each of running.waiting) each.reject(new Error('the checkpoint was given up'))
  }

  /** The steps between two looks at the clock; false when everything is written. */
  #steps(running: Running): boolean {
    const bytesMax = running.bytes + bytesPerClockLook
    for (let i = 0; i < stepsPerClockLook && running.bytes < bytesMax; i++) {
      if (!this.#step(running)) return false
    }
    return true
  }

  /** One row, or one key frozen; false when everything is written. */
  #step(running: Running): boolean {
    running.current ??= running.values.pop()
    if (running.current !== undefined) {
      const { done, value: row } = running.current.next()
      if (done === true) running.current = undefined
      else this.#add(running, row)
      return true
    }
    const walk = running.walks.at(-1)
    if (walk === undefined) return false
    if (walk.nextEntry >= walk.entryLimit) {
      this.#takePack(running, walk)
      running.walks.pop()
      return true
    }
    const entry = walk.nextEntry++
    if (!walk.db.needsCheckpoint(entry, this.generation)) return true
    walk.db.markCheckpointed(entry, this.generation)
    this.#freeze(running, walk, entry)
    return true
  }

  /** Takes the picture of an entry: a small string goes into a pack with others, of other values the rows are to come. */
  #freeze(running: Running, walk: Walk, entry: number): void {
    if (!StringPack.takes(walk.db, entry)) {
      running.values.push(freezeValue(walk.db, entry, walk.index))
    } else if (!walk.strings.add(walk.db, entry)) {
      this.#takePack(running, walk)
      walk.strings.add(walk.db, entry)
    }
  }

  /** A row of strings may stand between the rows of another value: it belongs to none. */
  #takePack(running: Running, walk: Walk): void {
    const row = walk.strings.take()
    if (row !== undefined) this.#add(running, row)
  }

  #add(running: Running, row: CheckpointRow): void {
    running.group.push(row)
    running.groupBytes += row.payload.length + row.key.length
    running.bytes += row.payload.length
    if (running.groupBytes > groupBytesMax) this.#handOver(running)
  }

  #handOver(running: Running): void {
    if (running.group.length === 0) return
    running.writer.add(running.group)
    running.group = []
    running.groupBytes = 0
  }

  async #commit(running: Running): Promise<void> {
    this.#keyspace.checkpoint = undefined
    try {
      await running.writer.commit()
      this.lastBytes = running.bytes
      this.baseBytes = running.bytes + this.#log().sizeBytes
      this.#finish()
      for (const each of running.waiting) each.resolve()
    } catch (error) {
      this.#finish()
      for (const each of running.waiting) each.reject(error as Error)
    }
  }

  #finish(): void {
    this.#running = undefined
    this.#keyspace.checkpoint = undefined
  }
}

/** Lets go of the values whose rows nobody will store: their pictures would go on copying what changes. */
function abandon(running: Running): void {
  running.current?.return?.()
  for (const rows of running.values.splice(0)) rows.return?.()
  running.current = undefined
  running.group = []
}
