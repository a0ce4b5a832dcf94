/** What the two forms of a sorted set have in common: members in order of their scores, those of equal scores in order of
 *  their bytes, each with its index in that order (its rank).
 *
 *  A place is a number that stands for a member until the next change. Ranges by score and by name are asked for as
 *  counts of what lies before a bound, so every range is one of ranks. */
import type { WireRun } from '../lib/wire-run.ts'

/** Is handed the members of a range: the bytes (valid during the call) and the score. */
export type MemberVisitor = (bytes: Uint8Array, start: number, end: number, score: number) => void

export interface SortedSetForm {
  readonly size: number
  readonly memoryBytes: number
  /** The member's place, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number
  score(place: number): number
  rank(place: number): number
  /** Adds a member that is not there. The score is a number, infinities included. */
  add(bytes: Uint8Array, start: number, end: number, score: number): void
  /** Gives the member at a place another score. */
  setScore(place: number, score: number): void
  /** Removes the members of these ranks. */
  removeRange(first: number, count: number): void
  /** How many members have a score below the bound, or equal to it if `andEqual`. */
  countBelow(score: number, andEqual: boolean): number
  /** How many members come before the name, or are it if `andEqual`, where all scores are equal. */
  countBefore(bytes: Uint8Array, start: number, end: number, andEqual: boolean): number
  /** Visits the members of these ranks, in order of their ranks or backwards. */
  visit(first: number, count: number, backwards: boolean, visitor: MemberVisitor): void
  /** Visits some members from a position on, for ZSCAN; returns the position to go on from, 0 at the end. */
  scan(position: number, count: number, visitor: MemberVisitor): number
}

const scratchDouble = new Float64Array(1)
const scratchBytes = new Uint8Array(scratchDouble.buffer)

/** Bytes of a score. */
export const scoreBytes = 8

/** The score in the eight bytes at `at`. */
export function readScore(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < scoreBytes; i++) scratchBytes[i] = bytes[at + i]!
  return scratchDouble[0]!
}

export function writeScore(score: number, target: Uint8Array, at: number): void {
  scratchDouble[0] = score
  for (let i = 0; i < scoreBytes; i++) target[at + i] = scratchBytes[i]!
}

/** A member in a checkpoint: its score and its bytes, as two bulk strings. */
export function writeMember(run: WireRun, bytes: Uint8Array, start: number, end: number, score: number): void {
  scratchDouble[0] = score
  run.bulk(scratchBytes, 0, scoreBytes)
  run.bulk(bytes, start, end)
}

/** Negative, zero or positive as the first range sorts before, with or after the second. */
export function compareRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aSize = aEnd - aStart
  const bSize = bEnd - bStart
  const size = aSize < bSize ? aSize : bSize
  for (let i = 0; i < size; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!
    if (difference !== 0) return difference
  }
  return aSize - bSize
}
