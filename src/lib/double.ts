/** Doubles from text by the rules of C's `strtod`. */

const minus = 45
const point = 46
const zero = 48

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const hexadecimal = /^([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i
const infinite = /^([+-]?)inf(inity)?$/i

/** Powers of ten up to this one are exact doubles. */
const powerOfTenMax = 1e22

/** The double that the bytes are, if they are digits with at most one point among them and a minus before them; NaN when
 *  they are not, or are too many: then `parseDouble` must be asked. The digits are a whole number that a double holds exactly,
 *  and so is the power of ten behind the point: one division of the two is rounded as `strtod` rounds. */
export function parsePlainDouble(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = start < end && bytes[start] === minus
  let digits = 0
  let scale = 0
  let value = 0
  for (let i = isNegative ? start + 1 : start; i < end; i++) {
    const digit = bytes[i]! - zero
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digits++
      scale *= 10
    } else if (bytes[i] === point && scale === 0) scale = 1
    else return Number.NaN
  }
  // What has become too large on the way stays so, however it was rounded.
  if (digits === 0 || value > Number.MAX_SAFE_INTEGER || scale > powerOfTenMax) return Number.NaN
  if (scale > 1) value /= scale
  return isNegative ? -value : value
}

/** The double that all of the text is, however large (then infinite) or small (then zero); undefined when it is none.
 *  White space and nan are none. */
export function parseDouble(text: string): number | undefined {
  if (decimal.test(text)) return Number(text)
  const infinity = infinite.exec(text)
  if (infinity !== null) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const [, sign, whole = '', fraction = '', exponent = '0'] = hexadecimal.exec(text) ?? []
  if (sign === undefined) return undefined
  const value = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent) - 4 * fraction.length)
  return sign === '-' ? -value : value
}

/** The same, but undefined too for what no double is near enough to: `1e400`, `1e-400`. */
export function parseDoubleInRange(text: string): number | undefined {
  const value = parseDouble(text)
  if (value === undefined) return undefined
  if (Math.abs(value) === Number.POSITIVE_INFINITY && !infinite.test(text)) return undefined
  if (value === 0 && /[1-9a-f]/i.test(text.replace(/^[+-]?0x|[ep].*/gi, ''))) return undefined
  return value
}
