/** Clients that wait for keys: who came first is served first.
 *
 *  A waiter stands in the queue of each of its keys. When a key gets a value it becomes ready; the turn then serves the
 *  ready keys in the order in which they became so, and each key's waiters in the order in which they came, until
 *  nothing is ready any more (a served BLMOVE may make another key ready). */
import type { Args } from '../../protocol/resp/args.ts'
import type { Wait } from '../commands/call.ts'
import type { Command } from '../commands/command.ts'
import { TimerHeap } from '../lib/timer-heap.ts'
import { databaseKeyName } from './key-names.ts'
import type { Session } from './session.ts'

export interface Waiter {
  readonly session: Session
  readonly wait: Wait
  readonly command: Command
  readonly dbIndex: number
  /** When it is to be served again though nothing happened, Infinity for never. */
  wakeAtMs: number
}

/** A key that became ready. */
export interface ReadyKey {
  readonly dbIndex: number
  /** As `databaseKeyName` writes it. */
  readonly name: string
}

/** How many deadlines of waits that have ended are kept besides one for each that has not. */
const staleDeadlinesMax = 1024

export class Waiters {
  /** By database and key, the waiters in order of arrival. A set keeps the order and forgets cheaply. */
  readonly #queues = new Map<string, Set<Waiter>>()
  #ready: ReadyKey[] = []
  readonly #readyNames = new Set<string>()
  /** Deadlines by session id. */
  readonly #deadlines = new TimerHeap()
  readonly #sessions = new Map<number, Waiter>()
  /** When waiters are to be served again, by session id. */
  readonly #wakes = new TimerHeap()
  /** How many of them want to hear of deleted keys too, and how many count on time. */
  #deletionListeners = 0
  #timeListeners = 0

  /** How many clients wait. */
  get count(): number {
    return this.#sessions.size
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  /** When the next waiter gives up, or is to be served again though nothing happened; not the latter in a pause. */
  nextDueAtMs(isPaused: boolean): number {
    this.#dropStale()
    if (isPaused) return this.#deadlines.nextAtMs
    this.#dropStaleWakes()
    return Math.min(this.#deadlines.nextAtMs, this.#wakes.nextAtMs)
  }

  /** Lets a client wait; the waiter has no time to be served again yet. */
  add(session: Session, command: Command, dbIndex: number, wait: Wait): Waiter {
    const waiter: Waiter = { session, wait, command, dbIndex, wakeAtMs: Number.POSITIVE_INFINITY }
    session.waiter = waiter
    this.#sessions.set(session.id, waiter)
    if (wait.onDeleted) this.#deletionListeners++
    if (wait.wakeAtMs !== undefined) this.#timeListeners++
    for (const key of wait.keys) {
      const name = databaseKeyName(dbIndex, wait.args, key)
      const queue = this.#queues.get(name)
      if (queue === undefined) this.#queues.set(name, new Set([waiter]))
      else queue.add(waiter)
    }
    if (wait.deadlineMs !== Number.POSITIVE_INFINITY) this.#pushDeadline(session, wait)
    return waiter
  }

  #pushDeadline(session: Session, wait: Wait): void {
    // Waits that end early leave their deadlines behind: a worker that waits again and again, a great many of them.
    if (this.#deadlines.size > 2 * this.#sessions.size + staleDeadlinesMax) {
      this.#deadlines.compact((id, atMs) => id !== session.id && this.#sessions.get(id)?.wait.deadlineMs === atMs)
    }
    this.#deadlines.push(wait.deadlineMs, session.id)
  }

  /** Takes the waiter out of all queues; does not answer. */
  remove(waiter: Waiter): void {
    if (waiter.wait.onDeleted) this.#deletionListeners--
    if (waiter.wait.wakeAtMs !== undefined) this.#timeListeners--
    waiter.session.waiter = undefined
    this.#sessions.delete(waiter.session.id)
    for (const key of waiter.wait.keys) {
      const name = databaseKeyName(waiter.dbIndex, waiter.wait.args, key)
      const queue = this.#queues.get(name)
      queue?.delete(waiter)
      if (queue?.size === 0) this.#queues.delete(name)
    }
  }

  /** Lets the waiter be served again at that time, and at no other that was set before. */
  wake(waiter: Waiter, atMs: number): void {
    if (waiter.wakeAtMs === atMs) return
    waiter.wakeAtMs = atMs
    if (atMs === Number.POSITIVE_INFINITY) return
    if (this.#wakes.size > 2 * this.#sessions.size + staleDeadlinesMax) {
      this.#wakes.compact((id, at) => id !== waiter.session.id && this.#sessions.get(id)?.wakeAtMs === at)
    }
    this.#wakes.push(atMs, waiter.session.id)
  }

  /** Marks the keys of waiters whose time to be served again has come. */
  markDue(nowMs: number): void {
    for (this.#dropStaleWakes(); this.#wakes.nextAtMs <= nowMs; this.#dropStaleWakes()) {
      const { wait, dbIndex, session } = this.#sessions.get(this.#wakes.nextValue)!
      session.waiter!.wakeAtMs = Number.POSITIVE_INFINITY
      for (const key of wait.keys) this.markReady(dbIndex, wait.args, key)
    }
  }

  /** Whether anybody is served by the time that passes. */
  get awaitTime(): boolean {
    return this.#timeListeners > 0
  }

  /** Notes that there is something new at a key, if anybody waits for it. */
  markReady(dbIndex: number, keys: Args, i: number): void {
    const name = databaseKeyName(dbIndex, keys, i)
    if (!this.#queues.has(name) || this.#readyNames.has(name)) return
    this.#readyNames.add(name)
    this.#ready.push({ dbIndex, name })
  }

  /** After databases were exchanged: every key somebody waits for in them may hold something now. */
  markDatabase(dbIndex: number): void {
    for (const name of this.#queues.keys()) {
      if (!name.startsWith(`${dbIndex}:`) || this.#readyNames.has(name)) continue
      this.#readyNames.add(name)
      this.#ready.push({ dbIndex, name })
    }
  }

  /** The keys that became ready since the last call, in order. */
  takeReady(): ReadyKey[] {
    const ready = this.#ready
    this.#ready = []
    this.#readyNames.clear()
    return ready
  }

  /** Who waits for the ready key, in order of arrival. Serving while iterating is fine. */
  waitersFor(key: ReadyKey): Iterable<Waiter> {
    return this.#queues.get(key.name) ?? []
  }

  /** Whether anybody is served by the absence of a key. */
  get awaitDeletion(): boolean {
    return this.#deletionListeners > 0
  }

  /** Which of the waiter's key arguments the ready key is. */
  keyIndex(waiter: Waiter, key: ReadyKey): number {
    return waiter.wait.keys.find((i) => databaseKeyName(waiter.dbIndex, waiter.wait.args, i) === key.name) ?? -1
  }

  /** A waiter whose time is up, or undefined. */
  nextDue(nowMs: number): Waiter | undefined {
    this.#dropStale()
    if (this.#deadlines.nextAtMs > nowMs) return undefined
    return this.#sessions.get(this.#deadlines.nextValue)
  }

  #dropStaleWakes(): void {
    while (this.#wakes.size > 0 && this.#sessions.get(this.#wakes.nextValue)?.wakeAtMs !== this.#wakes.nextAtMs) {
      this.#wakes.pop()
    }
  }

  #dropStale(): void {
    while (this.#deadlines.size > 0) {
      const waiter = this.#sessions.get(this.#deadlines.nextValue)
      if (waiter !== undefined && waiter.wait.deadlineMs === this.#deadlines.nextAtMs) return
      this.#deadlines.pop()
    }
  }
}
