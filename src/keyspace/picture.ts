/** A picture of a large table, written out piece by piece while the table goes on changing.
 *
 *  The picture walks over the entries that were there when it was taken. An entry in front of the walk that is about to
 *  change or go is written first (`beforeChange`); one that came later is none of the picture's (`added`). What is
 *  written carries the picture's number as its mark, so each entry is written once.
 *
 *  The table lives as long as the picture: a collection that is deleted keeps its memory to itself, so the picture goes
 *  on with what was there. Whoever does not want the rest says so by the iterator's `return`: nothing is copied any more. */
import type { ByteMap } from '../lib/byte-map.ts'
import type { EntryRows } from '../lib/entry-rows.ts'
import { WireRun } from '../lib/wire-run.ts'

/** A run is about so long; only a single large entry makes it longer. */
const runBytesMax = 64 * 1024

/** The table as the picture sees it. */
export interface PicturedTable {
  readonly map: Pick<ByteMap, 'entryLimit' | 'has'>
  readonly rows: Pick<EntryRows, 'words' | 'rowWords'>
  /** The word of a row that is the pictures' own: the number of the last one that needs the entry no more. */
  readonly markWord: number
  /** Appends the entry in the form in which it is read back. */
  write(entry: number, run: WireRun): void
}

export class Picture implements Iterable<Uint8Array> {
  readonly #table: PicturedTable
  readonly #number: number
  readonly #entryLimit: number
  #nextEntry = 0
  #isAbandoned = false
  /** Entries that were written, on their way into a run. */
  readonly #run = new WireRun()

  /** `number` is above 0 and above that of every picture of the table before. */
  constructor(table: PicturedTable, number: number) {
    this.#table = table
    this.#number = number
    this.#entryLimit = table.map.entryLimit
  }

  /** The entry is about to change or to be removed. */
  beforeChange(entry: number): void {
    if (!this.#isAbandoned && !this.#isMarked(entry)) this.#write(entry)
  }

  /** The entry was added after the picture was taken. */
  added(entry: number): void {
    this.#mark(entry)
  }

  /** The runs, each made when it is asked for. */
  [Symbol.iterator](): IterableIterator<Uint8Array> {
    const runs = this.#runs()
    return {
      next: () => runs.next(),
      // A generator that was not read from yet would not hear of it.
      return: () => {
        this.#isAbandoned = true
        this.#run.take()
        return runs.return(undefined)
      },
      [Symbol.iterator]() {
        return this
      },
    }
  }

  *#runs(): Generator<Uint8Array, undefined> {
    for (; this.#nextEntry < this.#entryLimit; this.#nextEntry++) {
      if (this.#run.size >= runBytesMax) yield this.#run.take()
      const entry = this.#nextEntry
      if (this.#table.map.has(entry) && !this.#isMarked(entry)) this.#write(entry)
    }
    if (this.#run.size > 0) yield this.#run.take()
  }

  #write(entry: number): void {
    this.#mark(entry)
    this.#table.write(entry, this.#run)
  }

  #isMarked(entry: number): boolean {
    const { rows, markWord } = this.#table
    return rows.words[entry * rows.rowWords + markWord] === this.#number
  }

  #mark(entry: number): void {
    const { rows, markWord } = this.#table
    rows.words[entry * rows.rowWords + markWord] = this.#number
  }
}
