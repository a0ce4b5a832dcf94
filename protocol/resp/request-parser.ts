/** Requests in: RESP arrays of bulk strings, or inline lines as from telnet.
 *
 *  A `RequestParser` belongs to one connection. It is fed chunks as they come and yields complete requests as `Args`
 *  over the very bytes that came; only a request that is cut by a chunk's end is gathered in a buffer of the
 *  connection's own. An incomplete request is not resumed in its middle but parsed again once at least
 *  `#neededBytes` are there: every retry has at least twice the arguments of the one before, so the work stays linear.
 *
 *  States: between requests (`#tail` empty), gathering (`#tail` holds the beginning of a request), and failed (a
 *  ProtocolError was thrown; nothing more may be fed). Limits and error texts are Redis 7.0's (`networking.c`). */
import { copyBytes, latin1Text, parseInt64, parseSmallInteger } from '../../src/lib/bytes.ts'
import { Args } from './args.ts'
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
/** The shortest argument on the wire: `$0\r\n\r\n`. */
const argumentBytesMin = 6

/** What a connection may send; shared by all parsers and changed by CONFIG SET. */
export interface RequestLimits {
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
  /** How many bytes a request that begins at `#at` needs at the least before parsing it again can help. */
  #neededBytes = 0

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /** Bytes received that are not part of a request yet. */
  get bufferedBytes(): number {
    return this.#end - this.#at
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
    if (size > this.#limits.queryBytesMax) throw new QueryBufferError('client-query-buffer-limit exceeded')
    // `next` left the rest at the beginning of #tail.
    if (this.#tail.length < size) {
      const larger = new Uint8Array(Math.max(size, Math.min(this.#neededBytes, size * 2), 1024))
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
    let line = this.#lineEnd(this.#at, 'too big mbulk count string')
    if (line < 0) return false
    const count = this.#count(this.#at + 1, line)
    args.bytes = bytes
    args.requestStart = this.#at
    args.count = 0
    let at = line + 2
    if (count > args.starts.length) args.reserve(Math.min(count, 1024))
    for (let i = 0; i < count; i++) {
      if (at >= end) return this.#wait(at, count - i)
      if (bytes[at] !== dollar) {
        throw new ProtocolError(`Protocol error: expected '$', got '${latin1Text(bytes, at, at + 1)}'`)
      }
      // Two digits at most in nearly all requests: the long way is for the rest.
      let size = bytes[at + 1]! - 48
      line = at + 2
      if (line + 1 < end && size >= 0 && size <= 9 && bytes[line] !== cr && size !== 0) {
        const digit = bytes[line]! - 48
        if (digit >= 0 && digit <= 9) {
          size = size * 10 + digit
          line++
        }
      }
      if (line + 1 >= end || bytes[line] !== cr || size < 0 || size > 99) {
        line = this.#lineEnd(at, 'too big bulk count string')
        if (line < 0) return this.#wait(at, count - i)
        size = this.#bulkSize(at + 1, line)
      } else if (size > this.#limits.bulkBytesMax) throw new ProtocolError('Protocol error: invalid bulk length')
      const start = line + 2
      at = start + size + 2
      if (at > end) return this.#wait(at, count - i - 1)
      if (i >= args.starts.length) args.reserve(i + 1)
      args.starts[i] = start
      args.ends[i] = start + size
    }
    args.count = Math.max(0, count)
    args.requestEnd = at
    this.#at = at
    return true
  }

  /** Notes that the request needs `missing` more arguments behind offset `at`; false. */
  #wait(at: number, missing: number): boolean {
    this.#neededBytes = Math.max(at - this.#at + missing * argumentBytesMin, this.#end - this.#at + 1)
    return false
  }

  /** Offset of the CR that ends the line at `at`, or -1 when it has not come yet. */
  #lineEnd(at: number, tooLong: string): number {
    const bytes = this.#bytes
    const end = this.#end
    for (let i = at; i < end; i++) {
      if (bytes[i] !== cr) continue
      return i + 1 < end ? i : -1
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

  #bulkSize(start: number, end: number): number {
    const size = parseSmallInteger(this.#bytes, start, end)
    if (Number.isNaN(size) || size < 0 || size > this.#limits.bulkBytesMax) {
      throw new ProtocolError('Protocol error: invalid bulk length')
    }
    if (this.restricted && size > unauthenticatedBulkBytesMax) {
      throw new ProtocolError('Protocol error: unauthenticated bulk length')
    }
    return size
  }

  #readInline(args: Args): boolean {
    const newline = this.#bytes.indexOf(lf, this.#at)
    if (newline < 0 || newline >= this.#end) {
      if (this.#end - this.#at > inlineBytesMax) throw new ProtocolError('Protocol error: too big inline request')
      return false
    }
    const lineEnd = newline > this.#at && this.#bytes[newline - 1] === cr ? newline - 1 : newline
    const words = splitInline(this.#bytes, this.#at, lineEnd)
    if (words === undefined) throw new ProtocolError('Protocol error: unbalanced quotes in request')
    this.#at = newline + 1
    const request = Args.of(...words)
    args.bytes = request.bytes
    args.requestStart = 0
    args.requestEnd = request.requestEnd
    args.reserve(request.count)
    args.starts.set(request.starts.subarray(0, request.count))
    args.ends.set(request.ends.subarray(0, request.count))
    args.count = request.count
    return true
  }
}
