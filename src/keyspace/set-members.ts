/** What the three forms of a set have in common (see `set-value.ts`). */
import type { Reply } from '../../protocol/resp/reply.ts'
import type { ByteRange } from '../lib/wire-items.ts'

/** Called with a member's content, `bytes[start, end)`, valid until the set changes or the next call; false ends the
 *  visit. */
export type MemberVisitor = (bytes: Uint8Array, start: number, end: number) => boolean

/** What became of a member that was to be added; `refused`: this form does not take it. */
export const addition = { refused: -1, present: 0, added: 1 } as const

export interface SetMembers {
  readonly size: number
  readonly memoryBytes: number
  includes(bytes: Uint8Array, start: number, end: number): boolean
  /** One of `addition`. */
  add(bytes: Uint8Array, start: number, end: number): number
  delete(bytes: Uint8Array, start: number, end: number): boolean
  /** Lets `member` be the content at a position below `size`, until the set changes or the next call; positions hold
   *  until the set changes. */
  at(position: number, member: ByteRange): void
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
