/** The slow log: the commands that took long, youngest first, cut to a size that can be kept. */
import type { Args } from '../../protocol/resp/args.ts'
import type { SlowEntry, SlowlogServer } from '../commands/server/ports.ts'
import { latin1Bytes } from '../lib/bytes.ts'
import type { IndexedCommand } from './command-index.ts'
import { redactedArguments } from './redaction.ts'

/** As in Redis 7.0: more arguments, or longer ones, are told by their number. */
const argumentsMax = 32
const argumentBytesMax = 128

const redacted = latin1Bytes('(redacted)')

export class Slowlog implements SlowlogServer {
  /** Oldest first. */
  #entries: SlowEntry[] = []
  #nextId = 0
  readonly #countMax: () => number

  constructor(countMax: () => number) {
    this.#countMax = countMax
  }

  get length(): number {
    return this.#entries.length
  }

  /** The `count` youngest entries, youngest first. */
  latest(count: number): SlowEntry[] {
    return this.#entries.slice(Math.max(0, this.#entries.length - count)).reverse()
  }

  /** Forgets all entries; their numbers are not used again. */
  reset(): void {
    this.#entries = []
  }

  /** Notes a command that ran. */
  add(entry: IndexedCommand, args: Args, durationUs: number, nowMs: number, address: string, clientName: string): void {
    const countMax = this.#countMax()
    if (countMax > 0) {
      this.#entries.push({
        id: this.#nextId++,
        atS: Math.floor(nowMs / 1000),
        durationUs: Math.floor(durationUs),
        args: keptArguments(entry, args),
        address,
        clientName,
      })
    }
    this.trim()
  }

  /** Forgets the oldest that are more than may be kept. */
  trim(): void {
    const surplus = this.#entries.length - this.#countMax()
    if (surplus > 0) this.#entries.splice(0, surplus)
  }
}

function keptArguments(entry: IndexedCommand, args: Args): Uint8Array[] {
  const hidden = redactedArguments(entry, args)
  const count = Math.min(args.count, argumentsMax)
  return Array.from({ length: count }, (_, i) => {
    if (i === argumentsMax - 1 && args.count > argumentsMax) {
      return latin1Bytes(`... (${args.count - argumentsMax + 1} more arguments)`)
    }
    if (hidden.has(i)) return redacted
    const size = args.size(i)
    if (size <= argumentBytesMax) return args.copy(i)
    return latin1Bytes(`${args.textStart(i, argumentBytesMax)}... (${size - argumentBytesMax} more bytes)`)
  })
}
