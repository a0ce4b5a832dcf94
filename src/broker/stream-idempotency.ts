/** What producers have added to a stream under ids of their own, so that adding it again adds nothing.
 *
 *  Each producer's ids are remembered for a while, and only so many. Both bounds are kept when something is looked up or
 *  added: the oldest are the first in every map, so nothing is searched for and no timer is needed. */
import type { StreamId } from './stream-id.ts'

export const durationSDefault = 100
export const durationSMax = 86_400
export const idsPerProducerDefault = 100
export const idsPerProducerMax = 10_000

/** What one idempotent id stands for. */
export interface Mention {
  readonly id: StreamId
  readonly atMs: number
}

/** A producer's ids, oldest first. */
type Mentions = Map<string, Mention>

class Producer {
  mentions: Mentions = new Map()
  newestAtMs = 0
  /** Somebody holds the ids as they are: whoever changes them changes a copy. */
  isShared = false

  /** The ids for changing them. */
  own(): Mentions {
    if (this.isShared) {
      this.mentions = new Map(this.mentions)
      this.isShared = false
    }
    return this.mentions
  }
}

/** The memory of one stream as it was at one time. */
export interface FrozenIdempotency {
  readonly durationS: number
  readonly idsMax: number
  readonly added: number
  /** Producers with their ids, as Latin-1 text. */
  readonly producers: readonly (readonly [producer: string, mentions: ReadonlyMap<string, Mention>])[]
}

/** By and large. */
const mentionBytes = 160

export class Idempotency {
  durationS = durationSDefault
  /** How many ids of a producer are remembered. */
  idsMax = idsPerProducerDefault
  /** How many ids were ever added, and how many requests were recognized since the process began. */
  added = 0
  duplicates = 0
  /** By name as Latin-1 text; whose last addition is longest ago comes first. */
  #producers = new Map<string, Producer>()
  /** Ids of all producers together. */
  #mentionCount = 0

  /** The entry that was added under the id, undefined when that was not, or too long ago. */
  find(producerName: string, iid: string, nowMs: number): StreamId | undefined {
    const mention = this.#producers.get(producerName)?.mentions.get(iid)
    return mention === undefined || this.#isOver(mention.atMs, nowMs) ? undefined : mention.id
  }

  /** Remembers an entry under an id that stands for no other now. */
  add(producerName: string, iid: string, id: StreamId, atMs: number): void {
    this.#forgetOver(atMs)
    this.restore(producerName, iid, id, atMs)
    this.added++
  }

  /** The same for what was counted before. */
  restore(producerName: string, iid: string, id: StreamId, atMs: number): void {
    const producer = this.#producers.get(producerName) ?? new Producer()
    // Whoever added something last comes last.
    this.#producers.delete(producerName)
    this.#producers.set(producerName, producer)
    producer.newestAtMs = atMs
    const mentions = producer.own()
    const before = mentions.size
    mentions.delete(iid)
    mentions.set(iid, { id: id.copy(), atMs })
    for (const [oldest, mention] of mentions) {
      if (mentions.size <= this.idsMax && !this.#isOver(mention.atMs, atMs)) break
      mentions.delete(oldest)
    }
    this.#mentionCount += mentions.size - before
  }

  /** Sets the bounds; everything is forgotten if one changes. */
  configure(durationS: number, idsMax: number): void {
    if (durationS === this.durationS && idsMax === this.idsMax) return
    this.durationS = durationS
    this.idsMax = idsMax
    this.#producers.clear()
    this.#mentionCount = 0
  }

  /** The producers with their ids, oldest first. */
  *remembered(): Generator<readonly [producer: string, mentions: ReadonlyMap<string, Mention>]> {
    for (const [name, { mentions }] of this.#producers) yield [name, mentions]
  }

  /** How many producers and ids are remembered at this time. */
  counts(nowMs: number): { producers: number; ids: number } {
    let producers = 0
    let ids = 0
    for (const { mentions, newestAtMs } of this.#producers.values()) {
      if (this.#isOver(newestAtMs, nowMs)) continue
      producers++
      for (const { atMs } of mentions.values()) if (!this.#isOver(atMs, nowMs)) ids++
    }
    return { producers, ids }
  }

  get memoryBytes(): number {
    return (this.#producers.size + this.#mentionCount) * mentionBytes
  }

  clone(): Idempotency {
    const copy = new Idempotency()
    copy.#mentionCount = this.#mentionCount
    copy.durationS = this.durationS
    copy.idsMax = this.idsMax
    copy.added = this.added
    copy.duplicates = this.duplicates
    for (const [name, producer] of this.#producers) {
      const twin = new Producer()
      twin.mentions = new Map(producer.mentions)
      twin.newestAtMs = producer.newestAtMs
      copy.#producers.set(name, twin)
    }
    return copy
  }

  /** The memory as it is now, in time proportional to the number of producers. */
  freeze(): FrozenIdempotency {
    const producers = [...this.#producers].map(([name, producer]) => {
      producer.isShared = true
      return [name, producer.mentions] as const
    })
    return { durationS: this.durationS, idsMax: this.idsMax, added: this.added, producers }
  }

  #isOver(atMs: number, nowMs: number): boolean {
    return nowMs - atMs >= this.durationS * 1000
  }

  /** Forgets producers of whom nothing is remembered any more. */
  #forgetOver(nowMs: number): void {
    for (const [name, { newestAtMs, mentions }] of this.#producers) {
      if (!this.#isOver(newestAtMs, nowMs)) return
      this.#producers.delete(name)
      this.#mentionCount -= mentions.size
    }
  }
}
