/** JSON text, written as bytes into one growing buffer. */
import { constants, isUtf8 } from 'node:buffer'
import { copyBytes } from '../../lib/bytes.ts'

const bufferBytes = 1024
/** A larger buffer is not kept for the next text. */
const keptBytesMax = 1024 * 1024
/** A byte becomes six at most: \u0000. */
const growthMax = 6

/** An answer in JSON may have so many bytes. Answers become strings, which can't have more than 2^29 - 24 characters, and
 *  each needs its memory some times over. */
export const answerBytesMax = 256 * 1024 * 1024

/** Base64 is written in pieces: of three bytes each, so that none is padded but the last. */
const base64PieceBytes = 3 * 1024 * 1024

/** The text would be longer than the writer may make it. What it has so far is dropped. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong'

  constructor(bytesMax: number) {
    super(`the answer would have more than ${bytesMax} bytes of JSON: ask for less at once.`)
  }
}

const quote = 34
const backslash = 92

/** What stands behind the backslash for a byte that has a short escape; 117 (`u`) for those that have none. */
const escapes = new Uint8Array(128)
for (let byte = 0; byte < 32; byte++) escapes[byte] = 117
escapes[8] = 98
escapes[9] = 116
escapes[10] = 110
escapes[12] = 102
escapes[13] = 114
escapes[quote] = quote
escapes[backslash] = backslash

export class JsonWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(bufferBytes)
  at = 0
  readonly #bytesMax: number

  /** A text of more than `bytesMax` is an `AnswerTooLong`. */
  constructor(bytesMax = Number.POSITIVE_INFINITY) {
    this.#bytesMax = bytesMax
  }

  /** Makes sure that `size` more bytes fit. */
  reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return
    this.#limit(0)
    const larger = Buffer.allocUnsafeSlow(
      Math.max(Math.min(this.bytes.length * 2, constants.MAX_LENGTH), this.at + size),
    )
    larger.set(this.bytes.subarray(0, this.at))
    this.bytes = larger
  }

  /** The text so far, as bytes of its own; the writer begins anew. */
  take(): Buffer {
    const text = Buffer.from(this.bytes.subarray(0, this.at))
    this.clear()
    return text
  }

  /** The text so far as a string; the writer begins anew. */
  takeText(): string {
    this.#limit(0)
    const text = this.bytes.toString('utf8', 0, this.at)
    this.clear()
    return text
  }

  /** Throws when the text, with so many bytes more, is too long. */
  #limit(size: number): void {
    if (this.at + size <= this.#bytesMax) return
    this.clear()
    throw new AnswerTooLong(this.#bytesMax)
  }

  clear(): void {
    this.at = 0
    if (this.bytes.length > keptBytesMax) this.bytes = Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** ASCII text as it is: punctuation and words that need no escape. */
  raw(text: string): void {
    this.reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i)
  }

  /** Bytes that are JSON already. */
  copy(source: Uint8Array, start: number, end: number): void {
    this.#limit(end - start)
    this.reserve(end - start)
    this.at = copyBytes(source, start, end, this.bytes, this.at)
  }

  /** Text that is JSON already. */
  json(text: string): void {
    this.reserve(text.length * 3)
    this.at += this.bytes.write(text, this.at)
  }

  /** A string of JavaScript. */
  text(text: string): void {
    const json = Buffer.from(JSON.stringify(text))
    this.copy(json, 0, json.length)
  }

  /** The bytes as a string, or as `{"base64":"…"}` when they are not UTF-8. */
  string(source: Uint8Array, start: number, end: number): void {
    if (isText(source, start, end)) return this.quoted(source, start, end)
    this.raw('{"base64":"')
    this.#limit(end - start)
    for (let at = start; at < end; at += base64PieceBytes) {
      const size = Math.min(base64PieceBytes, end - at)
      const base64 = Buffer.from(source.buffer, source.byteOffset + at, size).toString('base64')
      this.reserve(base64.length + 2)
      this.at += this.bytes.write(base64, this.at, 'latin1')
    }
    this.raw('"}')
  }

  /** The bytes, which must be UTF-8, as a string. */
  quoted(source: Uint8Array, start: number, end: number): void {
    this.#limit(end - start)
    this.reserve((end - start) * growthMax + 2)
    const { bytes } = this
    let { at } = this
    bytes[at++] = quote
    for (let i = start; i < end; i++) {
      const byte = source[i]!
      const letter = byte < 128 ? escapes[byte]! : 0
      if (letter === 0) {
        bytes[at++] = byte
        continue
      }
      bytes[at++] = backslash
      bytes[at++] = letter
      if (letter !== 117) continue
      bytes[at++] = 48
      bytes[at++] = 48
      bytes[at++] = 48 + (byte >> 4)
      bytes[at++] = hexDigit(byte & 15)
    }
    bytes[at++] = quote
    this.at = at
  }
}

function hexDigit(value: number): number {
  return value < 10 ? 48 + value : 87 + value
}

/** Whether the bytes are UTF-8. */
export function isText(source: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (source[i]! > 127) return isUtf8(source.subarray(start, end))
  return true
}
