/** Replies of RESP3 as JSON, from bytes to bytes: no tree is built in between.
 *
 *  | RESP3                             | JSON                                                                |
 *  | --------------------------------- | ------------------------------------------------------------------- |
 *  | strings, verbatim strings         | string; `{"base64":"…"}` when the bytes are not UTF-8               |
 *  | integer, double                   | number; string beyond 2^53 and for `inf`, `-inf`, `nan`             |
 *  | big number                        | string                                                              |
 *  | boolean, the three nulls          | `true`, `false`, `null`                                             |
 *  | array, set, push                  | array                                                               |
 *  | map                               | object; `{"pairs":[[key,value],…]}` when a key is not text          |
 *  | attribute                         | left out                                                            |
 *  | error                             | `{"error":{"code":"WRONGTYPE","message":"WRONGTYPE Operation …"}}`  |
 *
 *  A key that is a number or a boolean becomes its text. */
import assert from 'node:assert'
import { isText, type JsonWriter } from './json-writer.ts'

const cr = 13
const minus = 45
/** Integers with fewer digits are numbers, those with more are looked at. */
const safeDigits = 15

const type = {
  simple: 43,
  error: 45,
  integer: 58,
  bulk: 36,
  verbatim: 61,
  array: 42,
  set: 126,
  push: 62,
  map: 37,
  null: 95,
  boolean: 35,
  double: 44,
  bigNumber: 40,
  attribute: 124,
} as const

/** Behind `=15\r\n` come three letters and a colon. */
const verbatimPrefixBytes = 4

/** Whether the reply at this offset was pushed: it answers no request. */
export function isPush(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === type.push
}

/** Whether the reply at this offset is an error. */
export function isError(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === type.error
}

/** Whether the reply at this offset is a null. */
export function isNull(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === type.null || (bytes[at + 1] === minus && (bytes[at] === type.bulk || bytes[at] === type.array))
}

/** What a reply at the top level that is an error says. */
export interface ReplyFault {
  readonly code: string
  readonly message: string
}

/** The error at this offset. */
export function readError(bytes: Uint8Array, at: number): ReplyFault {
  const message = Buffer.from(bytes.subarray(at + 1, lineEnd(bytes, at))).toString()
  return { code: codeOf(message), message }
}

/** The code word with which an error text begins, `ERR` where it has none. */
export function codeOf(message: string): string {
  return /^[A-Z][A-Z0-9_]*(?= |$)/.exec(message)?.[0] ?? 'ERR'
}

/** Writes the reply at `at`, which must be there as a whole; returns the offset behind it. */
export function writeReply(writer: JsonWriter, bytes: Uint8Array, at: number): number {
  const line = lineEnd(bytes, at)
  const next = line + 2
  switch (bytes[at]) {
    case type.bulk:
    case type.verbatim:
    case type.simple:
    case type.bigNumber: {
      const range = stringAt(bytes, at, line)
      if (range === undefined) return writeWord(writer, 'null', next)
      writer.string(bytes, range.start, range.end)
      return range.next
    }
    case type.integer:
      writeInteger(writer, bytes, at + 1, line)
      return next
    case type.double:
      writeDouble(writer, bytes, at + 1, line)
      return next
    case type.array:
    case type.set:
    case type.push:
      if (bytes[at + 1] === minus) return writeWord(writer, 'null', next)
      return writeItems(writer, bytes, next, countAt(bytes, at + 1, line))
    case type.map:
      return writeMap(writer, bytes, next, countAt(bytes, at + 1, line))
    case type.null:
      return writeWord(writer, 'null', next)
    case type.boolean:
      return writeWord(writer, bytes[at + 1] === 116 ? 'true' : 'false', next)
    case type.error:
      writeFault(writer, readError(bytes, at))
      return next
    case type.attribute:
      return writeReply(writer, bytes, skipReplies(bytes, next, 2 * countAt(bytes, at + 1, line)))
    default:
      assert.fail(`a reply does not begin with byte ${bytes[at]}`)
  }
}

/** `{"error":{"code":…,"message":…}}` */
export function writeFault(writer: JsonWriter, { code, message }: ReplyFault): void {
  writer.raw('{"error":{"code":')
  writer.text(code)
  writer.raw(',"message":')
  writer.text(message)
  writer.raw('}}')
}

/** The offset behind the reply at `at`, with an attribute that it may have. */
export function skipReply(bytes: Uint8Array, at: number): number {
  return skipReplies(bytes, at, 1)
}

