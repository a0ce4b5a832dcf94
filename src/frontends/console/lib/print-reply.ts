/** Replies as redis-cli prints them on a terminal. */
import type { Bytes } from './bytes.ts'
import type { Reply } from './resp.ts'

const emptyWords = { array: '(empty array)', set: '(empty set)', push: '(empty push)', map: '(empty hash)' } as const

/** The reply, each line ended. */
export function printReply(reply: Reply, prefix = ''): string {
  switch (reply.kind) {
    case 'error':
      return `(error) ${reply.bytes}\n`
    case 'simple':
    case 'bigNumber':
      return `${reply.bytes}\n`
    case 'integer':
      return `(integer) ${reply.text}\n`
    case 'double':
      return `(double) ${reply.text}\n`
    case 'boolean':
      return reply.value ? '(true)\n' : '(false)\n'
    case 'null':
      return '(nil)\n'
    case 'bulk':
      return `${quote(reply.bytes)}\n`
    case 'verbatim':
      return `${reply.bytes}\n`
    case 'array':
    case 'set':
    case 'push':
      return printItems(
        reply.items.map((item) => [item]),
        reply.kind,
        prefix,
      )
    case 'map':
      return printItems(reply.entries, 'map', prefix)
  }
}

/** A list: each item behind its number, what follows the first line indented as far. */
function printItems(items: readonly (readonly Reply[])[], kind: keyof typeof emptyWords, prefix: string): string {
  if (items.length === 0) return `${emptyWords[kind]}\n`
  const width = String(items.length).length
  const inner = `${prefix}${' '.repeat(width + 2)}`
  const mark = kind === 'set' ? '~' : kind === 'map' ? '#' : ')'
  return items
    .map((parts, index) => {
      const number = `${index === 0 ? '' : prefix}${String(index + 1).padStart(width)}${mark} `
      const [first, second] = parts.map((part) => printReply(part, inner))
      return second === undefined ? number + first : `${number}${first!.slice(0, -1)} => ${second}`
    })
    .join('')
}

const shortEscapes: Record<string, string> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
}

/** Bytes in double quotes, with escapes for what isn't printable ASCII. */
export function quote(bytes: Bytes): string {
  const inner = bytes.replace(/[\\"]|[^\x20-\x7e]/g, (byte) => {
    return shortEscapes[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `"${inner}"`
}

/** Replies that redis-cli prints as they are: texts made for people. */
const rawCommands =
  /^(info|lolwut|(debug htstats|memory (malloc-stats|doctor)|cluster (info|nodes)|client (list|info)|latency (graph|doctor))\b)/i

/** The reply to a command, given as typed. */
export function printAnswer(reply: Reply, command: string): string {
  if (reply.kind === 'bulk' && rawCommands.test(command.trim())) return `${reply.bytes.replaceAll('\r\n', '\n')}\n`
  return printReply(reply)
}
