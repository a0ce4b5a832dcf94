/** Who is told of what happens to keys: watchers, waiters, subscribers of keyspace events. */
import type { Args } from '../../protocol/resp/args.ts'
import type { ChannelEvents } from '../broker/channel-events.ts'
import type { Database } from '../keyspace/database.ts'
import type { Keyspace, KeyspaceListener } from '../keyspace/keyspace.ts'
import type { Outbox } from './outbox.ts'
import type { Waiters } from './waiters.ts'
import type { Watches } from './watches.ts'

export class KeyChanges implements KeyspaceListener {
  readonly #keyspace: Keyspace
  readonly #watches: Watches
  readonly #waiters: Waiters
  readonly #events: ChannelEvents
  readonly #outbox: Outbox

  constructor(keyspace: Keyspace, watches: Watches, waiters: Waiters, events: ChannelEvents, outbox: Outbox) {
    this.#keyspace = keyspace
    this.#watches = watches
    this.#waiters = waiters
    this.#events = events
    this.#outbox = outbox
  }

  changed(db: Database, keys: Args, i: number): void {
    this.#watches.touch(db, keys, i)
  }

  ready(db: Database, keys: Args, i: number): void {
    this.#waiters.markReady(db.index, keys, i)
  }

  due(db: Database, keys: Args, i: number): void {
    if (this.#waiters.awaitTime) this.#waiters.markReady(db.index, keys, i)
  }

  flushing(db: Database): void {
    this.#watches.touchDatabase(db.index, (key) => db.hasKey(key))
    // Whoever waits as a member of a group is told that its stream is gone.
    this.#waiters.markDatabase(db.index)
  }

  swapping(first: Database, second: Database): void {
    for (const { index } of [first, second]) {
      this.#watches.touchDatabase(index, (key) => first.hasKey(key) || second.hasKey(key))
      this.#waiters.markDatabase(index)
    }
  }

  event(db: Database, event: string, keys: Args, i: number): void {
    this.#outbox.noteEvents()
    this.#events.publish(this.#keyspace.notifyFlags, db.index, event, keys, i)
  }
}
