/** The arguments of one request, as ranges of the bytes they arrived in.
 *
 *  Nothing is copied and no object is made per argument: argument `i` is `bytes[starts[i], ends[i])`, and because the
 *  bytes are the request in wire form (`*3\r\n$3\r\nSET\r\n…`), any run of neighbouring arguments is one range too.
 *  The cursor (`next`, `token`, …) is how handlers read; it is reset before each run, so a request can be run again. */
import {
  copyBytes,
  digitCount,
  equalRanges,
  latin1Text,
  parseInt64,
  parseSmallInteger,
  sliceBytes,
  untilNul,
  writeDecimal,
} from '../../src/lib/bytes.ts'
import { ReplyError } from './reply-error.ts'

const initialArguments = 16

/** What is taken for a word, a number, a name or a part of an error text may be so long. A string can't hold the longest
 *  argument, and a regular expression does not come through much less. */
export const textBytesMax = 1024 * 1024

const textTooLong = (): Error => new ReplyError('ERR argument is too long to be a word, a number or a name')

export class Args {
  /** What the request arrived in; only this request's range of it is meant. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Where the request begins (its `*`) and ends (behind the last argument's CRLF). */
  requestStart = 0
  requestEnd = 0
  /** Whether the bytes stay as they are until all of the input that they came in has been run. */
  isSteady = false
  /** How many arguments there are, the command's name included. */
  count = 0
  starts = new Int32Array(initialArguments)
  ends = new Int32Array(initialArguments)
  /** The next argument the cursor reads. */
  position = 1

  /** Makes room for `count` arguments, keeping those that are there. */
  reserve(count: number): void {
    if (count <= this.starts.length) return
    const capacity = Math.max(count, Math.min(this.starts.length * 2, count + 65536))
    const starts = new Int32Array(capacity)
    starts.set(this.starts)
    this.starts = starts
    const ends = new Int32Array(capacity)
    ends.set(this.ends)
    this.ends = ends
  }

  /** A request made of these arguments, with bytes of its own. */
  static of(...values: readonly (string | Uint8Array)[]): Args {
    const args = new Args()
    args.take(values)
    return args
  }

  /** Becomes a request made of these arguments, with bytes of its own. */
  take(values: readonly (string | Uint8Array)[]): void {
    this.bytes = encodeRequest(values)
    this.requestStart = 0
    this.requestEnd = this.bytes.length
    this.count = values.length
    this.reserve(this.count)
    let at = 3 + digitCount(this.count)
    for (let i = 0; i < this.count; i++) {
      const value = values[i]!
      const size = typeof value === 'string' ? Buffer.byteLength(value) : value.length
      at += 3 + digitCount(size)
      this.starts[i] = at
      this.ends[i] = at + size
      at += size + 2
    }
  }

  /** The same request with bytes and arrays of its own, for what must outlive the input (MULTI, blocking). */
  clone(): Args {
    const copy = new Args()
    copy.bytes = sliceBytes(this.bytes, this.requestStart, this.requestEnd)
    copy.requestEnd = copy.bytes.length
    copy.count = this.count
    copy.starts = this.starts.slice(0, this.count)
    copy.ends = this.ends.slice(0, this.count)
    for (let i = 0; i < this.count; i++) {
      copy.starts[i]! -= this.requestStart
      copy.ends[i]! -= this.requestStart
    }
    return copy
  }

  size(i: number): number {
    return this.ends[i]! - this.starts[i]!
  }

  /** Where argument `i` begins in wire form (its `$`). */
  wireStart(i: number): number {
    return this.starts[i]! - 3 - digitCount(this.ends[i]! - this.starts[i]!)
  }

  /** Behind argument `i` in wire form (its CRLF included). */
  wireEnd(i: number): number {
    return this.ends[i]! + 2
  }

  /** Argument `i` as Latin-1 text: for words, numbers and names, not for data. Above `textBytesMax` it throws. */
  text(i: number, tooLong: () => Error = textTooLong): string {
    if (this.size(i) > textBytesMax) throw tooLong()
    return latin1Text(this.bytes, this.starts[i]!, this.ends[i]!)
  }

