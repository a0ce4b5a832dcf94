/** A list: a queue that is cheap at both ends, and a sequence one can search and edit.
 *
 *  Its elements lie in chunks (see `list-chunk.ts`) that are linked both ways; whatever counts elements from an end
 *  walks chunks, not elements. Elements come and go in wire form (`$5\r\nhello\r\n`), as ranges of the request they
 *  arrived in or of a chunk. An index counts from 0 at the front; callers have turned negative ones. */
import type { Reply } from '../../protocol/resp/reply.ts'
import { capacityFor, chunkBytesMax, elementEnd, ListChunk, type ListElement } from './list-chunk.ts'

/** Neighbours that together take no more than this become one chunk after removals. */
const mergeBytesMax = chunkBytesMax / 2

/** A list as it was at one time: ranges of wire form, in order, that stay as they are whatever becomes of the list. */
export interface ListSnapshot {
  /** How many elements there are. */
  readonly length: number
  readonly chunks: readonly ListRange[]
}

/** `count` elements in wire form, back to back: `bytes[start, end)`. */
export interface ListRange {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly count: number
}

/** What `find` looks for and how. */
export interface ListSearch {
  /** The element in wire form. */
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** From the front (1) or from the back (-1). */
  readonly step: 1 | -1
  /** How many matches to pass over first. */
  readonly skip: number
  /** How many matches to report. */
  readonly countMax: number
  /** How many elements to look at. */
  readonly lookMax: number
}

export class List {
  readonly kind = 'list'
  #front: ListChunk | undefined = undefined
  #back: ListChunk | undefined = undefined
  #length = 0
  /** Of all chunks, as far as they were measured. */
  #chunkBytes = 0

  /** How many elements there are. */
  get length(): number {
    return this.#length
  }

  /** The memory it takes, by and large. */
  get memoryBytes(): number {
    return 100 + this.#chunkBytes
  }

  // The ends.

  /** Adds an element in wire form at the front or at the back. It may be a range of this list's own bytes. */
  push(atFront: boolean, bytes: Uint8Array, start: number, end: number): void {
    const chunk = atFront ? this.#front : this.#back
    this.#length++
    if (chunk !== undefined && (atFront ? chunk.prepend(bytes, start, end) : chunk.append(bytes, start, end))) {
      this.#measure(chunk)
      return
    }
    const size = end - start
    // A list that has filled a chunk is likely to fill the next one.
    const fresh = new ListChunk(
      chunk === undefined || size > chunkBytesMax ? firstCapacity(size) : chunkBytesMax,
      atFront,
    )
    if (atFront) fresh.prepend(bytes, start, end)
    else fresh.append(bytes, start, end)
    this.#link(fresh, atFront ? undefined : chunk, atFront ? chunk : undefined)
  }

