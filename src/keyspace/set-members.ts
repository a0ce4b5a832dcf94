/** What the three forms of a set have in common (see `set-value.ts`). */
import type { Reply } from '../../protocol/resp/reply.ts'

/** Called with a member's content, `bytes[start, end)`, valid until the set changes or the next call; false ends the
 *  visit. */
export type MemberVisitor = (bytes: Uint8Array, start: number, end: number) => boolean

/** A member's content, filled in by `SetMembers.at`; valid until the set changes or the next call. */
export class Member {
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  end = 0

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }
}

/** What became of a member that was to be added; `refused`: this form does not take it. */
export const addition = { refused: -1, present: 0, added: 1 } as const

export interface SetMembers {
  readonly size: number
  readonly memoryBytes: number
  includes(bytes: Uint8Array, start: number, end: number): boolean
  /** One of `addition`. */
  add(bytes: Uint8Array, start: number, end: number): number
  delete(bytes: Uint8Array, start: number, end: number): boolean
  /** The member at a position below `size`; positions hold until the set changes. */
  at(position: number, member: Member): void
  deleteAt(position: number): void
  /** False when a visitor ended it. */
  visit(visit: MemberVisitor): boolean
  /** Answers every member as a bulk string. */
  answer(reply: Reply): void
  /** As `ByteMap.scan`; forms that are small show everything at once. */
  scanMembers(position: number, count: number, visit: (bytes: Uint8Array, start: number, end: number) => void): number
  freeze(): Iterable<Uint8Array>
  /** The same members with memory of their own. */
  clone(): SetMembers
}
