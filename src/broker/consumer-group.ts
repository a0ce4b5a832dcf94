/** A consumer group: how far it has read, its consumers, and what they were given and have not acknowledged.
 *
 *  A pending entry is found by its id, by its consumer and by the time of its last delivery, so neither the longest idle
 *  nor a consumer's own are searched for. An entry that was handed back (XNACK) is pending without an owner: it comes
 *  before whatever somebody has. */
import { compareKeyTexts, keyText } from '../lib/key-text.ts'
import { IdMap } from './id-map.ts'
import { noOwner, PendingRecords } from './pending-records.ts'
import { StreamId, smallestId } from './stream-id.ts'

const two32 = 0x100000000

/** Entries-read counter of a group whose place in the stream is not known by number (Redis' `SCG_INVALID_ENTRIES_READ`). */
export const entriesReadUnknown = -1n

/** As high as a count of deliveries goes: the mark of an entry that is not to be delivered any more (XNACK FATAL). */
export const deliveriesMax = 0x7fffffffffffffffn

/** The count after one more delivery. */
export function oneMore(count: bigint): bigint {
  return count < deliveriesMax ? count + 1n : deliveriesMax
}

/** A group as it was at one time. */
export interface FrozenGroup {
  readonly name: Uint8Array
  readonly lastId: StreamId
  readonly entriesRead: bigint
  readonly consumers: readonly { readonly name: Uint8Array; readonly seenAtMs: number }[]
  readonly pendingCount: number
  /** Visits what is pending from a place on, longest idle first, until the visitor returns false. `place` and `id` are
   *  scratch; `consumer` is an index of `consumers`, or -1. */
  visitPending(
    from: StreamId,
    visitor: (place: StreamId, id: StreamId, consumer: number, atMs: number, count: bigint) => boolean,
  ): void
}

/** What all groups of a stream take, by and large. */
export class GroupMemory {
  bytes = 0
}

const groupBytes = 700
const consumerBytes = 400
/** Per pending entry: its record, and its places by id, by consumer and by time. */
const pendingEntryBytes = 120

export class Consumer {
  readonly name: Uint8Array
  /** When it last tried anything. */
  seenAtMs: number
  /** Ids it was given, to their pending record in the group. */
  readonly pending = new IdMap()
  /** Its number within the group, for the pending records. */
  readonly index: number

  constructor(name: Uint8Array, index: number, seenAtMs: number) {
    this.name = name
    this.index = index
    this.seenAtMs = seenAtMs
  }
}

const place = new StreamId()

export class ConsumerGroup {
  readonly name: Uint8Array
  /** The last entry that was delivered by `>`. */
  readonly lastId: StreamId
  /** How many entries it has read in all, or `entriesReadUnknown`. */
  entriesRead: bigint
  /** All pending ids, to their records. */
  readonly pending = new IdMap()
  /** The lowest id that has ceased to be pending since `takeLowestEnded`; undefined when none has. */
  #lowestEnded: StreamId | undefined
  readonly #records = new PendingRecords()
  /** The records by time of delivery and, within a millisecond, by order of delivery: a time and a number make an id. */
  readonly #byTime = new IdMap()
  #nextOrder = 0
  readonly #consumers = new Map<string, Consumer>()
  #byIndex: (Consumer | undefined)[] = []
  readonly #memory: GroupMemory

  /** `memory` sums up what this group and others take. */
  constructor(name: Uint8Array, lastId: StreamId, entriesRead: bigint, memory: GroupMemory) {
    this.#memory = memory
    memory.bytes += groupBytes + name.length
    this.name = name
    this.lastId = lastId.copy()
    this.entriesRead = entriesRead
  }

  get consumerCount(): number {
    return this.#consumers.size
  }