  /** Fills `element` with the one at that end of a list that is not empty. */
  peek(atFront: boolean, element: ListElement): void {
    const chunk = (atFront ? this.#front : this.#back)!
    if (atFront) element.set(chunk.bytes, chunk.start, chunk.endOf(0))
    else element.set(chunk.bytes, chunk.startOf(chunk.count - 1), chunk.end)
  }

  /** Takes away the element at that end of a list that is not empty. */
  pop(atFront: boolean): void {
    const chunk = (atFront ? this.#front : this.#back)!
    this.#length--
    if (chunk.count === 1) this.#unlink(chunk)
    else {
      if (atFront) chunk.dropFirst(1)
      else chunk.dropLast(1)
      if (chunk === this.#front && chunk === this.#back) this.#shrink(chunk)
    }
  }

  /** Takes away `count` elements at that end, or as many as there are. */
  drop(atFront: boolean, count: number): void {
    let left = Math.min(count, this.#length)
    this.#length -= left
    while (left > 0) {
      const chunk = (atFront ? this.#front : this.#back)!
      if (chunk.count <= left) {
        left -= chunk.count
        this.#unlink(chunk)
        continue
      }
      if (atFront) chunk.dropFirst(left)
      else chunk.dropLast(left)
      this.#shrink(chunk)
      return
    }
  }

  // Reading.

  /** Answers `count` elements from an index on, all of which there are; the caller has announced them. */
  answerRange(reply: Pick<Reply, 'wire'>, index: number, count: number): void {
    if (count === 0) return
    let { chunk, k } = this.#seek(index)
    for (let left = count; left > 0; ) {
      const taken = Math.min(left, chunk.count - k)
      reply.wire(chunk.bytes, chunk.startOf(k), chunk.endOf(k + taken - 1))
      left -= taken
      k = 0
      if (left > 0) chunk = chunk.next!
    }
  }

  /** Answers the last `count` elements, all of which there are, last one first. */
  answerBackwards(reply: Reply, count: number): void {
    let left = count
    for (let chunk = this.#back; left > 0; chunk = chunk!.previous) {
      for (let k = chunk!.count - 1; k >= 0 && left > 0; k--, left--) {
        reply.wire(chunk!.bytes, chunk!.startOf(k), chunk!.endOf(k))
      }
    }
  }

  /** Fills `element` with the one at an index that exists. */
  at(index: number, element: ListElement): void {
    const { chunk, k } = this.#seek(index)
    element.set(chunk.bytes, chunk.startOf(k), chunk.endOf(k))
  }

  /** The indexes of elements that equal the wanted one, in the order of the search. */
  find(search: ListSearch): number[] {
    const { bytes, start, end, step, countMax } = search
    const found: number[] = []
    let { skip, lookMax } = search
    // The index of the chunk's first element.
    let base = step === 1 ? 0 : this.#length
    for (
      let chunk = step === 1 ? this.#front : this.#back;
      chunk !== undefined && lookMax > 0;
      chunk = step === 1 ? chunk.next : chunk.previous
    ) {
      if (step === -1) base -= chunk.count
      for (let k = step === 1 ? 0 : chunk.count - 1; ; k += step) {
        const left = lookMax - (step === 1 ? k : chunk.count - 1 - k)
        k = chunk.find(k, step, left, bytes, start, end)
        if (k < 0) break
        if (skip > 0) skip--
        else if (found.push(base + k) === countMax) return found
      }
      if (step === 1) base += chunk.count
      lookMax -= chunk.count
    }
    return found
  }

  // Editing.

  /** Puts an element in wire form in the place of the one at an index that exists. */
  set(index: number, bytes: Uint8Array, start: number, end: number): void {
    const { chunk, k } = this.#seek(index)
    if (this.#replaced(chunk, k, 1, bytes, start, end)) return
    // It has become too large for its chunk: the elements behind it move out, then it goes.
    if (k + 1 < chunk.count) this.#link(chunk.split(k + 1), chunk, chunk.next)
    if (k === 0) this.#replaced(chunk, 0, 1, bytes, start, end)
    else {
      chunk.dropLast(1)
      this.#put(chunk, chunk.next, bytes, start, end)
    }
  }

  /** Inserts an element in wire form before the one at an index that exists, or behind the last one. */
  insert(index: number, bytes: Uint8Array, start: number, end: number): void {
    if (index === 0 || index === this.#length) {
      this.push(index === 0, bytes, start, end)
      return
    }
    const { chunk, k } = this.#seek(index)
    this.#length++
    if (this.#replaced(chunk, k, 0, bytes, start, end)) return
    if (k === 0) {
      this.#put(chunk.previous!, chunk, bytes, start, end)
      return
    }
    this.#link(chunk.split(k), chunk, chunk.next)
    this.#put(chunk, chunk.next, bytes, start, end)
  }

  /** Takes away up to `countMax` elements that equal the one in wire form, from the front or from the back; returns
   *  how many. */
  remove(fromFront: boolean, countMax: number, bytes: Uint8Array, start: number, end: number): number {
    const step = fromFront ? 1 : -1
    let removed = 0
    let chunk = fromFront ? this.#front : this.#back
    while (chunk !== undefined && removed < countMax) {
      const onward = fromFront ? chunk.next : chunk.previous
      const indexes: number[] = []
      for (let k = fromFront ? 0 : chunk.count - 1; removed + indexes.length < countMax; k += step) {
        k = chunk.find(k, step, chunk.count, bytes, start, end)
        if (k < 0) break
        indexes.push(k)
      }
      if (!fromFront) indexes.reverse()
      removed += indexes.length
      if (indexes.length === chunk.count) this.#unlink(chunk)
      else if (indexes.length > 0) {
        chunk.removeAll(indexes)
        this.#measure(chunk)
      }
      if (indexes.length > 0) this.#mergeVisited(fromFront, onward)
      chunk = onward
    }
    this.#length -= removed
    return removed
  }

  // Whole lists.

  /** A list of its own with the same elements. Bytes are shared until one of the two writes to them. */
  clone(): List {
    const twin = new List()
    for (let chunk = this.#front; chunk !== undefined; chunk = chunk.next)
      twin.#link(chunk.share(), twin.#back, undefined)
    twin.#length = this.#length
    return twin
  }

  /** The list as it is now, in time proportional to its chunks. */
  freeze(): ListSnapshot {
    for (let chunk = this.#front; chunk !== undefined; chunk = chunk.next) chunk.isShared = true
    return { length: this.#length, chunks: this.ranges() }
  }

  /** All elements in order, as ranges that are valid until the next change. */
  ranges(): ListRange[] {
    const ranges: ListRange[] = []
    for (let chunk = this.#front; chunk !== undefined; chunk = chunk.next) {
      ranges.push({ bytes: chunk.bytes, start: chunk.start, end: chunk.end, count: chunk.count })
    }
    return ranges
  }

  /** Appends elements that are in wire form already, such as a snapshot's ranges: `bytes[start, end)`. */
  appendWire(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const from = at
      let count = 0
      do {
        at = elementEnd(bytes, at)
        count++
      } while (at < end && elementEnd(bytes, at) - from <= chunkBytesMax)
      this.#length += count
      const chunk = new ListChunk(capacityFor(at - from), false)
      chunk.bytes.set(bytes.subarray(from, at))
      chunk.adopt(chunk.bytes, 0, at - from, count)
      this.#link(chunk, this.#back, undefined)
      this.#merge(chunk.previous)
    }
  }

  /** The chunk that holds the element at an index that exists, and which of its elements that is. */
  #seek(index: number): { chunk: ListChunk; k: number } {
    if (index * 2 < this.#length) {
      let chunk = this.#front!
      let k = index
      while (k >= chunk.count) {
        k -= chunk.count
        chunk = chunk.next!
      }
      return { chunk, k }
    }
    let chunk = this.#back!
    let fromBack = this.#length - index
    while (fromBack > chunk.count) {
      fromBack -= chunk.count
      chunk = chunk.previous!
    }
    return { chunk, k: chunk.count - fromBack }
  }

  /** Puts an element between two neighbouring chunks: into one of them where it fits, else into one of its own. */
  #put(before: ListChunk, behind: ListChunk | undefined, bytes: Uint8Array, start: number, end: number): void {
    if (before.append(bytes, start, end)) return this.#measure(before)
    if (behind?.prepend(bytes, start, end)) return this.#measure(behind)
    const fresh = new ListChunk(firstCapacity(end - start), false)
    fresh.append(bytes, start, end)
    this.#link(fresh, before, behind)
  }

  /** Merges the last two chunks before `onward` in the direction of a walk, where both are small. */
  #mergeVisited(fromFront: boolean, onward: ListChunk | undefined): void {
    if (fromFront) this.#merge((onward === undefined ? this.#back : onward.previous)?.previous)
    else this.#merge(onward === undefined ? this.#front : onward.next)
  }

  /** Makes one of the chunk and the next where both are small. */
  #merge(chunk: ListChunk | undefined): void {
    const next = chunk?.next
    if (chunk === undefined || next === undefined || chunk.size + next.size > mergeBytesMax) return
    chunk.appendAll(next)
    this.#measure(chunk)
    this.#unlink(next)
  }

  #shrink(chunk: ListChunk): void {
    chunk.shrink()
    this.#measure(chunk)
  }

  /** See `ListChunk.replace`. */
  #replaced(chunk: ListChunk, k: number, removed: number, bytes: Uint8Array, start: number, end: number): boolean {
    const isDone = chunk.replace(k, removed, bytes, start, end)
    this.#measure(chunk)
    return isDone
  }

  /** Brings the sum of all chunks up to date with one whose memory may have changed. */
  #measure(chunk: ListChunk): void {
    const bytes = chunk.memoryBytes
    this.#chunkBytes += bytes - chunk.measuredBytes
    chunk.measuredBytes = bytes
  }

  #link(chunk: ListChunk, previous: ListChunk | undefined, next: ListChunk | undefined): void {
    chunk.previous = previous
    chunk.next = next
    if (previous === undefined) this.#front = chunk
    else previous.next = chunk
    if (next === undefined) this.#back = chunk
    else next.previous = chunk
    this.#measure(chunk)
  }

  #unlink(chunk: ListChunk): void {
    const { previous, next } = chunk
    if (previous === undefined) this.#front = next
    else previous.next = next
    if (next === undefined) this.#back = previous
    else next.previous = previous
    this.#chunkBytes -= chunk.measuredBytes
    chunk.measuredBytes = 0
    chunk.release()
    // Nothing that still knows the chunk keeps its neighbours alive.
    chunk.previous = undefined
    chunk.next = undefined
  }
}

/** The buffer of a list's first chunk: no more than its first element asks for. */
function firstCapacity(size: number): number {
  return size > chunkBytesMax ? size : Math.max(64, 1 << (32 - Math.clz32(size - 1)))
}
