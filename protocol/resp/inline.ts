/** Words of an inline request, by the rules of Redis' `sdssplitargs`. */

/** C's `isspace`: what may stand between words. */
const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13)
/** What ends a word that is not quoted: not all white space does. */
const endsWord = (byte: number): boolean => byte === 32 || byte === 9 || byte === 10 || byte === 13
const escapes: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 98: 8, 97: 7 }

/** The words in the range, unquoted: double quotes know \n \r \t \b \a \xHH and \anything, single quotes only \'.
 *  Undefined when a quote is not closed or something other than space follows a closing quote. */
export function splitInline(bytes: Uint8Array, start: number, end: number): Uint8Array[] | undefined {
  const words: Uint8Array[] = []
  let at = start
  while (true) {
    while (at < end && isSpace(bytes[at]!)) at++
    if (at >= end) return words
    const word: number[] = []
    while (at < end && !endsWord(bytes[at]!)) {
      const quote = bytes[at]!
      if (quote !== 34 && quote !== 39) {
        word.push(quote)
        at++
        continue
      }
      at = quote === 34 ? readDoubleQuoted(bytes, at + 1, end, word) : readSingleQuoted(bytes, at + 1, end, word)
      if (at < 0 || (at < end && !isSpace(bytes[at]!))) return undefined
      break
    }
    words.push(Uint8Array.from(word))
  }
}

/** Reads up to the closing quote; returns the offset behind it, -1 when there is none. */
function readDoubleQuoted(bytes: Uint8Array, start: number, end: number, word: number[]): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte === 34) return at + 1
    if (byte !== 92 || at + 1 >= end) {
      word.push(byte)
      continue
    }
    const high = hexDigit(bytes[at + 2])
    const low = hexDigit(bytes[at + 3])
    if (bytes[at + 1] === 120 && at + 3 < end && high >= 0 && low >= 0) {
      word.push(high * 16 + low)
      at += 3
      continue
    }
    at++
    word.push(escapes[bytes[at]!] ?? bytes[at]!)
  }
  return -1
}

function readSingleQuoted(bytes: Uint8Array, start: number, end: number, word: number[]): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] === 39) return at + 1
    if (bytes[at] === 92 && at + 1 < end && bytes[at + 1] === 39) at++
    word.push(bytes[at]!)
  }
  return -1
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
