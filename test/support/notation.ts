/**
 * The notation of session transcripts, both ways: command words as redis-cli takes them, replies as typed text.
 * `protocol/sessions/README.md` defines it. It is exact: two replies print alike only if their bytes are alike.
 */
import type { Reply } from './resp-reply.ts'

/** What a transcript expects in place of a reply: the reply itself, or a hole that several replies fit. */
export type Expected =
  | Reply
  | { readonly type: 'hole'; readonly name: 'id' | 'int' | 'any' }
  | { readonly type: 'expected-items'; readonly of: 'array' | 'set' | 'push'; readonly items: readonly Expected[] }
  | { readonly type: 'expected-map'; readonly entries: readonly (readonly [Expected, Expected])[] }

/** A line of a transcript that cannot be read. */
export class NotationError extends Error {}

const namedEscapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['"', '\\"'],
  ['\\', '\\\\'],
])

/** A byte string in double quotes, printable ASCII as it is, everything else escaped. */
export function quote(text: string): string {
  const escaped = (character: string): string =>
    namedEscapes.get(character) ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  return `"${text.replace(/["\\]|[^\x20-\x7e]/g, escaped)}"`
}

/** The words of a command on one line, quoted only where they must be. */
export function printCommand(words: readonly string[]): string {
  return words.map((word) => (/^[\x21\x23-\x26\x28-\x5b\x5d-\x7e]+$/.test(word) ? word : quote(word))).join(' ')
}

/** One reply on one line. */
export function printReply(reply: Reply, nested = false): string {
  switch (reply.type) {
    case 'simple':
      return `+${nested || !isPlain(reply.text) ? quote(reply.text) : reply.text}`
    case 'error':
      return `-${nested || !isPlain(reply.text) ? quote(reply.text) : reply.text}`
    case 'int':
      return `:${reply.text}`
    case 'double':
      return `,${reply.text}`
    case 'bignum':
      return `(${reply.text}`
    case 'bulk':
      return quote(reply.text)
    case 'verbatim':
      return `=${quote(reply.text)}`
    case 'null':
      return reply.form === '_' ? '_' : `${reply.form}-1`
    case 'bool':
      return reply.value ? '#t' : '#f'
    case 'array':
      return printItems('', reply.items)
    case 'set':
      return printItems('~', reply.items)
    case 'push':
      return printItems('>', reply.items)
    case 'map':
      return `{${reply.entries.map(([key, value]) => `${printReply(key, true)}: ${printReply(value, true)}`).join(', ')}}`
  }
}

/** Whether a text can stand on a line without quotes and be read back. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && text.trim() === text && !text.startsWith('"')
}

function printItems(sigil: string, items: readonly Reply[]): string {
  return `${sigil}[${items.map((item) => printReply(item, true)).join(', ')}]`
}

/** Splits a typed line into words; double quotes may hold the escapes that `quote` makes. */
export function parseCommand(line: string): string[] {
  const scanner = new Scanner(line)
  const words: string[] = []
  for (;;) {
    scanner.skipSpace()
    if (scanner.atEnd) return words
    words.push(scanner.peek() === '"' ? scanner.quoted() : scanner.until(/\s/))
  }
}

/** Reads one expected reply; the text may span several lines. */
export function parseExpected(text: string): Expected {
  const trimmed = text.trim()
  // At the top level a simple string or an error runs to the end of its line, so that it needs no quotes.
  if (/^[+-][^"]/.test(trimmed) || /^[+-]$/.test(trimmed)) {
    return { type: trimmed[0] === '+' ? 'simple' : 'error', text: trimmed.slice(1) }
  }
  const scanner = new Scanner(trimmed)
  const expected = readExpected(scanner)
  scanner.skipSpace()
  if (!scanner.atEnd) throw new NotationError(`something stands after the reply: ${trimmed}`)
  return expected
}

/** Whether the brackets of a reply that was begun are all closed. */
export function isComplete(text: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '')
  const count = (pattern: RegExp): number => bare.match(pattern)?.length ?? 0
  return count(/[[{]/g) <= count(/[\]}]/g)
}

/** Whether the reply is the expected one, to the byte, holes aside. */
export function fits(expected: Expected, reply: Reply): boolean {
  switch (expected.type) {
    case 'hole':
      return fitsHole(expected.name, reply)
    case 'expected-items':
      return (
        reply.type === expected.of &&
        reply.items.length === expected.items.length &&
        expected.items.every((item, index) => fits(item, reply.items[index]!))
      )
    case 'expected-map':
      return (
        reply.type === 'map' &&
        reply.entries.length === expected.entries.length &&
        expected.entries.every(
          ([key, value], index) => fits(key, reply.entries[index]![0]) && fits(value, reply.entries[index]![1]),
        )
      )
    default:
      return printReply(expected) === printReply(reply)
  }
}

