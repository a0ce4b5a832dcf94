/** The words LEFT and RIGHT. */
import type { Args } from '../../../protocol/resp/args.ts'
import { syntaxError } from '../../broker/errors.ts'

/** Whether the next argument is LEFT (true) or RIGHT; a syntax error when it is neither. */
export function nextIsLeft(args: Args): boolean {
  if (args.token('LEFT')) return true
  if (args.token('RIGHT')) return false
  throw syntaxError()
}
