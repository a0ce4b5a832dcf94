/** RESP2 and RESP3 as a client speaks them: requests as bytes, replies from bytes that come in pieces. */
import { type Bytes, fromBuffer } from './bytes.ts'

export type Reply =
  | { readonly kind: 'simple' | 'error' | 'bulk' | 'bigNumber'; readonly bytes: Bytes }
  | { readonly kind: 'verbatim'; readonly format: string; readonly bytes: Bytes }
  | { readonly kind: 'integer' | 'double'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'array' | 'set' | 'push'; readonly items: readonly Reply[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Reply, Reply])[] }

/** What came is not RESP. */
export class NotResp extends Error {
  override readonly name = 'NotResp'
}

export function encodeRequest(args: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const text = `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Thrown inside the parser when the reply goes on beyond what has come. */
class Incomplete extends Error {
  /** How much must be there before it is worth trying again. */
  readonly neededLength: number
  constructor(neededLength: number) {
    super()
    this.neededLength = neededLength
  }
}

const aggregates = { '*': 'array', '~': 'set', '>': 'push' } as const
const cr = 13

/** Replies out of pieces of any size. */
export class ReplyParser {
  #bytes = new Uint8Array(0)
  #at = 0
  #neededLength = 1

  /** Takes what came and returns the replies that are whole now. Throws NotResp. */
  take(piece: Uint8Array): Reply[] {
    this.#append(piece)
    const replies: Reply[] = []
    while (this.#bytes.length >= this.#neededLength) {
      const begin = this.#at
      try {
        replies.push(this.#reply())
        this.#neededLength = this.#at + 1
      } catch (error) {
        if (!(error instanceof Incomplete)) throw error
        this.#neededLength = error.neededLength
        this.#at = begin
      }
    }
    return replies
  }

  #append(piece: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#at)
    const joined = new Uint8Array(rest.length + piece.length)
    joined.set(rest)
    joined.set(piece, rest.length)
    this.#bytes = joined
    this.#neededLength -= this.#at
    this.#at = 0
  }

  #line(): Bytes {
    const end = this.#bytes.indexOf(cr, this.#at)
    if (end < 0 || end + 1 >= this.#bytes.length) throw new Incomplete(this.#bytes.length + 1)
    const line = fromBuffer(this.#bytes.subarray(this.#at, end))
    this.#at = end + 2
    return line
  }

  #blob(length: number): Bytes {
    const end = this.#at + length
    if (end + 2 > this.#bytes.length) throw new Incomplete(end + 2)
    const bytes = fromBuffer(this.#bytes.subarray(this.#at, end))
    this.#at = end + 2
    return bytes
  }

  #reply(): Reply {
    const line = this.#line()
    const rest = line.slice(1) as Bytes
    switch (line[0]) {
      case '+':
        return { kind: 'simple', bytes: rest }
      case '-':
        return { kind: 'error', bytes: rest }
      case '(':
        return { kind: 'bigNumber', bytes: rest }
      case ':':
        return { kind: 'integer', text: rest }
      case ',':
        return { kind: 'double', text: rest }
      case '#':
        return { kind: 'boolean', value: rest === 't' }
      case '_':
        return { kind: 'null' }
      case '$':
        return rest === '-1' ? { kind: 'null' } : { kind: 'bulk', bytes: this.#blob(count(rest)) }
      case '!':
        return { kind: 'error', bytes: this.#blob(count(rest)) }
      case '=': {
        const blob = this.#blob(count(rest))
        return { kind: 'verbatim', format: blob.slice(0, 3), bytes: blob.slice(4) as Bytes }
      }
      case '*':
      case '~':
      case '>':
        if (rest === '-1') return { kind: 'null' }
        return { kind: aggregates[line[0]], items: this.#items(count(rest)) }
      case '%': {
        const items = this.#items(count(rest) * 2)
        return { kind: 'map', entries: pairsOf(items) }
      }
    }
    throw new NotResp(`not a reply: ${JSON.stringify(line.slice(0, 40))}`)
  }

  #items(length: number): Reply[] {
    const items: Reply[] = []
    for (let i = 0; i < length; i++) items.push(this.#reply())
    return items
  }
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new NotResp(`not a length: ${JSON.stringify(text.slice(0, 40))}`)
  return Number(text)
}

/** Neighbours as pairs; one without a neighbour is left out. */
export function pairsOf<T>(items: readonly T[]): (readonly [T, T])[] {
  const pairs: (readonly [T, T])[] = []
  for (let i = 0; i + 1 < items.length; i += 2) pairs.push([items[i]!, items[i + 1]!])
  return pairs
}
