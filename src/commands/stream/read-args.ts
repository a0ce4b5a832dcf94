/** `[COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK ms] [WITHBOUNDS] [CLAIM min-idle-time] [NOACK] STREAMS key
 *  [key ...] id [id ...]`, for XREAD and XREADGROUP. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { blockInScript, syntaxError } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { ReadBudget } from './read-budget.ts'
import { toCount } from './stream-args.ts'

/** Entries given at once to a reader that waited without COUNT (Redis' `XREAD_BLOCKED_DEFAULT_COUNT`). */
const blockedCountDefault = 1000
/** Options of XREAD that have a value. */
const valuedOptions = ['BLOCK', 'COUNT', 'MAXCOUNT', 'MAXSIZE']

export interface ReadOptions {
  /** Entries per stream; 0 for all. */
  readonly count: number
  /** How long to wait in milliseconds (0: for ever), undefined for not at all. */
  readonly blockMs: number | undefined
  readonly isUnacknowledged: boolean
  /** Whether each stream also tells what it has ever had and lost. */
  readonly hasBounds: boolean
  /** Entries and bytes of the whole answer, Infinity for no limit. */
  readonly maxCount: number
  readonly maxSize: number
  /** How long pending entries must have been idle to be claimed, undefined for no claiming. */
  readonly claimMs: number | undefined
  /** Arguments that name the group and the consumer; 0 without. */
  readonly group: number
  readonly consumer: number
  /** First key argument, and how many streams there are; stream `i`'s id is argument `firstKey + streamCount + i`. */
  readonly firstKey: number
  readonly streamCount: number
}

export function budgetOf(options: ReadOptions): ReadBudget {
  return new ReadBudget(options, options.count === 0 ? Number.MAX_SAFE_INTEGER : options.count)
}

/** The same for a reader that has waited. */
export function budgetAfterWait(options: ReadOptions): ReadBudget {
  return new ReadBudget(options, options.count === 0 ? blockedCountDefault : options.count)
}

export function readOptions({ args, isScript }: Call, command: 'xread' | 'xreadgroup'): ReadOptions {
  const isGroup = command === 'xreadgroup'
  let count = 0
  let blockMs: number | undefined
  let isUnacknowledged = false
  let hasBounds = false
  let maxCount = Number.POSITIVE_INFINITY
  let maxSize = Number.POSITIVE_INFINITY
  let claimMs: number | undefined
  let group = 0
  let consumer = 0
  while (args.left > 0) {
    if (args.left > 1 && args.token('BLOCK')) {
      if (isScript) throw blockInScript(args.text(0))
      blockMs = readTimeout(args)
    } else if (args.left > 1 && args.token('COUNT')) count = toCount(args.nextInt64())
    else if (args.left > 1 && args.token('MAXCOUNT')) maxCount = readMax(args, 'MAXCOUNT')
    else if (args.left > 1 && args.token('MAXSIZE')) maxSize = readMax(args, 'MAXSIZE')
    else if (args.left > 1 && args.token('CLAIM')) {
      if (!isGroup) throw onlyForGroups('CLAIM')
      claimMs = readMinIdle(args)
    } else if (args.left > 1 && args.token('STREAMS')) {
      const streamCount = args.left / 2
      if (!Number.isInteger(streamCount)) {
        throw new ReplyError(
          "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
        )
      }
      if (isGroup && group === 0) throw new ReplyError('ERR Missing GROUP option for XREADGROUP')
      if (maxCount < count) throw new ReplyError('ERR MAXCOUNT must be greater than or equal to COUNT')
      const firstKey = args.position
      // No spreading: V8 makes a new shape for each object that is put together from another.
      return {
        count,
        maxCount,
        maxSize,
        blockMs,
        isUnacknowledged,
        hasBounds,
        claimMs,
        group,
        consumer,
        firstKey,
        streamCount,
      }
    } else if (args.left > 2 && args.token('GROUP')) {
      if (!isGroup) throw onlyForGroups('GROUP')
      group = args.next()
      consumer = args.next()
    } else if (!isGroup && args.token('WITHBOUNDS')) hasBounds = true
    else if (args.token('NOACK')) {
      if (!isGroup) throw onlyForGroups('NOACK')
      isUnacknowledged = true
    } else throw syntaxError()
  }
  throw syntaxError()
}

function onlyForGroups(option: string): ReplyError {
  return new ReplyError(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`)
}

function readMax(args: Args, option: 'MAXCOUNT' | 'MAXSIZE'): number {
  const value = args.nextInt64()
  if (value <= 0n) throw new ReplyError(`ERR ${option} must be a positive integer`)
  return toCount(value)
}

function readMinIdle(args: Args): number {
  const value = args.nextInt64('ERR min-idle-time is not an integer or out of range')
  if (value < 0n) throw new ReplyError('ERR min-idle-time must be a positive integer')
  return Number(value)
}

function readTimeout(args: Args): number {
  const value = args.nextInt64('ERR timeout is not an integer or out of range')
  if (value < 0n) throw new ReplyError('ERR timeout is negative')
  return Number(value)
}

/** Keys of XREAD and XREADGROUP: the first half of what follows STREAMS, which is looked for from an argument on; even
 *  where an id is missing. */
export function streamKeys(args: Args, from: number): number[] {
  let streams = 0
  for (let i = from; i < args.count && streams === 0; i++) if (args.is(i, 'STREAMS')) streams = i
  const count = Math.floor((args.count - streams - 1) / 2)
  if (streams === 0 || count === 0) throw syntaxError()
  return Array.from({ length: count }, (_, k) => streams + 1 + k)
}

/** Keys of an XREAD whose options are known and which has an id for every key; none of any other. */
export function wholeStreamKeys(args: Args): number[] {
  let at = 1
  while (at < args.count && !args.is(at, 'STREAMS')) {
    if (args.is(at, 'WITHBOUNDS')) at++
    else if (valuedOptions.some((option) => args.is(at, option))) at += 2
    else return []
  }
  return (args.count - at) % 2 === 0 ? [] : streamKeys(args, at)
}
