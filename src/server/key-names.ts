/** Keys with their databases as strings, for maps of what clients do with them. */
import type { Args } from '../../protocol/resp/args.ts'
import { bytesOfKeyText, keyText } from '../lib/key-text.ts'

/** `<database>:<key>`: the same for the same key alone. */
export function databaseKeyName(dbIndex: number, keys: Args, i: number): string {
  return keyText(keys.bytes, keys.starts[i]!, keys.ends[i]!, `${dbIndex}:`)
}

/** The key of such a name. */
export function keyOfName(name: string): Uint8Array {
  return bytesOfKeyText(name.slice(name.indexOf(':') + 1))
}
