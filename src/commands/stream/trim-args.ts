/** `MAXLEN | MINID [= | ~] threshold [LIMIT count] [KEEPREF | DELREF | ACKED]`, for XADD and XTRIM. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { notInteger, syntaxError } from '../../broker/errors.ts'
import type { Stream } from '../../broker/stream.ts'
import type { StreamId } from '../../broker/stream-id.ts'
import { dropReferencesTo, type ReferencePolicy, trimAcknowledged } from '../../broker/stream-references.ts'
import type { StreamSegment } from '../../broker/stream-segment.ts'
import type { Call } from '../call.ts'
import { readPolicy } from './ids-block.ts'
import { readId, toCount } from './stream-args.ts'

/** Approximate trimming without LIMIT stops after so many nodes (Redis 7.0). */
const nodesPerTrimMax = 100
const limitMax = 1_000_000
/** Entries of a node when `stream-node-max-entries` sets no bound. */
const nodeEntriesDefault = 100

export interface Trim {
  /** Entries to keep; meaningless with `minId`. */
  readonly lengthMax: number
  readonly minId: StreamId | undefined
  readonly isApproximate: boolean
  /** LIMIT, undefined when it was not given. */
  readonly limit: number | undefined
  readonly policy: ReferencePolicy
}

/** Collects the options; `read` takes one of them where the cursor stands. */
export class TrimReader {
  #lengthMax = 0
  #minId: StreamId | undefined
  #isApproximate = false
  #limit: number | undefined
  #isGiven = false
  #policy: ReferencePolicy | undefined

  /** Reads the option at the cursor; false (and nothing read) when there is none. */
  read(args: Args): boolean {
    const isMaxLen = args.left > 1 && args.token('MAXLEN')
    if (isMaxLen || (args.left > 1 && args.token('MINID'))) {
      if (this.#isGiven) {
        throw new ReplyError('ERR syntax error, MAXLEN and MINID options at the same time are not compatible')
      }
      this.#isApproximate = args.left > 1 && args.token('~')
      if (!this.#isApproximate && args.left > 1) args.token('=')
      if (isMaxLen) this.#lengthMax = readNotNegative(args, 'MAXLEN')
      else this.#minId = readId(args, args.next())
      this.#isGiven = true
      return true
    }
    if (args.left > 1 && args.token('LIMIT')) {
      this.#limit = readNotNegative(args, 'LIMIT')
      return true
    }
    const policy = readPolicy(args)
    if (policy === undefined) return false
    if (this.#policy !== undefined) throw syntaxError()
    this.#policy = policy
    return true
  }

  /** What was read, checked as a whole; undefined when no trimming was asked for, unless it `mustTrim`. */
  finish(mustTrim: true): Trim
  finish(mustTrim: false): Trim | undefined
  finish(mustTrim: boolean): Trim | undefined {
    if (!this.#isGiven && this.#limit !== undefined && this.#limit > 0) {
      throw new ReplyError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy')
    }
    if (!this.#isGiven && mustTrim) {
      throw new ReplyError('ERR syntax error, XTRIM must be called with a trimming strategy')
    }
    if (this.#limit !== undefined && !this.#isApproximate) {
      throw new ReplyError('ERR syntax error, LIMIT cannot be used without the special ~ option')
    }
    if (!this.#isGiven) return undefined
    return {
      lengthMax: this.#lengthMax,
      minId: this.#minId,
      isApproximate: this.#isApproximate,
      limit: this.#limit,
      policy: this.#policy ?? 'keepref',
    }
  }
}

function readNotNegative(args: Args, option: string): number {
  const value = args.int64(args.next())
  if (value === undefined) throw notInteger()
  if (value < 0n) throw new ReplyError(`ERR The ${option} argument must be >= 0.`)
  return toCount(value)
}

/** Trims; returns how many entries went. */
export function trimStream(call: Call, stream: Stream, trim: Trim): number {
  const grain = trim.isApproximate ? call.server.settings.streamNodeEntriesMax || nodeEntriesDefault : 0
  const limit = trim.isApproximate ? (trim.limit ?? Math.min(limitMax, nodesPerTrimMax * grain)) : 0
  const { lengthMax, minId, policy } = trim
  if (policy === 'acked') return trimAcknowledged(stream, lengthMax, minId, grain, limit)
  const onTrim =
    policy === 'delref'
      ? (segment: StreamSegment, start: number, end: number) => dropReferencesTo(stream, segment, start, end)
      : undefined
  return stream.trim(lengthMax, minId, grain, limit, onTrim)
}

/** Logs a trim as what is left by it: exact, however approximate it was. The oldest go in any case, of those that the
 *  policy lets go, so their number says which. */
export function logTrim(call: Call, key: number, stream: Stream, policy: ReferencePolicy): void {
  const { args, db, effects } = call
  const isPlain = policy === 'keepref'
  if (!effects.begin(db.index, isPlain ? 5 : 6)) return
  effects.text('XTRIM')
  effects.argument(args, key)
  effects.text('MAXLEN')
  effects.text('=')
  effects.integer(stream.length)
  if (!isPlain) effects.text(policy.toUpperCase())
}
