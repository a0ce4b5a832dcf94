/** Reading replies as what a page expects them to be. What doesn't fit is a bug of the page, or an answer of another
 *  server, and is thrown. */
import { type Bytes, noBytes } from './bytes.ts'
import { pairsOf, type Reply } from './resp.ts'

/** The server refused; the message is its own. */
export class ErrorReply extends Error {
  override readonly name = 'ErrorReply'
  get code(): string {
    return this.message.split(' ', 1)[0]!
  }
}

/** The bytes of a string of any kind, or the text of a number. */
export function asBytes(reply: Reply): Bytes {
  const bytes = asBytesOrNull(reply)
  if (bytes === undefined) throw new TypeError('a string was expected, null came')
  return bytes
}

export function asBytesOrNull(reply: Reply): Bytes | undefined {
  switch (reply.kind) {
    case 'simple':
    case 'bulk':
    case 'bigNumber':
    case 'verbatim':
      return reply.bytes
    case 'integer':
    case 'double':
      return reply.text as Bytes
    case 'null':
      return undefined
    case 'error':
      throw new ErrorReply(reply.bytes)
  }
  throw new TypeError(`a string was expected, a reply of kind ${reply.kind} came`)
}

export function asNumber(reply: Reply): number {
  return Number(asBytes(reply))
}

/** A number, or undefined where there is none. */
export function asNumberOrNull(reply: Reply | undefined): number | undefined {
  if (reply === undefined || reply.kind === 'null') return undefined
  return Number(asBytes(reply))
}

/** The items of an array, set or push; none for null. A map gives its keys and values in turn, as in RESP2. */
export function asItems(reply: Reply): readonly Reply[] {
  switch (reply.kind) {
    case 'array':
    case 'set':
    case 'push':
      return reply.items
    case 'map':
      return reply.entries.flat()
    case 'null':
      return []
    case 'error':
      throw new ErrorReply(reply.bytes)
  }
  throw new TypeError(`an array was expected, a reply of kind ${reply.kind} came`)
}

export function asStrings(reply: Reply): Bytes[] {
  return asItems(reply).map((item) => asBytesOrNull(item) ?? noBytes)
}

/** Keys and values: of a map, or of an array with both in turn, or of an array of pairs. */
export function asPairs(reply: Reply): (readonly [Reply, Reply])[] {
  if (reply.kind === 'map') return [...reply.entries]
  const items = asItems(reply)
  if (items.length > 0 && items.every((item) => item.kind === 'array' && item.items.length === 2)) {
    return items.map((item) => {
      const [first, second] = asItems(item)
      return [first!, second!] as const
    })
  }
  return pairsOf(items)
}

/** A map with names as keys. */
export function asRecord(reply: Reply): Map<string, Reply> {
  return new Map(asPairs(reply).map(([key, value]) => [asBytes(key) as string, value]))
}

/** What XREAD WITHBOUNDS answers of one stream. */
export interface StreamRead {
  /** The newest id that it ever had, and the newest that was trimmed. */
  readonly lastId: string
  readonly trimmedId: string
  readonly entries: readonly Entry[]
}

/** Undefined when there is nothing to tell. */
export function asStreamRead(reply: Reply): StreamRead | undefined {
  if (reply.kind === 'null') return undefined
  const [bounds, entries] = asItems(asPairs(reply)[0]![1])
  const [lastId, trimmedId] = asItems(bounds!)
  return { lastId: asBytes(lastId!), trimmedId: asBytes(trimmedId!), entries: asEntries(entries!) }
}

/** An entry of a stream. */
export interface Entry {
  readonly id: string
  readonly fields: readonly (readonly [Bytes, Bytes])[]
}

/** The entries that XRANGE, XREVRANGE and each key of XREAD answer. */
export function asEntries(reply: Reply): Entry[] {
  return asItems(reply).flatMap((item) => {
    const [id, fields] = asItems(item)
    if (id === undefined || fields === undefined || fields.kind === 'null') return []
    return [{ id: asBytes(id), fields: pairsOf(asStrings(fields)) }]
  })
}
