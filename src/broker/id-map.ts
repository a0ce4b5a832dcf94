/** A sorted map from stream ids to small numbers, outside V8's heap: the pending lists of groups and consumers.
 *
 *  Ids lie in blocks of up to `blockEntriesMax`, each sorted, the blocks in order. Ids mostly come at the end and go at
 *  the beginning, and both are cheap; anywhere else an insertion moves at most one block's entries. */
import { StreamId } from './stream-id.ts'

const blockEntriesMax = 256
const initialEntries = 8

class Block {
  /** Four words an id. */
  ids = new Uint32Array(initialEntries * 4)
  values = new Int32Array(initialEntries)
  /** Where the entries begin in the arrays: what goes at the front moves nothing. */
  start = 0
  count = 0
  /** How often the map had been frozen when the block became its own; a frozen map may hold an older one as it is. */
  epoch: number

  constructor(epoch: number) {
    this.epoch = epoch
  }

  value(i: number): number {
    return this.values[this.start + i]!
  }

  compare(i: number, id: StreamId): number {
    const { ids } = this
    const at = (this.start + i) * 4
    return ids[at]! - id.msHigh || ids[at + 1]! - id.msLow || ids[at + 2]! - id.seqHigh || ids[at + 3]! - id.seqLow
  }

  /** Index of the first entry that is not before the id. */
  lowerBound(id: StreamId): number {
    let low = 0
    let high = this.count
    if (high === 0 || this.compare(0, id) >= 0) return 0
    if (this.compare(high - 1, id) < 0) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.compare(middle, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The block has fewer than `blockEntriesMax` entries. */
  insert(i: number, id: StreamId, value: number): void {
    if (this.start + this.count === this.values.length) this.#makeRoom()
    const { ids, values } = this
    const at = this.start + i
    if (i < this.count) {
      const end = this.start + this.count
      ids.copyWithin((at + 1) * 4, at * 4, end * 4)
      values.copyWithin(at + 1, at, end)
    }
    ids[at * 4] = id.msHigh
    ids[at * 4 + 1] = id.msLow
    ids[at * 4 + 2] = id.seqHigh
    ids[at * 4 + 3] = id.seqLow
    values[at] = value
    this.count++
  }

  remove(i: number): void {
    this.count--
    if (i === 0) this.start = this.count === 0 ? 0 : this.start + 1
    else if (i < this.count) {
      const at = this.start + i
      const end = this.start + this.count + 1
      this.ids.copyWithin(at * 4, (at + 1) * 4, end * 4)
      this.values.copyWithin(at, at + 1, end)
    }
  }

  read(i: number, id: StreamId): void {
    const at = (this.start + i) * 4
    id.msHigh = this.ids[at]!
    id.msLow = this.ids[at + 1]!
    id.seqHigh = this.ids[at + 2]!
    id.seqLow = this.ids[at + 3]!
  }

  copy(epoch: number): Block {
    return this.#part(0, this.count, epoch)
  }

  /** Moves the second half to a new block. */
  split(): Block {
    const half = this.count >>> 1
    const second = this.#part(half, this.count, this.epoch)
    this.count = half
    return second
  }

  /** A block of its own with the entries [from, to). */
  #part(from: number, to: number, epoch: number): Block {
    const part = new Block(epoch)
    part.ids = this.ids.slice((this.start + from) * 4, (this.start + to) * 4)
    part.values = this.values.slice(this.start + from, this.start + to)
    part.count = to - from
    return part
  }

  /** Makes room behind the last entry: by moving all to the front, or by larger arrays. */
  #makeRoom(): void {
    const end = this.start + this.count
    if (this.start * 2 > this.values.length || this.values.length >= blockEntriesMax) {
      this.ids.copyWithin(0, this.start * 4, end * 4)
      this.values.copyWithin(0, this.start, end)
      this.start = 0
      return
    }
    const capacity = Math.max(initialEntries, Math.min(blockEntriesMax, this.values.length * 2))
    const ids = new Uint32Array(capacity * 4)
    ids.set(this.ids)
    this.ids = ids
    const values = new Int32Array(capacity)
    values.set(this.values)
    this.values = values
  }
}

