/** The `Reply` sink that writes RESP2 or RESP3 into one growing buffer.
 *
 *  The writer is shared by all connections of a turn: whoever drives it notes `at` before and after an answer and
 *  sets `protocol` to that of the reader. `take` hands the buffer over and starts a new one. */
import { constants } from 'node:buffer'
import { copyBytes, digitCount, writeDecimal } from '../../src/lib/bytes.ts'
import { writeHeader } from './args.ts'
import type { Reply } from './reply.ts'

/** Size of a buffer to begin with, and the smallest that is kept for the next turn. */
const bufferBytes = 64 * 1024
const headerBytesMax = 24
/** The answers of a turn may have so many bytes; the last may be longer by one string. A buffer can have twice as much. */
export const answersBytesMax = 2 * 1024 * 1024 * 1024
/** Texts shorter than this are written by a loop, which beats a native call. */
const loopTextMax = 64

const colon = 58
const dollar = 36
const minus = 45
const star = 42

export class ReplyWriter implements Reply {
  protocol = 2
  bytes: Buffer = Buffer.allocUnsafeSlow(bufferBytes)
  /** Where the next answer begins. */
  at = 0
  /** Where the answer begins that is being written: what is too long is dropped from here on. */
  floor = 0
  /** Something did not fit since this was last set to false: what is behind `floor` is no answer. Nothing is thrown then, so
   *  that a command whose answer can't be given still does, and logs, all that it does. */
  isTooLong = false
  /** When its buffer would have to grow beyond this, an answer is too long. */
  bytesMax: number
  /** How many error replies have been written. */
  errors = 0
  /** How many were written that had been counted before. */
  repeats = 0
  /** Told of the first line of every error reply that was not counted before. */
  onError: (message: string) => void = () => {}

  constructor(bytesMax = constants.MAX_LENGTH) {
    this.bytesMax = bytesMax
  }

  /** Makes sure that `size` more bytes fit. */
  reserve(size: number): void {
    if (this.at + size > this.bytes.length) this.#grow(size)
  }

  /** Puts an error in the place of the answer that begins at `start` and was too long. */
  replaceAnswer(start: number, message: string): void {
    this.at = start
    this.floor = start
    this.error(message)
    // There may be no room for the error either by the limit: it is written all the same.
    this.isTooLong = false
  }

