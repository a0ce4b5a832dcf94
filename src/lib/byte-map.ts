/** A hash table from byte strings to small stable numbers ("entries"), the one table under the keyspace and its kin.
 *
 *  An entry is an index; whoever owns the map keeps what belongs to a key in the entry's row (`entry-rows.ts`), behind
 *  what the map has there, or in arrays of its own at that index. The keys' bytes lie in an `Arena`, the slots in typed arrays, so a million keys are nothing to the garbage collector.
 *
 *  Layout: a directory of tables chosen by the first bits of the hash (extendible hashing), each a power-of-two array
 *  of (entry + 1, hash) pairs with linear probing, ordered by the next bits of the hash. A table doubles until it has
 *  `tableSlotsMax` slots and splits in two from then on, so that growing never stops the program for long. Removal
 *  shifts back what follows; there are no tombstones.
 *
 *  Because slots follow the order of hashes and a key's hash never changes, a position in the space of hashes is a
 *  cursor that survives growth, splits and removals: `scan` meets every key that was there all the time. */
import { type Arena, noAddress } from './arena.ts'
import { copyBytes, equalRanges, hashBytes, sliceBytes } from './bytes.ts'
import { EntryRows, mapWords } from './entry-rows.ts'
import type { KeyBatch } from './key-batch.ts'

const initialSlots = 8
/** Slots of the largest table; splitting one touches this many pairs, well under a millisecond. */
const tableSlotsMax = 1 << 14
const directoryBitsMax = 24
/** How many slots a scan looks at for each key it was asked for, so that a map that was emptied stops nobody for long. */
const scanSlotsPerKeyMax = 10
/** How often `random` draws again when it met a free entry, before it looks for the next live one. */
const drawsMax = 100

class Table {
  /** Pairs: entry + 1 (0 for an empty slot), hash. */
  slots: Int32Array
  mask: number
  /** `hash << prefixBits >>> shift` is the slot where a key's search begins. */
  shift: number
  count = 0
  /** How many leading bits of the hash all keys of this table share. */
  readonly prefixBits: number

  constructor(slotCount: number, prefixBits: number) {
    this.slots = new Int32Array(slotCount * 2)
    this.mask = slotCount - 1
    this.shift = 32 - Math.log2(slotCount)
    this.prefixBits = prefixBits
  }

  /** The slot where a search for the hash begins. */
  home(hash: number): number {
    return (hash << this.prefixBits) >>> this.shift
  }

  /** Puts a pair into the first free slot from its home on; the caller saw to it that there is one. */
  place(tag: number, hash: number): void {
    const { slots, mask } = this
    let slot = this.home(hash)
    while (slots[slot << 1] !== 0) slot = (slot + 1) & mask
    slots[slot << 1] = tag
    slots[(slot << 1) | 1] = hash
    this.count++
  }

  /** Empties the slot and moves back the pairs behind it that would no longer be found. */
  vacate(slot: number): void {
    const { slots, mask } = this
    let hole = slot
    let next = slot
    while (true) {
      next = (next + 1) & mask
      const tag = slots[next << 1]!
      if (tag === 0) break
      const hash = slots[(next << 1) | 1]!
      // The pair may move to the hole unless its home lies (cyclically) behind the hole.
      if (((next - this.home(hash)) & mask) < ((next - hole) & mask)) continue
      slots[hole << 1] = tag
      slots[(hole << 1) | 1] = hash
      hole = next
    }
    slots[hole << 1] = 0
    this.count--
  }
}

export class ByteMap {
  readonly #arena: Arena
  readonly #seed: number
  /** One table for each value of the first `#directoryBits` bits; neighbours may share one. */
  #directory: Table[]
  #directoryBits = 1
  /** Begin, for each entry, with where the key's bytes are and how many plus 1. A free entry has the next free one plus 1
   *  (0 for none) and 0. */
  readonly #rows: EntryRows
  #entryCount = 0
  /** The keys that were touched last; their entries are guesses, and may be those of another map by now. */
  #touched: KeyBatch | undefined
  #freeEntry = -1
  #size = 0
  /** Of all tables together. */
  #slotCount = initialSlots

  /** `seed` makes the order of keys differ between processes (and collisions hard to aim for). An owner that keeps
   *  numbers of its own with each key hands in rows: their words behind the first two are the owner's. */
  constructor(arena: Arena, seed: number, rows: EntryRows = new EntryRows(mapWords)) {
    this.#arena = arena
    this.#rows = rows
    this.#seed = seed
    const table = new Table(initialSlots, 0)
    this.#directory = [table, table]
  }

  /** How many keys there are. */
  get size(): number {
    return this.#size
  }

  /** Memory of the slots and the rows, in bytes; the keys' own bytes are the arena's. */
  get memoryBytes(): number {
    return this.#slotCount * 8 + this.#directory.length * 8 + this.#rows.words.byteLength
  }

  /** All entries are below this number; those that are free answer false to `has`. */
  get entryLimit(): number {
    return this.#entryCount
  }

