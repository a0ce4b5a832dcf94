/** What the stream commands read alike: ids, intervals, groups. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import type { ConsumerGroup } from '../../broker/consumer-group.ts'
import { invalidStreamId } from '../../broker/errors.ts'
import type { Stream } from '../../broker/stream.ts'
import { type IdForm, largestId, parseId, StreamId, smallestId } from '../../broker/stream-id.ts'

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER)

/** Argument `i` as a complete id or a bare `ms`; its sequence is then zero, or the largest when `isUpper`. */
export function readId(args: Args, i: number, isUpper = false): StreamId {
  const id = new StreamId()
  const form = parseId(args.bytes, args.starts[i]!, args.ends[i]!, id)
  if (form === 'invalid') throw invalidStreamId()
  if (form === 'ms' && isUpper) {
    id.seqHigh = largestId.seqHigh
    id.seqLow = largestId.seqLow
  }
  return id
}

/** The ids of a run; `readIds` says how many of them count. */
export const idList: StreamId[] = []

/** Reads the next `count` arguments, all that are left unless given, as ids into `idList`; returns how many. */
export function readIds(args: Args, count = args.left): number {
  while (idList.length < count) idList.push(new StreamId())
  for (let k = 0; k < count; k++) {
    const i = args.next()
    if (parseId(args.bytes, args.starts[i]!, args.ends[i]!, idList[k]!) === 'invalid') throw invalidStreamId()
  }
  return count
}

/** Reads an argument into an id of the caller's, telling what was left open; `ms-*` is allowed. */
export function readNewId(args: Args, i: number, id: StreamId): IdForm {
  const form = parseId(args.bytes, args.starts[i]!, args.ends[i]!, id, true)
  if (form === 'invalid') throw invalidStreamId()
  return form
}

/** Argument `i` as an id, or `-` for the smallest and `+` for the largest there can be. */
export function readIdOrEnd(args: Args, i: number, isUpper = false): StreamId {
  if (isMark(args, i, '-')) return smallestId.copy()
  if (isMark(args, i, '+')) return largestId.copy()
  return readId(args, i, isUpper)
}

/** Whether argument `i` is this one character, as Redis sees it: a NUL ends the text. */
export function isMark(args: Args, i: number, mark: '-' | '+' | '$' | '>' | '*'): boolean {
  const size = args.size(i)
  const start = args.starts[i]!
  return size > 0 && args.bytes[start] === mark.charCodeAt(0) && (size === 1 || args.bytes[start + 1] === 0)
}

/** An end of an interval: `(` before it leaves the id itself out. */
export interface IntervalEnd {
  readonly id: StreamId
  readonly isExclusive: boolean
}

function readIntervalEnd(args: Args, i: number, isUpper: boolean): IntervalEnd {
  if (args.size(i) < 2 || args.bytes[args.starts[i]!] !== 40) {
    return { id: readIdOrEnd(args, i, isUpper), isExclusive: false }
  }
  const id = new StreamId()
  const form = parseId(args.bytes, args.starts[i]! + 1, args.ends[i]!, id)
  if (form === 'invalid') throw invalidStreamId()
  if (form === 'ms' && isUpper) {
    id.seqHigh = largestId.seqHigh
    id.seqLow = largestId.seqLow
  }
  return { id, isExclusive: true }
}

/** The interval that two arguments name, both ends made inclusive. `startMessage` and `endMessage` are for exclusive
 *  ends that leave nothing. */
export function readInterval(args: Args, startIndex: number, endIndex: number): { start: StreamId; end: StreamId } {
  const start = readIntervalEnd(args, startIndex, false)
  if (start.isExclusive && !start.id.increment()) throw new ReplyError('ERR invalid start ID for the interval')
  const end = readIntervalEnd(args, endIndex, true)
  if (end.isExclusive && !end.id.decrement()) throw new ReplyError('ERR invalid end ID for the interval')
  return { start: start.id, end: end.id }
}

/** The group that argument `i` names, or undefined. */
export function findGroup(stream: Stream | undefined, args: Args, i: number): ConsumerGroup | undefined {
  return stream?.group(args.bytes, args.starts[i]!, args.ends[i]!)
}

/** A count from a 64-bit argument: anything above 2^53 means as many as there are. */
export function toCount(value: bigint): number {
  if (value < 0n) return 0
  return value > maxSafe ? Number.MAX_SAFE_INTEGER : Number(value)
}
