/** A consumer group: how far it has read, its consumers, and what they were given and have not acknowledged. */
import { latin1Text } from '../lib/bytes.ts'
import { IdMap } from './id-map.ts'
import { StreamId } from './stream-id.ts'

const initialPending = 8

/** Entries-read counter of a group whose place in the stream is not known by number (Redis' `SCG_INVALID_ENTRIES_READ`). */
export const entriesReadUnknown = -1n

/** A group as it was at one time. */
export interface FrozenGroup {
  readonly name: Uint8Array
  readonly lastId: StreamId
  readonly entriesRead: bigint
  readonly consumers: readonly { readonly name: Uint8Array; readonly seenAtMs: number; readonly pending: IdMap }[]
  deliveredAtMs(record: number): number
  deliveredCount(record: number): bigint
}

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

export class ConsumerGroup {
  readonly name: Uint8Array
  /** The last entry that was delivered by `>`. */
  readonly lastId: StreamId
  /** How many entries it has read in all, or `entriesReadUnknown`. */
  entriesRead: bigint
  /** All pending ids, to their records below. */
  readonly pending = new IdMap()
  readonly #consumers = new Map<string, Consumer>()
  #byIndex: (Consumer | undefined)[] = []
  // Pending records by number.
  #deliveredAtMs = new Float64Array(initialPending)
  #deliveredCount = new BigInt64Array(initialPending)
  #owner = new Int32Array(initialPending)
  #recordCount = 0
  #freeRecords: number[] = []

  constructor(name: Uint8Array, lastId: StreamId, entriesRead: bigint) {
    this.name = name
    this.lastId = lastId.copy()
    this.entriesRead = entriesRead
  }

  get consumerCount(): number {
    return this.#consumers.size
  }

  /** Consumers by name, in the order of their bytes. */
  consumers(): Consumer[] {
    return [...this.#consumers.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, consumer]) => consumer)
  }

  consumer(bytes: Uint8Array, start: number, end: number): Consumer | undefined {
    return this.#consumers.get(latin1Text(bytes, start, end))
  }

  addConsumer(name: Uint8Array, nowMs: number): Consumer {
    const free = this.#byIndex.indexOf(undefined)
    const index = free < 0 ? this.#byIndex.length : free
    const consumer = new Consumer(name, index, nowMs)
    this.#byIndex[index] = consumer
    this.#consumers.set(latin1Text(name), consumer)
    return consumer
  }

  /** The group has read so many entries more, and its counter is known. */
  countRead(count: number): void {
    this.entriesRead = BigInt.asIntN(64, this.entriesRead + BigInt(count))
  }

  /** Removes a consumer with all it has pending; returns how many that was. */
  removeConsumer(consumer: Consumer): number {
    const count = consumer.pending.size
    consumer.pending.visit(new StreamId(), (id, record) => {
      this.pending.delete(id)
      this.#freeRecords.push(record)
      return true
    })
    this.#consumers.delete(latin1Text(consumer.name))
    this.#byIndex[consumer.index] = undefined
    return count
  }

  // Pending records.

  /** The id's pending record, or -1. */
  find(id: StreamId): number {
    return this.pending.get(id)
  }

  owner(record: number): Consumer {
    return this.#byIndex[this.#owner[record]!]!
  }

  deliveredAtMs(record: number): number {
    return this.#deliveredAtMs[record]!
  }

  deliveredCount(record: number): bigint {
    return this.#deliveredCount[record]!
  }

  setDelivery(record: number, atMs: number, count: bigint): void {
    this.#deliveredAtMs[record] = atMs
    this.#deliveredCount[record] = count
  }

  /** Gives the id to a consumer: makes it pending, or takes it from whoever has it. Returns its record. */
  assign(id: StreamId, consumer: Consumer): number {
    let record = this.pending.get(id)
    if (record < 0) {
      record = this.#newRecord()
      this.pending.set(id, record)
    } else {
      const owner = this.owner(record)
      if (owner === consumer) return record
      owner.pending.delete(id)
    }
    this.#owner[record] = consumer.index
    consumer.pending.set(id, record)
    return record
  }

  /** The id is pending no more; false when it was not. */
  acknowledge(id: StreamId): boolean {
    const record = this.pending.delete(id)
    if (record < 0) return false
    this.owner(record).pending.delete(id)
    this.#freeRecords.push(record)
    return true
  }

  clone(): ConsumerGroup {
    const copy = new ConsumerGroup(this.name, this.lastId, this.entriesRead)
    for (const consumer of this.consumers()) {
      const twin = copy.addConsumer(consumer.name, consumer.seenAtMs)
      consumer.pending.visit(new StreamId(), (id, record) => {
        copy.setDelivery(copy.assign(id, twin), this.deliveredAtMs(record), this.deliveredCount(record))
        return true
      })
    }
    return copy
  }

  /** The group as it is now, for writing it out later: its pending lists are shared until they change. */
  freeze(): FrozenGroup {
    const deliveredAtMs = this.#deliveredAtMs.slice(0, this.#recordCount)
    const deliveredCount = this.#deliveredCount.slice(0, this.#recordCount)
    return {
      name: this.name,
      lastId: this.lastId.copy(),
      entriesRead: this.entriesRead,
      consumers: this.consumers().map((consumer) => ({
        name: consumer.name,
        seenAtMs: consumer.seenAtMs,
        pending: consumer.pending.freeze(),
      })),
      deliveredAtMs: (record) => deliveredAtMs[record]!,
      deliveredCount: (record) => deliveredCount[record]!,
    }
  }

  #newRecord(): number {
    const free = this.#freeRecords.pop()
    if (free !== undefined) return free
    if (this.#recordCount === this.#owner.length) {
      const capacity = this.#recordCount * 2
      const deliveredAtMs = new Float64Array(capacity)
      deliveredAtMs.set(this.#deliveredAtMs)
      this.#deliveredAtMs = deliveredAtMs
      const deliveredCount = new BigInt64Array(capacity)
      deliveredCount.set(this.#deliveredCount)
      this.#deliveredCount = deliveredCount
      const owner = new Int32Array(capacity)
      owner.set(this.#owner)
      this.#owner = owner
    }
    return this.#recordCount++
  }
}
