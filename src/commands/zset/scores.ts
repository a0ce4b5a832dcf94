/** Scores as arguments and as facts of the log. */
import type { Args } from '../../../protocol/resp/args.ts'
import { notFloat } from '../../broker/errors.ts'
import { parseDoubleInRange, parsePlainDouble } from '../../lib/double.ts'

/** Argument `i` as a score; throws when it is no number. */
export function scoreArgument(args: Args, i: number, error: () => Error = notFloat): number {
  const plain = parsePlainDouble(args.bytes, args.starts[i]!, args.ends[i]!)
  if (!Number.isNaN(plain)) return plain
  const value = parseDoubleInRange(args.text(i, error))
  if (value === undefined) throw error()
  return value
}

/** The shortest text that is read back as the same double, the sign of zero included. */
export function scoreText(score: number): string {
  if (Math.abs(score) === Number.POSITIVE_INFINITY) return score > 0 ? 'inf' : '-inf'
  return Object.is(score, -0) ? '-0' : String(score)
}
