/** How long a blocking command waits: seconds as a decimal number. */
import type { Args } from '../../../protocol/resp/args.ts'
import { timeoutNegative, timeoutNotFloat } from '../../broker/errors.ts'

/** What C's `strtold` reads, of which Redis wants all to be used: decimal, hexadecimal, infinity. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const hexadecimal = /^([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i
const infinite = /^[+-]?inf(inity)?$/i
const millisecondsMax = 2 ** 63

/** When the wait that argument `i` asks for ends, in milliseconds since 1970; Infinity for never. */
export function readDeadline(args: Args, i: number, nowMs: number): number {
  const milliseconds = Math.ceil(readSeconds(args.text(i, timeoutNotFloat)) * 1000)
  // Redis converts to 64 bits first, where everything too large turns negative.
  if (milliseconds < 0 || milliseconds >= millisecondsMax) throw timeoutNegative()
  return milliseconds === 0 ? Number.POSITIVE_INFINITY : nowMs + milliseconds
}

function readSeconds(text: string): number {
  if (decimal.test(text)) {
    const value = Number(text)
    // Too small for a double is not yet zero, and zero would mean for ever.
    return value === 0 && /[1-9]/.test(text.replace(/e.*/i, '')) && !text.startsWith('-') ? Number.MIN_VALUE : value
  }
  if (infinite.test(text)) return Number.POSITIVE_INFINITY
  const [, sign, whole = '', fraction = '', exponent = '0'] = hexadecimal.exec(text) ?? []
  if (sign === undefined) throw timeoutNotFloat()
  const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length)
  return sign === '-' ? -value : value
}
