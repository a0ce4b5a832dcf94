/** The letters of `notify-keyspace-events`, and the classes of keyspace events (`notifyClass`) that they stand for. */
import { notifyClass } from '../../keyspace/notify.ts'

const contentLetters: readonly (readonly [string, number])[] = [
  ['g', notifyClass.generic],
  ['$', notifyClass.string],
  ['l', notifyClass.list],
  ['s', notifyClass.set],
  ['h', notifyClass.hash],
  ['z', notifyClass.zset],
  ['x', notifyClass.expired],
  ['e', notifyClass.evicted],
  ['t', notifyClass.stream],
  ['d', notifyClass.module],
]

const otherLetters: readonly (readonly [string, number])[] = [
  ['K', notifyClass.keyspace],
  ['E', notifyClass.keyevent],
  ['m', notifyClass.keyMiss],
]

/** What the letter `A` stands for: every class but missed keys (`m`) and new keys (`n`), which must be asked for by name. */
const ALL = contentLetters.reduce((bits, [, bit]) => bits | bit, 0)

const BITS = new Map<string, number>([...contentLetters, ...otherLetters, ['n', notifyClass.newKey], ['A', ALL]])

/** Turns letters into bits; `undefined` when one is unknown. */
export function parseKeyspaceEvents(letters: string): number | undefined {
  let bits = 0
  for (const letter of letters) {
    const bit = BITS.get(letter)
    if (bit === undefined) return undefined
    bits |= bit
  }
  return bits
}

/** Prints bits as Redis 7.0 does: `A` first where all of it is set, and then without `n`, which Redis forgets in that case too. */
export function formatKeyspaceEvents(bits: number): string {
  const contents =
    (bits & ALL) === ALL ? [['A', ALL] as const] : [...contentLetters, ['n', notifyClass.newKey] as const]
  return [...contents, ...otherLetters]
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([letter]) => letter)
    .join('')
}
