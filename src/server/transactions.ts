/** MULTI and EXEC: queued commands run one after the other in one turn, so they are one log record, all or none. */
import { Args } from '../../protocol/resp/args.ts'
import type { Call } from '../commands/call.ts'
import type { TransactionServer } from '../commands/server.ts'
import type { Broker } from './broker.ts'
import { keyOfName } from './key-names.ts'
import { type Session, special } from './session.ts'
import type { TurnCall } from './turn-call.ts'

export class Transactions implements TransactionServer {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  open(client: Session): void {
    client.transaction = { queue: [], bytes: 0, isBroken: false }
    client.set(special.multi, true)
  }

  close(client: Session): void {
    client.transaction = undefined
    client.set(special.multi, false)
    this.unwatch(client)
  }

  run(call: Call): void {
    const turn = call as TurnCall
    const session = turn.client
    const queue = session.transaction?.queue ?? []
    this.close(session)
    const { mayBlock } = turn
    turn.mayBlock = false
    turn.reply.array(queue.length)
    const { keyspace } = this.#broker
    const { nowMs } = keyspace
    for (const { entry, args } of queue) {
      // All of a transaction sees one time, whatever DEBUG SLEEP does in between.
      keyspace.nowMs = nowMs
      const denied = session.has(special.restricted) ? this.#broker.acl.refusalAtExec(session, entry, args) : undefined
      if (denied !== undefined) turn.reply.error(denied)
      else this.#broker.dispatcher.run(session, entry, args, entry.fullName.includes('|') ? 2 : 1)
    }
    turn.mayBlock = mayBlock
  }

  watch(client: Session, keys: Args, i: number): void {
    // A key whose time had come before must not break the watch when it is met.
    this.#broker.keyspace.databases[client.dbIndex]!.find(keys, i)
    this.#broker.watches.add(client, keys, i)
    this.#broker.tracking.noteWatchers()
  }

  expireWatched(client: Session): void {
    for (const name of client.watched) {
      const db = this.#broker.keyspace.databases[Number.parseInt(name, 10)]!
      if (db.expiringCount > 0) db.find(Args.of(keyOfName(name)), 0)
    }
  }

  unwatch(client: Session): void {
    this.#broker.watches.clear(client)
    this.#broker.tracking.noteWatchers()
  }
}
