/**
 * The checksums of the log: CRC-32 as in zlib and PNG (polynomial 0x04C11DB7, reflected), over a fixed header and the
 * bytes. They cover what a row says of itself, so that a record moved to another position, or a row to another
 * database, is found as surely as a flipped bit. Numbers are big-endian; see `protocol/log-format.md`.
 */

import { crc32 } from 'node:zlib'
import type { CheckpointRow } from './log.ts'

const recordHeader = Buffer.alloc(16)
const recordHeaderView = new DataView(recordHeader.buffer, recordHeader.byteOffset, recordHeader.length)
const rowHeader = Buffer.alloc(20)

/** Of a record: position and time as 64-bit integers, then the bytes. */
export function recordChecksum(position: number, atMs: number, bytes: Uint8Array): number {
  setUint64(0, position)
  setUint64(8, atMs)
  return extend(bytes, crc32(recordHeader))
}

/** Of a checkpoint row: db (32 bits), expiry (64 bits), length of kind and of key (32 bits each), kind, key, payload. */
export function rowChecksum(row: CheckpointRow): number {
  rowHeader.writeUInt32BE(row.db, 0)
  rowHeader.writeBigInt64BE(BigInt(row.expiresAtMs), 4)
  rowHeader.writeUInt32BE(Buffer.byteLength(row.kind), 12)
  rowHeader.writeUInt32BE(row.key.length, 16)
  return extend(row.payload, extend(row.key, crc32(row.kind, crc32(rowHeader))))
}

/** zlib starts over when it is given no bytes at the null address, which is where empty blobs are. */
function extend(bytes: Uint8Array, checksum: number): number {
  return bytes.length === 0 ? checksum : crc32(bytes, checksum)
}

/** Without BigInt: this runs once per record. */
function setUint64(offset: number, value: number): void {
  recordHeaderView.setUint32(offset, Math.floor(value / 0x1_0000_0000))
  recordHeaderView.setUint32(offset + 4, value >>> 0)
}
