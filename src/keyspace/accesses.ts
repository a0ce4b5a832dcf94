/** When keys were last used, or how often: what chooses the key that goes when the memory is full.
 *
 *  Each key has one word for it. As a rule it holds the second of the last access. While the policy goes by frequency it
 *  holds, as in Redis, 16 bits of minutes and 8 of a counter that grows ever more slowly and fades with time. After a
 *  change of policy the words mean nothing until their keys are used again. */
import { accessedAtWord, type EntryTable, entryWords } from './entry-table.ts'

/** A new key must not be the first that goes. */
const frequencyOfNew = 5
const frequencyMax = 255

/** How accesses are noted: one for all databases. */
export class AccessRules {
  /** CLIENT NO-TOUCH: reads leave the word alone. */
  isSuppressed = false
  /** Whether words hold frequencies. */
  countsUses = false
  /** Whether Redis would keep one object for all equal small integers: not while memory is limited and the policy looks
   *  at how each key was used. */
  sharesIntegers = true
  /** `lfu-log-factor` and `lfu-decay-time`. */
  logFactor = 10
  decayMinutes = 1
  /** Says whether a counter grows. */
  draw: () => number = () => 0
}

export class Accesses {
  readonly #table: EntryTable
  readonly #rules: AccessRules

  constructor(table: EntryTable, rules: AccessRules) {
    this.#table = table
    this.#rules = rules
  }

  /** Notes that the key is used. */
  note(entry: number, nowMs: number): void {
    if (!this.#rules.countsUses) this.#set(entry, nowMs / 1000)
    else this.#count(entry, this.#grown(this.frequency(entry, nowMs)), nowMs)
  }

  /** Notes that the key is new. */
  begin(entry: number, nowMs: number): void {
    if (this.#rules.countsUses) this.#count(entry, frequencyOfNew, nowMs)
    else this.#set(entry, nowMs / 1000)
  }

  /** For how many seconds the key was not used. */
  idleS(entry: number, nowMs: number): number {
    return Math.max(0, Math.floor(nowMs / 1000) - this.#word(entry))
  }

  /** How often the key is used, 0 to 255, faded to this time. */
  frequency(entry: number, nowMs: number): number {
    const word = this.#word(entry)
    const { decayMinutes } = this.#rules
    const count = word & frequencyMax
    if (decayMinutes === 0) return count
    const then = (word >>> 8) & 0xffff
    const now = minutes(nowMs)
    const elapsed = now >= then ? now - then : 65535 - then + now
    return Math.max(0, count - Math.floor(elapsed / decayMinutes))
  }

  /** As if the key had not been used for so long; nothing while frequencies are counted. */
  setIdleS(entry: number, idleS: number, nowMs: number): void {
    if (!this.#rules.countsUses) this.#set(entry, Math.max(0, nowMs / 1000 - idleS))
  }

  /** Nothing unless frequencies are counted. */
  setFrequency(entry: number, frequency: number, nowMs: number): void {
    if (this.#rules.countsUses) this.#count(entry, frequency, nowMs)
  }

  /** The counter after one more use: the higher it is, the less likely it grows. */
  #grown(count: number): number {
    if (count >= frequencyMax) return count
    const { logFactor, draw } = this.#rules
    return draw() < 1 / (Math.max(0, count - frequencyOfNew) * logFactor + 1) ? count + 1 : count
  }

  #count(entry: number, frequency: number, nowMs: number): void {
    this.#set(entry, (minutes(nowMs) << 8) | frequency)
  }

  #word(entry: number): number {
    return this.#table.words[entry * entryWords + accessedAtWord]!
  }

  #set(entry: number, word: number): void {
    this.#table.words[entry * entryWords + accessedAtWord] = word
  }
}

function minutes(nowMs: number): number {
  return Math.floor(nowMs / 60_000) & 0xffff
}
