/** What a stream tells of itself, so that whoever follows it knows what it has lost. */
import { isError, readHeader, readInteger, readString, skipReply } from './json/reply-json.ts'

export interface StreamState {
  /** The highest id there ever was. */
  readonly lastId: string
  /** The highest of those that were deleted one by one; trimming is not counted. */
  readonly maxDeletedId: string
  /** Entries that were ever added, and those that are there. */
  readonly added: number
  readonly length: number
  /** Undefined when there is none. */
  readonly firstId: string | undefined
}

export const zeroId = '0-0'

/** Of a key that is not there. */
export const noStream: StreamState = { lastId: zeroId, maxDeletedId: zeroId, added: 0, length: 0, firstId: undefined }

/** From a reply of XINFO STREAM in RESP3; undefined when that is an error. */
export function readStreamState(reply: Buffer): StreamState | undefined {
  if (isError(reply, 0)) return undefined
  const header = readHeader(reply, 0)
  const state = { ...noStream } as { -readonly [Name in keyof StreamState]: StreamState[Name] }
  let at = header.next
  for (let i = 0; i < header.count; i += 2) {
    const name = readString(reply, at)!
    const value = name.next
    switch (reply.toString('latin1', name.start, name.end)) {
      case 'last-generated-id':
        state.lastId = idAt(reply, value)
        break
      case 'max-deleted-entry-id':
        state.maxDeletedId = idAt(reply, value)
        break
      case 'entries-added':
        state.added = Number(readInteger(reply, value).value)
        break
      case 'length':
        state.length = Number(readInteger(reply, value).value)
        break
      case 'first-entry': {
        const entry = readHeader(reply, value)
        if (entry.count > 0) state.firstId = idAt(reply, entry.next)
      }
    }
    at = skipReply(reply, value)
  }
  return state
}

function idAt(reply: Buffer, at: number): string {
  const id = readString(reply, at)!
  return reply.toString('latin1', id.start, id.end)
}
