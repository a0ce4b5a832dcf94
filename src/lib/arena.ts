/** Memory for many small byte records outside V8's heap.
 *
 *  Records live in chunks of at most 1 MiB; an address is a number of 8-byte granules, so 31 bits reach 16 GiB. Sizes are
 *  rounded up to a class (every granule up to 128 bytes, then eight classes a doubling: at most an eighth is
 *  wasted), and a freed block goes to its class's free list, which is threaded through the freed blocks themselves.
 *  A record above `classedBytesMax` has memory of its own, and an address in the upper half. The caller remembers a record's size; nothing is stored
 *  beside it. Freed blocks are never merged or given back: a keyspace refills the sizes it used before. */

const granuleBits = 3
const chunkGranuleBits = 17
const chunkBytes = 1 << (chunkGranuleBits + granuleBits)
const chunkBytesMin = 1024
const granuleMask = (1 << chunkGranuleBits) - 1
const chunksMax = 1 << (31 - chunkGranuleBits)
/** Addresses from here on are records with memory of their own. */
const firstLarge = 2 ** 31
const linearClasses = 16
/** Records of more bytes than this have memory of their own. */
const classedBytesMax = 128 * 1024

/** The class of a size in granules: 1…16 as they are, then eight classes for each doubling. */
function classOf(granules: number): number {
  if (granules <= linearClasses) return granules
  const exponent = 28 - Math.clz32(granules - 1)
  return linearClasses + (exponent - 1) * 8 + ((granules - 1) >>> exponent) - 7
}

function granulesOfClass(index: number): number {
  if (index <= linearClasses) return index
  const step = index - linearClasses - 1
  return (9 + (step & 7)) << ((step >>> 3) + 1)
}

const classCount = classOf(classedBytesMax >>> granuleBits) + 1

const nothing = new Uint8Array(0)

/** An address no record has. */
export const noAddress = 0

export class Arena {
  /** Chunk by index; chunk 0 stays empty so that address 0 means none. */
  readonly #chunks: Uint8Array[] = [new Uint8Array(0)]
  /** The same memory in 32-bit words, for the free lists. */
  readonly #words: Uint32Array[] = [new Uint32Array(0)]
  /** First free block of each class, or `noAddress`. */
  readonly #freeBlocks = new Uint32Array(classCount)
  /** Large records, by address from `firstLarge` on, and the places of those that are gone. */
  readonly #large: Uint8Array[] = []
  readonly #freeLarge: number[] = []
  /** Memory of large records that somebody else holds too. */
  readonly #pinned = new WeakSet<Uint8Array>()
  /** Where the chunk being filled continues and ends, in granules. */
  #nextGranule = 0
  #endGranule = 0
  #usedBytes = 0
  #reservedBytes = 0
  /** Size of the next chunk. */
  #nextChunkBytes: number

  /** A small owner hands in what its first chunk is to hold; further ones double up to 1 MiB. */
  constructor(firstChunkBytes = chunkBytes) {
    this.#nextChunkBytes = Math.min(chunkBytes, Math.max(chunkBytesMin, 2 ** Math.ceil(Math.log2(firstChunkBytes))))
  }

  /** Bytes of memory that the arena holds, used or not. */
  get reservedBytes(): number {
    return this.#reservedBytes
  }

