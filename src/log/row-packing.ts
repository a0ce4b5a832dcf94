/**
 * Checkpoint rows and records as they travel between threads: one buffer for many, moved instead of cloned (cloning an
 * array of views would copy every buffer behind them whole).
 *
 * A row is 24 bytes of header (uint32 db, kind length, key length, payload length; float64 expiry), then kind, key and
 * payload. A record is 20 bytes (float64 position, float64 time, uint32 length), then its bytes. Little-endian, unaligned.
 */

import { copyBytes, equalRanges } from '../lib/bytes.ts'
import type { CheckpointRow, LogRecord } from './log.ts'

const rowHeaderBytes = 24
const recordHeaderBytes = 20

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Kinds as bytes: there are few, and encoding each row's anew took a fifth of the time. */
const encodedKinds = new Map<string, Uint8Array>()

function encodeKind(kind: string): Uint8Array {
  let bytes = encodedKinds.get(kind)
  if (bytes === undefined) {
    bytes = encoder.encode(kind)
    encodedKinds.set(kind, bytes)
  }
  return bytes
}

/** The rows in one buffer of their own, for which `memory` gives at least as many bytes as it is asked for. */
export function packRows(rows: readonly CheckpointRow[]): Uint8Array<ArrayBuffer>
export function packRows(rows: readonly CheckpointRow[], memory: (bytes: number) => ArrayBufferLike): Uint8Array
export function packRows(
  rows: readonly CheckpointRow[],
  memory: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): Uint8Array {
  let size = 0
  for (const { kind, key, payload } of rows) {
    size += rowHeaderBytes + encodeKind(kind).length + key.length + payload.length
  }
  const packed = new Uint8Array(memory(size), 0, size)
  const view = new DataView(packed.buffer)
  let offset = 0
  for (const { db, kind: kindText, key, expiresAtMs, payload } of rows) {
    const kind = encodeKind(kindText)
    view.setUint32(offset, db, true)
    view.setUint32(offset + 4, kind.length, true)
    view.setUint32(offset + 8, key.length, true)
    view.setUint32(offset + 12, payload.length, true)
    view.setFloat64(offset + 16, expiresAtMs, true)
    offset += rowHeaderBytes
    offset = copyBytes(kind, 0, kind.length, packed, offset)
    offset = copyBytes(key, 0, key.length, packed, offset)
    offset = copyBytes(payload, 0, payload.length, packed, offset)
  }
  return packed
}

/** Reads packed rows one by one. */
export class RowReader {
  /** The bytes that it reads. */
  readonly packed: Uint8Array
  readonly #view: DataView
  /** Bytes read so far: where the next row begins. */
  #offset = 0
  /** The last row's kind, encoded and not: mostly the next one's, too. */
  #kindBytes = new Uint8Array(0)
  #kind = ''

  constructor(packed: Uint8Array) {
    this.packed = packed
    this.#view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  }

  get offset(): number {
    return this.#offset
  }

  get isDone(): boolean {
    return this.#offset >= this.packed.length
  }

  /** The next row, its key and payload views of the packed bytes; undefined at the end. */
  next(): CheckpointRow | undefined {
    if (this.isDone) return undefined
    const { packed } = this
    const view = this.#view
    const at = this.#offset
    const keyStart = at + rowHeaderBytes + view.getUint32(at + 4, true)
    const payloadStart = keyStart + view.getUint32(at + 8, true)
    this.#offset = payloadStart + view.getUint32(at + 12, true)
    return {
      db: view.getUint32(at, true),
      kind: this.#kindAt(at + rowHeaderBytes, keyStart),
      key: packed.subarray(keyStart, payloadStart),
      payload: packed.subarray(payloadStart, this.#offset),
      expiresAtMs: view.getFloat64(at + 16, true),
    }
  }

  #kindAt(start: number, end: number): string {
    const size = this.#kindBytes.length
    if (size !== end - start || !equalRanges(this.packed, start, this.#kindBytes, 0, size)) {
      this.#kindBytes = this.packed.slice(start, end)
      this.#kind = decoder.decode(this.#kindBytes)
    }
    return this.#kind
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
