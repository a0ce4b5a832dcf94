/** The arguments of INCREX: in any order, each once. */
import type { Args } from '../../../protocol/resp/args.ts'
import { enxAlone, infiniteIncrement, namedNotFloat, namedNotInteger, syntaxError } from '../../broker/errors.ts'
import { isInfinite, type LongDouble, parseLongDouble } from '../../lib/long-double.ts'
import { readLifetime } from '../expiry-time.ts'

const timedForms = ['EX', 'PX', 'EXAT', 'PXAT'] as const
const marks = ['SATURATE', 'ENX', 'NX', 'XX', 'PERSIST'] as const
const operands = ['BYINT', 'BYFLOAT', 'LBOUND', 'UBOUND', ...timedForms] as const

type Word = (typeof marks)[number] | (typeof operands)[number]

/** Which words were there, and the argument behind each that has one. */
export class IncrexOptions {
  readonly #words = new Map<Word, number>()

  constructor(args: Args) {
    while (args.left > 0) this.#read(args)
    const times = timedForms.filter((each) => this.has(each)).length
    if (this.has('BYINT') && this.has('BYFLOAT')) throw syntaxError()
    if (times + (this.has('PERSIST') ? 1 : 0) > 1 || (this.has('NX') && this.has('XX'))) throw syntaxError()
    if (!this.has('ENX')) return
    if (this.has('PERSIST')) throw syntaxError()
    if (times === 0) throw enxAlone()
  }

  has(word: Word): boolean {
    return this.#words.has(word)
  }

  /** The integer behind the word, or the other when it was not there. */
  integer(args: Args, word: Word, name: string, other: bigint): bigint {
    const i = this.#words.get(word)
    if (i === undefined) return other
    const value = args.int64(i)
    if (value === undefined) throw namedNotInteger(name)
    return value
  }

  /** The number behind the word, undefined when it was not there. */
  float(args: Args, word: Word, name: string): LongDouble | undefined {
    const i = this.#words.get(word)
    if (i === undefined) return undefined
    const value = parseLongDouble(args.text(i, () => namedNotFloat(name)))
    if (value === undefined) throw namedNotFloat(name)
    if (word === 'BYFLOAT' && isInfinite(value)) throw infiniteIncrement()
    return value
  }

  /** When the key is to expire, undefined when no time was named. */
  expiresAtMs(args: Args, nowMs: number): number | undefined {
    for (const form of timedForms) {
      const i = this.#words.get(form)
      if (i === undefined) continue
      return readLifetime(args, i, form.startsWith('EX') ? 1000 : 1, form.endsWith('AT') ? 0 : nowMs, 'increx')
    }
    return undefined
  }

  #read(args: Args): void {
    const mark = marks.find((each) => args.token(each))
    const word = mark ?? operands.find((each) => args.token(each))
    if (word === undefined || this.#words.has(word)) throw syntaxError()
    this.#words.set(word, mark === undefined ? args.next() : 0)
  }
}
