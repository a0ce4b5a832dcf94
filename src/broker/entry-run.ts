/** Entries that lie side by side in a segment, and so are one range of bytes. */
import type { StreamSegment } from './stream-segment.ts'

/** A run of neighbouring live entries: ordinals [start, end) of a segment. */
export interface EntryRun {
  readonly segment: StreamSegment
  readonly start: number
  readonly end: number
}

/** Adds the live entries of [from, to), `countMax` at most, as runs of neighbours; returns how many. */
export function collectRuns(
  segment: StreamSegment,
  from: number,
  to: number,
  countMax: number,
  runs: EntryRun[],
): number {
  if (segment.deleted === undefined) {
    const end = Math.min(to, from + countMax)
    if (end > from) runs.push({ segment, start: from, end })
    return Math.max(0, end - from)
  }
  let count = 0
  let i = from
  while (i < to && count < countMax) {
    if (!segment.isLive(i)) {
      i++
      continue
    }
    const start = i
    while (i < to && count < countMax && segment.isLive(i)) {
      i++
      count++
    }
    runs.push({ segment, start, end: i })
  }
  return count
}
