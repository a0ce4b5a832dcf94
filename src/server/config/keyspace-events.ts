/** The classes of keyspace notifications, as bits, and the letters of `notify-keyspace-events` that stand for them. */

/** One bit per class. `keyspace` and `keyevent` say where notifications are published, all others which are. */
export const keyspaceEvent = {
  keyspace: 1 << 0,
  keyevent: 1 << 1,
  generic: 1 << 2,
  string: 1 << 3,
  list: 1 << 4,
  set: 1 << 5,
  hash: 1 << 6,
  zset: 1 << 7,
  expired: 1 << 8,
  evicted: 1 << 9,
  stream: 1 << 10,
  keyMiss: 1 << 11,
  module: 1 << 13,
  created: 1 << 14,
} as const

const CONTENT_LETTERS: readonly (readonly [string, number])[] = [
  ['g', keyspaceEvent.generic],
  ['$', keyspaceEvent.string],
  ['l', keyspaceEvent.list],
  ['s', keyspaceEvent.set],
  ['h', keyspaceEvent.hash],
  ['z', keyspaceEvent.zset],
  ['x', keyspaceEvent.expired],
  ['e', keyspaceEvent.evicted],
  ['t', keyspaceEvent.stream],
  ['d', keyspaceEvent.module],
]

const OTHER_LETTERS: readonly (readonly [string, number])[] = [
  ['K', keyspaceEvent.keyspace],
  ['E', keyspaceEvent.keyevent],
  ['m', keyspaceEvent.keyMiss],
]

/** What the letter `A` stands for: every class but missed keys (`m`) and new keys (`n`), which must be asked for by name. */
const ALL = CONTENT_LETTERS.reduce((bits, [, bit]) => bits | bit, 0)

const BITS = new Map<string, number>([...CONTENT_LETTERS, ...OTHER_LETTERS, ['n', keyspaceEvent.created], ['A', ALL]])

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
    (bits & ALL) === ALL ? [['A', ALL] as const] : [...CONTENT_LETTERS, ['n', keyspaceEvent.created] as const]
  return [...contents, ...OTHER_LETTERS]
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([letter]) => letter)
    .join('')
}
