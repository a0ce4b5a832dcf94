/** The strings of a database, by entry: each lies in the arena in wire form (`$5\r\nhello\r\n`). */
import { writeHeader } from '../../protocol/resp/args.ts'
import { type Arena, noAddress } from '../lib/arena.ts'
import { copyBytes, digitCount, sliceBytes } from '../lib/bytes.ts'
import {
  type EntryTable,
  entryWords,
  formMask,
  kindBits,
  kindWord,
  type StringForm,
  stringForm,
  valueAddressWord,
  valueSizeWord,
} from './entry-table.ts'

/** The longest string there may be, whatever `proto-max-bulk-len` allows: in wire form, with the room that a growing
 *  one gets, it fits what Node 20 can hold in one piece, 4 GiB; so does a reply that has it doubled. */
export const stringBytesMax = 2 ** 31 - 1

const dollar = 36
/** Contents up to this size are overwritten where they are; a larger one's memory may be pinned (see `freeze`). */
const overwrittenBytesMax = 1024

export class StringValues {
  readonly #arena: Arena
  /** Has the address and the content's size of each. */
  readonly #table: EntryTable

  constructor(arena: Arena, table: EntryTable) {
    this.#arena = arena
    this.#table = table
  }

  /** The chunk that holds the string; valid until the next change. */
  chunk(entry: number): Uint8Array {
    return this.#arena.chunk(this.#address(entry))
  }

  /** Where the string in wire form begins in its chunk. */
  wireStart(entry: number): number {
    return this.#arena.offset(this.#address(entry))
  }

  wireSize(entry: number): number {
    return wireBytes(this.size(entry))
  }

  /** Where the content begins in its chunk. */
  start(entry: number): number {
    return this.#arena.offset(this.#address(entry)) + 3 + digitCount(this.size(entry))
  }

  /** Size of the content. */
  size(entry: number): number {
    return this.#table.words[entry * entryWords + valueSizeWord]!
  }

  /** A copy of the content. */
  copy(entry: number): Uint8Array {
    const start = this.start(entry)
    return sliceBytes(this.chunk(entry), start, start + this.size(entry))
  }

  /** How Redis would keep it. */
  form(entry: number): StringForm {
    return ((this.#table.words[entry * entryWords + kindWord]! & formMask) >>> kindBits) as StringForm
  }

  setForm(entry: number, form: StringForm): void {
    const { words } = this.#table
    const at = entry * entryWords + kindWord
    words[at] = (words[at]! & ~formMask) | (form << kindBits)
  }

  /** The content as it is now, whatever becomes of the key: a copy, or a large string's own memory, which the next
   *  change then leaves alone. */
  freeze(entry: number): Uint8Array {
    const start = this.start(entry)
    const end = start + this.size(entry)
    const chunk = this.chunk(entry)
    return this.#arena.pin(this.#address(entry)) ? chunk.subarray(start, end) : sliceBytes(chunk, start, end)
  }

  /** Gives an entry that has no string one. */
  create(entry: number, bytes: Uint8Array, start: number, end: number): void {
    this.#table.words[entry * entryWords + valueAddressWord] = this.#arena.allocate(wireBytes(end - start))
    this.#write(entry, bytes, start, end)
  }

  /** Replaces the entry's string; the new content may be a range of the old one. */
  replace(entry: number, bytes: Uint8Array, start: number, end: number): void {
    const oldContent = this.size(entry)
    // Of the same size, as counters mostly are: what stands around it is right already.
    if (end - start === oldContent && oldContent <= overwrittenBytesMax) {
      copyBytes(bytes, start, end, this.chunk(entry), this.start(entry))
      return
    }
    const arena = this.#arena
    const size = wireBytes(end - start)
    const oldSize = wireBytes(oldContent)
    const oldAt = this.#address(entry)
    if (arena.fits(oldAt, oldSize, size)) return this.#write(entry, bytes, start, end)
    this.create(entry, bytes, start, end)
    arena.free(oldAt, oldSize)
  }

  /** Lets the entry's content grow to `size` bytes, the new ones zero. Growing by little again and again costs time
   *  in proportion to the bytes added, because a large string gets room to spare. Its form is `raw` from now on. */
  grow(entry: number, size: number): void {
    this.setForm(entry, stringForm.raw)
    const arena = this.#arena
    const oldAt = this.#address(entry)
    const oldSize = this.size(entry)
    const fits = arena.fits(oldAt, wireBytes(oldSize), wireBytes(size))
    if (size === oldSize && (fits || size <= overwrittenBytesMax)) return
    const oldStart = this.start(entry)
    const oldChunk = this.chunk(entry)
    if (!fits) {
      this.#table.words[entry * entryWords + valueAddressWord] = arena.allocate(wireBytes(size), size >>> 1)
    }
    this.#table.words[entry * entryWords + valueSizeWord] = size
    const chunk = this.chunk(entry)
    const start = this.start(entry)
    if (chunk !== oldChunk) chunk.set(oldChunk.subarray(oldStart, oldStart + oldSize), start)
    else if (start !== oldStart) chunk.copyWithin(start, oldStart, oldStart + oldSize)
    chunk.fill(0, start + oldSize, start + size)
    this.#frame(entry, chunk)
    if (this.#address(entry) !== oldAt) arena.free(oldAt, wireBytes(oldSize))
  }

  /** Takes the entry's string away. */
  free(entry: number): void {
    this.#arena.free(this.#address(entry), wireBytes(this.size(entry)))
    this.#table.words[entry * entryWords + valueAddressWord] = noAddress
  }

  #address(entry: number): number {
    return this.#table.words[entry * entryWords + valueAddressWord]!
  }

  #write(entry: number, bytes: Uint8Array, start: number, end: number): void {
    const chunk = this.chunk(entry)
    this.#table.words[entry * entryWords + valueSizeWord] = end - start
    // Content first: it may be a range of the very record that is written.
    copyBytes(bytes, start, end, chunk, this.start(entry))
    this.#frame(entry, chunk)
  }

  /** Writes what stands before and behind the content. */
  #frame(entry: number, chunk: Uint8Array): void {
    const size = this.size(entry)
    const at = writeHeader(dollar, size, chunk, this.wireStart(entry)) + size
    chunk[at] = 13
    chunk[at + 1] = 10
  }
}

/** Bytes a string of `size` takes in wire form. */
function wireBytes(size: number): number {
  return size + 5 + digitCount(size)
}
