/** One database: keys, their values and when they expire.
 *
 *  A key is an entry of a `ByteMap`; what belongs to it stands in the entry's row (`entry-table.ts`). A string's value
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
import { Stream } from '../broker/stream.ts'
import type { Accesses } from './accesses.ts'
import { Contents, type Pipeline } from './contents.ts'
import { expireKey } from './departures.ts'
import { storedKind } from './entry-table.ts'
import { expireFields } from './field-expiry.ts'
import { Hash } from './hash.ts'
import type { Keyspace } from './keyspace.ts'
import { notifyClass } from './notify.ts'
import { awaitedKinds, type Kind, type ObjectType, type StoredObject } from './stored-object.ts'
import type { StringValues } from './string-values.ts'

export class Database {
  /** The number clients know it by; SWAPDB exchanges it. */
  index: number
  readonly keyspace: Keyspace
  #contents: Contents

  constructor(keyspace: Keyspace, index: number) {
    this.keyspace = keyspace
    this.index = index
    this.#contents = new Contents(keyspace.hashSeed, keyspace.accessRules)
  }

  /** How many keys there are, those included whose time has come but which nobody has met yet. */
  get size(): number {
    return this.#contents.map.size
  }

  /** How many keys have a time to live. */
  get expiringCount(): number {
    return this.#contents.expiries.count
  }

  get entryLimit(): number {
    return this.#contents.map.entryLimit
  }

  has(entry: number): boolean {
    return this.#contents.map.has(entry)
  }

  /** The key's entry or -1, for a command that will change it. Notes the access; deletes it if its time has come. */
  find(keys: Args, i: number): number {
    const entry = this.#contents.map.find(keys.bytes, keys.starts[i]!, keys.ends[i]!)
    if (entry < 0) return this.#seeAbsent()
    if (this.#contents.expiries.count > 0 && this.isExpired(entry)) return expireKey(this, entry)
    if (this.#contents.hashTimers.nextAtMs <= this.keyspace.nowMs && this.#losesFields(entry)) return this.#seeAbsent()
    this.keyspace.see(this.#contents.hazards.seen(entry))
    if (!this.keyspace.accessRules.isSuppressed) this.#contents.accesses.note(entry, this.keyspace.nowMs)
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
    const entry = this.#contents.map.find(keys.bytes, keys.starts[i]!, keys.ends[i]!)
    if (entry >= 0 && !(this.#contents.expiries.count > 0 && this.isExpired(entry))) {
      this.keyspace.hits++
      this.keyspace.see(this.#contents.hazards.seen(entry))
      return entry
    }
    this.#seeAbsent()
    if (entry >= 0) expireKey(this, entry)
    if (isSilent) this.keyspace.misses++
    else this.#miss(keys, i)
    return -1
  }

  /** See `Contents.lookAhead`. */
  lookAhead(pipeline: Pipeline): number | undefined {
    return this.#contents.lookAhead(pipeline)
  }

  /** Whether there is a key of this name (`keyText`), its time come or not. */
  hasKey(name: string): boolean {
    return this.#contents.hasKey(name)
  }

  kind(entry: number): Kind {
    return this.#contents.kind(entry) === storedKind.string ? 'string' : this.#contents.objects[entry]!.kind
  }

  key(entry: number): Uint8Array {
    return this.#contents.map.key(entry)
  }

  keyChunk(entry: number): Uint8Array {
    return this.#contents.map.keyChunk(entry)
  }

  keyOffset(entry: number): number {
    return this.#contents.map.keyOffset(entry)
  }

  keySize(entry: number): number {
    return this.#contents.map.keySize(entry)
  }

  /** When keys were used, or how often. */
  get accesses(): Accesses {
    return this.#contents.accesses
  }

  /** What keys and values take. */
  get memory(): Pick<Contents, 'dataBytes' | 'dataBytesOf' | 'expiryBytes' | 'sizes' | 'tableBytes'> {
    return this.#contents
  }

  // Strings.

  /** Whether the entry holds a string; throws WRONGTYPE otherwise. */
  requireString(entry: number): void {
    if (this.#contents.kind(entry) !== storedKind.string) throw wrongType()
  }

  /** The chunk that holds the string; valid until the next change. */
  stringChunk(entry: number): Uint8Array {
    return this.#contents.strings.chunk(entry)
  }

  /** Where the string in wire form begins in its chunk. */
  stringWireStart(entry: number): number {
    return this.#contents.strings.wireStart(entry)
  }

  stringWireSize(entry: number): number {
    return this.#contents.strings.wireSize(entry)
  }

  /** Where the string's content begins in its chunk. */
  stringStart(entry: number): number {
    return this.#contents.strings.start(entry)
  }

  /** Size of the string's content. */
  stringSize(entry: number): number {
    return this.#contents.strings.size(entry)
  }

  /** A copy of a string's content, and the form in which Redis would keep it. */
  get strings(): Pick<StringValues, 'copy' | 'form' | 'setForm'> {
    return this.#contents.strings
  }

  /** The string's content as it is now, whatever becomes of the key. Not to be written to. */
  frozenString(entry: number): Uint8Array {
    return this.#contents.strings.freeze(entry)
  }

  /** Sets the key to a string whatever it held before; returns its entry. The time to live goes unless `keepTtl`. */
  setString(keys: Args, i: number, bytes: Uint8Array, start: number, end: number, keepTtl = false): number {
    const entry = this.find(keys, i)
    if (entry < 0) {
      const created = this.#create(keys, i)
      this.#contents.setKind(created, storedKind.string)
      this.#contents.strings.create(created, bytes, start, end)
      return created
    }
    this.replaceString(entry, bytes, start, end)
    if (!keepTtl) this.clearExpiry(entry)
    return entry
  }

  /** Sets what an existing entry holds to a string; its time to live stays. The content may be a range of the old. */
  replaceString(entry: number, bytes: Uint8Array, start: number, end: number): void {
    this.beforeChange(entry)
    const { strings } = this.#contents
    const wasString = this.#contents.kind(entry) === storedKind.string
    if (!wasString) this.#drop(entry)
    this.#contents.setKind(entry, storedKind.string)
    if (wasString) strings.replace(entry, bytes, start, end)
    else strings.create(entry, bytes, start, end)
  }

  /** Lets a string grow to `size` bytes, the new ones zero, for a handler that writes to it next; `size` may be its
   *  size as it is. */
  growString(entry: number, size: number): void {
    this.beforeChange(entry)
    this.#contents.strings.grow(entry, size)
  }

  // Objects.

  /** The object at the key, undefined when there is no key; throws WRONGTYPE when it is none of that type. For reading. */
  read<T extends StoredObject>(type: ObjectType<T>, keys: Args, i: number): T | undefined {
    const entry = this.lookup(keys, i)
    return entry < 0 ? undefined : this.objectOf(type, entry)
  }

  /** The entry's object; throws WRONGTYPE when it is none of that type. For reading. */
  objectOf<T extends StoredObject>(type: ObjectType<T>, entry: number): T {
    const object = this.#contents.objects[entry]
    if (!(object instanceof type)) throw wrongType()
    return object
  }

  /** The same for changing; the caller must have nothing left to refuse. */
  objectForChange<T extends StoredObject>(type: ObjectType<T>, entry: number): T {
    const object = this.objectOf(type, entry)
    this.beforeChange(entry)
    return object
  }

  objectAt(entry: number): StoredObject | undefined {
    return this.#contents.objects[entry]
  }

  /** Adds a key that is not there with an object; returns its entry. Those who wait for such an object are told. */
  addObject(keys: Args, i: number, object: StoredObject): number {
    const entry = this.#create(keys, i)
    this.#hold(entry, object)
    if (this.keyspace.hasWaiters && awaitedKinds.has(object.kind)) this.keyspace.keyReady(this, keys, i)
    return entry
  }

  /** Puts an object in place of what the entry holds; its time to live goes. As in Redis, no waiter is told. */
  replaceObject(entry: number, object: StoredObject): void {
    this.beforeChange(entry)
    this.#drop(entry)
    this.#contents.expiries.clear(entry)
    this.#hold(entry, object)
  }

  // Deletion.

  /** Deletes a live entry. */
  remove(entry: number): void {
    this.beforeChange(entry)
    this.#drop(entry)
    this.#contents.expiries.clear(entry)
    this.#contents.setKind(entry, storedKind.none)
    this.#contents.map.remove(entry)
    this.#contents.hazards.remove(this.keyspace.writePosition)
  }

  /** Deletes every key at once. A running checkpoint goes on with what was there. */
  clear(): void {
    const { accessRules, checkpoint, hashSeed, writePosition } = this.keyspace
    if (checkpoint !== undefined) {
      const old = new Database(this.keyspace, this.index)
      old.#contents = this.#contents
      checkpoint.replaced(this, old)
    }
    this.#contents = new Contents(hashSeed, accessRules)
    this.#contents.hazards.exchange(writePosition)
  }

  // Expiry.

  /** When the key expires, -1 for never. */
  expiresAtMs(entry: number): number {
    return this.#contents.expiries.atMs(entry) || -1
  }

  /** `atMs` is above 0. */
  setExpiry(entry: number, atMs: number): void {
    this.beforeChange(entry)
    this.#contents.expiries.set(entry, atMs)
  }

  clearExpiry(entry: number): void {
    if (this.#contents.expiries.atMs(entry) === 0) return
    this.beforeChange(entry)
    this.#contents.expiries.clear(entry)
  }

  /** When `expireDue` has something to do next, Infinity for never. */
  get nextExpiryAtMs(): number {
    return Math.min(this.#contents.expiries.nextAtMs, this.#contents.hashTimers.nextAtMs)
  }

  /** To be called when fields of the hash at the entry got other times. */
  scheduleFields(entry: number): void {
    this.#contents.hashTimers.schedule(entry, this.objectOf(Hash, entry))
  }

  /** Deletes keys and fields whose time has come, `countMax` at most; returns how many it looked at. */
  expireDue(nowMs: number, countMax: number): number {
    for (let count = this.#contents.hashTimers.expireDue(this, nowMs, countMax); count < countMax; count++) {
      const entry = this.#contents.expiries.takeDue(nowMs)
      if (entry === undefined) return count
      if (entry >= 0 && this.isExpired(entry)) expireKey(this, entry)
    }
    return countMax
  }

  // Iteration.

  /** See `ByteMap.scan`. Keys whose time has come are visited too; callers check with `isExpiredNow`. */
  scan(position: number, count: number, visit: (entry: number) => void): number {
    return this.#contents.map.scan(position, count, visit)
  }

  /** See `ByteMap.random`. */
  random(draw: () => number): number {
    return this.#contents.map.random(draw)
  }

  /** Some entry that has a time to live, -1 when there is none. */
  randomExpiring(draw: () => number): number {
    return this.#contents.expiries.random(draw)
  }

  isExpired(entry: number): boolean {
    const atMs = this.#contents.expiries.atMs(entry)
    return atMs !== 0 && this.keyspace.expires && atMs <= this.keyspace.nowMs
  }

  // Checkpoints.

  /** Notes who writes the value, and saves it for a running checkpoint before it changes. */
  beforeChange(entry: number): void {
    const { checkpoint, writePosition } = this.keyspace
    this.#contents.hazards.write(entry, writePosition)
    if (this.#contents.sizes.mark(entry)) this.keyspace.changedObjects++
    if (checkpoint === undefined || this.#contents.checkpointed(entry) === checkpoint.generation) return
    checkpoint.save(this, entry)
    this.#contents.setCheckpointed(entry, checkpoint.generation)
  }

  /** Whether the running checkpoint has to save the entry still. */
  needsCheckpoint(entry: number, generation: number): boolean {
    return this.#contents.map.has(entry) && this.#contents.checkpointed(entry) !== generation
  }

  markCheckpointed(entry: number, generation: number): void {
    this.#contents.setCheckpointed(entry, generation)
  }

  /** Removes the fields of a hash whose time has come; whether it was the last that went. */
  #losesFields(entry: number): boolean {
    const hash = this.#contents.objects[entry]
    if (!(hash instanceof Hash) || !this.keyspace.expires || this.keyspace.expiryFrozen) return false
    expireFields(this, entry, hash)
    return hash.length === 0
  }

  #miss(keys: Args, i: number): void {
    this.keyspace.misses++
    this.keyspace.notify(this, notifyClass.keyMiss, 'keymiss', keys, i)
  }

  #seeAbsent(): -1 {
    this.keyspace.see(this.#contents.hazards.seenAbsent)
    return -1
  }

  /** All keys count as written now: they are other ones than before. */
  noteExchanged(): void {
    this.#contents.hazards.exchange(this.keyspace.writePosition)
  }

  #create(keys: Args, i: number): number {
    const entry = this.#contents.insert(keys.bytes, keys.starts[i]!, keys.ends[i]!)
    this.#contents.accesses.begin(entry, this.keyspace.nowMs)
    this.#contents.hazards.write(entry, this.keyspace.writePosition)
    this.#contents.setCheckpointed(entry, this.keyspace.checkpoint?.generation ?? 0)
    this.keyspace.notify(this, notifyClass.newKey, 'new', keys, i)
    return entry
  }

  #hold(entry: number, object: StoredObject): void {
    this.#contents.setKind(entry, storedKind.object)
    this.#contents.objects[entry] = object
    if (this.#contents.sizes.mark(entry)) this.keyspace.changedObjects++
    if (object instanceof Hash) this.#contents.hashTimers.schedule(entry, object, true)
  }

  /** Lets go of an entry's value. Who waits as a member of a stream's group is told that the stream is gone. */
  #drop(entry: number): void {
    if (this.#contents.kind(entry) === storedKind.string) return this.#contents.strings.free(entry)
    if (this.keyspace.hasWaiters && this.#contents.objects[entry] instanceof Stream) {
      this.keyspace.keyReady(this, Args.of(this.#contents.map.key(entry)), 0)
    }
    this.#contents.sizes.drop(entry)
    this.#contents.objects[entry] = undefined
  }
}
