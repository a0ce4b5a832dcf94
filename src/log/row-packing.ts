/**
 * Checkpoint rows and records as they travel between threads: one buffer for many, moved instead of cloned (cloning an
 * array of views would copy every buffer behind them whole).
 *
 * A row is 24 bytes of header (uint32 db, kind length, key length, payload length; float64 expiry), then kind, key and
 * payload. A record is 20 bytes (float64 position, float64 time, uint32 length), then its bytes. Little-endian, unaligned.
 */

import type { CheckpointRow, LogRecord } from './log.ts'

const rowHeaderBytes = 24
const recordHeaderBytes = 20

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The rows in one buffer of their own. */
export function packRows(rows: readonly CheckpointRow[]): Uint8Array<ArrayBuffer> {
  const kinds = rows.map((row) => encoder.encode(row.kind))
  let size = 0
  rows.forEach((row, index) => {
    size += rowHeaderBytes + kinds[index]!.length + row.key.length + row.payload.length
  })
  const packed = new Uint8Array(size)
  const view = new DataView(packed.buffer)
  let offset = 0
  rows.forEach((row, index) => {
    const kind = kinds[index]!
    view.setUint32(offset, row.db, true)
    view.setUint32(offset + 4, kind.length, true)
    view.setUint32(offset + 8, row.key.length, true)
    view.setUint32(offset + 12, row.payload.length, true)
    view.setFloat64(offset + 16, row.expiresAtMs, true)
    offset += rowHeaderBytes
    for (const part of [kind, row.key, row.payload]) {
      packed.set(part, offset)
      offset += part.length
    }
  })
  return packed
}

/** Reads packed rows one by one. */
export class RowReader {
  readonly #packed: Uint8Array
  readonly #view: DataView
  /** Bytes read so far: where the next row begins. */
  #offset = 0

  constructor(packed: Uint8Array) {
    this.#packed = packed
    this.#view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  }

  get offset(): number {
    return this.#offset
  }

  get isDone(): boolean {
    return this.#offset >= this.#packed.length
  }

  /** The next row, its key and payload views of the packed bytes; undefined at the end. */
  next(): CheckpointRow | undefined {
    if (this.isDone) return undefined
    const packed = this.#packed
    const view = this.#view
    const at = this.#offset
    const keyStart = at + rowHeaderBytes + view.getUint32(at + 4, true)
    const payloadStart = keyStart + view.getUint32(at + 8, true)
    this.#offset = payloadStart + view.getUint32(at + 12, true)
    return {
      db: view.getUint32(at, true),
      kind: decoder.decode(packed.subarray(at + rowHeaderBytes, keyStart)),
      key: packed.subarray(keyStart, payloadStart),
      payload: packed.subarray(payloadStart, this.#offset),
      expiresAtMs: view.getFloat64(at + 16, true),
    }
  }
}

/** Gathers records into one buffer that grows as needed. */
export class RecordPacker {
  #packed: Uint8Array<ArrayBuffer>
  #size = 0

  constructor(expectedBytes: number) {
    this.#packed = new Uint8Array(expectedBytes)
  }

  /** Bytes gathered so far. */
  get size(): number {
    return this.#size
  }

  add(position: number, atMs: number, bytes: Uint8Array): void {
    this.#reserve(recordHeaderBytes + bytes.length)
    const view = new DataView(this.#packed.buffer, this.#size)
    view.setFloat64(0, position, true)
    view.setFloat64(8, atMs, true)
    view.setUint32(16, bytes.length, true)
    this.#packed.set(bytes, this.#size + recordHeaderBytes)
    this.#size += recordHeaderBytes + bytes.length
  }

  /** Everything gathered; the packer is done with. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#packed.subarray(0, this.#size)
  }

  #reserve(more: number): void {
    if (this.#size + more <= this.#packed.length) return
    const grown = new Uint8Array(Math.max(this.#packed.length * 2, this.#size + more))
    grown.set(this.#packed.subarray(0, this.#size))
    this.#packed = grown
  }
}

/** Reads packed records one by one. */
export class RecordReader {
  readonly #packed: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(packed: Uint8Array) {
    this.#packed = packed
    this.#view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  }

  /** The next record, its bytes a view of the packed ones; undefined at the end. */
  next(): LogRecord | undefined {
    const at = this.#offset
    if (at >= this.#packed.length) return undefined
    const start = at + recordHeaderBytes
    this.#offset = start + this.#view.getUint32(at + 16, true)
    return {
      position: this.#view.getFloat64(at, true),
      atMs: this.#view.getFloat64(at + 8, true),
      bytes: this.#packed.subarray(start, this.#offset),
    }
  }
}
