/** LZF, the compression of strings in RDB: a run of literal bytes, or a reference to bytes that came before.
 *
 *      000nnnnn                  n + 1 literal bytes follow
 *      LLLddddd dddddddd         copy L + 2 bytes (L below 7) from d + 1 bytes back
 *      111ddddd llllllll dddddddd  copy l + 9 bytes from d + 1 bytes back */
import { RdbError } from './rdb-error.ts'

const literalsMax = 32
const distanceMax = 1 << 13
const matchMax = 264
const matchMin = 3
const hashBits = 14

/** The content, which must have `size` bytes; throws RdbError when it has not. */
export function decompressLzf(bytes: Uint8Array, start: number, end: number, size: number): Uint8Array {
  // A byte of input makes 132 at the most: no input of ours asks for memory that it has no bytes for.
  if (size > (end - start) * matchMax) throw new RdbError('a compressed string says that it is longer than it can be')
  const out = new Uint8Array(size)
  let at = 0
  let i = start
  while (i < end) {
    const control = bytes[i++]!
    if (control < literalsMax) {
      const count = control + 1
      if (i + count > end || at + count > size) throw new RdbError('a compressed string is cut off')
      out.set(bytes.subarray(i, i + count), at)
      i += count
      at += count
      continue
    }
    let length = (control >>> 5) + 2
    if (length === 9) length += byteAt(bytes, i++, end)
    let from = at - ((control & 31) << 8) - byteAt(bytes, i++, end) - 1
    if (from < 0 || at + length > size) throw new RdbError('a compressed string refers to what is not there')
    // The two ranges may overlap: then what was just copied is copied again.
    for (const last = at + length; at < last; ) out[at++] = out[from++]!
  }
  if (at !== size) throw new RdbError('a compressed string has another size than it says')
  return out
}

function byteAt(bytes: Uint8Array, i: number, end: number): number {
  if (i >= end) throw new RdbError('a compressed string is cut off')
  return bytes[i]!
}

/** The range in compressed form; undefined when that would save less than four bytes. */
export function compressLzf(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const sizeMax = end - start - 4
  if (sizeMax <= 0) return undefined
  const out = new Uint8Array(sizeMax)
  /** Where three bytes with that hash were seen last, plus 1. */
  const seen = new Int32Array(1 << hashBits)
  let at = 0
  let literals = start
  let i = start
  while (i + matchMin <= end) {
    const hash = Math.imul(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16), 0x9e3779b1) >>> (32 - hashBits)
    const before = seen[hash]! - 1
    seen[hash] = i + 1
    const length = before < 0 || i - before > distanceMax ? 0 : matchLength(bytes, before, i, end)
    if (length < matchMin) {
      i++
      continue
    }
    at = writeLiterals(bytes, literals, i, out, at)
    if (at < 0 || at + 3 > sizeMax) return undefined
    const distance = i - before - 1
    const code = length - 2
    out[at++] = (Math.min(code, 7) << 5) | (distance >>> 8)
    if (code >= 7) out[at++] = code - 7
    out[at++] = distance & 0xff
    i += length
    literals = i
  }
  at = writeLiterals(bytes, literals, end, out, at)
  return at < 0 ? undefined : out.subarray(0, at)
}

function matchLength(bytes: Uint8Array, before: number, at: number, end: number): number {
  const max = Math.min(matchMax, end - at)
  let length = 0
  while (length < max && bytes[before + length] === bytes[at + length]) length++
  return length
}

/** Writes a run of literals; the offset behind it, or -1 when it does not fit. */
function writeLiterals(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  for (let i = start; i < end; i += literalsMax) {
    const count = Math.min(literalsMax, end - i)
    if (at + 1 + count > out.length) return -1
    out[at++] = count - 1
    out.set(bytes.subarray(i, i + count), at)
    at += count
  }
  return at
}
