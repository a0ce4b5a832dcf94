/**
 * Replies as a faithful tree, parsed by a reader of our own that shares no code with the broker, so that a mistake in
 * the broker's codec cannot hide behind the same mistake here.
 *
 * Texts are "byte strings": JavaScript strings with one character (0 to 255) for each byte. Numbers stay the text they
 * arrived as. Nothing is folded together: the two nulls of RESP2 and the null of RESP3 are three different things.
 */

/** One reply as it arrived; see the module comment for what `text` holds. */
export type Reply =
  | { readonly type: 'simple' | 'error' | 'bulk' | 'verbatim' | 'int' | 'double' | 'bignum'; readonly text: string }
  | { readonly type: 'null'; readonly form: '$' | '*' | '_' }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly Reply[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [Reply, Reply])[] }

/** One top-level reply together with the very bytes it was parsed from. */
export type Frame = { readonly reply: Reply; readonly raw: Buffer }

/** The server sent bytes that are no RESP. */
export class NotRespError extends Error {}

type Cursor = { readonly bytes: Buffer; offset: number }

const textTypes = new Map<string, 'simple' | 'error' | 'int' | 'double' | 'bignum'>([
  ['+', 'simple'],
  ['-', 'error'],
  [':', 'int'],
  [',', 'double'],
  ['(', 'bignum'],
])

/** Collects the chunks of one connection and cuts them into frames. */
export class ReplyReader {
  #bytes: Buffer = Buffer.alloc(0)

  /** Adds what arrived and returns the frames that are now complete. Throws NotRespError on bytes that are no RESP. */
  push(chunk: Buffer): Frame[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const frames: Frame[] = []
    const cursor: Cursor = { bytes: this.#bytes, offset: 0 }
    let start = 0
    while (cursor.offset < this.#bytes.length) {
      const reply = parseReply(cursor)
      if (reply === undefined) break
      frames.push({ reply, raw: this.#bytes.subarray(start, cursor.offset) })
      start = cursor.offset
    }
    this.#bytes = this.#bytes.subarray(start)
    return frames
  }

  /** How many bytes wait for the rest of their frame. */
  get unfinishedBytes(): number {
    return this.#bytes.length
  }
}

/** Parses exactly one reply out of `bytes`; throws NotRespError when there is less or more. */
export function parseOneReply(bytes: Buffer): Reply {
  const frames = new ReplyReader().push(bytes)
  const first = frames[0]
  if (frames.length !== 1 || first === undefined || first.raw.length !== bytes.length) {
    throw new NotRespError(`not exactly one reply: ${JSON.stringify(bytes.toString('latin1'))}`)
  }
  return first.reply
}

function parseReply(cursor: Cursor): Reply | undefined {
  const line = parseLine(cursor)
  if (line === undefined) return undefined
  const kind = line[0] ?? ''
  const rest = line.slice(1)
  const textType = textTypes.get(kind)
  if (textType !== undefined) return { type: textType, text: rest }
  switch (kind) {
    case '$':
      return rest === '-1' ? { type: 'null', form: '$' } : parseBulk(cursor, 'bulk', rest)
    case '=':
      return parseBulk(cursor, 'verbatim', rest)
    case '*':
      return rest === '-1' ? { type: 'null', form: '*' } : parseItems(cursor, 'array', rest)
    case '~':
      return parseItems(cursor, 'set', rest)
    case '>':
      return parseItems(cursor, 'push', rest)
    case '%':
      return parseMap(cursor, rest)
    case '_':
      return { type: 'null', form: '_' }
    case '#':
      return { type: 'bool', value: rest === 't' }
    default:
      throw new NotRespError(`a reply cannot start with ${JSON.stringify(line.slice(0, 40))}`)
  }
}

function parseLine(cursor: Cursor): string | undefined {
  const end = cursor.bytes.indexOf('\r\n', cursor.offset)
  if (end < 0) return undefined
  const line = cursor.bytes.toString('latin1', cursor.offset, end)
  cursor.offset = end + 2
  return line
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new NotRespError(`not a length: ${JSON.stringify(text)}`)
  return Number(text)
}

function parseBulk(cursor: Cursor, type: 'bulk' | 'verbatim', count: string): Reply | undefined {
  const end = cursor.offset + parseCount(count)
  if (cursor.bytes.length < end + 2) return undefined
  if (cursor.bytes[end] !== 13 || cursor.bytes[end + 1] !== 10) throw new NotRespError('a bulk string without its end')
  const text = cursor.bytes.toString('latin1', cursor.offset, end)
  cursor.offset = end + 2
  return { type, text }
}

function parseItems(cursor: Cursor, type: 'array' | 'set' | 'push', count: string): Reply | undefined {
  const items: Reply[] = []
  for (let left = parseCount(count); left > 0; left--) {
    const item = parseReply(cursor)
    if (item === undefined) return undefined
    items.push(item)
  }
  return { type, items }
}

function parseMap(cursor: Cursor, count: string): Reply | undefined {
  const entries: [Reply, Reply][] = []
  for (let left = parseCount(count); left > 0; left--) {
    const key = parseReply(cursor)
    const value = key === undefined ? undefined : parseReply(cursor)
    if (key === undefined || value === undefined) return undefined
    entries.push([key, value])
  }
  return { type: 'map', entries }
}