  /** Consumers by name, in the order of their bytes. */
  consumers(): Consumer[] {
    return [...this.#consumers.entries()].sort(([a], [b]) => compareKeyTexts(a, b)).map(([, consumer]) => consumer)
  }

  consumer(bytes: Uint8Array, start: number, end: number): Consumer | undefined {
    return this.#consumers.get(keyText(bytes, start, end))
  }

  addConsumer(name: Uint8Array, nowMs: number): Consumer {
    const free = this.#byIndex.indexOf(undefined)
    const index = free < 0 ? this.#byIndex.length : free
    const consumer = new Consumer(name, index, nowMs)
    this.#byIndex[index] = consumer
    this.#consumers.set(keyText(name), consumer)
    this.#memory.bytes += consumerBytes + name.length
    return consumer
  }

  /** The group has read so many entries more, and its counter is known. */
  countRead(count: number): void {
    this.entriesRead = BigInt.asIntN(64, this.entriesRead + BigInt(count))
  }

  /** The group is the stream's no more: it counts for nothing. */
  leave(): void {
    for (const { name } of this.#consumers.values()) this.#memory.bytes -= consumerBytes + name.length
    this.#memory.bytes -= groupBytes + this.name.length + this.pending.size * pendingEntryBytes
  }

  /** Removes a consumer with all it has pending; returns how many that was. */
  removeConsumer(consumer: Consumer): number {
    const count = consumer.pending.size
    consumer.pending.visit(smallestId, (id, record) => {
      this.pending.delete(id)
      this.#noteEnded(id)
      this.#forget(record)
      return true
    })
    this.#consumers.delete(keyText(consumer.name))
    this.#byIndex[consumer.index] = undefined
    this.#memory.bytes -= consumerBytes + consumer.name.length
    return count
  }

  // Pending records.

  /** The id's pending record, or -1. */
  find(id: StreamId): number {
    return this.pending.get(id)
  }

  /** Who has it; undefined when it was handed back. */
  owner(record: number): Consumer | undefined {
    return this.#byIndex[this.#records.owner(record)]
  }

  /** 0 when it was handed back. */
  deliveredAtMs(record: number): number {
    return this.#records.atMs(record)
  }

  deliveredCount(record: number): bigint {
    return this.#records.count(record)
  }

  /** Whether nobody has it, or whoever has it has had it for so long. */
  isIdle(record: number, nowMs: number, minIdleMs: number): boolean {
    return this.#records.owner(record) === noOwner || nowMs - this.#records.atMs(record) >= minIdleMs
  }

  /** Gives the id to a consumer (or, with undefined, to nobody): makes it pending, or takes it from whoever has it. */
  give(id: StreamId, consumer: Consumer | undefined, atMs: number, count: bigint): void {
    let record = this.pending.get(id)
    if (record < 0) {
      record = this.#records.add(id)
      this.#memory.bytes += pendingEntryBytes
      this.pending.set(id, record)
      consumer?.pending.set(id, record)
    } else {
      this.#byTime.delete(this.#placeOf(record))
      const owner = this.owner(record)
      if (owner !== consumer) {
        owner?.pending.delete(id)
        consumer?.pending.set(id, record)
      }
    }
    // What RESTORE brings may say anything; the order by time begins at 0.
    this.#records.set(record, consumer?.index ?? noOwner, Math.max(0, atMs), this.#nextOrder++, count)
    this.#byTime.set(this.#placeOf(record), record)
  }

  /** The id is pending no more; false when it was not. */
  acknowledge(id: StreamId): boolean {
    const record = this.pending.delete(id)
    if (record < 0) return false
    this.owner(record)?.pending.delete(id)
    this.#noteEnded(id)
    this.#forget(record)
    return true
  }

  /** The lowest id that has ceased to be pending since the last call; undefined when none has. */
  takeLowestEnded(): StreamId | undefined {
    const lowest = this.#lowestEnded
    this.#lowestEnded = undefined
    return lowest
  }

  #noteEnded(id: StreamId): void {
    if (this.#lowestEnded === undefined) this.#lowestEnded = id.copy()
    else if (id.compare(this.#lowestEnded) < 0) this.#lowestEnded.set(id)
  }

  /** When the first of what is pending will have been idle for so long: 0 when something was handed back, Infinity when
   *  nothing is pending. */
  firstIdleAtMs(minIdleMs: number): number {
    const first = this.#byTime.first()
    if (first === undefined) return Number.POSITIVE_INFINITY
    return first.ms === 0 ? 0 : first.ms - 1 + minIdleMs
  }

  /** Visits what is pending, longest idle first, until the visitor returns false. The id passed is scratch; the visitor
   *  must not change the group. */
  visitByTime(visitor: (id: StreamId, record: number) => boolean): void {
    const id = new StreamId()
    this.#byTime.visit(smallestId, (_place, record) => {
      this.#records.readId(record, id)
      return visitor(id, record)
    })
  }

  /** The ids that were handed back, first those that were first. */
  handedBack(): StreamId[] {
    const ids: StreamId[] = []
    this.visitByTime((id, record) => {
      if (this.#records.owner(record) !== noOwner) return false
      ids.push(id.copy())
      return true
    })
    return ids
  }

  /** `memory` sums up what the copy takes. */
  clone(memory: GroupMemory): ConsumerGroup {
    const copy = new ConsumerGroup(this.name, this.lastId, this.entriesRead, memory)
    const twins = new Map<Consumer, Consumer>()
    for (const consumer of this.consumers()) {
      twins.set(consumer, copy.addConsumer(consumer.name, consumer.seenAtMs))
    }
    this.visitByTime((id, record) => {
      const owner = this.owner(record)
      const twin = owner === undefined ? undefined : twins.get(owner)
      copy.give(id, twin, this.deliveredAtMs(record), this.deliveredCount(record))
      return true
    })
    return copy
  }

  /** The group as it is now, for writing it out later: what is pending is shared until it changes. */
  freeze(): FrozenGroup {
    const records = this.#records.freeze()
    const byTime = this.#byTime.freeze()
    const consumers = this.consumers()
    const indexes = new Int32Array(this.#byIndex.length)
    for (const [i, consumer] of consumers.entries()) indexes[consumer.index] = i
    const id = new StreamId()
    return {
      name: this.name,
      lastId: this.lastId.copy(),
      entriesRead: this.entriesRead,
      consumers: consumers.map(({ name, seenAtMs }) => ({ name, seenAtMs })),
      pendingCount: byTime.size,
      visitPending(from, visitor) {
        byTime.visit(from, (at, record) => {
          records.readId(record, id)
          const owner = records.owner(record)
          const consumer = owner === noOwner ? -1 : indexes[owner]!
          return visitor(at, id, consumer, records.atMs(record), records.count(record))
        })
      },
    }
  }

  /** Where the record stands among those by time; scratch. */
  #placeOf(record: number): StreamId {
    place.setMs(this.#records.owner(record) === noOwner ? 0 : this.#records.atMs(record) + 1)
    const order = this.#records.order(record)
    place.seqHigh = Math.floor(order / two32)
    place.seqLow = order % two32
    return place
  }

  #forget(record: number): void {
    this.#byTime.delete(this.#placeOf(record))
    this.#records.remove(record)
    this.#memory.bytes -= pendingEntryBytes
  }
}
