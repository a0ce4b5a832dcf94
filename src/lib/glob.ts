/** Redis' glob patterns over bytes: `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a character to take it literally.
 *
 *  The answers are those of Redis 7.0 on x86, corners included (each is noted where it is met below). The road there is another: every token
 *  but `*` takes exactly one byte, so when a match fails it is enough to let the latest `*` take one byte more. Time is at most pattern
 *  length times text length, where plain recursion takes exponential time on patterns such as `a*a*a*a*b`. */

const STAR = 0x2a
const QUESTION = 0x3f
const OPEN = 0x5b
const BACKSLASH = 0x5c
const CLOSE = 0x5d
const CARET = 0x5e
const DASH = 0x2d

/** Says whether `text` as a whole matches `pattern`. With `ignoreCase`, ASCII letters match either case. Nothing is allocated.
 *  An empty text is matched by the empty pattern alone: even `*` doesn't match it, in Redis neither. */
export function globMatches(pattern: Uint8Array, text: Uint8Array, ignoreCase = false): boolean {
  return globMatchesRange(pattern, text, 0, text.length, ignoreCase)
}

/** As `globMatches`, for the bytes `start` (inclusive) to `end` (exclusive) of `text`. */
export function globMatchesRange(
  pattern: Uint8Array,
  text: Uint8Array,
  start: number,
  end: number,
  ignoreCase = false,
): boolean {
  if (start === end) return pattern.length === 0
  let p = 0
  let t = start
  let afterStar = -1
  let starText = start
  while (t < end) {
    if (pattern[p] === STAR) {
      while (pattern[p] === STAR) p++
      if (p === pattern.length) return true
      afterStar = p
      starText = t
      continue
    }
    const next = p < pattern.length ? matchOne(pattern, p, text[t]!, ignoreCase) : -1
    if (next >= 0) {
      p = next
      t++
    } else if (afterStar >= 0) {
      p = afterStar
      t = ++starText
    } else {
      return false
    }
  }
  while (pattern[p] === STAR) p++
  return p === pattern.length
}

/** Matches the token at `p` (never a `*`) against one byte. Returns where the next token starts, or -1 when the byte doesn't match. */
function matchOne(pattern: Uint8Array, p: number, byte: number, ignoreCase: boolean): number {
  const token = pattern[p]!
  if (token === QUESTION) return p + 1
  if (token === OPEN) return matchClass(pattern, p + 1, byte, ignoreCase)
  // A backslash that ends the pattern stands for itself.
  const at = token === BACKSLASH && p + 1 < pattern.length ? p + 1 : p
  return sameByte(pattern[at]!, byte, ignoreCase) ? at + 1 : -1
}

/** Matches the class whose first byte after `[` is at `p`. A class that is never closed ends where the pattern ends; `]` closes it even in
 *  the first place, so `[]` matches nothing and `[^]` any byte. */
function matchClass(pattern: Uint8Array, first: number, byte: number, ignoreCase: boolean): number {
  let p = first
  const negated = pattern[p] === CARET
  if (negated) p++
  let found = false
  while (p < pattern.length && pattern[p] !== CLOSE) {
    if (pattern[p] === BACKSLASH && p + 1 < pattern.length) {
      // An escaped byte in a class keeps its case even when case is ignored.
      if (pattern[p + 1] === byte) found = true
      p += 2
    } else if (pattern[p + 1] === DASH && p + 2 < pattern.length) {
      if (inRange(pattern[p]!, pattern[p + 2]!, byte, ignoreCase)) found = true
      p += 3
    } else {
      if (sameByte(pattern[p]!, byte, ignoreCase)) found = true
      p++
    }
  }
  if (found === negated) return -1
  return p < pattern.length ? p + 1 : p
}

/** Bytes compare as signed numbers, as C's `char` does on x86: 0xff comes before 0x00. The ends of a range may come in either order. */
function inRange(from: number, to: number, byte: number, ignoreCase: boolean): boolean {
  let low = (from << 24) >> 24
  let high = (to << 24) >> 24
  let signed = (byte << 24) >> 24
  if (low > high) [low, high] = [high, low]
  if (ignoreCase) {
    low = lowerCase(low)
    high = lowerCase(high)
    signed = lowerCase(signed)
  }
  return signed >= low && signed <= high
}

function sameByte(a: number, b: number, ignoreCase: boolean): boolean {
  return a === b || (ignoreCase && lowerCase(a) === lowerCase(b))
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
}