  has(entry: number): boolean {
    return this.#sizeAndOne(entry) > 0
  }

  /** The key's entry, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const guess = this.#touched?.entryAt(bytes, start) ?? -1
    if (guess >= 0 && guess < this.#entryCount && this.#isKey(guess, bytes, start, end)) return guess
    const hash = hashBytes(bytes, start, end, this.#seed)
    const table = this.#directory[hash >>> (32 - this.#directoryBits)]!
    const { slots, mask } = table
    for (let slot = table.home(hash); ; slot = (slot + 1) & mask) {
      const tag = slots[slot << 1]!
      if (tag === 0) return -1
      if (slots[(slot << 1) | 1] === hash && this.#isKey(tag - 1, bytes, start, end)) return tag - 1
    }
  }

  /** Reads a little of all that looking these keys up will read, each kind of it for all keys in a row: none of a row's
   *  reads waits for another, where a look-up waits for three lines of memory one after the other. With a `valueWord` the
   *  record whose address stands there in the row is read too. What it learns spares `find` the search while keys are
   *  asked for in this order. Returns something that depends on all that was read.
   *
   *  A processor has as many reads under way as it sees ahead, a few hundred instructions, and none behind a branch that
   *  it guessed wrong: so the loops are short, and the first reads of slots decide nothing. */
  touch(keys: KeyBatch, valueWord = 0): number {
    const { bytes, starts, ends, hashes, entries, count } = keys
    const directory = this.#directory
    const directoryShift = 32 - this.#directoryBits
    let sum = 0
    for (let i = 0; i < count; i++) hashes[i] = hashBytes(bytes, starts[i]!, ends[i]!, this.#seed)
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!
      const { slots, prefixBits, shift } = directory[hash >>> directoryShift]!
      sum ^= slots[((hash << prefixBits) >>> shift) << 1]!
    }
    for (let i = 0; i < count; i++) entries[i] = this.#guess(hashes[i]!)
    keys.current = 0
    this.#touched = keys
    const { words, rowWords } = this.#rows
    const last = rowWords - 1
    for (let i = 0; i < count; i++) {
      const row = entries[i]! * rowWords
      if (row >= 0) sum ^= words[row]! ^ words[row + last]!
    }
    sum ^= this.#touchRecords(keys, 0)
    return valueWord === 0 ? sum : sum ^ this.#touchRecords(keys, valueWord)
  }

