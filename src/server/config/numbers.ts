/** Numbers as Redis 7.0 reads them in its configuration, with its three degrees of strictness. Everything is 64 bits wide and therefore
 *  a bigint here; who needs a number converts. */

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)
const UINT64_MAX = 2n ** 64n - 1n

const MEMORY_UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
}

/** Reads a decimal integer without leading zeros, plus sign or white space. `undefined` when it is none or needs more than 64 bits. */
export function parseStrictInteger(text: string): bigint | undefined {
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined
  const value = BigInt(text)
  return value < INT64_MIN || value > INT64_MAX ? undefined : value
}

/** Reads what C's `strtoll` reads to the end: white space before, a sign and leading zeros are fine, the empty text is 0, and what is too
 *  large becomes the largest. `undefined` when anything else is left over. */
export function parseLenientInteger(text: string): bigint | undefined {
  if (text === '') return 0n
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined
  const value = BigInt(text.trim().replace('+', ''))
  return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : value
}

/** Reads an octal number leniently; the empty text is 0. `undefined` when it is none or needs more than 64 bits. */
export function parseOctal(text: string): bigint | undefined {
  const digits = /^[ \t\n\v\f\r]*([+-]?)([0-7]*)$/.exec(text)
  if (digits === null || (digits[2] === '' && text !== '')) return undefined
  const value = BigInt(`0o${digits[2] === '' ? '0' : digits[2]}`)
  return value > INT64_MAX ? undefined : digits[1] === '-' ? -value : value
}

/** Reads bytes with an optional unit in either case: `k m g` count in thousands, `kb mb gb` in 1024s. No digits mean 0. As in Redis the
 *  result wraps at 64 bits (unsigned). `undefined` for a sign, a fraction or an unknown unit. */
export function parseMemory(text: string): bigint | undefined {
  const parts = /^(\d{0,127})(\D*)$/.exec(text)
  const unit = parts === null ? undefined : MEMORY_UNITS[parts[2]!.toLowerCase()]
  if (parts === null || unit === undefined) return undefined
  const digits = BigInt(parts[1] === '' ? '0' : parts[1]!)
  return BigInt.asUintN(64, (digits > UINT64_MAX ? UINT64_MAX : digits) * unit)
}

/** Prints bytes with the largest unit of 1024s that leaves no remainder: `512mb`, `1500`. */
export function formatMemory(bytes: bigint): string {
  for (const unit of ['gb', 'mb', 'kb']) {
    const size = MEMORY_UNITS[unit]!
    if (bytes !== 0n && bytes % size === 0n) return `${bytes / size}${unit}`
  }
  return String(bytes)
}
