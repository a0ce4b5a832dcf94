/** Ids of streams in the format of RDB: as two lengths, or raw in sixteen bytes. */
import { RdbError } from '../../protocol/rdb/rdb-error.ts'
import type { RdbReader } from '../../protocol/rdb/rdb-reader.ts'
import type { RdbWriter } from '../../protocol/rdb/rdb-writer.ts'
import { StreamId } from '../broker/stream-id.ts'

export function writeId(writer: RdbWriter, id: StreamId): void {
  writer.length(msOf(id))
  writer.length(seqOf(id))
}

/** Both halves, high bytes first. */
export function idBytes(id: StreamId): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  for (const [i, word] of [id.msHigh, id.msLow, id.seqHigh, id.seqLow].entries()) view.setUint32(i * 4, word)
  return bytes
}

export function msOf(id: StreamId): bigint {
  return (BigInt(id.msHigh) << 32n) | BigInt(id.msLow)
}

export function seqOf(id: StreamId): bigint {
  return (BigInt(id.seqHigh) << 32n) | BigInt(id.seqLow)
}

export function readId(reader: RdbReader): StreamId {
  const ms = reader.bigLength()
  return idOf(ms, reader.bigLength())
}

export function readRawId(bytes: Uint8Array): StreamId {
  if (bytes.length !== 16) throw new RdbError("a stream's id has another size")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return idOf(view.getBigUint64(0), view.getBigUint64(8))
}

export function idOf(ms: bigint, seq: bigint): StreamId {
  const id = new StreamId()
  id.msHigh = Number(ms >> 32n)
  id.msLow = Number(ms & 0xffffffffn)
  id.seqHigh = Number(seq >> 32n)
  id.seqLow = Number(seq & 0xffffffffn)
  return id
}