  /** Bytes of all live records, rounded up to their classes. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Room for `size` bytes (contents undefined); returns its address. A record so large that it has memory of its
   *  own gets room for `spare` bytes more (see `fits`). Throws RangeError when 16 GiB of small ones are used up. */
  allocate(size: number, spare = 0): number {
    if (size > classedBytesMax) return this.#allocateLarge(size + spare)
    const index = classOf(Math.max(1, (size + 7) >>> granuleBits))
    const granules = granulesOfClass(index)
    this.#usedBytes += granules << granuleBits
    const free = this.#freeBlocks[index]!
    if (free !== noAddress) {
      this.#freeBlocks[index] = this.#words[free >>> chunkGranuleBits]![(free & granuleMask) << 1]!
      return free
    }
    if (this.#nextGranule + granules > this.#endGranule) this.#startChunk(granules << granuleBits)
    const address = this.#nextGranule
    this.#nextGranule += granules
    return address
  }

  /** Gives a record back; `size` is what it was allocated with (or any size of the same class). */
  free(address: number, size: number): void {
    if (size > classedBytesMax) {
      const place = address - firstLarge
      this.#usedBytes -= this.#large[place]!.length
      this.#reservedBytes -= this.#large[place]!.length
      this.#large[place] = nothing
      this.#freeLarge.push(place)
      return
    }
    const index = classOf(Math.max(1, (size + 7) >>> granuleBits))
    this.#usedBytes -= granulesOfClass(index) << granuleBits
    this.#words[address >>> chunkGranuleBits]![(address & granuleMask) << 1] = this.#freeBlocks[index]!
    this.#freeBlocks[index] = address
  }

  /** Bytes that the record counts for in `usedBytes`. */
  recordBytes(address: number, size: number): number {
    if (size > classedBytesMax) return this.chunk(address).length
    return granulesOfClass(classOf(Math.max(1, (size + 7) >>> granuleBits))) << granuleBits
  }

  /** Whether the record of `oldSize` bytes can hold `newSize` where it is (and be freed by that size) without wasting
   *  more than half of its memory. */
  fits(address: number, oldSize: number, newSize: number): boolean {
    if (oldSize > classedBytesMax || newSize > classedBytesMax) {
      if (oldSize <= classedBytesMax || newSize <= classedBytesMax) return false
      const chunk = this.chunk(address)
      return newSize <= chunk.length && newSize >= chunk.length >>> 1 && !this.#pinned.has(chunk)
    }
    return classOf(Math.max(1, (oldSize + 7) >>> granuleBits)) === classOf(Math.max(1, (newSize + 7) >>> granuleBits))
  }

  /** Leaves the memory of a large record to whoever holds its chunk now, as it is: nothing fits there any more, so that
   *  a change moves the record. False, and nothing is done, for a small one. */
  pin(address: number): boolean {
    if (address >= firstLarge) this.#pinned.add(this.chunk(address))
    return address >= firstLarge
  }

  /** The chunk that holds the record; valid until the record is freed. */
  chunk(address: number): Uint8Array {
    return address < firstLarge ? this.#chunks[address >>> chunkGranuleBits]! : this.#large[address - firstLarge]!
  }

  /** The record's first byte within `chunk(address)`. */
  offset(address: number): number {
    return address < firstLarge ? (address & granuleMask) << granuleBits : 0
  }

  /** Reads the first byte of each of these records, but for large ones; returns something that depends on all of them. */
  touch(addresses: Uint32Array, count: number): number {
    const chunks = this.#chunks
    let sum = 0
    for (let i = 0; i < count; i++) {
      const address = addresses[i]!
      if (address === noAddress || address >= firstLarge) continue
      sum ^= chunks[address >>> chunkGranuleBits]![(address & granuleMask) << granuleBits]!
    }
    return sum
  }

  #startChunk(sizeMin: number): void {
    const index = this.#chunks.length
    if (index >= chunksMax) throw new RangeError('the arena is full: 16 GiB of keys and small values')
    while (this.#nextChunkBytes < sizeMin) this.#nextChunkBytes *= 2
    const memory = new ArrayBuffer(this.#nextChunkBytes)
    this.#chunks.push(new Uint8Array(memory))
    this.#words.push(new Uint32Array(memory))
    this.#nextGranule = index * (1 << chunkGranuleBits)
    this.#endGranule = this.#nextGranule + (memory.byteLength >>> granuleBits)
    this.#reservedBytes += memory.byteLength
    this.#nextChunkBytes = Math.min(chunkBytes, this.#nextChunkBytes * 2)
  }

  #allocateLarge(size: number): number {
    const place = this.#freeLarge.pop() ?? this.#large.length
    this.#large[place] = new Uint8Array(size)
    this.#usedBytes += size
    this.#reservedBytes += size
    return firstLarge + place
  }
}
