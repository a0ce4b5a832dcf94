/** Requests in: RESP arrays of bulk strings, or inline lines as from telnet.
 *
 *  A `RequestParser` belongs to one connection. It is fed chunks as they come and yields complete requests as `Args`
 *  over the very bytes that came; only a request that is cut by a chunk's end is gathered in a buffer of the
 *  connection's own. While it is gathered the parser only looks ahead, from argument to argument, so that a fault is
 *  found the moment it arrives and no byte is looked at often; once it is whole it is read in one go.
 *
 *  What is yielded is canonical wire form. Redis does not look at the LF of a line nor at the two bytes behind an
 *  argument, so neither do we, but since these bytes are what gets stored they are put right in place.
 *
 *  States: between requests (`#tail` empty), gathering (`#tail` holds the beginning of a request), and failed (a
 *  ProtocolError was thrown; nothing more may be fed). Limits, error texts and the moment at which an error is told
 *  are Redis 7.0's (`networking.c`); lines are C strings there, so a NUL hides whatever line end stands behind it. */
import { copyBytes, latin1Text, parseInt64, parseSmallInteger } from '../../src/lib/bytes.ts'
import type { Args } from './args.ts'
import { splitInline } from './inline.ts'
import { ProtocolError } from './reply-error.ts'

/** An inline request, or the line that announces a count, may be this long. */
export const inlineBytesMax = 64 * 1024
/** Arguments of one request. */
export const argumentsMax = 0x7fffffff
/** Before AUTH a client may send this much and no more. */
export const unauthenticatedArgumentsMax = 10
export const unauthenticatedBulkBytesMax = 16384
/** `proto-max-bulk-len` unless configured. */
export const bulkBytesMaxDefault = 512 * 1024 * 1024
/** `client-query-buffer-limit` unless configured. */
export const queryBytesMaxDefault = 1024 * 1024 * 1024

const star = 42
const dollar = 36
const cr = 13
const lf = 10
const empty = new Uint8Array(0)

/** What a connection may send; shared by all parsers and changed by CONFIG SET. */
export interface RequestLimits {
  /** At least 99: shorter arguments are let through unseen. */
  bulkBytesMax: number
  queryBytesMax: number
}

/** The connection sent more than `client-query-buffer-limit` without completing a request: close it without a word. */
export class QueryBufferError extends Error {
  override readonly name = 'QueryBufferError'
}

export class RequestParser {
  /** Whether the stricter limits for clients that have not authenticated apply. */
  restricted = false
  readonly #limits: RequestLimits
  /** What is being parsed, and where the first byte not yet consumed is. */
  #bytes: Uint8Array = empty
  #at = 0
  #end = 0
  /** The gathered beginning of an incomplete request, reused and grown; `#bytes` may be a view of it. */
  #tail: Uint8Array = empty
  /** How many bytes a request that begins at `#at` needs at the least before looking at it again can help. */
  #neededBytes = 0
  /** Of a request that is being gathered: how many arguments are not there yet (0 while that is not known), and where
   *  the first of them begins, counted from the request's start. */
  #missing = 0
  #lookAt = 0

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /** Bytes received that are not part of a request yet. */
  get bufferedBytes(): number {
    return this.#end - this.#at
  }

  /** Memory of its own that it has for the beginnings of requests. */
  get reservedBytes(): number {
    return this.#tail.length
  }

  /** What was received and not yet read: `unread[unreadStart, unreadEnd)`. */
  get unread(): Uint8Array {
    return this.#bytes
  }

  get unreadStart(): number {
    return this.#at
  }

  get unreadEnd(): number {
    return this.#end
  }

