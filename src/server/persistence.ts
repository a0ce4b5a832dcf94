/** Checkpoints as clients ask for them, and waiting for the disk. */

import type { Reply } from '../../protocol/resp/reply.ts'
import type { Call, Wait } from '../commands/call.ts'
import type { DiskWait, PersistenceServer } from '../commands/server/ports.ts'
import type { Broker } from './broker.ts'
import { park } from './parking.ts'
import { serverFlag } from './server-state.ts'
import type { Session } from './session.ts'

type Kind = 'save' | 'rewrite' | 'auto'

/** A client of WAITAOF: what it waits with, and the log position that must be on disk. */
interface DiskWaiter {
  readonly session: Session
  readonly wait: Wait
  readonly position: number
}

export class Persistence implements PersistenceServer {
  readonly #broker: Broker
  #kind: Kind | undefined
  /** Resolves when the checkpoint that runs, or ran last, has ended in whatever way. */
  #ended: Promise<unknown> = Promise.resolve()
  readonly #scheduled = new Set<'save' | 'rewrite'>()
  lastSaveAtMs: number
  /** How the last checkpoint of each kind ended, and how long it took (-1 before the first). */
  readonly last = { save: { isOk: true, durationMs: -1 }, rewrite: { isOk: true, durationMs: -1 } }
  saves = 0
  rewrites = 0
  startedAtMs = 0
  /** Whether everything that was appended by then is known to be on disk, whatever the policy. */
  #syncedPosition = 0
  #diskWaiters: DiskWaiter[] = []

  constructor(broker: Broker, nowMs: number) {
    this.#broker = broker
    this.lastSaveAtMs = nowMs
  }

  get running(): PersistenceServer['running'] {
    return this.#kind ?? (this.#broker.storage.isCheckpointing ? 'auto' : undefined)
  }

  get isRewriteScheduled(): boolean {
    return this.#scheduled.has('rewrite')
  }

  get isLogged(): boolean {
    return this.#broker.config.settings.appendOnly
  }

  start(kind: 'save' | 'rewrite'): void {
    void this.#checkpoint(kind)
  }

  /** Starts a checkpoint that nobody asked for; resolves with whether it was written. */
  async startByItself(): Promise<boolean> {
    return (await this.#checkpoint('auto')) === undefined
  }

  schedule(kind: 'save' | 'rewrite'): void {
    this.#scheduled.add(kind)
  }

  /** Starts what was scheduled, once nothing runs and all data is there. Called by the broker's cron. */
  startScheduled(): void {
    const [kind] = this.#scheduled
    if (kind === undefined || this.running !== undefined || this.#broker.state.has(serverFlag.loading)) return
    this.#scheduled.delete(kind)
    this.start(kind)
  }

  save(call: Call): void {
    const answer = park(this.#broker, call)
    void this.#saveNext().then((failure) =>
      answer((reply) => (failure === undefined ? reply.ok() : reply.error(`ERR ${failure}`))),
    )
  }

  reload(call: Call): void {
    const answer = park(this.#broker, call)
    this.#broker.storage.reload().then(
      () => answer((reply) => reply.ok()),
      (error: unknown) => answer((reply) => reply.error(`ERR Error trying to load the data: ${reasonOf(error)}`)),
    )
  }

  waitForDisk(call: Call, wanted: DiskWait): void {
    const position = this.#broker.keyspace.lastPosition
    const isDone = !wanted.local || this.#isOnDisk(position)
    if ((isDone && !wanted.replicas) || !call.mayBlock) return replyDisks(call.reply, this.#isOnDisk(position))
    const wait: Wait = {
      args: call.args.clone(),
      keys: [],
      deadlineMs: wanted.deadlineMs,
      serve: () => false,
      timeOut: (reply) => replyDisks(reply, this.#isOnDisk(position)),
    }
    call.block(wait)
    if (!wanted.replicas) this.#diskWaiters.push({ session: call.client as Session, wait, position })
  }

  /** Sees to it that what clients of WAITAOF wait for reaches the disk. Called when the turn's record was appended. */
  afterAppend(): void {
    if (this.#diskWaiters.length === 0) return
    const waiting = this.#diskWaiters
    this.#diskWaiters = []
    const position = Math.max(...waiting.map((each) => each.position))
    const synced = (): void => {
      this.#syncedPosition = Math.max(this.#syncedPosition, position)
      for (const { session, wait } of waiting) this.#broker.endWait(session, wait, (reply) => replyDisks(reply, true))
    }
    // A log that can't be flushed any more stops the process: these clients wait to the end.
    this.#broker.flushLog().then(synced, () => {})
  }

  #isOnDisk(position: number): boolean {
    if (!this.isLogged) return false
    if (position <= this.#syncedPosition) return true
    return this.#broker.config.settings.appendFsync === 'always' && position <= this.#broker.durablePosition
  }

  /** Writes a checkpoint when none runs any more: a client that saves need not know that one was begun for it. */
  async #saveNext(): Promise<string | undefined> {
    while (this.#kind !== undefined) await this.#ended
    const { state } = this.#broker
    if (state.isAbandoned || state.has(serverFlag.loading)) return 'the server is closing, or loads its data anew'
    return this.#checkpoint('save')
  }

  /** Writes a checkpoint; why it could not be written, undefined when it was. */
  #checkpoint(kind: Kind): Promise<string | undefined> {
    const written = this.#write(kind)
    this.#ended = written
    return written
  }

  async #write(kind: Kind): Promise<string | undefined> {
    const { storage, keyspace } = this.#broker
    this.#kind = kind
    this.startedAtMs = keyspace.nowMs
    const dirty = keyspace.dirty
    let failure: string | undefined
    try {
      await storage.checkpoint()
    } catch (error) {
      failure = reasonOf(error)
    }
    const nowMs = this.#broker.clockMs()
    this.#kind = undefined
    const isSave = kind === 'save'
    this.last[isSave ? 'save' : 'rewrite'] = { isOk: failure === undefined, durationMs: nowMs - this.startedAtMs }
    if (failure !== undefined) return failure
    this.lastSaveAtMs = nowMs
    // What was changed since the checkpoint began is not in it.
    keyspace.dirty = Math.max(0, keyspace.dirty - dirty)
    if (isSave) this.saves++
    else this.rewrites++
    return undefined
  }
}

function replyDisks(reply: Reply, isOnDisk: boolean): void {
  reply.array(2)
  reply.integer(isOnDisk ? 1 : 0)
  reply.integer(0)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
