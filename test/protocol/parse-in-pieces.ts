/** Feeds a parser as a connection does and says what came out of it. */
import { Args } from '../../protocol/resp/args.ts'
import { ProtocolError } from '../../protocol/resp/reply-error.ts'
import { bulkBytesMaxDefault, queryBytesMaxDefault, RequestParser } from '../../protocol/resp/request-parser.ts'

export interface Parsed {
  /** The arguments of each request, one character a byte. */
  readonly requests: string[][]
  /** Each request in wire form, as it would be stored. */
  readonly wires: string[]
  /** The text of the ProtocolError that ended it. */
  readonly error?: string
}

export interface ParseOptions {
  readonly restricted?: boolean
  readonly bulkBytesMax?: number
  readonly queryBytesMax?: number
}

/** Parses `input` cut at the given offsets. Each piece is a copy that is overwritten once it was parsed, as read buffers are.
 *  Anything thrown but a ProtocolError is thrown on. */
export function parseInPieces(input: Buffer, cuts: readonly number[], options: ParseOptions = {}): Parsed {
  const { bulkBytesMax = bulkBytesMaxDefault, queryBytesMax = queryBytesMaxDefault } = options
  const parser = new RequestParser({ bulkBytesMax, queryBytesMax })
  parser.restricted = options.restricted ?? false
  const args = new Args()
  const parsed: Parsed = { requests: [], wires: [] }
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < input.length), input.length])]
  let start = 0
  try {
    for (const end of ends.sort((a, b) => a - b)) {
      const piece = Buffer.from(input.subarray(start, end))
      start = end
      parser.feed(piece)
      while (parser.next(args)) {
        parsed.requests.push(Array.from({ length: args.count }, (_, i) => args.text(i)))
        parsed.wires.push(Buffer.from(args.bytes.subarray(args.requestStart, args.requestEnd)).toString('latin1'))
      }
      piece.fill(0xee)
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { ...parsed, error: error.message }
  }
  return parsed
}

/** Cuts behind every byte. */
export function everywhere(input: Buffer): number[] {
  return Array.from({ length: input.length }, (_, i) => i)
}
