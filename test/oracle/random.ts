/**
 * A seeded source of chance: the same seed gives the same draws on every machine, which is what makes a failing run a
 * number one can paste. The generator is Marsaglia's 32-bit xorshift over a seed that is scrambled first, because
 * neighbouring seeds must not give neighbouring sessions.
 */
export class Random {
  #state: number

  constructor(seed: number) {
    let scrambled = Math.imul(seed ^ 0x5bd1e995, 0x2c1b3c6d)
    scrambled = Math.imul(scrambled ^ (scrambled >>> 13), 0x297a2d39)
    this.#state = (scrambled ^ (scrambled >>> 16)) >>> 0 || 1
  }

  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000
  }

  /** One item of a list that must not be empty. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  /** One item of a list of (weight, item), as often as its weight says. */
  weighted<Item>(items: readonly (readonly [number, Item])[]): Item {
    let left = this.below(items.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, item] of items) {
      left -= weight
      if (left < 0) return item
    }
    return items[items.length - 1]![1]
  }

  /** The words, or none of them. */
  maybe(probability: number, ...words: readonly string[]): string[] {
    return this.chance(probability) ? [...words] : []
  }

  /** Between `least` and `most` draws. */
  several<Item>(least: number, most: number, draw: () => Item): Item[] {
    return Array.from({ length: least + this.below(most - least + 1) }, draw)
  }

  /** One of the words in upper, lower or mixed case: names and options are case-insensitive. */
  word(...choices: readonly string[]): string {
    const word = this.pick(choices)
    return this.chance(0.9) ? word : this.chance(0.5) ? word.toLowerCase() : word[0] + word.slice(1).toLowerCase()
  }
}
