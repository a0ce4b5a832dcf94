/** Names of functions, which are letters, digits and underscores, and the same in upper and in lower case. */

const caseBit = 32

/** Equal for names that differ by nothing but their case. */
export function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i]! | caseBit), 0x01000193)
  return hash
}

export function isSameName(name: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) if (lower(name.charCodeAt(i)) !== lower(bytes[start + i]!)) return false
  return true
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | caseBit : byte
}
