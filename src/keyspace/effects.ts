/** What a turn wrote, as effect commands in RESP: the log's record in the making.
 *
 *  An effect is a fact: the id that was chosen, the point in time at which a key expires, the element that was taken.
 *  Running a record's commands through the ordinary handlers, in order and from database 0, repeats what happened. */
import { type Args, writeHeader } from '../../protocol/resp/args.ts'
import { copyBytes, digitCount, writeDecimal } from '../lib/bytes.ts'

const bufferBytes = 64 * 1024
const bufferBytesKept = 1024 * 1024
const nothing = new Uint8Array(0)
const star = 42
const dollar = 36
const headerBytesMax = 24

export class Effects {
  /** Off while the log is replayed and when nothing is kept on disk: then facts are dropped. */
  enabled = true
  #bytes = new Uint8Array(bufferBytes)
  #at = 0
  /** The database the commands so far have selected. */
  #selectedDb = 0
  /** Requests that belong behind `#at` but were not copied yet: neighbours in the same input are copied as one. */
  #received: Uint8Array = nothing
  #receivedStart = 0
  #receivedEnd = 0

  /** How many bytes were written since the last `take`. */
  get size(): number {
    return this.#at + this.#receivedEnd - this.#receivedStart
  }

  /** The record's bytes, and begins the next record: a view that is valid until then, and never of a whole buffer. */
  take(): Uint8Array {
    this.settle()
    const record = this.#bytes.subarray(0, this.#at)
    // The memory of an unusually large record is not kept.
    if (this.#bytes.length > bufferBytesKept) this.#bytes = new Uint8Array(bufferBytes)
    this.#at = 0
    this.#selectedDb = 0
    return record
  }

  /** The request just as it came. */
  log(db: number, args: Args): void {
    if (!this.enabled) return
    const { bytes, requestStart, requestEnd } = args
    if (db === this.#selectedDb && requestStart === this.#receivedEnd && bytes === this.#received && args.isSteady) {
      this.#receivedEnd = requestEnd
      return
    }
    this.#select(db)
    if (!args.isSteady) return this.wire(bytes, requestStart, requestEnd)
    this.settle()
    this.#received = bytes
    this.#receivedStart = requestStart
    this.#receivedEnd = requestEnd
  }

  /** Copies requests that were only noted so far. To be called before their input goes. */
  settle(): void {
    if (this.#receivedEnd === this.#receivedStart) return
    const received = this.#received
    const start = this.#receivedStart
    const end = this.#receivedEnd
    this.#received = nothing
    this.#receivedStart = 0
    this.#receivedEnd = 0
    this.wire(received, start, end)
  }

  /** A command of these arguments. */
  command(db: number, ...values: readonly (string | number | Uint8Array)[]): void {
    if (!this.enabled) return
    this.begin(db, values.length)
    for (const value of values) {
      if (typeof value === 'object') this.bulk(value, 0, value.length)
      else this.text(String(value))
    }
  }

  /** Begins a command of `count` arguments, which must follow by `bulk`, `text`, `argument` or `wire`. False when
   *  effects are off: then nothing must follow. */
  begin(db: number, count: number): boolean {
    if (!this.enabled) return false
    this.#select(db)
    this.#reserve(headerBytesMax)
    this.#at = writeHeader(star, count, this.#bytes, this.#at)
    return true
  }

  bulk(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + headerBytesMax)
    let at = writeHeader(dollar, end - start, this.#bytes, this.#at)
    at = copyBytes(bytes, start, end, this.#bytes, at)
    this.#bytes[at++] = 13
    this.#bytes[at++] = 10
    this.#at = at
  }

  /** ASCII text as an argument. */
  text(text: string): void {
    this.#reserve(text.length + headerBytesMax)
    let at = writeHeader(dollar, text.length, this.#bytes, this.#at)
    for (let i = 0; i < text.length; i++) this.#bytes[at++] = text.charCodeAt(i)
    this.#bytes[at++] = 13
    this.#bytes[at++] = 10
    this.#at = at
  }

  /** A non-negative safe integer as an argument. */
  integer(value: number): void {
    this.#reserve(headerBytesMax * 2)
    let at = writeHeader(dollar, digitCount(value), this.#bytes, this.#at)
    at = writeDecimal(value, this.#bytes, at)
    this.#bytes[at++] = 13
    this.#bytes[at++] = 10
    this.#at = at
  }

  /** Argument `i` of a request. */
  argument(args: Args, i: number): void {
    this.wire(args.bytes, args.wireStart(i), args.wireEnd(i))
  }

  /** Arguments that are in wire form already. */
  wire(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    this.#at = copyBytes(bytes, start, end, this.#bytes, this.#at)
  }

  #select(db: number): void {
    if (db === this.#selectedDb) return
    this.#selectedDb = db
    this.#reserve(headerBytesMax)
    this.#at = writeHeader(star, 2, this.#bytes, this.#at)
    this.text('SELECT')
    this.text(String(db))
  }

  #reserve(size: number): void {
    if (this.#receivedEnd !== this.#receivedStart) this.settle()
    if (this.#at + size < this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + size + 1))
    larger.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = larger
  }
}
