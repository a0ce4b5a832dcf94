/** Memory for many small byte records outside V8's heap.
 *
 *  Records live in chunks of 1 MiB; an address is a number of 8-byte granules, so 32 bits reach 32 GiB. Sizes are
 *  rounded up to a class (every granule up to 128 bytes, then eight classes a doubling: at most an eighth is
 *  wasted), and a freed block goes to its class's free list, which is threaded through the freed blocks themselves.
 *  A record above `classedBytesMax` has a chunk of its own. The caller remembers a record's size; nothing is stored
 *  beside it. Freed blocks are never merged or given back: a keyspace refills the sizes it used before. */
import assert from 'node:assert'

const granuleBits = 3
const chunkGranuleBits = 17
const chunkBytes = 1 << (chunkGranuleBits + granuleBits)
const granuleMask = (1 << chunkGranuleBits) - 1
const chunksMax = 1 << (32 - chunkGranuleBits)
const linearClasses = 16
/** Records of more bytes than this have a chunk of their own. */
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

/** An address no record has. */
export const noAddress = 0

export class Arena {
  /** Chunk by index; chunk 0 stays empty so that address 0 means none. */
  readonly #chunks: Uint8Array[] = [new Uint8Array(0)]
  /** The same memory in 32-bit words, for the free lists. */
  readonly #words: Uint32Array[] = [new Uint32Array(0)]
  /** First free block of each class, or `noAddress`. */
  readonly #freeBlocks = new Uint32Array(classCount)
  /** Chunks that held one large record and hold none now. */
  readonly #freeChunks: number[] = []
  /** Where the chunk being filled continues and ends, in granules. */
  #nextGranule = 0
  #endGranule = 0
  #usedBytes = 0

  /** Bytes of all live records, rounded up to their classes. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Room for `size` bytes (contents undefined); returns its address. A record so large that it has a chunk of its own
   *  gets room for `spare` bytes more (see `fits`). Throws RangeError when 32 GiB are used up. */
  allocate(size: number, spare = 0): number {
    if (size > classedBytesMax) return this.#allocateChunk(size + spare)
    const index = classOf(Math.max(1, (size + 7) >>> granuleBits))
    const granules = granulesOfClass(index)
    this.#usedBytes += granules << granuleBits
    const free = this.#freeBlocks[index]!
    if (free !== noAddress) {
      this.#freeBlocks[index] = this.#words[free >>> chunkGranuleBits]![(free & granuleMask) << 1]!
      return free
    }
    if (this.#nextGranule + granules > this.#endGranule) this.#startChunk()
    const address = this.#nextGranule
    this.#nextGranule += granules
    return address
  }

  /** Gives a record back; `size` is what it was allocated with (or any size of the same class). */
  free(address: number, size: number): void {
    const chunk = address >>> chunkGranuleBits
    if (size > classedBytesMax) {
      this.#usedBytes -= this.#chunks[chunk]!.length
      this.#chunks[chunk] = new Uint8Array(0)
      this.#freeChunks.push(chunk)
      return
    }
    const index = classOf(Math.max(1, (size + 7) >>> granuleBits))
    this.#usedBytes -= granulesOfClass(index) << granuleBits
    this.#words[chunk]![(address & granuleMask) << 1] = this.#freeBlocks[index]!
    this.#freeBlocks[index] = address
  }

  /** Whether the record of `oldSize` bytes can hold `newSize` where it is (and be freed by that size) without wasting
   *  more than half of its chunk. */
  fits(address: number, oldSize: number, newSize: number): boolean {
    if (oldSize > classedBytesMax || newSize > classedBytesMax) {
      const room = this.#chunks[address >>> chunkGranuleBits]!.length
      return oldSize > classedBytesMax && newSize > classedBytesMax && newSize <= room && newSize >= room >>> 1
    }
    return classOf(Math.max(1, (oldSize + 7) >>> granuleBits)) === classOf(Math.max(1, (newSize + 7) >>> granuleBits))
  }

  /** The chunk that holds the record; valid until the record is freed. */
  chunk(address: number): Uint8Array {
    return this.#chunks[address >>> chunkGranuleBits]!
  }

  /** The record's first byte within `chunk(address)`. */
  offset(address: number): number {
    return (address & granuleMask) << granuleBits
  }

  #startChunk(): void {
    const index = this.#addChunk(chunkBytes)
    this.#nextGranule = index * (1 << chunkGranuleBits)
    this.#endGranule = this.#nextGranule + (1 << chunkGranuleBits)
  }

  #allocateChunk(size: number): number {
    const index = this.#addChunk(size)
    this.#usedBytes += this.#chunks[index]!.length
    return index * (1 << chunkGranuleBits)
  }

  #addChunk(size: number): number {
    const index = this.#freeChunks.pop() ?? this.#chunks.length
    if (index >= chunksMax) throw new RangeError('the arena is full: 32 GiB of keys and small values')
    const memory = new ArrayBuffer((size + 7) & ~7)
    this.#chunks[index] = new Uint8Array(memory)
    this.#words[index] = size === chunkBytes ? new Uint32Array(memory) : new Uint32Array(0)
    assert(this.#chunks.length === this.#words.length, 'chunks and their word views go together')
    return index
  }
}
