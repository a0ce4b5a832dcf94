/** What DUMP and FUNCTION DUMP answer: content in RDB, then the format's version in two bytes and the CRC-64 of all
 *  before it in eight, low bytes first. */
import { crc64 } from './crc64.ts'
import { RdbReader } from './rdb-reader.ts'
import type { RdbWriter } from './rdb-writer.ts'

/** The highest version that is read, that of Redis 8.8. */
export const rdbVersionMax = 14
const footerBytes = 10

/** Closes the content with its footer; returns all of it. */
export function sealPayload(content: RdbWriter): Uint8Array {
  content.uint16(content.version)
  const { high, low } = crc64(content.bytes(), 0, content.size)
  content.uint32(low)
  content.uint32(high)
  return content.bytes()
}

/** A reader of the content in `bytes[start, end)`; undefined when the version is too new or the checksum is wrong. */
export function openPayload(bytes: Uint8Array, start: number, end: number): RdbReader | undefined {
  if (end - start < footerBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const footerAt = end - footerBytes
  if (view.getUint16(footerAt, true) > rdbVersionMax) return undefined
  const { high, low } = crc64(bytes, start, end - 8)
  if (view.getUint32(end - 8, true) !== low || view.getUint32(end - 4, true) !== high) return undefined
  return new RdbReader(bytes, start, footerAt)
}
