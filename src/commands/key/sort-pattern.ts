/** The patterns of SORT's BY and GET: `*` stands for the element, `->` before the end for a field of a hash. As in C a
 *  pattern ends, for what is looked for in it, at its first NUL. */
import { Args } from '../../../protocol/resp/args.ts'
import type { Database } from '../../keyspace/database.ts'
import { Hash } from '../../keyspace/hash.ts'
import { copyBytes, latin1Bytes } from '../../lib/bytes.ts'
import type { ByteRange } from '../../lib/wire-items.ts'

const keyBytesMin = 64

export class SortPattern {
  /** Whether the pattern is `#`, the element itself. */
  readonly isElement: boolean
  /** Whether it names one thing for each element; otherwise there is nothing to look up. */
  readonly hasStar: boolean
  readonly #prefix: Uint8Array
  readonly #suffix: Uint8Array
  readonly #field: Uint8Array | undefined
  /** The key at hand, as a request of one argument. */
  readonly #key = new Args()

  constructor(pattern: Uint8Array) {
    this.isElement = pattern.length > 0 && pattern[0] === 35 && (pattern.length === 1 || pattern[1] === 0)
    const limit = endOfText(pattern)
    const star = pattern.subarray(0, limit).indexOf(42)
    this.hasStar = star >= 0
    const arrow = star < 0 ? -1 : Buffer.from(pattern.subarray(0, limit)).indexOf(latin1Bytes('->'), star + 1)
    const hasField = arrow >= 0 && arrow + 2 < limit
    this.#prefix = pattern.subarray(0, Math.max(0, star))
    this.#suffix = pattern.subarray(star + 1, hasField ? arrow : pattern.length)
    this.#field = hasField ? pattern.subarray(arrow + 2) : undefined
    this.#key.count = 1
  }

  /** Lets `value` be the content of what the pattern names for the element; false when there is none. */
  find(db: Database, bytes: Uint8Array, start: number, end: number, value: ByteRange): boolean {
    if (this.isElement) {
      value.bytes = bytes
      value.start = start
      value.end = end
      return true
    }
    if (!this.hasStar) return false
    const entry = db.lookup(this.#keyFor(bytes, start, end), 0)
    if (entry < 0) return false
    if (this.#field !== undefined) return findField(db, entry, this.#field, value)
    if (db.kind(entry) !== 'string') return false
    value.bytes = db.stringChunk(entry)
    value.start = db.stringStart(entry)
    value.end = value.start + db.stringSize(entry)
    return true
  }

  #keyFor(bytes: Uint8Array, start: number, end: number): Args {
    const key = this.#key
    const size = this.#prefix.length + end - start + this.#suffix.length
    if (key.bytes.length < size) key.bytes = new Uint8Array(Math.max(size, keyBytesMin, key.bytes.length * 2))
    let at = copyBytes(this.#prefix, 0, this.#prefix.length, key.bytes, 0)
    at = copyBytes(bytes, start, end, key.bytes, at)
    key.ends[0] = copyBytes(this.#suffix, 0, this.#suffix.length, key.bytes, at)
    return key
  }
}

/** Where C sees the end of the pattern. */
function endOfText(pattern: Uint8Array): number {
  const end = pattern.indexOf(0)
  return end < 0 ? pattern.length : end
}

function findField(db: Database, entry: number, field: Uint8Array, value: ByteRange): boolean {
  const hash = db.objectAt(entry)
  if (!(hash instanceof Hash)) return false
  const place = hash.find(field, 0, field.length)
  if (place >= 0) hash.readValue(place, value)
  return place >= 0
}
