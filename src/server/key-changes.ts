/** Who is told of what happens to keys: watchers, trackers, waiters, subscribers of keyspace events. */
import { Args } from '../../protocol/resp/args.ts'
import type { ChannelEvents } from '../broker/channel-events.ts'
import type { Database } from '../keyspace/database.ts'
import type { KeyspaceListener } from '../keyspace/keyspace.ts'
import { bytesOfKeyText } from '../lib/key-text.ts'
import type { Broker } from './broker.ts'

export class KeyChanges implements KeyspaceListener {
  readonly #broker: Broker
  readonly #events: ChannelEvents

  constructor(broker: Broker, events: ChannelEvents) {
    this.#broker = broker
    this.#events = events
  }

  changed(db: Database, keys: Args, i: number): void {
    if (!this.#broker.watches.isEmpty) this.#broker.watches.touch(db, keys, i)
    this.#broker.tracking.changed(keys, i)
  }

  ready(db: Database, keys: Args, i: number): void {
    this.#broker.waiters.markReady(db.index, keys, i)
  }

  due(db: Database, keys: Args, i: number): void {
    if (this.#broker.waiters.awaitTime) this.#broker.waiters.markReady(db.index, keys, i)
  }

  flushing(db: Database): void {
    this.#broker.watches.touchDatabase(db.index, (key) => db.hasKey(key))
    // Whoever waits as a member of a group is told that its stream is gone.
    this.#broker.waiters.markDatabase(db.index)
  }

  flushed(): void {
    this.#broker.tracking.flushed()
  }

  swapping(first: Database, second: Database): void {
    this.#expireWatched(first, second)
    for (const { index } of [first, second]) {
      this.#broker.watches.touchDatabase(index, (key) => first.hasKey(key) || second.hasKey(key))
      this.#broker.waiters.markDatabase(index)
    }
  }

  /** A key whose time has come is none, so it must be gone before databases are compared by their keys. */
  #expireWatched(...swapped: readonly Database[]): void {
    const expiring = swapped.filter((db) => db.expiringCount > 0)
    if (expiring.length === 0) return
    for (const key of swapped.flatMap((db) => this.#broker.watches.keysOf(db.index))) {
      for (const db of expiring) db.find(Args.of(bytesOfKeyText(key)), 0)
    }
  }

  event(db: Database, event: string, keys: Args, i: number): void {
    this.#broker.outbox.noteEvents()
    this.#events.publish(this.#broker.keyspace.notifyFlags, db.index, event, keys, i)
  }
}
