/** Three views of bytes: text, JSON set in lines, and a hex dump. */
import { type Bytes, toText } from './bytes.ts'

export type View = 'auto' | 'text' | 'json' | 'hex'
export const views: readonly View[] = ['auto', 'text', 'json', 'hex']

/** The payload in a view; undefined when it can't be seen so. `auto` takes JSON for objects and arrays, else text, else hex. */
export function viewPayload(bytes: Bytes, view: View): string | undefined {
  switch (view) {
    case 'hex':
      return hexDump(bytes)
    case 'text':
      return toText(bytes)
    case 'json':
      return prettyJson(bytes)
    case 'auto':
      return (/^\s*[[{]/.test(bytes) ? prettyJson(bytes) : undefined) ?? readableText(bytes) ?? hexDump(bytes)
  }
}

/** Text without controls other than line breaks and tabs. */
function readableText(bytes: Bytes): string | undefined {
  const text = toText(bytes)
  return text === undefined || /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) ? undefined : text
}

/** JSON in lines, written as it came: numbers keep their digits, names their order, also when they repeat. */
export function prettyJson(bytes: Bytes): string | undefined {
  const text = toText(bytes)
  if (text === undefined || !isJson(text)) return undefined
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g) ?? []
  let depth = 0
  let out = ''
  const newLine = (): string => `\n${'  '.repeat(depth)}`
  tokens.forEach((token, i) => {
    if (token === '{' || token === '[') {
      const isEmpty = tokens[i + 1] === '}' || tokens[i + 1] === ']'
      depth++
      out += isEmpty ? token : token + newLine()
    } else if (token === '}' || token === ']') {
      depth--
      const isEmpty = tokens[i - 1] === '{' || tokens[i - 1] === '['
      out += isEmpty ? token : newLine() + token
    } else if (token === ',') out += token + newLine()
    else out += token === ':' ? ': ' : token
  })
  return out
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const rowLength = 16

/** Rows of sixteen bytes: the offset, the bytes, and what of them is printable ASCII. */
export function hexDump(bytes: Bytes): string {
  const rows: string[] = []
  for (let at = 0; at < bytes.length; at += rowLength) {
    const row = bytes.slice(at, at + rowLength)
    const hex = [...row].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'))
    const halves = `${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}`
    rows.push(`${at.toString(16).padStart(8, '0')}  ${halves}  ${row.replace(/[^\x20-\x7e]/g, '·')}`)
  }
  return rows.join('\n')
}