function fitsHole(name: 'id' | 'int' | 'any', reply: Reply): boolean {
  if (name === 'any') return true
  if (name === 'int') return reply.type === 'int'
  return reply.type === 'bulk' && /^\d+-\d+$/.test(reply.text)
}

function readExpected(scanner: Scanner): Expected {
  scanner.skipSpace()
  const first = scanner.peek()
  switch (first) {
    case '"':
      return { type: 'bulk', text: scanner.quoted() }
    case '<':
      return readHole(scanner)
    case '[':
      return { type: 'expected-items', of: 'array', items: readList(scanner, ']', readExpected) }
    case '{':
      return { type: 'expected-map', entries: readList(scanner, '}', readEntry) }
    case '_':
      scanner.take('_')
      return { type: 'null', form: '_' }
    default:
      scanner.take(first)
      return readSigil(scanner, first)
  }
}

function readSigil(scanner: Scanner, sigil: string): Expected {
  switch (sigil) {
    case '+':
      return { type: 'simple', text: scanner.quoted() }
    case '-':
      return { type: 'error', text: scanner.quoted() }
    case '=':
      return { type: 'verbatim', text: scanner.quoted() }
    case '~':
      return { type: 'expected-items', of: 'set', items: readList(scanner, ']', readExpected) }
    case '>':
      return { type: 'expected-items', of: 'push', items: readList(scanner, ']', readExpected) }
    case ':':
      return { type: 'int', text: scanner.until(/[\s,\]}]/) }
    case ',':
      return { type: 'double', text: scanner.until(/[\s,\]}]/) }
    case '(':
      return { type: 'bignum', text: scanner.until(/[\s,\]}]/) }
    case '#':
      return { type: 'bool', value: scanner.until(/[\s,\]}]/) === 't' }
    case '$':
    case '*':
      if (scanner.until(/[\s,\]}]/) !== '-1')
        throw new NotationError(`only ${sigil}-1 may be written on the wire's way`)
      return { type: 'null', form: sigil }
    default:
      throw new NotationError(`no reply starts with ${sigil}`)
  }
}

function readHole(scanner: Scanner): Expected {
  scanner.take('<')
  const name = scanner.until(/>/)
  scanner.take('>')
  if (name !== 'id' && name !== 'int' && name !== 'any') throw new NotationError(`no such placeholder: <${name}>`)
  return { type: 'hole', name }
}

function readEntry(scanner: Scanner): [Expected, Expected] {
  const key = readExpected(scanner)
  scanner.skipSpace()
  scanner.take(':')
  return [key, readExpected(scanner)]
}

function readList<Item>(scanner: Scanner, close: string, readItem: (scanner: Scanner) => Item): Item[] {
  scanner.take(close === ']' ? '[' : '{')
  const items: Item[] = []
  for (;;) {
    scanner.skipSpace()
    if (scanner.peek() === close) break
    items.push(readItem(scanner))
    scanner.skipSpace()
    if (scanner.peek() !== ',') break
    scanner.take(',')
  }
  scanner.take(close)
  return items
}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  peek(): string {
    return this.#text[this.#at] ?? ''
  }

  take(character: string): void {
    if (character === '' || this.peek() !== character) {
      throw new NotationError(`expected ${character} at ${this.#text.slice(this.#at)} in ${this.#text}`)
    }
    this.#at++
  }

  skipSpace(): void {
    while (!this.atEnd && /\s/.test(this.peek())) this.#at++
  }

  until(stop: RegExp): string {
    const start = this.#at
    while (!this.atEnd && !stop.test(this.peek())) this.#at++
    return this.#text.slice(start, this.#at)
  }

  quoted(): string {
    this.take('"')
    let text = ''
    while (this.peek() !== '"') {
      if (this.atEnd) throw new NotationError(`a quote is not closed: ${this.#text}`)
      text += this.peek() === '\\' ? this.#escape() : this.peek()
      this.#at++
    }
    this.take('"')
    return text
  }

  /** Leaves the cursor on the last character of the escape. */
  #escape(): string {
    const letter = this.#text[++this.#at] ?? ''
    if (letter === 'x') {
      const hex = this.#text.slice(this.#at + 1, this.#at + 3)
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) throw new NotationError(`not two hex digits: \\x${hex}`)
      this.#at += 2
      return String.fromCharCode(Number.parseInt(hex, 16))
    }
    return { n: '\n', r: '\r', t: '\t' }[letter] ?? letter
  }
}
