/** `[COUNT count] [BLOCK ms] [NOACK] STREAMS key [key ...] id [id ...]`, for XREAD and XREADGROUP. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import { toCount } from './stream-args.ts'

/** Entries given at once to a reader that waited without COUNT (Redis' `XREAD_BLOCKED_DEFAULT_COUNT`). */
const blockedCountDefault = 1000

export interface ReadOptions {
  /** Entries per stream; 0 for all. */
  readonly count: number
  /** How long to wait in milliseconds (0: for ever), undefined for not at all. */
  readonly blockMs: number | undefined
  readonly isUnacknowledged: boolean
  /** Arguments that name the group and the consumer; 0 without. */
  readonly group: number
  readonly consumer: number
  /** First key argument, and how many streams there are; stream `i`'s id is argument `firstKey + streamCount + i`. */
  readonly firstKey: number
  readonly streamCount: number
}

/** Entries per stream for a reader that has waited. */
export function countAfterWait(options: ReadOptions): number {
  return options.count === 0 ? blockedCountDefault : options.count
}

export function readOptions(args: Args, command: 'xread' | 'xreadgroup'): ReadOptions {
  const isGroup = command === 'xreadgroup'
  let count = 0
  let blockMs: number | undefined
  let isUnacknowledged = false
  let group = 0
  let consumer = 0
  while (args.left > 0) {
    if (args.left > 1 && args.token('BLOCK')) blockMs = readTimeout(args)
    else if (args.left > 1 && args.token('COUNT')) count = toCount(args.nextInt64())
    else if (args.left > 1 && args.token('STREAMS')) {
      const streamCount = args.left / 2
      if (!Number.isInteger(streamCount)) {
        throw new ReplyError(
          "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
        )
      }
      if (isGroup && group === 0) throw new ReplyError('ERR Missing GROUP option for XREADGROUP')
      return { count, blockMs, isUnacknowledged, group, consumer, firstKey: args.position, streamCount }
    } else if (args.left > 2 && args.token('GROUP')) {
      if (!isGroup) throw onlyForGroups('GROUP')
      group = args.next()
      consumer = args.next()
    } else if (args.token('NOACK')) {
      if (!isGroup) throw onlyForGroups('NOACK')
      isUnacknowledged = true
    } else throw syntaxError()
  }
  throw syntaxError()
}

function onlyForGroups(option: string): ReplyError {
  return new ReplyError(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`)
}

function readTimeout(args: Args): number {
  const value = args.nextInt64('ERR timeout is not an integer or out of range')
  if (value < 0n) throw new ReplyError('ERR timeout is negative')
  return Number(value)
}

/** Keys of XREAD and XREADGROUP: those between STREAMS and the ids. */
export function streamKeys(args: Args): number[] {
  let streams = 0
  for (let i = 1; i < args.count && streams === 0; i++) if (args.is(i, 'STREAMS')) streams = i
  const count = (args.count - streams - 1) / 2
  if (streams === 0 || count === 0 || !Number.isInteger(count)) throw syntaxError()
  return Array.from({ length: count }, (_, k) => streams + 1 + k)
}
