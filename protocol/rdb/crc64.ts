/** The checksum of RDB: CRC-64 of Jones (polynomial ad93d235 94c935a9, reflected, from 0, no final complement), as two
 *  halves of 32 bits. */

export interface Crc64 {
  readonly high: number
  readonly low: number
}

// The polynomial with its bits in reverse order.
const polynomialHigh = 0x95ac9329
const polynomialLow = 0xac4bc9b5

const tableHigh = new Int32Array(256)
const tableLow = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let high = 0
  let low = byte
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) !== 0
    low = (low >>> 1) | (high << 31)
    high >>>= 1
    if (isOdd) {
      low ^= polynomialLow
      high ^= polynomialHigh
    }
  }
  tableHigh[byte] = high
  tableLow[byte] = low
}

/** The checksum of a range; halves are unsigned. */
export function crc64(bytes: Uint8Array, start: number, end: number): Crc64 {
  let high = 0
  let low = 0
  for (let i = start; i < end; i++) {
    const index = (low ^ bytes[i]!) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ tableLow[index]!
    high = (high >>> 8) ^ tableHigh[index]!
  }
  return { high: high >>> 0, low: low >>> 0 }
}
