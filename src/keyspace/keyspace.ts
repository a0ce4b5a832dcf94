/** All databases, and what they share: the turn's time, the effects it writes, and who wants to hear of changes. */
import type { Args } from '../../protocol/resp/args.ts'
import { AccessRules } from './accesses.ts'
import { CollectionSettings } from './collection-settings.ts'
import { emptyBytes } from './contents.ts'
import { Database } from './database.ts'
import type { Effects } from './effects.ts'
import { notifyClass } from './notify.ts'

/** Who is told of what happens to keys. The server implements it; a keyspace without one tells nobody. */
export interface KeyspaceListener {
  /** A key that somebody may watch was changed (or created, or deleted). */
  changed(db: Database, keys: Args, i: number): void
  /** A key now has a value that a waiter may have waited for. */
  ready(db: Database, keys: Args, i: number): void
  /** All keys of a database are about to be deleted. */
  flushing(db: Database): void
  /** A FLUSHDB or FLUSHALL is done, whether there was anything or not. */
  flushed(): void
  /** Two databases are about to be exchanged. */
  swapping(first: Database, second: Database): void
  /** Something at the key may be due sooner than it was. */
  due(db: Database, keys: Args, i: number): void
  /** A keyspace event of an enabled class. */
  event(db: Database, event: string, keys: Args, i: number): void
}

/** A running checkpoint, as the keyspace sees it. */
export interface CheckpointHook {
  /** Marks entries that need no saving any more; never 0. */
  readonly generation: number
  /** Saves the entry as it is now. */
  save(db: Database, entry: number): void
  /** A database is about to be emptied; `old` now has what was in it. */
  replaced(db: Database, old: Database): void
}

/** So many changed objects are not yet worth the looking up. */
const changedObjectsMax = 1000

export class Keyspace {
  readonly effects: Effects
  readonly hashSeed: number
  readonly collectionSettings: CollectionSettings
  readonly databases: Database[]
  listener: KeyspaceListener | undefined
  checkpoint: CheckpointHook | undefined
  /** The turn's time: one for all commands of a turn, and a record's own time on replay. */
  nowMs = 0
  /** False on replay: the log says what expired. */
  expires = true
  /** While writes are paused expired keys are hidden but stay. */
  expiryFrozen = false
  readonly accessRules = new AccessRules()
  /** Objects that have changed, or may have, since their sizes were looked up. */
  changedObjects = 0
  /** Whether `listener.changed` and `listener.ready` have anybody to tell. */
  isWatched = false
  hasWaiters = false
  /** `notify-keyspace-events` as bits of `notifyClass`; 0 is off. */
  notifyFlags = 0
  /** Changes since the start, as Redis counts them for `rdb_changes_since_last_save`. */
  dirty = 0
  /** The position that the record being written will have, and the highest that a command has seen the writes of. */
  writePosition = 1
  seenPosition = 0
  hits = 0
  misses = 0
  expiredKeys = 0
  /** Fields of hashes whose time was up. */
  expiredFields = 0
  evictedKeys = 0

  constructor(effects: Effects, hashSeed: number, databaseCount: number) {
    this.effects = effects
    this.hashSeed = hashSeed
    this.collectionSettings = new CollectionSettings(hashSeed)
    this.databases = Array.from({ length: databaseCount }, (_, index) => new Database(this, index))
  }

  /** Tells watchers that a key was changed. Call it after every change of a key's value or expiry. */
  changed(db: Database, keys: Args, i: number): void {
    this.dirty++
    if (this.isWatched) this.listener?.changed(db, keys, i)
  }

  /** What all keys and values take, in bytes. To be asked between commands, or by one that changes nothing. */
  get dataBytes(): number {
    let bytes = 0
    for (const db of this.databases) if (db.size > 0) bytes += db.memory.dataBytes
    return bytes
  }

  /** What the databases take before there is anything in them. */
  get emptyBytes(): number {
    return this.databases.length * emptyBytes
  }

  /** Looks up the sizes of changed objects once there are many. To be called between commands. */
  settleSizes(): void {
    if (this.changedObjects < changedObjectsMax) return
    for (const db of this.databases) db.memory.sizes.settle()
    this.changedObjects = 0
  }

  /** The position of everything that was written so far, the record being written included. */
  get lastPosition(): number {
    return this.effects.size > 0 ? this.writePosition : this.writePosition - 1
  }

  /** Notes that the running command has seen what the record with that position wrote. */
  see(position: number): void {
    if (position > this.seenPosition) this.seenPosition = position
  }

  /** Tells waiters that there is something at the key. */
  keyReady(db: Database, keys: Args, i: number): void {
    if (this.hasWaiters) this.listener?.ready(db, keys, i)
  }

  /** Tells waiters who count on time that it may come sooner for what is at the key. */
  keyDue(db: Database, keys: Args, i: number): void {
    if (this.hasWaiters) this.listener?.due(db, keys, i)
  }

  /** Tells subscribers of keyspace events, where the class is enabled. */
  notify(db: Database, eventClass: number, event: string, keys: Args, i: number): void {
    if ((this.notifyFlags & eventClass) === 0) return
    if ((this.notifyFlags & (notifyClass.keyspace | notifyClass.keyevent)) === 0) return
    this.listener?.event(db, event, keys, i)
  }

  /** Deletes every key of a database. */
  flush(db: Database): void {
    this.dirty += db.size
    this.listener?.flushing(db)
    db.clear()
  }

  /** Tells those who keep what they read that one database or all were emptied. */
  tellFlushed(): void {
    if (this.isWatched) this.listener?.flushed()
  }

  /** Exchanges two databases for all clients. */
  swap(first: number, second: number): void {
    const a = this.databases[first]!
    const b = this.databases[second]!
    this.dirty++
    this.listener?.swapping(a, b)
    this.databases[first] = b
    this.databases[second] = a
    a.index = second
    b.index = first
    a.noteExchanged()
    b.noteExchanged()
  }
}
