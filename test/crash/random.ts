/** Chance by number: the same seed gives the same sequence. */
export interface Random {
  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** True so often in a hundred. */
  percent(share: number): boolean
  /** One of the items, of which there must be at least one. */
  pick<Item>(items: readonly Item[]): Item
  /** A generator of its own, for somebody whose draws must not depend on how often others draw. */
  fork(): Random
}

/** A generator after Marsaglia's xorshift, 32 bits wide; good enough to mix work, and nothing else is asked of it. */
export function randomFrom(seed: number): Random {
  // Zero would stay zero, and small seeds start alike: spread them first.
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  for (let warmUp = 0; warmUp < 8; warmUp++) next()
  const random: Random = {
    between: (least, most) => least + (next() % (most - least + 1)),
    percent: (share) => next() % 100 < share,
    pick: (items) => {
      if (items.length === 0) throw new Error('there is nothing to pick from')
      return items[next() % items.length]!
    },
    fork: () => randomFrom(next()),
  }
  return random
}
