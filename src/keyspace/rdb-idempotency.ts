/** What a stream remembers of its producers, in the format of RDB: the last part of a stream since Redis 8.6.
 *
 *      seconds, ids for each producer, producers:  name, ids:  id, ms, seq of its entry, …
 *      ids ever added, requests recognized
 *
 *  An id counts as old as its entry, which is what Redis goes by: there is no time beside it. */
import { RdbError } from '../../protocol/rdb/rdb-error.ts'
import type { RdbReader } from '../../protocol/rdb/rdb-reader.ts'
import type { RdbWriter } from '../../protocol/rdb/rdb-writer.ts'
import { textBytesMax } from '../../protocol/resp/args.ts'
import type { StreamId } from '../broker/stream-id.ts'
import {
  durationSDefault,
  durationSMax,
  Idempotency,
  idsPerProducerDefault,
  idsPerProducerMax,
} from '../broker/stream-idempotency.ts'
import { latin1Bytes, latin1Text } from '../lib/bytes.ts'
import { readId, writeId } from './rdb-stream-ids.ts'

export function writeIdempotency(writer: RdbWriter, idempotency: Idempotency): void {
  const producers = [...idempotency.remembered()]
  writer.length(idempotency.durationS)
  writer.length(idempotency.idsMax)
  writer.length(producers.length)
  for (const [name, mentions] of producers) {
    writer.string(latin1Bytes(name))
    writer.length(mentions.size)
    for (const [iid, { id }] of mentions) {
      writer.string(latin1Bytes(iid))
      writeId(writer, id)
    }
  }
  writer.length(idempotency.added)
  writer.length(idempotency.duplicates)
}

interface ReadProducer {
  readonly name: string
  /** Never empty. */
  readonly mentions: ReadonlyMap<string, StreamId>
  readonly newestAtMs: number
}

/** Undefined when there is nothing that a new stream would not have. Throws RdbError. */
export function readIdempotency(reader: RdbReader): Idempotency | undefined {
  const idempotency = new Idempotency()
  const durationS = readBound(reader, durationSMax)
  const idsMax = readBound(reader, idsPerProducerMax)
  idempotency.configure(durationS, idsMax)
  const producers = readProducers(reader)
  // The order of ours is that of their last additions.
  producers.sort((a, b) => a.newestAtMs - b.newestAtMs)
  for (const { name, mentions } of producers) {
    for (const [iid, id] of mentions) idempotency.restore(name, iid, id, id.ms)
  }
  idempotency.added = reader.length()
  idempotency.duplicates = reader.length()
  const isDefault = durationS === durationSDefault && idsMax === idsPerProducerDefault
  return isDefault && producers.length === 0 && idempotency.added === 0 ? undefined : idempotency
}

function readBound(reader: RdbReader, max: number): number {
  const value = reader.length()
  if (value < 1 || value > max) throw new RdbError('a stream remembers its producers without a bound')
  return value
}

function readProducers(reader: RdbReader): ReadProducer[] {
  const producers: ReadProducer[] = []
  const names = new Set<string>()
  for (let left = reader.count(); left > 0; left--) {
    const name = readName(reader)
    if (names.has(name)) throw new RdbError('a stream has a producer twice')
    names.add(name)
    const mentions = new Map<string, StreamId>()
    let newestAtMs = 0
    for (let ids = reader.count(); ids > 0; ids--) {
      const iid = readName(reader)
      if (mentions.has(iid)) throw new RdbError('a producer has an id twice')
      const id = readId(reader)
      mentions.set(iid, id)
      newestAtMs = Math.max(newestAtMs, id.ms)
    }
    // Redis writes those, too, of whom it has forgotten everything.
    if (mentions.size > 0) producers.push({ name, mentions, newestAtMs })
  }
  return producers
}

function readName(reader: RdbReader): string {
  const bytes = reader.string()
  if (bytes.length === 0) throw new RdbError('a producer or its id has no name')
  if (bytes.length > textBytesMax) throw new RdbError('a producer or its id has a name that nobody could give')
  return latin1Text(bytes, 0, bytes.length)
}
