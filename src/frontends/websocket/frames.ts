/** Frames of RFC 6455 as a server sends them: whole messages, not masked. A frame that many get is made once. */

export const textFrame = 0x81
export const binaryFrame = 0x82

export const pongFrame = 0x8a
/** A ping with nothing in it, whole. */
export const pingFrame = Buffer.from([0x89, 0])

/** Lengths up to this stand in the second byte, those up to 65535 in two more, others in eight. */
const shortBytesMax = 125
const mediumBytesMax = 0xffff

/** The frame that carries `payload[start, end)`; `kind` is its first byte. */
export function frameOf(kind: number, payload: Uint8Array, start = 0, end = payload.length): Buffer {
  const size = end - start
  const headBytes = size <= shortBytesMax ? 2 : size <= mediumBytesMax ? 4 : 10
  const frame = Buffer.allocUnsafe(headBytes + size)
  frame[0] = kind
  if (headBytes === 2) frame[1] = size
  else if (headBytes === 4) {
    frame[1] = 126
    frame.writeUInt16BE(size, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(size), 2)
  }
  frame.set(start === 0 && end === payload.length ? payload : payload.subarray(start, end), headBytes)
  return frame
}
