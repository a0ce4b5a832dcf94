/** A typed line as arguments, by the rules of redis-cli: words apart by space; "…" with escapes; '…' without. */
import { type Bytes, fromText } from './bytes.ts'

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

/** The arguments; undefined when a quote is open or something follows a closing one. */
export function splitLine(line: string): Bytes[] | undefined {
  const text = fromText(line)
  const args: Bytes[] = []
  let at = 0
  for (;;) {
    while (isSpace(text[at])) at++
    if (at >= text.length) return args
    let word = ''
    while (at < text.length && !isSpace(text[at])) {
      const mark = text[at]!
      if (mark !== '"' && mark !== "'") {
        word += mark
        at++
        continue
      }
      const quoted = mark === '"' ? readDouble(text, at + 1) : readSingle(text, at + 1)
      if (quoted === undefined) return undefined
      word += quoted.text
      at = quoted.next
      if (at < text.length && !isSpace(text[at])) return undefined
    }
    args.push(word as Bytes)
  }
}

function isSpace(mark: string | undefined): boolean {
  return mark !== undefined && /\s/.test(mark)
}

interface Quoted {
  readonly text: string
  readonly next: number
}

function readDouble(text: string, at: number): Quoted | undefined {
  let found = ''
  while (at < text.length) {
    const mark = text[at]!
    if (mark === '"') return { text: found, next: at + 1 }
    if (mark !== '\\' || at + 1 >= text.length) {
      found += mark
      at++
      continue
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(at + 1, at + 4))
    found +=
      hex === null ? (escapes[text[at + 1]!] ?? text[at + 1]!) : String.fromCharCode(Number.parseInt(hex[1]!, 16))
    at += hex === null ? 2 : 4
  }
  return undefined
}

function readSingle(text: string, at: number): Quoted | undefined {
  let found = ''
  while (at < text.length) {
    if (text[at] === "'") return { text: found, next: at + 1 }
    if (text[at] === '\\' && text[at + 1] === "'") at++
    found += text[at]
    at++
  }
  return undefined
}
