/** Where somebody stands who follows a stream, and what that one is told before it goes on.
 *
 *  The stream is read by XREAD WITHBOUNDS behind `after`. What each answer says of the stream is noted here first; then its
 *  entries are taken. Two things make a gap: entries behind `after` were trimmed, or the stream began anew, which shows
 *  by its newest id being before `after`; then it is read from its beginning. A gap is told once, and covers what another trim
 *  takes from within it later. What was deleted by its id is none: somebody wanted nobody to have it. A key that is not there
 *  tells nothing, and leaves the cursor where it is. */
import { compareIds } from './entry-ids.ts'

/** What a stream says of itself in the moment in which it is read. */
export interface StreamBounds {
  /** The highest id that it ever had. */
  readonly lastId: string
  /** The highest that was trimmed; never above `lastId`. */
  readonly trimmedId: string
  /** The first entry behind that one, null when there is none. */
  readonly firstId: string | null
}

/** Entries behind `from` and before `to` may be missing; where `to` is null nothing is left. In a stream that began anew `to` is
 *  not behind `from`. */
export interface Gap {
  readonly from: string
  readonly to: string | null
}

/** Before all entries. */
export const zeroId = '0-0'

export class StreamCursor {
  #after: string
  /** The highest trimmed id that it was told of. It is above `after` while entries come that a trim passed over. */
  #toldOf: string

  constructor(after: string, toldOf = zeroId) {
    this.#after = after
    this.#toldOf = toldOf
  }

  /** The cursor of who begins at an id, or with `$` at the end: `bounds` and `firstLiveId` are what a read behind it found.
   *  From the beginning (0-0) means from what there is, unless an earlier cursor `resumes` there. */
  static at(after: string, resumes: boolean, bounds: StreamBounds | undefined, firstLiveId?: string): StreamCursor {
    if (after === '$') return new StreamCursor(bounds?.lastId ?? zeroId)
    if (after !== zeroId || resumes || bounds === undefined) return new StreamCursor(after)
    // Behind what is gone stands who has lost nothing, now and when it comes again.
    const isWhole = firstLiveId === undefined || compareIds(firstLiveId, bounds.trimmedId) > 0
    return new StreamCursor(isWhole ? bounds.trimmedId : zeroId, bounds.trimmedId)
  }

  /** The id behind which it is to be read. */
  get after(): string {
    return this.#after
  }

  /** Notes what a read behind `after` says of the stream, before the entries that it found are taken; returns what is to be
   *  told before them. A stream that began anew is to be read again: such an answer has no entries. */
  note(bounds: StreamBounds, hasEntries: boolean): Gap | undefined {
    const { lastId, trimmedId, firstId } = bounds
    const gap: Gap = { from: this.#after, to: firstId }
    if (compareIds(lastId, this.#after) < 0) {
      this.#after = zeroId
      this.#toldOf = trimmedId
      return gap
    }
    const isGap = hasLost(bounds, this.#after) && compareIds(trimmedId, this.#toldOf) > 0
    if (isGap) this.#toldOf = trimmedId
    // What lay between is gone, or never was.
    if (!hasEntries) this.#after = lastId
    return isGap ? gap : undefined
  }

  /** It has got the entries up to this one. */
  take(id: string): void {
    this.#after = id
  }
}

/** Whether somebody at this id may have to be told of a gap. */
export function isUnsettled(bounds: StreamBounds, after: string): boolean {
  return compareIds(bounds.lastId, after) < 0 || hasLost(bounds, after)
}

function hasLost({ trimmedId }: StreamBounds, after: string): boolean {
  return compareIds(trimmedId, after) > 0
}