  /** As much of argument `i` as `text`: for what only quotes it, or looks for a shorter word. */
  textStart(i: number, bytesMax = textBytesMax): string {
    const start = this.starts[i]!
    return latin1Text(this.bytes, start, Math.min(this.ends[i]!, start + bytesMax))
  }

  /** Argument `i` as an error text of Redis quotes it: up to the first NUL, as C strings end. */
  quoted(i: number, bytesMax = textBytesMax): string {
    return untilNul(this.textStart(i, bytesMax))
  }

  /** Argument `i` as Redis parses it where it takes it for a C string. Above `textBytesMax` it throws. */
  terminated(i: number, tooLong: () => Error): string {
    return untilNul(this.text(i, tooLong))
  }

  /** A copy of argument `i`'s bytes. */
  copy(i: number): Uint8Array {
    return sliceBytes(this.bytes, this.starts[i]!, this.ends[i]!)
  }

  /** Whether argument `i` is the word, in any case. `upper` must be in upper case. */
  is(i: number, upper: string): boolean {
    const start = this.starts[i]!
    if (this.ends[i]! - start !== upper.length) return false
    for (let k = 0; k < upper.length; k++) {
      let byte = this.bytes[start + k]!
      if (byte >= 97 && byte <= 122) byte -= 32
      if (byte !== upper.charCodeAt(k)) return false
    }
    return true
  }

  equal(i: number, other: Args, k: number): boolean {
    const size = this.size(i)
    return size === other.size(k) && equalRanges(this.bytes, this.starts[i]!, other.bytes, other.starts[k]!, size)
  }

  /** The integer in argument `i` if it fits ±(10^15 - 1), otherwise NaN (see `parseSmallInteger`). */
  smallInteger(i: number): number {
    return parseSmallInteger(this.bytes, this.starts[i]!, this.ends[i]!)
  }

  /** The signed 64-bit integer in argument `i`, undefined when there is none. */
  int64(i: number): bigint | undefined {
    return parseInt64(this.bytes, this.starts[i]!, this.ends[i]!)
  }

  // The cursor.

  /** Back to the first argument behind the command's name. */
  rewind(): void {
    this.position = 1
  }

  /** How many arguments the cursor has not read yet. */
  get left(): number {
    return this.count - this.position
  }

  /** The index of the next argument, which is read; a syntax error when there is none. */
  next(): number {
    if (this.position >= this.count) throw new ReplyError('ERR syntax error')
    return this.position++
  }

  /** Reads the next argument if it is this word (given in upper case) in any case. */
  token(upper: string): boolean {
    if (this.position >= this.count || !this.is(this.position, upper)) return false
    this.position++
    return true
  }

  /** Reads the next argument as a signed 64-bit integer; throws `message` otherwise. */
  nextInt64(message = 'ERR value is not an integer or out of range'): bigint {
    const value = this.int64(this.next())
    if (value === undefined) throw new ReplyError(message)
    return value
  }

  /** A syntax error unless every argument was read. */
  finish(): void {
    if (this.position < this.count) throw new ReplyError('ERR syntax error')
  }
}

/** The request in wire form. */
export function encodeRequest(values: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value))
  let size = 3 + digitCount(parts.length)
  for (const part of parts) size += part.length + 5 + digitCount(part.length)
  const bytes = new Uint8Array(size)
  let at = writeHeader(42, parts.length, bytes, 0)
  for (const part of parts) {
    at = writeHeader(36, part.length, bytes, at)
    at = copyBytes(part, 0, part.length, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
  }
  return bytes
}

/** Writes `<type byte><count>\r\n`; returns the offset behind it. */
export function writeHeader(type: number, count: number, target: Uint8Array, at: number): number {
  target[at++] = type
  // Most counts have one digit or two, and a header is written for each element of an answer: 15 ns less for each.
  if (count < 10) target[at++] = 48 + count
  else if (count < 100) {
    const tens = (count * 205) >> 11
    target[at++] = 48 + tens
    target[at++] = 48 + count - tens * 10
  } else at = writeDecimal(count, target, at)
  target[at] = 13
  target[at + 1] = 10
  return at + 2
}
