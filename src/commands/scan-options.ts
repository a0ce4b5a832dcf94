/** What SCAN, SSCAN, HSCAN and ZSCAN read alike: the cursor and the options. */
import type { Args } from '../../protocol/resp/args.ts'
import { invalidCursor, syntaxError } from '../broker/errors.ts'
import { globMatchesRange } from '../lib/glob.ts'

const countDefault = 10
const uint64Max = 0xffffffffffffffffn

export interface ScanOptions {
  /** About how many elements to look at. */
  count: number
  /** Undefined for all elements. */
  pattern: Uint8Array | undefined
  /** SCAN's alone; undefined for all types. */
  type: string | undefined
  /** HSCAN's alone. */
  withValues: boolean
}

/** Argument `i` by the rules of C's `strtoul`, as far as Redis lets them through: a sign is taken, white space is not, and the
 *  text ends at its first NUL. */
export function readScanCursor(args: Args, i: number): number {
  const text = args.terminated(i, invalidCursor)
  const digits = /^[+-]?([0-9]*)$/.exec(text)?.[1]
  if (digits === undefined || (digits === '' && text !== '')) throw invalidCursor()
  const cursor = BigInt(digits)
  if (cursor > uint64Max) throw invalidCursor()
  return Number(BigInt.asUintN(32, text.startsWith('-') ? -cursor : cursor))
}

/** Everything behind the cursor. */
export function readScanOptions(args: Args, takesType: boolean, takesNoValues = false): ScanOptions {
  const options: ScanOptions = { count: countDefault, pattern: undefined, type: undefined, withValues: true }
  while (args.left > 0) {
    if (takesNoValues && args.token('NOVALUES')) {
      options.withValues = false
      continue
    }
    if (args.left < 2) throw syntaxError()
    if (args.token('COUNT')) {
      options.count = Number(args.nextInt64())
      if (options.count < 1) throw syntaxError()
    } else if (args.token('MATCH')) {
      options.pattern = readPattern(args)
    } else if (takesType && args.token('TYPE')) {
      options.type = args.text(args.next()).toLowerCase()
    } else {
      throw syntaxError()
    }
  }
  return options
}

/** A pattern; undefined for `*` alone, which stands for everything, the empty string included. */
export function readPattern(args: Args): Uint8Array | undefined {
  const i = args.next()
  return args.is(i, '*') ? undefined : args.copy(i)
}

export function matchesPattern(
  pattern: Uint8Array | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  return pattern === undefined || globMatchesRange(pattern, bytes, start, end)
}
