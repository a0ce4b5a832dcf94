/** CLIENT PAUSE: requests that arrive are put aside until the pause is over, then run in the order in which they came.
 *  A connection that waits reads on but runs nothing, so its own order is kept too. While there is a pause nothing
 *  expires: a paused server writes nothing of its own accord. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { scriptFlag } from '../scripting/script-host.ts'
import type { Broker } from './broker.ts'
import { commandBit, type IndexedCommand } from './command-index.ts'
import { type ServerState, serverFlag } from './server-state.ts'
import { type Session, special } from './session.ts'

export class Pause {
  readonly #broker: Broker
  readonly #keyspace: Keyspace
  readonly #state: ServerState
  #endsAtMs = Number.POSITIVE_INFINITY
  #isForAll = false
  readonly #postponed: Session[] = []

  constructor(broker: Broker) {
    this.#broker = broker
    this.#keyspace = broker.keyspace
    this.#state = broker.state
    this.#state.mustPostpone = (session, entry, args) => this.#mustPostpone(session, entry, args)
  }

  get isActive(): boolean {
    return this.#state.has(serverFlag.paused)
  }

  /** When the pause ends by itself, Infinity when there is none. */
  get endsAtMs(): number {
    return this.#endsAtMs
  }

  /** How many clients wait for the end. */
  get postponedCount(): number {
    return this.#postponed.reduce((count, session) => count + (session.isClosed ? 0 : 1), 0)
  }

  /** Begins a pause, or makes one that is under way longer or stricter, never shorter or milder. */
  begin(untilMs: number, isForAll: boolean): void {
    if (untilMs <= this.#keyspace.nowMs) return
    this.#endsAtMs = this.isActive ? Math.max(this.#endsAtMs, untilMs) : untilMs
    this.#isForAll = isForAll || (this.isActive && this.#isForAll)
    this.#state.set(serverFlag.paused, true)
    this.#keyspace.expiryFrozen = true
  }

  /** Ends the pause: who was put aside goes on. */
  end(): void {
    this.#endsAtMs = Number.POSITIVE_INFINITY
    this.#isForAll = false
    this.#state.set(serverFlag.paused, false)
    this.#keyspace.expiryFrozen = false
    for (const session of this.#postponed.splice(0)) {
      if (session.isClosed) continue
      session.set(special.blocked, false)
      this.#state.onUnblocked(session)
    }
  }

  #mustPostpone(session: Session, entry: IndexedCommand, args: Args): boolean {
    if (!this.isActive) return false
    if (this.#endsAtMs <= this.#keyspace.nowMs) {
      this.end()
      return false
    }
    if (!this.#isForAll && !this.#isWrite(session, entry, args)) return false
    session.postponed = args.clone()
    session.set(special.blocked, true)
    this.#postponed.push(session)
    return true
  }

  #isWrite({ transaction }: Session, entry: IndexedCommand, args: Args): boolean {
    if (transaction === undefined || entry.command.name !== 'exec') return this.#mayWrite(entry, args)
    return transaction.queue.some((queued) => this.#mayWrite(queued.entry, queued.args))
  }

  /** A script may, unless it declares that it does not. */
  #mayWrite(entry: IndexedCommand, args: Args): boolean {
    const declared = this.#broker.administration.scripting.declaredFlags(entry, args)
    if (declared !== undefined) return (declared & scriptFlag.noWrites) === 0
    return (entry.flags & (commandBit.write | commandBit.mayReplicate)) !== 0
  }
}