function skipReplies(bytes: Uint8Array, at: number, left: number): number {
  while (left > 0) {
    const line = lineEnd(bytes, at)
    const kind = bytes[at]
    left--
    if (bytes[at + 1] !== minus) {
      if (kind === type.array || kind === type.set || kind === type.push) left += countAt(bytes, at + 1, line)
      else if (kind === type.map) left += countAt(bytes, at + 1, line) * 2
      // What it belongs to comes behind it.
      else if (kind === type.attribute) left += countAt(bytes, at + 1, line) * 2 + 1
    }
    at = stringAt(bytes, at, line)?.next ?? line + 2
  }
  return at
}

/** A string's bytes within a reply. */
export interface StringRange {
  readonly start: number
  readonly end: number
  /** Behind the string. */
  readonly next: number
}

/** The string (of any kind) at `at`; undefined when there is a null or something else. */
export function readString(bytes: Uint8Array, at: number): StringRange | undefined {
  return stringAt(bytes, at, lineEnd(bytes, at))
}

/** How many items the array, set, push or map at `at` has (a map two for each entry, a null none), and where the first
 *  of them begins. */
export function readHeader(bytes: Uint8Array, at: number): { count: number; next: number } {
  const line = lineEnd(bytes, at)
  if (bytes[at + 1] === minus || bytes[at] === type.null) return { count: 0, next: line + 2 }
  const count = countAt(bytes, at + 1, line)
  return { count: bytes[at] === type.map ? count * 2 : count, next: line + 2 }
}

/** The integer at `at`. */
export function readInteger(bytes: Uint8Array, at: number): { value: bigint; next: number } {
  const line = lineEnd(bytes, at)
  return { value: BigInt(latin1(bytes, at + 1, line)), next: line + 2 }
}

function stringAt(bytes: Uint8Array, at: number, line: number): StringRange | undefined {
  const kind = bytes[at]
  if (kind === type.simple || kind === type.bigNumber) return { start: at + 1, end: line, next: line + 2 }
  if ((kind !== type.bulk && kind !== type.verbatim) || bytes[at + 1] === minus) return undefined
  const size = countAt(bytes, at + 1, line)
  const start = line + 2
  return {
    start: kind === type.verbatim ? start + verbatimPrefixBytes : start,
    end: start + size,
    next: start + size + 2,
  }
}

function lineEnd(bytes: Uint8Array, at: number): number {
  let end = at + 1
  while (bytes[end] !== cr) {
    assert(end < bytes.length, 'a reply is whole')
    end++
  }
  return end
}

function countAt(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let i = start; i < end; i++) count = count * 10 + bytes[i]! - 48
  return count
}

function writeWord(writer: JsonWriter, word: string, next: number): number {
  writer.raw(word)
  return next
}

function writeItems(writer: JsonWriter, bytes: Uint8Array, at: number, count: number): number {
  writer.raw('[')
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.raw(',')
    at = writeReply(writer, bytes, at)
  }
  writer.raw(']')
  return at
}

function writeInteger(writer: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  const isSafe = end - start <= safeDigits || Number.isSafeInteger(Number(latin1(bytes, start, end)))
  if (isSafe) writer.copy(bytes, start, end)
  else writer.quoted(bytes, start, end)
}

function writeDouble(writer: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(latin1(bytes, start, end))) writer.copy(bytes, start, end)
  else writer.quoted(bytes, start, end)
}

/** An object if every key can be a name in it, pairs otherwise. */
function writeMap(writer: JsonWriter, bytes: Uint8Array, at: number, count: number): number {
  if (!hasNames(bytes, at, count)) return writePairs(writer, bytes, at, count)
  writer.raw('{')
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.raw(',')
    const line = lineEnd(bytes, at)
    const range = stringAt(bytes, at, line)
    if (range !== undefined) writer.quoted(bytes, range.start, range.end)
    else if (bytes[at] === type.boolean) writer.raw(bytes[at + 1] === 116 ? '"true"' : '"false"')
    else writer.quoted(bytes, at + 1, line)
    writer.raw(':')
    at = writeReply(writer, bytes, range?.next ?? line + 2)
  }
  writer.raw('}')
  return at
}

function hasNames(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const line = lineEnd(bytes, at)
    const range = stringAt(bytes, at, line)
    const kind = bytes[at]
    if (range === undefined && kind !== type.integer && kind !== type.double && kind !== type.boolean) return false
    if (range !== undefined && !isText(bytes, range.start, range.end)) return false
    at = skipReply(bytes, range?.next ?? line + 2)
  }
  return true
}

function writePairs(writer: JsonWriter, bytes: Uint8Array, at: number, count: number): number {
  writer.raw('{"pairs":[')
  for (let i = 0; i < count; i++) {
    writer.raw(i > 0 ? ',[' : '[')
    at = writeReply(writer, bytes, at)
    writer.raw(',')
    at = writeReply(writer, bytes, at)
    writer.raw(']')
  }
  writer.raw(']}')
  return at
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}
