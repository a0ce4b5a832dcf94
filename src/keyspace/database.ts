/** One database: keys, their values and when they expire.
 *
 *  A key is an entry of a `ByteMap`; what belongs to it stands in typed arrays at the entry's index. A string's value
 *  lies in the arena in wire form (`$5\r\nhello\r\n`), so GET is one copy; every other type is an object.
 *
 *  Reading and changing have different doors. Whoever is about to change a value asks for it by a `…ForChange` or
 *  `set…` method, because that is where a running checkpoint saves the value as it was. After the change the handler
 *  says so (`changed`), which tells WATCH; keyspace events are told by `notify`.
 *
 *  A key whose time has come is deleted by whoever meets it first, a reader or the turn's sweep, and the deletion is
 *  logged as a fact: replay never expires anything by the clock. */
import { Args } from '../../protocol/resp/args.ts'
import { wrongType } from '../broker/errors.ts'
import { List } from '../broker/list.ts'
import { Stream } from '../broker/stream.ts'
import { Arena } from '../lib/arena.ts'
import { ByteMap } from '../lib/byte-map.ts'
import { latin1Bytes, sliceBytes } from '../lib/bytes.ts'
import { Expiries } from './expiries.ts'
import { Hazards } from './hazards.ts'
import type { Keyspace } from './keyspace.ts'
import { notifyClass } from './notify.ts'
import { StringValues } from './string-values.ts'

export type Kind = 'string' | 'list' | 'stream'
export type StoredObject = List | Stream

const kindNone = 0
const kindString = 1
const kindObject = 2
const initialEntries = 8

/** A value without its key, on its way from one key to another. */
export interface DetachedValue {
  readonly content: Uint8Array | StoredObject
  /** -1 when it never expires. */
  readonly expiresAtMs: number
}

export class Database {
  /** The number clients know it by; SWAPDB exchanges it. */
  index: number
  readonly keyspace: Keyspace
  #arena = new Arena()
  #map: ByteMap
  #kinds = new Uint8Array(initialEntries)
  #strings = new StringValues(this.#arena, initialEntries)
  #objects: (StoredObject | undefined)[] = []
  /** When the key was last read or written, in seconds. */
  #accessedAtS = new Uint32Array(initialEntries)
  /** The checkpoint that needs the key no more, because it is younger or already written. */
  #checkpointed = new Uint32Array(initialEntries)
  #expiries = new Expiries(initialEntries)
  #hazards = new Hazards(initialEntries)

  constructor(keyspace: Keyspace, index: number) {
    this.keyspace = keyspace
    this.index = index
    this.#map = new ByteMap(this.#arena, keyspace.hashSeed)
  }

  /** How many keys there are, those included whose time has come but which nobody has met yet. */
  get size(): number {
    return this.#map.size
  }

  /** How many keys have a time to live. */
  get expiringCount(): number {
    return this.#expiries.count
  }

  get entryLimit(): number {
    return this.#map.entryLimit
  }

  has(entry: number): boolean {
    return this.#map.has(entry)
  }

