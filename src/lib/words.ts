/** The words of a configuration line, quoted and unquoted as redis.conf has them.
 *
 *  All configuration text is kept as byte strings: one character per byte (latin1), so that a password of any bytes survives from the file
 *  to CONFIG GET and back. Whoever needs real text (a path) decodes it as UTF-8. */

const SPACES = ' \t\n\v\f\r'
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }
const REPRESENTATIONS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\x07': '\\a',
}

/** Splits a line into words. Double quotes know `\n \r \t \b \a \xHH` and take any other character after `\` as it is; single quotes know
 *  `\'` alone. A quote may open inside a word and joins it. Returns `undefined` when a quote is left open or its closing quote is
 *  followed by anything but white space. An empty line has no words. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = []
  let at = 0
  for (;;) {
    while (at < line.length && SPACES.includes(line[at]!)) at++
    if (at === line.length) return words
    const word = readWord(line, at)
    if (word === undefined) return undefined
    words.push(word.text)
    at = word.end
  }
}

/** Puts text between double quotes so that `splitWords` reads it back byte for byte; whatever isn't printable ASCII becomes an escape. */
export function quoteWord(text: string): string {
  const quoted = Array.from(text, (char) => {
    const known = REPRESENTATIONS[char]
    if (known !== undefined) return known
    const code = char.charCodeAt(0)
    return code >= 0x20 && code < 0x7f ? char : `\\x${code.toString(16).padStart(2, '0')}`
  })
  return `"${quoted.join('')}"`
}

function readWord(line: string, start: number): { text: string; end: number } | undefined {
  let text = ''
  let at = start
  while (at < line.length && !SPACES.includes(line[at]!)) {
    const char = line[at]!
    if (char !== '"' && char !== "'") {
      text += char
      at++
      continue
    }
    const quoted = char === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1)
    if (quoted === undefined) return undefined
    text += quoted.text
    at = quoted.end
    if (at < line.length && !SPACES.includes(line[at]!)) return undefined
  }
  return { text, end: at }
}

function readDoubleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = ''
  for (let at = start; at < line.length; at++) {
    const char = line[at]!
    if (char === '"') return { text, end: at + 1 }
    if (char !== '\\' || at + 1 === line.length) {
      text += char
      continue
    }
    const hex = /^x[0-9a-fA-F]{2}/.exec(line.slice(at + 1, at + 4))
    if (hex !== null) {
      text += String.fromCharCode(Number.parseInt(hex[0].slice(1), 16))
      at += 3
    } else {
      const escaped = line[++at]!
      text += ESCAPES[escaped] ?? escaped
    }
  }
  return undefined
}

function readSingleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = ''
  for (let at = start; at < line.length; at++) {
    const char = line[at]!
    if (char === "'") return { text, end: at + 1 }
    if (char === '\\' && line[at + 1] === "'") {
      text += "'"
      at++
    } else {
      text += char
    }
  }
  return undefined
}
