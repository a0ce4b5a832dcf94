/** A long sequence of numbers in the order of a key each has, a double: reading at an index, finding an index, adding and
 *  removing all take logarithmic time.
 *
 *  It is a B+ tree over two typed arrays. A node is a block of words and a block of keys: a leaf holds values, an inner
 *  node the numbers of its children and beside each how many values lie below it. A key stands beside its value, and
 *  beside a child stands that of the first value below it. So a search reads neighbours, and asks for what a value stands
 *  for only where keys are equal.
 *
 *  A node that runs empty goes, one that runs low is joined with a neighbour if both fit into one; nothing is moved
 *  merely to keep nodes evenly filled. Appending leaves full nodes behind. */

const blockWords = 64
/** Values of a leaf, and children of an inner node, whose second half of words counts the values below each. */
const leafMax = blockWords
const innerMax = blockWords / 2
/** Below this share of its room a node is joined with a neighbour. */
const lowShare = 1 / 4
const initialBlocks = 4
const none = -1

export class OrderedSequence {
  #words = new Int32Array(initialBlocks * blockWords)
  /** At the place of a value its key, at that of a child the first key below it. */
  #keys = new Float64Array(initialBlocks * blockWords)
  /** Values of each leaf, children of each inner node. */
  #counts = new Uint8Array(initialBlocks)
  /** Blocks that were ever in use. */
  #blocks = 1
  /** The first free block, whose first word is the next; -1 for none. */
  #freeBlock = none
  #root = 0
  /** How many inner nodes lie above each leaf. */
  #height = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Memory that it takes. */
  get bytes(): number {
    return this.#words.byteLength + this.#keys.byteLength + this.#counts.byteLength
  }