  #grow(size: number): void {
    if (this.at + size > this.bytesMax) {
      this.isTooLong = true
      this.at = Math.min(this.at, this.floor)
      if (this.at + size <= this.bytes.length) return
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(Math.min(this.bytes.length * 2, this.bytesMax), this.at + size))
    larger.set(this.bytes.subarray(0, this.at))
    this.bytes = larger
  }

  /** Hands over the buffer; the writer goes on with `next` or, without one, a new buffer. */
  take(next?: Buffer): Buffer {
    const { bytes } = this
    this.bytes = next ?? Buffer.allocUnsafeSlow(bufferBytes)
    this.at = 0
    return bytes
  }

  ok(): void {
    this.reserve(5)
    const { bytes, at } = this
    bytes[at] = 43
    bytes[at + 1] = 79
    bytes[at + 2] = 75
    bytes[at + 3] = 13
    bytes[at + 4] = 10
    this.at = at + 5
  }

  simple(text: string): void {
    this.#line('+', text)
  }

  error(message: string): void {
    this.errors++
    this.onError(firstLine(message))
    this.#errorLine(message)
  }

  repeatError(message: string): void {
    this.repeats++
    this.#errorLine(message)
  }

  #errorLine(message: string): void {
    let end = message.length
    while (end > 0 && (message[end - 1] === '\r' || message[end - 1] === '\n')) end--
    const start = this.at + 1
    this.#line('-', message.slice(0, end))
    // By a loop: a script may fail with a text of a hundred million line feeds, which no regular expression gets through.
    for (let i = start; i < this.at - 2; i++) if (this.bytes[i] === 10 || this.bytes[i] === 13) this.bytes[i] = 32
  }

  integer(value: number | bigint): void {
    this.reserve(headerBytesMax)
    if (typeof value === 'bigint' || !Number.isSafeInteger(value)) return this.#line(':', String(value))
    let { at } = this
    this.bytes[at++] = colon
    if (value < 0) this.bytes[at++] = minus
    at = writeDecimal(Math.abs(value), this.bytes, at)
    this.bytes[at++] = 13
    this.bytes[at++] = 10
    this.at = at
  }

  bulk(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start + headerBytesMax)
    const { bytes } = this
    let at = writeHeader(dollar, end - start, bytes, this.at)
    at = copyBytes(source, start, end, bytes, at)
    bytes[at++] = 13
    bytes[at++] = 10
    this.at = at
  }

  text(text: string): void {
    const size = Buffer.byteLength(text)
    this.reserve(size + headerBytesMax)
    const at = writeHeader(dollar, size, this.bytes, this.at)
    this.bytes.write(text, at)
    this.bytes[at + size] = 13
    this.bytes[at + size + 1] = 10
    this.at = at + size + 2
  }

  null(): void {
    this.#line(this.protocol === 2 ? '$' : '_', this.protocol === 2 ? '-1' : '')
  }

  nullArray(): void {
    this.#line(this.protocol === 2 ? '*' : '_', this.protocol === 2 ? '-1' : '')
  }

  array(count: number): void {
    this.#header(star, count)
  }

  map(count: number): void {
    if (this.protocol === 2) this.#header(star, count * 2)
    else this.#header(37, count)
  }

  set(count: number): void {
    this.#header(this.protocol === 2 ? star : 126, count)
  }

  push(count: number): void {
    this.#header(this.protocol === 2 ? star : 62, count)
  }

  double(value: number, digits?: string): void {
    const text = digits ?? formatDouble(value)
    if (this.protocol === 2) this.text(text)
    else this.#line(',', text)
  }

  bigNumber(digits: string): void {
    if (this.protocol === 2) this.bulk(Buffer.from(digits, 'latin1'))
    else this.#line('(', digits)
  }

  boolean(value: boolean): void {
    if (this.protocol === 2) this.integer(value ? 1 : 0)
    else this.#line('#', value ? 't' : 'f')
  }

  verbatim(format: string, text: string): void {
    if (this.protocol === 2) return this.text(text)
    this.#line('=', String(Buffer.byteLength(text) + 4))
    this.reserve(text.length * 3 + headerBytesMax)
    this.at += this.bytes.write(`${format}:${text}\r\n`, this.at)
  }

  mark(): number {
    return this.at
  }

  arrayAt(mark: number, count: number): void {
    this.#headerAt(mark, star, count)
  }

  mapAt(mark: number, count: number): void {
    this.#headerAt(mark, this.protocol === 2 ? star : 37, this.protocol === 2 ? count * 2 : count)
  }

  wire(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    this.at = copyBytes(source, start, end, this.bytes, this.at)
  }

  #header(type: number, count: number): void {
    this.reserve(headerBytesMax)
    this.at = writeHeader(type, count, this.bytes, this.at)
  }

  #headerAt(mark: number, type: number, count: number): void {
    this.reserve(headerBytesMax)
    const size = digitCount(count) + 3
    this.bytes.copyWithin(mark + size, mark, this.at)
    writeHeader(type, count, this.bytes, mark)
    this.at += size
  }

  /** A line of Latin-1 text behind its type. */
  #line(type: string, text: string): void {
    this.reserve(text.length + 3)
    const { bytes } = this
    let { at } = this
    bytes[at++] = type.charCodeAt(0)
    if (text.length < loopTextMax) for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
    else at += bytes.write(text, at, 'latin1')
    bytes[at++] = 13
    bytes[at++] = 10
    this.at = at
  }
}

/** Significant digits of a double in Redis 7.0, which prints it with `%.17g`. */
const doubleDigits = 17
/** As many digits as JavaScript gives: enough to tell a tie from its neighbours. */
const digitsMax = 100

/** A double as Redis 7.0 prints it: `inf`, `-inf`, `nan`, or 17 significant digits without zeros at their end. */
export function formatDouble(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'inf'
  if (value === Number.NEGATIVE_INFINITY) return '-inf'
  if (Number.isNaN(value)) return 'nan'
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value)
  const [digits = '', power = '0'] = roundHalfEven(value).split('e')
  const exponent = Number(power)
  const sign = value < 0 ? '-' : ''
  const significant = digits.replace(/[-.]/g, '').replace(/0+$/, '')
  if (exponent < -4 || exponent >= doubleDigits) {
    const fraction = significant.length > 1 ? `.${significant.slice(1)}` : ''
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${significant[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${significant}`
  const whole = significant.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const fraction = significant.slice(exponent + 1)
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

/** The number as `d.dddde±x` with 17 digits. Of two that are equally near C takes the even one, JavaScript the larger. */
function roundHalfEven(value: number): string {
  const rounded = value.toExponential(doubleDigits - 1)
  const [exact = ''] = value.toExponential(digitsMax).split('e')
  const isTie = /^50*$/.test(exact.slice(exact.indexOf('.') + doubleDigits))
  if (!isTie) return rounded
  const down = `${exact.slice(0, exact.indexOf('.') + doubleDigits)}e${rounded.split('e')[1]}`
  return Number(down.split('e')[0]!.at(-1)) % 2 === 0 ? down : rounded
}

function firstLine(text: string): string {
  const end = text.search(/[\r\n]/)
  return end < 0 ? text : text.slice(0, end)
}
