/** Doubles from text by the rules of C's `strtod`. */

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const hexadecimal = /^([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i
const infinite = /^([+-]?)inf(inity)?$/i

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