  /** Adds a key that is not there (`find` said so); returns its new entry. */
  insert(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(bytes, start, end, this.#seed)
    let table = this.#directory[hash >>> (32 - this.#directoryBits)]!
    while ((table.count + 1) * 4 > (table.mask + 1) * 3) {
      this.#grow(table, hash)
      table = this.#directory[hash >>> (32 - this.#directoryBits)]!
    }
    const entry = this.#newEntry()
    const size = end - start
    const address = this.#arena.allocate(size)
    copyBytes(bytes, start, end, this.#arena.chunk(address), this.#arena.offset(address))
    this.#setKey(entry, address, size + 1)
    table.place(entry + 1, hash)
    this.#size++
    return entry
  }

  /** Removes a live entry; its number may be given to another key at once. */
  remove(entry: number): void {
    const hash = this.#hashOf(entry)
    const table = this.#directory[hash >>> (32 - this.#directoryBits)]!
    let slot = table.home(hash)
    while (table.slots[slot << 1] !== entry + 1) slot = (slot + 1) & table.mask
    table.vacate(slot)
    this.#arena.free(this.#keyAt(entry), this.keySize(entry))
    this.#setKey(entry, this.#freeEntry + 1, 0)
    this.#freeEntry = entry
    this.#size--
  }

  /** Where the key's bytes are: `keyChunk(e)[keyOffset(e) … + keySize(e))`. */
  keyChunk(entry: number): Uint8Array {
    return this.#arena.chunk(this.#keyAt(entry))
  }

  keyOffset(entry: number): number {
    return this.#arena.offset(this.#keyAt(entry))
  }

  keySize(entry: number): number {
    return this.#sizeAndOne(entry) - 1
  }

  /** A copy of the key's bytes. */
  key(entry: number): Uint8Array {
    const offset = this.keyOffset(entry)
    return sliceBytes(this.keyChunk(entry), offset, offset + this.keySize(entry))
  }

  /** Visits entries from a position in the space of hashes on (0 begins, below 2^32), about `count` of them, fewer where
   *  the map is sparse. Returns the position to go on from, 0 when the end was reached. Every key that is present from
   *  the first call to the last is visited; the visitor must not change the map. */
  scan(position: number, count: number, visit: (entry: number) => void): number {
    let from = position
    let visited = 0
    for (let slots = 1; ; slots++) {
      const table = this.#directory[from >>> (32 - this.#directoryBits)]!
      const slotSpan = 2 ** (table.shift - table.prefixBits)
      // The hashes whose search begins in the slot that `from` falls into.
      const first = Math.floor(from / slotSpan) * slotSpan
      visited += this.#visitHome(table, first | 0, from, visit)
      from = first + slotSpan
      if (from >= 2 ** 32) return 0
      if (visited >= count || slots >= count * scanSlotsPerKeyMax) return from
    }
  }

  /** Some entry, drawn by numbers in [0, 1), each as likely as any other unless most of the map was removed; -1 when
   *  there is none. */
  random(draw: () => number): number {
    if (this.#size === 0) return -1
    let entry = 0
    for (let i = 0; i < drawsMax; i++) {
      entry = Math.floor(draw() * this.#entryCount)
      if (this.has(entry)) return entry
    }
    while (!this.has(entry)) entry = (entry + 1) % this.#entryCount
    return entry
  }

  /** Visits the keys whose home is that of `homeHash`, from hash `from` (unsigned) on. */
  #visitHome(table: Table, homeHash: number, from: number, visit: (entry: number) => void): number {
    const { slots, mask } = table
    const home = table.home(homeHash)
    let visited = 0
    for (let slot = home; slots[slot << 1] !== 0; slot = (slot + 1) & mask) {
      const hash = slots[(slot << 1) | 1]!
      if (table.home(hash) !== home || hash >>> 0 < from) continue
      visit(slots[slot << 1]! - 1)
      visited++
    }
    return visited
  }

  /** Reads the beginnings of the records whose addresses stand at this word of the keys' rows. */
  #touchRecords({ entries, addresses, count }: KeyBatch, word: number): number {
    const { words, rowWords } = this.#rows
    for (let i = 0; i < count; i++) {
      const entry = entries[i]!
      addresses[i] = entry < 0 ? noAddress : words[entry * rowWords + word]!
    }
    return this.#arena.touch(addresses, count)
  }

  /** The entry that a key of this hash probably has, or -1. */
  #guess(hash: number): number {
    const table = this.#directory[hash >>> (32 - this.#directoryBits)]!
    const { slots, mask } = table
    for (let slot = table.home(hash); ; slot = (slot + 1) & mask) {
      const tag = slots[slot << 1]!
      if (tag === 0 || slots[(slot << 1) | 1] === hash) return tag - 1
    }
  }

  #isKey(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const size = end - start
    if (this.#sizeAndOne(entry) !== size + 1) return false
    const address = this.#keyAt(entry)
    return equalRanges(this.#arena.chunk(address), this.#arena.offset(address), bytes, start, size)
  }

  #hashOf(entry: number): number {
    const offset = this.keyOffset(entry)
    return hashBytes(this.keyChunk(entry), offset, offset + this.keySize(entry), this.#seed)
  }

  #keyAt(entry: number): number {
    return this.#rows.words[entry * this.#rows.rowWords]!
  }

  #sizeAndOne(entry: number): number {
    return this.#rows.words[entry * this.#rows.rowWords + 1]!
  }

  #setKey(entry: number, address: number, sizeAndOne: number): void {
    const { words, rowWords } = this.#rows
    words[entry * rowWords] = address
    words[entry * rowWords + 1] = sizeAndOne
  }

  #newEntry(): number {
    if (this.#freeEntry >= 0) {
      const entry = this.#freeEntry
      this.#freeEntry = this.#keyAt(entry) - 1
      return entry
    }
    if (this.#entryCount === this.#rows.capacity) this.#rows.grow()
    return this.#entryCount++
  }

  /** Makes room in a table that is three quarters full: doubles it, or splits it once it is large. */
  #grow(table: Table, hash: number): void {
    const slotCount = table.mask + 1
    this.#slotCount += slotCount
    if (slotCount < tableSlotsMax || table.prefixBits === directoryBitsMax) {
      const larger = new Table(slotCount * 2, table.prefixBits)
      moveAll(table, () => larger)
      this.#replace(hash, table, [larger, larger])
      return
    }
    if (table.prefixBits === this.#directoryBits) {
      this.#directory = this.#directory.flatMap((each) => [each, each])
      this.#directoryBits++
    }
    // Each half begins as large as the whole was: both have room, and evenly so on average.
    const halves = [new Table(slotCount, table.prefixBits + 1), new Table(slotCount, table.prefixBits + 1)] as const
    const bit = 31 - table.prefixBits
    moveAll(table, (each) => halves[((each >>> bit) & 1) as 0 | 1])
    this.#replace(hash, table, halves)
  }

  /** Lets the directory's entries for `old` (all that share its prefix with `hash`) name its one or two successors. */
  #replace(hash: number, old: Table, [low, high]: readonly [Table, Table]): void {
    const span = 1 << (this.#directoryBits - old.prefixBits)
    const first = (hash >>> (32 - this.#directoryBits)) & ~(span - 1)
    for (let i = 0; i < span; i++) this.#directory[first + i] = i < span / 2 ? low : high
  }
}

function moveAll(source: Table, target: (hash: number) => Table): void {
  const { slots } = source
  for (let i = 0; i < slots.length; i += 2) {
    const hash = slots[i | 1]!
    if (slots[i] !== 0) target(hash).place(slots[i]!, hash)
  }
}
