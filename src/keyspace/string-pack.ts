/** Many small strings in one row of a checkpoint: with a row for each, a million keys took twice as long to store and
 *  to load.
 *
 *  The payload is one request after the other, as they come from clients: key, value and, when it expires, the time. */
import { Args, writeHeader } from '../../protocol/resp/args.ts'
import { RequestParser } from '../../protocol/resp/request-parser.ts'
import { copyBytes, digitCount, writeDecimal } from '../lib/bytes.ts'
import type { Database } from './database.ts'
import type { ValueRow } from './value-rows.ts'

/** A row is at most so long. */
const packBytesMax = 64 * 1024
/** Strings that are longer, their key included, go without company. */
const memberBytesMax = 4 * 1024
/** What stands around key and value: an array's header, headers of key and time, the time itself. */
const frameBytesMax = 64

const star = 42
const dollar = 36
const noBytes = new Uint8Array(0)

/** Gathers strings of one database, copying them. */
export class StringPack {
  readonly #dbIndex: number
  #bytes = noBytes
  #size = 0

  /** `dbIndex` is the number that the database had when the checkpoint began. */
  constructor(dbIndex: number) {
    this.#dbIndex = dbIndex
  }

  /** Whether the entry may go into a pack, full or not. */
  static takes(db: Database, entry: number): boolean {
    return db.objectAt(entry) === undefined && db.keySize(entry) + db.stringWireSize(entry) <= memberBytesMax
  }

  /** Adds an entry that may go into a pack; false, and nothing is done, when this one is full. */
  add(db: Database, entry: number): boolean {
    const keySize = db.keySize(entry)
    const wireSize = db.stringWireSize(entry)
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(packBytesMax)
    if (this.#size + keySize + wireSize + frameBytesMax > packBytesMax) return false
    const bytes = this.#bytes
    const expiresAtMs = db.expiresAtMs(entry)
    let at = writeHeader(star, expiresAtMs < 0 ? 2 : 3, bytes, this.#size)
    at = writeHeader(dollar, keySize, bytes, at)
    const keyStart = db.keyOffset(entry)
    at = copyBytes(db.keyChunk(entry), keyStart, keyStart + keySize, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    const start = db.stringWireStart(entry)
    at = copyBytes(db.stringChunk(entry), start, start + wireSize, bytes, at)
    if (expiresAtMs >= 0) {
      at = writeHeader(dollar, digitCount(expiresAtMs), bytes, at)
      at = writeDecimal(expiresAtMs, bytes, at)
      bytes[at++] = 13
      bytes[at++] = 10
    }
    this.#size = at
    return true
  }

  /** The row of all that was added since the last; undefined when nothing was. */
  take(): ValueRow | undefined {
    if (this.#size === 0) return undefined
    const payload = this.#bytes.subarray(0, this.#size)
    this.#bytes = noBytes
    this.#size = 0
    return { db: this.#dbIndex, key: noBytes, kind: 'strings', expiresAtMs: -1, payload }
  }
}

/** Puts the strings of a row back. Throws Error when it is cut off. */
export function unpackStrings(db: Database, payload: Uint8Array): void {
  const parser = new RequestParser({ bulkBytesMax: payload.length, queryBytesMax: payload.length })
  const args = new Args()
  parser.feed(payload)
  while (parser.next(args)) {
    const entry = db.setString(args, 0, args.bytes, args.starts[1]!, args.ends[1]!)
    if (args.count > 2) db.setExpiry(entry, Number(args.text(2)))
  }
  if (parser.bufferedBytes > 0) throw new Error('the checkpoint has a row that is cut off')
}