  /** The key's entry or -1, for a command that will change it. Notes the access; deletes it if its time has come. */
  find(keys: Args, i: number): number {
    const entry = this.#map.find(keys.bytes, keys.starts[i]!, keys.ends[i]!)
    if (entry < 0) return this.#seeAbsent()
    if (this.#expiries.count > 0 && this.#isExpired(entry)) return this.#meetExpired(entry)
    this.keyspace.see(this.#hazards.seen(entry))
    if (!this.keyspace.keepAccessTime) this.#accessedAtS[entry] = this.keyspace.nowMs / 1000
    return entry
  }

  /** The key's entry or -1, for a command that reads it: as `find`, and counts a hit or a miss. */
  lookup(keys: Args, i: number): number {
    const entry = this.find(keys, i)
    if (entry >= 0) this.keyspace.hits++
    else this.#miss(keys, i)
    return entry
  }

  /** As `lookup`, for a command that asks about the key, not for its value: that is no access. Subscribers hear of a
   *  miss unless `isSilent`. */
  peek(keys: Args, i: number, isSilent = false): number {
    const entry = this.#map.find(keys.bytes, keys.starts[i]!, keys.ends[i]!)
    if (entry >= 0 && !(this.#expiries.count > 0 && this.#isExpired(entry))) {
      this.keyspace.hits++
      this.keyspace.see(this.#hazards.seen(entry))
      return entry
    }
    this.#seeAbsent()
    if (entry >= 0) this.#meetExpired(entry)
    if (isSilent) this.keyspace.misses++
    else this.#miss(keys, i)
    return -1
  }

  /** Whether there is a key of these bytes (as Latin-1), its time come or not. */
  hasKey(name: string): boolean {
    return this.#map.find(latin1Bytes(name), 0, name.length) >= 0
  }

  kind(entry: number): Kind {
    return this.#kinds[entry] === kindString ? 'string' : this.#objects[entry]!.kind
  }

  key(entry: number): Uint8Array {
    return this.#map.key(entry)
  }

  keyChunk(entry: number): Uint8Array {
    return this.#map.keyChunk(entry)
  }

  keyOffset(entry: number): number {
    return this.#map.keyOffset(entry)
  }

  keySize(entry: number): number {
    return this.#map.keySize(entry)
  }

  accessedAtS(entry: number): number {
    return this.#accessedAtS[entry]!
  }

  setAccessedAtS(entry: number, seconds: number): void {
    this.#accessedAtS[entry] = seconds
  }

  // Strings.

  /** Whether the entry holds a string; throws WRONGTYPE otherwise. */
  requireString(entry: number): void {
    if (this.#kinds[entry] !== kindString) throw wrongType()
  }

  /** The chunk that holds the string; valid until the next change. */
  stringChunk(entry: number): Uint8Array {
    return this.#strings.chunk(entry)
  }

  /** Where the string in wire form begins in its chunk. */
  stringWireStart(entry: number): number {
    return this.#strings.wireStart(entry)
  }

  stringWireSize(entry: number): number {
    return this.#strings.wireSize(entry)
  }

  /** Where the string's content begins in its chunk. */
  stringStart(entry: number): number {
    return this.#strings.start(entry)
  }

  /** Size of the string's content. */
  stringSize(entry: number): number {
    return this.#strings.size(entry)
  }

  /** A copy of the string's content. */
  stringCopy(entry: number): Uint8Array {
    const start = this.#strings.start(entry)
    return sliceBytes(this.#strings.chunk(entry), start, start + this.#strings.size(entry))
  }

  /** Sets the key to a string whatever it held before; returns its entry. The time to live goes unless `keepTtl`. */
  setString(keys: Args, i: number, bytes: Uint8Array, start: number, end: number, keepTtl = false): number {
    const entry = this.find(keys, i)
    if (entry < 0) {
      const created = this.#create(keys, i)
      this.#kinds[created] = kindString
      this.#strings.create(created, bytes, start, end)
      return created
    }
    this.replaceString(entry, bytes, start, end)
    if (!keepTtl) this.clearExpiry(entry)
    return entry
  }

  /** Sets what an existing entry holds to a string; its time to live stays. The content may be a range of the old. */
  replaceString(entry: number, bytes: Uint8Array, start: number, end: number): void {
    this.beforeChange(entry)
    if (this.#kinds[entry] === kindString) return this.#strings.replace(entry, bytes, start, end)
    this.#dropObject(entry)
    this.#kinds[entry] = kindString
    this.#strings.create(entry, bytes, start, end)
  }

  /** Lets a string grow to `size` bytes, the new ones zero, for a handler that writes to it next; `size` may be its
   *  size as it is. */
  growString(entry: number, size: number): void {
    this.beforeChange(entry)
    this.#strings.grow(entry, size)
  }

  // Objects.

  /** The list at the key, undefined when there is no key; throws WRONGTYPE. For reading. */
  list(keys: Args, i: number): List | undefined {
    const entry = this.lookup(keys, i)
    return entry < 0 ? undefined : this.listAt(entry)
  }

  listAt(entry: number): List {
    const object = this.#objects[entry]
    if (!(object instanceof List)) throw wrongType()
    return object
  }

  stream(keys: Args, i: number): Stream | undefined {
    const entry = this.lookup(keys, i)
    return entry < 0 ? undefined : this.streamAt(entry)
  }

  streamAt(entry: number): Stream {
    const object = this.#objects[entry]
    if (!(object instanceof Stream)) throw wrongType()
    return object
  }

  /** The same for changing; the caller must have nothing left to refuse. */
  listForChange(entry: number): List {
    const list = this.listAt(entry)
    this.beforeChange(entry)
    return list
  }

  streamForChange(entry: number): Stream {
    const stream = this.streamAt(entry)
    this.beforeChange(entry)
    return stream
  }

  objectAt(entry: number): StoredObject | undefined {
    return this.#objects[entry]
  }

  /** Adds a key that is not there with an object; returns its entry. Waiters for the key are told. */
  addObject(keys: Args, i: number, object: StoredObject): number {
    const entry = this.#create(keys, i)
    this.#kinds[entry] = kindObject
    this.#objects[entry] = object
    this.keyspace.keyReady(this, keys, i)
    return entry
  }

  // Whole values.

  /** Takes the key away and hands over what it held. */
  detach(entry: number): DetachedValue {
    const content = this.#objects[entry] ?? this.stringCopy(entry)
    const expiresAtMs = this.expiresAtMs(entry)
    this.remove(entry)
    return { content, expiresAtMs }
  }

  /** What the key holds as a value of its own that shares nothing with it. */
  duplicate(entry: number): DetachedValue {
    const object = this.#objects[entry]
    return {
      content: object === undefined ? this.stringCopy(entry) : object.clone(),
      expiresAtMs: this.expiresAtMs(entry),
    }
  }

  /** Puts a value under a key that is not there. */
  attach(keys: Args, i: number, value: DetachedValue): number {
    const { content } = value
    const entry =
      content instanceof Uint8Array
        ? this.setString(keys, i, content, 0, content.length)
        : this.addObject(keys, i, content)
    if (value.expiresAtMs >= 0) this.setExpiry(entry, value.expiresAtMs)
    return entry
  }

  /** Deletes a live entry. */
  remove(entry: number): void {
    this.beforeChange(entry)
    if (this.#kinds[entry] === kindString) this.#strings.free(entry)
    else this.#dropObject(entry)
    this.#expiries.clear(entry)
    this.#kinds[entry] = kindNone
    this.#map.remove(entry)
    this.#hazards.remove(this.keyspace.writePosition)
  }

  /** Deletes every key at once. A running checkpoint goes on with what was there. */
  clear(): void {
    this.keyspace.checkpoint?.replaced(this, this.#moveContents())
    this.#hazards = new Hazards(initialEntries)
    this.#hazards.exchange(this.keyspace.writePosition)
    this.#arena = new Arena()
    this.#map = new ByteMap(this.#arena, this.keyspace.hashSeed)
    this.#kinds = new Uint8Array(initialEntries)
    this.#strings = new StringValues(this.#arena, initialEntries)
    this.#objects = []
    this.#accessedAtS = new Uint32Array(initialEntries)
    this.#checkpointed = new Uint32Array(initialEntries)
    this.#expiries = new Expiries(initialEntries)
  }

  /** A database of its own with what is in this one, whose fields the caller then replaces. */
  #moveContents(): Database {
    const moved = new Database(this.keyspace, this.index)
    moved.#arena = this.#arena
    moved.#map = this.#map
    moved.#kinds = this.#kinds
    moved.#strings = this.#strings
    moved.#objects = this.#objects
    moved.#checkpointed = this.#checkpointed
    moved.#expiries = this.#expiries
    return moved
  }

  // Expiry.

  /** When the key expires, -1 for never. */
  expiresAtMs(entry: number): number {
    return this.#expiries.atMs(entry) || -1
  }

  /** `atMs` is above 0. */
  setExpiry(entry: number, atMs: number): void {
    this.beforeChange(entry)
    this.#expiries.set(entry, atMs)
  }

  clearExpiry(entry: number): void {
    if (this.#expiries.atMs(entry) === 0) return
    this.beforeChange(entry)
    this.#expiries.clear(entry)
  }

  /** When `expireDue` has something to do next, Infinity for never. */
  get nextExpiryAtMs(): number {
    return this.#expiries.nextAtMs
  }

  /** Deletes keys whose time has come, `countMax` at most; returns how many it looked at. */
  expireDue(nowMs: number, countMax: number): number {
    for (let count = 0; count < countMax; count++) {
      const entry = this.#expiries.takeDue(nowMs)
      if (entry === undefined) return count
      if (entry >= 0 && this.#isExpired(entry)) this.#meetExpired(entry)
    }
    return countMax
  }

  // Iteration.

  /** See `ByteMap.scan`. Keys whose time has come are visited too; callers check with `isExpiredNow`. */
  scan(position: number, count: number, visit: (entry: number) => void): number {
    return this.#map.scan(position, count, visit)
  }

  /** See `ByteMap.random`. */
  random(draw: () => number): number {
    return this.#map.random(draw)
  }

  isExpiredNow(entry: number): boolean {
    return this.#isExpired(entry)
  }

  /** Deletes the entry as a reader that met it expired would. */
  expire(entry: number): void {
    this.#meetExpired(entry)
  }

  // Checkpoints.

  /** Notes who writes the value, and saves it for a running checkpoint before it changes. */
  beforeChange(entry: number): void {
    const { checkpoint, writePosition } = this.keyspace
    this.#hazards.write(entry, writePosition)
    if (checkpoint === undefined || this.#checkpointed[entry] === checkpoint.generation) return
    checkpoint.save(this, entry)
    this.#checkpointed[entry] = checkpoint.generation
  }

  /** Whether the running checkpoint has to save the entry still. */
  needsCheckpoint(entry: number, generation: number): boolean {
    return this.#map.has(entry) && this.#checkpointed[entry] !== generation
  }

  markCheckpointed(entry: number, generation: number): void {
    this.#checkpointed[entry] = generation
  }

  #isExpired(entry: number): boolean {
    const atMs = this.#expiries.atMs(entry)
    return atMs !== 0 && this.keyspace.expires && atMs <= this.keyspace.nowMs
  }

  #meetExpired(entry: number): -1 {
    const { keyspace } = this
    if (keyspace.expiryFrozen) return -1
    const key = Args.of(this.#map.key(entry))
    keyspace.expiredKeys++
    this.remove(entry)
    keyspace.effects.command(this.index, 'DEL', key.copy(0))
    keyspace.notify(this, notifyClass.expired, 'expired', key, 0)
    keyspace.changed(this, key, 0)
    return -1
  }

  #miss(keys: Args, i: number): void {
    this.keyspace.misses++
    this.keyspace.notify(this, notifyClass.keyMiss, 'keymiss', keys, i)
  }

  #seeAbsent(): -1 {
    this.keyspace.see(this.#hazards.seenAbsent)
    return -1
  }

  /** All keys count as written now: they are other ones than before. */
  noteExchanged(): void {
    this.#hazards.exchange(this.keyspace.writePosition)
  }

  #create(keys: Args, i: number): number {
    const entry = this.#map.insert(keys.bytes, keys.starts[i]!, keys.ends[i]!)
    if (entry >= this.#kinds.length) this.#grow(this.#kinds.length * 2)
    this.#accessedAtS[entry] = this.keyspace.nowMs / 1000
    this.#hazards.write(entry, this.keyspace.writePosition)
    this.#checkpointed[entry] = this.keyspace.checkpoint === undefined ? 0 : this.keyspace.checkpoint.generation
    this.keyspace.notify(this, notifyClass.newKey, 'new', keys, i)
    return entry
  }

  /** Lets go of an entry's object. Who waits as a member of a stream's group is told that the stream is gone. */
  #dropObject(entry: number): void {
    if (this.keyspace.hasWaiters && this.#objects[entry] instanceof Stream) {
      this.keyspace.keyReady(this, Args.of(this.#map.key(entry)), 0)
    }
    this.#objects[entry] = undefined
  }

  #grow(capacity: number): void {
    const grown = <T extends Uint8Array | Uint32Array>(target: T, source: T): T => {
      target.set(source)
      return target
    }
    this.#kinds = grown(new Uint8Array(capacity), this.#kinds)
    this.#accessedAtS = grown(new Uint32Array(capacity), this.#accessedAtS)
    this.#checkpointed = grown(new Uint32Array(capacity), this.#checkpointed)
    this.#strings.resize(capacity)
    this.#expiries.grow(capacity)
    this.#hazards.grow(capacity)
  }
}
