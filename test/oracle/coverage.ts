import { isOutOfBand, type Segment } from '../support/stage.ts'
import type { Answered } from './compare.ts'
import type { Family } from './family.ts'

const containers = new Set(['XGROUP', 'XINFO', 'OBJECT', 'PUBSUB', 'CLIENT', 'CONFIG', 'ACL', 'SCRIPT', 'FUNCTION'])
const confirmations = new Set('SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE'.split(' '))

/** Counts how often each command and subcommand succeeded on redis-server: a family nobody reached proves nothing. */
export class Coverage {
  readonly #family: Family
  readonly #successes = new Map<string, number>()

  constructor(family: Family) {
    this.#family = family
  }

  /** Takes note of the replies that are no errors and of confirmed subscriptions. */
  note(segment: Segment, answered: readonly Answered[]): void {
    for (const { command, reply } of answered) {
      if (reply.type === 'error' || (reply.type === 'simple' && reply.text === 'QUEUED')) continue
      const first = (command[0] ?? '').toUpperCase()
      this.#count(containers.has(first) ? `${first} ${(command[1] ?? '').toUpperCase()}` : first)
    }
    for (const { reply } of segment.frames) {
      if (!isOutOfBand(reply) || !('items' in reply)) continue
      const kind = reply.items[0]
      const name = kind?.type === 'bulk' ? kind.text.toUpperCase() : ''
      if (confirmations.has(name)) this.#count(name)
    }
  }

  /** The commands of the family that have not succeeded yet. */
  missing(): string[] {
    return this.#family.mustSucceed.filter((label) => !this.#successes.has(label))
  }

  #count(label: string): void {
    this.#successes.set(label, (this.#successes.get(label) ?? 0) + 1)
  }
}