  /** Takes a chunk, which must stay unchanged until `next` has returned false. */
  feed(chunk: Uint8Array): void {
    const left = this.#end - this.#at
    if (left === 0) {
      this.#bytes = chunk
      this.#at = 0
      this.#end = chunk.length
      return
    }
    const size = left + chunk.length
    // What follows a request that this chunk completes is not held against it.
    const unfinished = this.#neededBytes > 0 ? Math.min(size, this.#neededBytes) : size
    if (unfinished > this.#limits.queryBytesMax) throw new QueryBufferError('client-query-buffer-limit exceeded')
    // `next` left the rest at the beginning of #tail.
    if (this.#tail.length < size) {
      const expected = this.#neededBytes > size ? Math.min(this.#neededBytes, size * 2) : size + (size >> 2)
      const larger = new Uint8Array(Math.max(expected, 1024))
      copyBytes(this.#tail, 0, left, larger, 0)
      this.#tail = larger
    }
    copyBytes(chunk, 0, chunk.length, this.#tail, left)
    this.#bytes = this.#tail
    this.#at = 0
    this.#end = size
  }

  /** Reads the next complete request into `args`; false when more bytes are needed (they are kept). Requests without
   *  arguments are skipped. Throws ProtocolError for what is not RESP. */
  next(args: Args): boolean {
    while (this.#at < this.#end) {
      if (this.#end - this.#at < this.#neededBytes) break
      if (this.#missing > 0 && !this.#lookAhead()) break
      const isRead = this.#bytes[this.#at] === star ? this.#readArray(args) : this.#readInline(args)
      if (!isRead) break
      this.#neededBytes = 0
      args.position = 1
      if (args.count > 0) return true
    }
    this.#keepRest()
    return false
  }

  /** Keeps what has not been read, for a connection that runs nothing for a while. */
  suspend(): void {
    this.#keepRest()
  }

  /** Moves what is left of the chunk into #tail, since the chunk belongs to the caller. */
  #keepRest(): void {
    const left = this.#end - this.#at
    if (left === 0) {
      this.#bytes = empty
      this.#at = 0
      this.#end = 0
      // A large gathering buffer is not kept for the small requests that will follow.
      if (this.#tail.length > inlineBytesMax) this.#tail = empty
      return
    }
    if (this.#bytes === this.#tail) {
      if (this.#at > 0) this.#tail.copyWithin(0, this.#at, this.#end)
    } else {
      if (this.#tail.length < left) this.#tail = new Uint8Array(Math.max(left * 2, 1024))
      copyBytes(this.#bytes, this.#at, this.#end, this.#tail, 0)
    }
    this.#bytes = this.#tail
    this.#at = 0
    this.#end = left
  }

  #readArray(args: Args): boolean {
    const bytes = this.#bytes
    const end = this.#end
    const line = this.#lineEnd(this.#at, 'too big mbulk count string')
    if (line < 0) return false
    const count = this.#count(this.#at + 1, line)
    bytes[line + 1] = lf
    args.bytes = bytes
    // What was gathered may be moved when the next request is looked for.
    args.isSteady = bytes !== this.#tail
    args.requestStart = this.#at
    args.count = 0
    let at = line + 2
    if (count > args.starts.length) args.reserve(Math.min(count, 1024))
    for (let i = 0; i < count; i++) {
      // One digit or two and CR in nearly all requests: the long way is for the rest.
      let start = at + 4
      let size = -1
      if (start < end && bytes[at] === dollar) {
        size = bytes[at + 1]! - 48
        if (size > 9) size = -1
        else if (bytes[at + 2] !== cr && size > 0) {
          const digit = bytes[at + 2]! - 48
          size = digit >= 0 && digit <= 9 && bytes[at + 3] === cr ? size * 10 + digit : -1
          start++
        } else if (bytes[at + 2] !== cr) size = -1
      }
      if (size < 0) {
        const line = this.#lineEnd(at, 'too big bulk count string')
        if (line < 0) return this.#wait(at, count - i, 0)
        size = this.#bulkSize(at, line)
        start = line + 2
      }
      const next = start + size + 2
      if (next > end) return this.#wait(at, count - i, next)
      if (bytes[next - 1] !== lf || bytes[next - 2] !== cr || bytes[start - 1] !== lf) makeCanonical(bytes, start, next)
      if (i >= args.starts.length) args.reserve(i + 1)
      args.starts[i] = start
      args.ends[i] = next - 2
      at = next
    }
    args.count = Math.max(0, count)
    args.requestEnd = at
    this.#at = at
    return true
  }

  /** Follows the request that is being gathered from argument to argument; true when it is whole. */
  #lookAhead(): boolean {
    let at = this.#at + this.#lookAt
    for (let missing = this.#missing; missing > 0; missing--) {
      const line = this.#lineEnd(at, 'too big bulk count string')
      if (line < 0) return this.#wait(at, missing, 0)
      const next = line + 2 + this.#bulkSize(at, line) + 2
      if (next > this.#end) return this.#wait(at, missing, next)
      at = next
    }
    this.#missing = 0
    return true
  }

  /** Notes that `missing` arguments are not there, the first of which begins at `at` and ends before `next` (0 when
   *  that is not known yet); false. */
  #wait(at: number, missing: number, next: number): boolean {
    this.#missing = missing
    this.#lookAt = at - this.#at
    this.#neededBytes = Math.max(next, this.#end + 1) - this.#at
    return false
  }

  /** Offset of the CR that ends the line at `at`, or -1 when it or the byte behind it has not come yet. */
  #lineEnd(at: number, tooLong: string): number {
    const bytes = this.#bytes
    const end = this.#end
    for (let i = at; i < end && bytes[i] !== 0; i++) {
      if (bytes[i] === cr) return i + 1 < end ? i : -1
    }
    if (end - at > inlineBytesMax) throw new ProtocolError(`Protocol error: ${tooLong}`)
    return -1
  }

  #count(start: number, end: number): number {
    const count = parseSmallInteger(this.#bytes, start, end)
    if (Number.isNaN(count) && (parseInt64(this.#bytes, start, end) ?? 1n) < 0n) return 0
    if (Number.isNaN(count) || count > argumentsMax) throw new ProtocolError('Protocol error: invalid multibulk length')
    if (this.restricted && count > unauthenticatedArgumentsMax) {
      throw new ProtocolError('Protocol error: unauthenticated multibulk length')
    }
    return count
  }

  /** The size that the line `$…` between `at` and `line` announces. */
  #bulkSize(at: number, line: number): number {
    if (this.#bytes[at] !== dollar) {
      throw new ProtocolError(`Protocol error: expected '$', got '${latin1Text(this.#bytes, at, at + 1)}'`)
    }
    const size = parseSmallInteger(this.#bytes, at + 1, line)
    if (Number.isNaN(size) || size < 0 || size > this.#limits.bulkBytesMax) {
      throw new ProtocolError('Protocol error: invalid bulk length')
    }
    if (this.restricted && size > unauthenticatedBulkBytesMax) {
      throw new ProtocolError('Protocol error: unauthenticated bulk length')
    }
    return size
  }

  #readInline(args: Args): boolean {
    const start = this.#at
    const newline = this.#inlineEnd(start)
    const isTooLong = (newline < 0 ? this.#end : newline) - start > inlineBytesMax
    if (isTooLong) throw new ProtocolError('Protocol error: too big inline request')
    if (newline < 0) return false
    const lineEnd = newline > start && this.#bytes[newline - 1] === cr ? newline - 1 : newline
    const words = splitInline(this.#bytes, start, lineEnd)
    if (words === undefined) throw new ProtocolError('Protocol error: unbalanced quotes in request')
    this.#at = newline + 1
    args.take(words)
    args.isSteady = false
    return true
  }

  /** Offset of the LF that ends the inline request at `at`, or -1. */
  #inlineEnd(at: number): number {
    for (let i = at; i < this.#end && this.#bytes[i] !== 0; i++) if (this.#bytes[i] === lf) return i
    return -1
  }
}

/** Puts the line end before an argument's bytes and the CRLF behind them right. */
function makeCanonical(bytes: Uint8Array, start: number, next: number): void {
  bytes[start - 1] = lf
  bytes[next - 2] = cr
  bytes[next - 1] = lf
}