export class IdMap {
  /** None is empty. */
  #blocks: Block[] = []
  #size = 0
  /** How often the map was frozen. */
  #epoch = 0
  /** A block that became empty, for the next that is needed: lists of pending entries run empty and fill all the time. */
  #spare: Block | undefined

  get size(): number {
    return this.#size
  }

  /** The id's value, or -1. */
  get(id: StreamId): number {
    const block = this.#blocks[this.#blockOf(id)]
    if (block === undefined) return -1
    const i = block.lowerBound(id)
    return i < block.count && block.compare(i, id) === 0 ? block.value(i) : -1
  }

  /** Adds an id or replaces its value. Values are not negative. */
  set(id: StreamId, value: number): void {
    let index = this.#blockOf(id)
    if (index === this.#blocks.length) {
      const last = this.#blocks[index - 1]
      if (last !== undefined && last.count < blockEntriesMax) index--
      else this.#blocks.push(this.#takeSpare())
    }
    let block = this.#own(index)
    let i = block.lowerBound(id)
    if (i < block.count && block.compare(i, id) === 0) {
      block.values[block.start + i] = value
      return
    }
    if (block.count === blockEntriesMax) {
      const second = block.split()
      this.#blocks.splice(index + 1, 0, second)
      if (i > block.count) {
        i -= block.count
        block = second
      }
    }
    block.insert(i, id, value)
    this.#size++
  }

  /** Removes an id; returns its value, or -1 when it was not there. */
  delete(id: StreamId): number {
    const index = this.#blockOf(id)
    const block = this.#blocks[index]
    if (block === undefined) return -1
    const i = block.lowerBound(id)
    if (i >= block.count || block.compare(i, id) !== 0) return -1
    const value = block.value(i)
    const own = this.#own(index)
    own.remove(i)
    if (own.count === 0) {
      this.#blocks.splice(index, 1)
      this.#spare = own
    }
    this.#size--
    return value
  }

  /** Visits ids from `from` on in order until the visitor returns false. The id passed is scratch; the visitor must
   *  not change the map. */
  visit(from: StreamId, visitor: (id: StreamId, value: number) => boolean): void {
    const id = new StreamId()
    const first = this.#blockOf(from)
    for (let b = first; b < this.#blocks.length; b++) {
      const block = this.#blocks[b]!
      for (let i = b === first ? block.lowerBound(from) : 0; i < block.count; i++) {
        block.read(i, id)
        if (!visitor(id, block.value(i))) return
      }
    }
  }

  /** The map as it is now; later changes leave it alone. Only the list of its blocks is copied now, a block when it
   *  changes. */
  freeze(): IdMap {
    this.#epoch++
    const frozen = new IdMap()
    frozen.#blocks = this.#blocks.slice()
    frozen.#size = this.#size
    return frozen
  }

  /** The first id, undefined when empty. */
  first(): StreamId | undefined {
    return this.#read(this.#blocks[0], 0)
  }

  last(): StreamId | undefined {
    const block = this.#blocks.at(-1)
    return this.#read(block, (block?.count ?? 0) - 1)
  }

  /** The block for changing it: a copy when somebody else holds it too. */
  #own(index: number): Block {
    const block = this.#blocks[index]!
    if (block.epoch === this.#epoch) return block
    const own = block.copy(this.#epoch)
    this.#blocks[index] = own
    return own
  }

  #takeSpare(): Block {
    const spare = this.#spare ?? new Block(this.#epoch)
    spare.epoch = this.#epoch
    this.#spare = undefined
    return spare
  }

  #read(block: Block | undefined, i: number): StreamId | undefined {
    if (block === undefined) return undefined
    const id = new StreamId()
    block.read(i, id)
    return id
  }

  /** Index of the block where the id is or belongs: the first whose last id is not before it. */
  #blockOf(id: StreamId): number {
    const blocks = this.#blocks
    let low = 0
    let high = blocks.length
    if (high > 0 && blocks[high - 1]!.compare(blocks[high - 1]!.count - 1, id) < 0) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      const block = blocks[middle]!
      if (block.compare(block.count - 1, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
