/** A picture of a large table, written out piece by piece while the table goes on changing.
 *
 *  The picture walks over the entries that were there when it was taken. An entry in front of the walk that is about to
 *  change or go is written first (`beforeChange`); one that came later is none of the picture's (`added`). What is
 *  written carries the picture's number as its mark, so each entry is written once.
 *
 *  The table lives as long as the picture: a collection that is deleted keeps its memory to itself, so the picture goes
 *  on with what was there. */
import { WireRun } from '../lib/wire-run.ts'

/** A run is about so long; only a single large entry makes it longer. */
const runBytesMax = 64 * 1024

/** The table as the picture sees it; an entry is a number as `ByteMap` gives it. */
export interface PicturedTable {
  /** All entries are below this number. */
  readonly entryLimit: number
  has(entry: number): boolean
  /** The number of the last picture that needs the entry no more; 0 at first. */
  mark(entry: number): number
  setMark(entry: number, picture: number): void
  /** Appends the entry in the form in which it is read back. */
  write(entry: number, run: WireRun): void
}

export class Picture implements Iterable<Uint8Array> {
  readonly #table: PicturedTable
  readonly #number: number
  readonly #entryLimit: number
  #nextEntry = 0
  /** Entries that were written, on their way into a run. */
  readonly #run = new WireRun()

  /** `number` is above 0 and above that of every picture of the table before. */
  constructor(table: PicturedTable, number: number) {
    this.#table = table
    this.#number = number
    this.#entryLimit = table.entryLimit
  }

  /** The entry is about to change or to be removed. */
  beforeChange(entry: number): void {
    if (this.#table.mark(entry) !== this.#number) this.#write(entry)
  }

  /** The entry was added after the picture was taken. */
  added(entry: number): void {
    this.#table.setMark(entry, this.#number)
  }

  /** The runs, each made when it is asked for. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    for (; this.#nextEntry < this.#entryLimit; this.#nextEntry++) {
      if (this.#run.size >= runBytesMax) yield this.#run.take()
      const entry = this.#nextEntry
      if (this.#table.has(entry) && this.#table.mark(entry) !== this.#number) this.#write(entry)
    }
    if (this.#run.size > 0) yield this.#run.take()
  }

  #write(entry: number): void {
    this.#table.setMark(entry, this.#number)
    this.#table.write(entry, this.#run)
  }
}
