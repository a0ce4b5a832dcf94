/** Byte strings of any length as strings, for maps by name: two are equal exactly when their bytes are.
 *
 *  Short ones are Latin-1 text. The longest argument has more bytes than a string has characters, so long ones are packed,
 *  two bytes a character, behind a character that no Latin-1 text has. It also tells whether their number is odd. */
import { compareBytes, latin1Bytes, latin1Text } from './bytes.ts'

/** Longer ones are packed. */
export const latin1KeyBytesMax = 64 * 1024

const evenMark = 0x100
const oddMark = 0x101

/** The range as a string, behind `prefix`, which is Latin-1 text. */
export function keyText(bytes: Uint8Array, start = 0, end = bytes.length, prefix = ''): string {
  const size = end - start
  if (size <= latin1KeyBytesMax) return prefix + latin1Text(bytes, start, end)
  // The prefix is written here, not joined to it: a joined string would be copied into the collector's heap.
  const head = 2 * (prefix.length + 1)
  const units = Buffer.allocUnsafeSlow(head + size + (size & 1))
  for (let i = 0; i < prefix.length; i++) units.writeUInt16LE(prefix.charCodeAt(i), 2 * i)
  units.writeUInt16LE((size & 1) === 0 ? evenMark : oddMark, head - 2)
  units.set(bytes.subarray(start, end), head)
  if ((size & 1) === 1) units[head + size] = 0
  return units.toString('utf16le')
}

/** The bytes of what `keyText` made without a prefix. */
export function bytesOfKeyText(text: string): Uint8Array {
  if (!isPacked(text)) return latin1Bytes(text)
  const units = Buffer.from(text, 'utf16le')
  const padding = text.charCodeAt(0) === oddMark ? 1 : 0
  return new Uint8Array(units.buffer, units.byteOffset + 2, units.length - 2 - padding)
}

/** Negative, zero or positive as the bytes of `a` sort before, with or after those of `b`. */
export function compareKeyTexts(a: string, b: string): number {
  if (isPacked(a) || isPacked(b)) return compareBytes(bytesOfKeyText(a), bytesOfKeyText(b))
  return a === b ? 0 : a < b ? -1 : 1
}

function isPacked(text: string): boolean {
  return text.length > latin1KeyBytesMax / 2 && text.charCodeAt(0) >= evenMark
}
