/** Numbers as x87's 80-bit `long double` holds them: 64 bits of mantissa. Redis adds with them in INCRBYFLOAT, and
 *  their rounding shows in its answers (0.1 + 0.2 is 0.3 there). */
import { latin1Text } from './bytes.ts'

/** `mantissa × 2^exponent`, the mantissa below 2^64 in size. An exponent of Infinity means an infinite number. Zero has no sign. */
export interface LongDouble {
  readonly mantissa: bigint
  readonly exponent: number
}

const mantissaBits = 64
/** Exponents of the largest and the smallest numbers. */
const exponentMax = 16320
const exponentMin = -16445
/** Texts of more bytes than this are no numbers. */
const textBytesMax = 5119
/** Decimal digits behind the point in `formatLongDouble`. */
const fractionDigits = 17
const fractionScale = 10n ** BigInt(fractionDigits)
/** Decimal exponents beyond this are out of range whatever the digits are. */
const decimalExponentMax = 2 * textBytesMax

const bits = new DataView(new ArrayBuffer(8))
const zero: LongDouble = { mantissa: 0n, exponent: 0 }

/** The number in the text by the rules of C's `strtold`, rounded to the nearest. Undefined for what is no number (white
 *  space and nan included) and for what is too large or too small to be one. */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length > textBytesMax) return undefined
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text)
  if (infinite !== null) return { mantissa: infinite[1] === '-' ? -1n : 1n, exponent: Number.POSITIVE_INFINITY }
  const decimal = /^([+-]?)([0-9]*)\.?([0-9]*)(?:e([+-]?[0-9]+))?$/i.exec(text)
  if (decimal !== null && `${decimal[2]}${decimal[3]}` !== '') return parseDecimal(decimal)
  const hexadecimal = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?[0-9]+))?$/i.exec(text)
  if (hexadecimal !== null && `${hexadecimal[2]}${hexadecimal[3]}` !== '') return parseHexadecimal(hexadecimal)
  return undefined
}

/** C's `LDBL_MAX`. */
export const largestLongDouble: LongDouble = { mantissa: (1n << BigInt(mantissaBits)) - 1n, exponent: exponentMax }

/** The same of a range of bytes, however long. */
export function parseLongDoubleIn(bytes: Uint8Array, start: number, end: number): LongDouble | undefined {
  return end - start > textBytesMax ? undefined : parseLongDouble(latin1Text(bytes, start, end))
}

export function isInfinite(value: LongDouble): boolean {
  return value.exponent === Number.POSITIVE_INFINITY
}

/** The sum of two finite numbers, rounded to the nearest; infinite when it is too large. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble {
  const exponent = Math.min(a.exponent, b.exponent)
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent))
  return round(sum, 1n, exponent)
}

export function negated({ mantissa, exponent }: LongDouble): LongDouble {
  return { mantissa: -mantissa, exponent }
}

/** Negative, zero or positive as the first is less than, equal to or greater than the second, which may be infinite. */
export function compareLongDoubles(a: LongDouble, b: LongDouble): number {
  if (isInfinite(a) || isInfinite(b)) {
    return (isInfinite(a) ? Number(a.mantissa) : 0) - (isInfinite(b) ? Number(b.mantissa) : 0)
  }
  return Number(addLongDoubles(a, negated(b)).mantissa)
}

/** A finite double with so many digits behind the point, rounded to the nearest, to the even one from half way. */
export function fixedText(value: number, digits: number): string {
  bits.setFloat64(0, value)
  const power = (bits.getUint16(0) >>> 4) & 0x7ff
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn
  // The smallest numbers have no leading one.
  const size = power === 0 ? fraction : fraction | 0x10000000000000n
  const exponent = Math.max(1, power) - 1075
  const scaled = size * 10n ** BigInt(digits)
  const rounded = exponent >= 0 ? scaled << BigInt(exponent) : divide(scaled, 1n << BigInt(-exponent))
  const text = String(rounded).padStart(digits + 1, '0')
  const point = text.length - digits
  return `${value < 0 || Object.is(value, -0) ? '-' : ''}${text.slice(0, point)}.${text.slice(point)}`
}

/** A finite number as Redis prints it for people: 17 digits behind the point, then without zeros at the end. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const size = (mantissa < 0n ? -mantissa : mantissa) * fractionScale
  const scaled = exponent >= 0 ? size << BigInt(exponent) : divide(size, 1n << BigInt(-exponent))
  if (scaled === 0n) return '0'
  const digits = String(scaled).padStart(fractionDigits + 1, '0')
  const point = digits.length - fractionDigits
  const fraction = digits.slice(point).replace(/0+$/, '')
  return `${mantissa < 0n ? '-' : ''}${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`
}

function parseDecimal([, sign, whole = '', fraction = '', power = '0']: readonly string[]): LongDouble | undefined {
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return zero
  const exponent = Number(power) - fraction.length
  if (Math.abs(exponent) > decimalExponentMax) return undefined
  const size = BigInt(digits)
  const value = exponent >= 0 ? round(size * 10n ** BigInt(exponent), 1n, 0) : round(size, 10n ** BigInt(-exponent), 0)
  return inRange(sign, value)
}

function parseHexadecimal([, sign, whole = '', fraction = '', power = '0']: readonly string[]): LongDouble | undefined {
  const size = BigInt(`0x${whole}${fraction}`)
  if (size === 0n) return zero
  return inRange(sign, round(size, 1n, Number(power) - 4 * fraction.length))
}

function inRange(sign: string | undefined, value: LongDouble): LongDouble | undefined {
  if (isInfinite(value) || value.mantissa === 0n) return undefined
  return sign === '-' ? { mantissa: -value.mantissa, exponent: value.exponent } : value
}

/** `numerator / denominator × 2^exponent` with a mantissa of 64 bits (fewer for the smallest numbers). */
function round(numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return zero
  if (numerator < 0n) {
    const { mantissa, exponent: power } = round(-numerator, denominator, exponent)
    return { mantissa: -mantissa, exponent: power }
  }
  const excess = bitCount(numerator) - bitCount(denominator) - mantissaBits
  // The quotient may have one bit more than wanted: then it is taken again one bit shorter.
  for (let shift = Math.max(excess, exponentMin - exponent); ; shift++) {
    if (shift + exponent > exponentMax) return { mantissa: 1n, exponent: Number.POSITIVE_INFINITY }
    if (shift > bitCount(numerator) + 2) return zero
    const mantissa =
      shift >= 0 ? divide(numerator, denominator << BigInt(shift)) : divide(numerator << BigInt(-shift), denominator)
    if (mantissa >> BigInt(mantissaBits) === 0n) return { mantissa, exponent: mantissa === 0n ? 0 : shift + exponent }
  }
}

/** The quotient of positive numbers, rounded to the nearest, to the even one from half way. */
function divide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator
  const twice = (numerator - quotient * denominator) * 2n
  return twice > denominator || (twice === denominator && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}

function bitCount(value: bigint): number {
  const hexadecimal = value.toString(16)
  return hexadecimal.length * 4 - Math.clz32(Number.parseInt(hexadecimal[0]!, 16)) + 28
}
