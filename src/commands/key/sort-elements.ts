/** What SORT sorts: the elements of a list, a set or a sorted set, with what they are compared by. */
import { textBytesMax } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { wrongType } from '../../broker/errors.ts'
import { List } from '../../broker/list.ts'
import { ListElement } from '../../broker/list-chunk.ts'
import { SetValue } from '../../keyspace/set-value.ts'
import { SortedSet } from '../../keyspace/sorted-set.ts'
import type { StoredObject } from '../../keyspace/stored-object.ts'
import { latin1Text, untilNul } from '../../lib/bytes.ts'
import { parseDoubleInRange } from '../../lib/double.ts'
import { contentStart, wireEnd } from '../../lib/wire-items.ts'
import { WireRun } from '../../lib/wire-run.ts'

/** C's `strtod` reports smaller ones as out of range. */
const smallestNormal = 2 ** -1022

export type Sortable = List | SetValue | SortedSet

/** An element, `bytes[start, end)`, which lies in wire form in `bytes[wireStart, end + 2)`. */
export interface SortElement {
  readonly bytes: Uint8Array
  readonly wireStart: number
  readonly start: number
  readonly end: number
  /** What it is compared by, as far as the comparison needs it. */
  score: number
  weight: Uint8Array | undefined
}

/** Throws WRONGTYPE for what can't be sorted. */
export function sortable(object: StoredObject | undefined): Sortable {
  if (object instanceof List || object instanceof SetValue || object instanceof SortedSet) return object
  throw wrongType()
}

export function sizeOf(source: Sortable): number {
  return source instanceof List ? source.length : source.size
}

/** `count` elements from the one at `first` on, in their own order or from its end. A set has no order that could be
 *  turned round. */
export function elementsOf(source: Sortable, first: number, count: number, backwards: boolean): SortElement[] {
  const run = new WireRun()
  if (source instanceof List) gatherList(source, first, count, backwards, run)
  else if (source instanceof SetValue) gatherSet(source, first, count, run)
  else
    source.members.visit(backwards ? source.size - first - count : first, count, backwards, (bytes, start, end) =>
      run.bulk(bytes, start, end),
    )
  const { size } = run
  const bytes = run.take()
  const elements: SortElement[] = []
  for (let at = 0; at < size; ) {
    const end = wireEnd(bytes, at)
    elements.push({ bytes, wireStart: at, start: contentStart(bytes, at), end: end - 2, score: 0, weight: undefined })
    at = end
  }
  return elements
}

function gatherList(list: List, first: number, count: number, backwards: boolean, run: WireRun): void {
  if (!backwards) return list.answerRange(run, first, count)
  const element = new ListElement()
  for (let i = 0; i < count; i++) {
    list.at(list.length - 1 - first - i, element)
    run.wire(element.bytes, element.start, element.end)
  }
}

function gatherSet(set: SetValue, first: number, count: number, run: WireRun): void {
  let position = 0
  set.visit((bytes, start, end) => {
    if (position >= first + count) return false
    if (position++ >= first) run.bulk(bytes, start, end)
    return true
  })
}

/** The number in the range as C's `strtod` reads it, up to a NUL; throws when it is none. Nothing is 0. */
export function scoreOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > textBytesMax) throw notSortable()
  const terminated = untilNul(latin1Text(bytes, start, end))
  if (terminated === '') return 0
  const score = parseDoubleInRange(terminated.replace(/^[ \t\n\v\f\r]+/, ''))
  if (score === undefined || (score !== 0 && Math.abs(score) < smallestNormal)) throw notSortable()
  return score
}

const notSortable = (): ReplyError => new ReplyError("ERR One or more scores can't be converted into double")

/** By scores; equal scores by content, so that there is one order. */
export function compareScores(a: SortElement, b: SortElement): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1
  return compareContents(a, b)
}

export function compareContents(a: SortElement, b: SortElement): number {
  return compareRanges(a.bytes, a.start, a.end, b.bytes, b.start, b.end)
}

/** As C compares strings: up to a NUL. */
export function compareTexts(a: SortElement, b: SortElement): number {
  const aEnd = endOfText(a.bytes, a.start, a.end)
  return compareRanges(a.bytes, a.start, aEnd, b.bytes, b.start, endOfText(b.bytes, b.start, b.end))
}

/** By weights, those without one first. `asTexts` compares up to a NUL. */
export function compareWeights(a: SortElement, b: SortElement, asTexts: boolean): number {
  if (a.weight === undefined || b.weight === undefined) {
    return a.weight === b.weight ? 0 : a.weight === undefined ? -1 : 1
  }
  const aEnd = asTexts ? endOfText(a.weight, 0, a.weight.length) : a.weight.length
  const bEnd = asTexts ? endOfText(b.weight, 0, b.weight.length) : b.weight.length
  return compareRanges(a.weight, 0, aEnd, b.weight, 0, bEnd)
}

function endOfText(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === 0) return i
  return end
}

function compareRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const size = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < size; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}
