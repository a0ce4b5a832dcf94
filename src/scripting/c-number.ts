/** Numbers as C's `strtod` reads them: also hexadecimal ones with fractions, infinities and what is not a number. */

const pattern =
  /^([-+]?)(?:0x(?=\.?[\da-f])([\da-f]*)\.?([\da-f]*)(?:p([-+]?\d+))?|(inf)(?:inity)?|(nan)(?:\(\w*\))?|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)/i

/** Bits of a double's significand, and the power of two of the least bit that any double has. */
const significandBits = 53
const leastPower = -1074

/** The number that the text begins with, and how long it is there; undefined when it begins with none. */
export function readNumber(text: string): { value: number; size: number } | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [{ length: size }, sign, whole, fraction = '', power = '0', infinite, invalid] = match
  let magnitude: number
  if (whole !== undefined) magnitude = scale(BigInt(`0x0${whole}${fraction}`), Number(power) - fraction.length * 4)
  else if (infinite !== undefined) magnitude = Number.POSITIVE_INFINITY
  else if (invalid !== undefined) magnitude = Number.NaN
  else return { value: Number(match[0]), size }
  return { value: sign === '-' ? -magnitude : magnitude, size }
}

/** The double that is nearest to `digits` times two to the power; the even one of two. */
function scale(digits: bigint, power: number): number {
  const bits = digits.toString(2).length
  const excess = Math.max(bits - significandBits, leastPower - power)
  if (digits === 0n || excess > bits) return 0
  if (excess <= 0) return Number(digits) * 2 ** power
  const half = 1n << BigInt(excess - 1)
  const rest = digits & (2n * half - 1n)
  let kept = digits >> BigInt(excess)
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++
  return Number(kept) * 2 ** (power + excess)
}