  /** The value at an index, which must be below the length. */
  at(index: number): number {
    let node = this.#root
    for (let level = this.#height; level > 0; level--) {
      let at = node * blockWords
      while (index >= this.#words[at + innerMax]!) index -= this.#words[at++ + innerMax]!
      node = this.#words[at]!
    }
    return this.#words[node * blockWords + index]!
  }

  /** Copies values from an index on, as many as lie together there, to `target[start, end)`; returns how many. */
  read(index: number, target: Int32Array, start = 0, end = target.length): number {
    let node = this.#root
    for (let level = this.#height; level > 0; level--) {
      let at = node * blockWords
      while (index >= this.#words[at + innerMax]!) index -= this.#words[at++ + innerMax]!
      node = this.#words[at]!
    }
    const count = Math.min(end - start, this.#counts[node]! - index)
    const words = this.#words
    const from = node * blockWords + index
    for (let i = 0; i < count; i++) target[start + i] = words[from + i]!
    return count
  }

  /** How many values come before a key: those whose keys are lower, and of those whose keys are equal as many as `isBefore`
   *  holds for; it must hold for none behind the first for which it does not. It is asked for all values when the key is
   *  NaN. */
  search(key: number, isBefore: (value: number) => boolean): number {
    let node = this.#root
    let index = 0
    for (let level = this.#height; level > 0; level--) {
      const at = node * blockWords
      let low = 1
      let high = this.#counts[node]!
      while (low < high) {
        const middle = (low + high) >>> 1
        const other = this.#keys[at + middle]!
        if (other < key || (!(other > key) && isBefore(this.#first(this.#words[at + middle]!, level - 1))))
          low = middle + 1
        else high = middle
      }
      for (let i = 0; i < low - 1; i++) index += this.#words[at + innerMax + i]!
      node = this.#words[at + low - 1]!
    }
    const at = node * blockWords
    let low = 0
    let high = this.#counts[node]!
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#keys[at + middle]!
      if (other < key || (!(other > key) && isBefore(this.#words[at + middle]!))) low = middle + 1
      else high = middle
    }
    return index + low
  }

  /** Adds a value at the index that `search` found for its key; what stood there and behind it moves on by one. */
  insert(index: number, key: number, value: number): void {
    const added = this.#insertBelow(this.#root, this.#height, index, key, value, index === this.#length)
    this.#length++
    if (added === none) return
    const root = this.#newBlock()
    const old = this.#root
    this.#setChild(root, 0, old, this.#total(old, this.#height))
    this.#setChild(root, 1, added, this.#total(added, this.#height))
    this.#counts[root] = 2
    this.#root = root
    this.#height++
  }

  /** Removes the value at an index. */
  remove(index: number): void {
    this.#removeBelow(this.#root, this.#height, index)
    this.#length--
    while (this.#height > 0 && this.#counts[this.#root]! <= 1) {
      const root = this.#root
      if (this.#counts[root] === 0) {
        this.#height = 0
        return
      }
      this.#root = this.#words[root * blockWords]!
      this.#height--
      this.#free(root)
    }
  }

  /** An empty sequence's one leaf holds nothing. */
  #first(node: number, level: number): number {
    for (; level > 0; level--) node = this.#words[node * blockWords]!
    return this.#words[node * blockWords]!
  }

  /** How many values there are at and below a node. */
  #total(node: number, level: number): number {
    const count = this.#counts[node]!
    if (level === 0) return count
    let total = 0
    const at = node * blockWords + innerMax
    for (let i = 0; i < count; i++) total += this.#words[at + i]!
    return total
  }

  #setChild(node: number, i: number, child: number, total: number): void {
    this.#words[node * blockWords + i] = child
    this.#words[node * blockWords + innerMax + i] = total
    this.#keys[node * blockWords + i] = this.#keys[child * blockWords]!
  }

  /** Returns the node's new neighbour to the right where it had to be split, -1 otherwise. */
  #insertBelow(node: number, level: number, index: number, key: number, value: number, isLast: boolean): number {
    if (level === 0) return this.#insertSlot(node, leafMax, index, key, value, 0, isLast)
    const at = node * blockWords
    let i = 0
    while (index > this.#words[at + innerMax + i]!) index -= this.#words[at + innerMax + i++]!
    const child = this.#words[at + i]!
    const added = this.#insertBelow(child, level - 1, index, key, value, isLast)
    if (added === none) {
      this.#words[at + innerMax + i]!++
      this.#keys[at + i] = this.#keys[child * blockWords]!
      return none
    }
    this.#setChild(node, i, child, this.#total(child, level - 1))
    const total = this.#total(added, level - 1)
    return this.#insertSlot(node, innerMax, i + 1, this.#keys[added * blockWords]!, added, total, isLast)
  }

  /** Puts a value (or a child with its total) into slot `i` of a node, which is split if it is full. */
  #insertSlot(
    node: number,
    max: number,
    i: number,
    key: number,
    value: number,
    total: number,
    isLast: boolean,
  ): number {
    if (this.#counts[node]! < max) {
      this.#openSlot(node, max, i, key, value, total)
      return none
    }
    const added = this.#newBlock()
    // What is only ever appended to leaves full nodes behind.
    const kept = isLast ? max : max / 2
    this.#moveSlots(node, kept, added, max)
    if (i <= kept && !isLast) this.#openSlot(node, max, i, key, value, total)
    else this.#openSlot(added, max, i - kept, key, value, total)
    return added
  }

  #openSlot(node: number, max: number, i: number, key: number, value: number, total: number): void {
    const words = this.#words
    const keys = this.#keys
    const at = node * blockWords
    const count = this.#counts[node]!++
    words.copyWithin(at + i + 1, at + i, at + count)
    words[at + i] = value
    keys.copyWithin(at + i + 1, at + i, at + count)
    keys[at + i] = key
    if (max === leafMax) return
    words.copyWithin(at + innerMax + i + 1, at + innerMax + i, at + innerMax + count)
    words[at + innerMax + i] = total
  }

  /** Moves the slots of a node from `first` on behind those of another. */
  #moveSlots(source: number, first: number, target: number, max: number): void {
    const words = this.#words
    const count = this.#counts[source]! - first
    const from = source * blockWords + first
    const to = target * blockWords + this.#counts[target]!
    words.copyWithin(to, from, from + count)
    this.#keys.copyWithin(to, from, from + count)
    if (max === innerMax) words.copyWithin(to + innerMax, from + innerMax, from + innerMax + count)
    this.#counts[target]! += count
    this.#counts[source] = first
  }

  #removeBelow(node: number, level: number, index: number): void {
    const at = node * blockWords
    if (level === 0) return this.#closeSlot(node, leafMax, index)
    let i = 0
    while (index >= this.#words[at + innerMax + i]!) index -= this.#words[at + innerMax + i++]!
    const child = this.#words[at + i]!
    this.#removeBelow(child, level - 1, index)
    this.#words[at + innerMax + i]!--
    this.#keys[at + i] = this.#keys[child * blockWords]!
    const max = level === 1 ? leafMax : innerMax
    if (this.#counts[child]! < max * lowShare) this.#mend(node, i, max)
  }

  #closeSlot(node: number, max: number, i: number): void {
    const words = this.#words
    const at = node * blockWords
    const count = this.#counts[node]!--
    words.copyWithin(at + i, at + i + 1, at + count)
    this.#keys.copyWithin(at + i, at + i + 1, at + count)
    if (max === innerMax) words.copyWithin(at + innerMax + i, at + innerMax + i + 1, at + innerMax + count)
  }

  /** Child `i` of a node has run low: drops it if it is empty, or joins it with a neighbour if one node holds both. */
  #mend(node: number, i: number, max: number): void {
    const at = node * blockWords
    const child = this.#words[at + i]!
    if (this.#counts[child] === 0) {
      this.#closeSlot(node, innerMax, i)
      this.#free(child)
      return
    }
    if (this.#counts[node] === 1) return
    const left = i > 0 ? i - 1 : 0
    const kept = this.#words[at + left]!
    const joined = this.#words[at + left + 1]!
    if (this.#counts[kept]! + this.#counts[joined]! > max) return
    this.#moveSlots(joined, 0, kept, max)
    this.#words[at + innerMax + left]! += this.#words[at + innerMax + left + 1]!
    this.#closeSlot(node, innerMax, left + 1)
    this.#free(joined)
  }

  #newBlock(): number {
    const free = this.#freeBlock
    if (free !== none) {
      this.#freeBlock = this.#words[free * blockWords]!
      this.#counts[free] = 0
      return free
    }
    if (this.#blocks === this.#counts.length) this.#grow()
    return this.#blocks++
  }

  /** By half: what lies waiting is the most of what the sequence takes. */
  #grow(): void {
    const blocks = this.#blocks + (this.#blocks >> 1)
    const words = new Int32Array(blocks * blockWords)
    words.set(this.#words)
    this.#words = words
    const keys = new Float64Array(blocks * blockWords)
    keys.set(this.#keys)
    this.#keys = keys
    const counts = new Uint8Array(blocks)
    counts.set(this.#counts)
    this.#counts = counts
  }

  #free(block: number): void {
    this.#words[block * blockWords] = this.#freeBlock
    this.#counts[block] = 0
    this.#freeBlock = block
  }
}
