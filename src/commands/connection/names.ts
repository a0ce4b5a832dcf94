/** Client names, as CLIENT SETNAME and HELLO take them. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'

const printableMin = 33
const printableMax = 126

/** Argument `i` as a name (empty for none); refused when it would not survive CLIENT LIST. */
export function clientName(args: Args, i: number): string {
  if (!isPrintable(args, i)) {
    throw new ReplyError('ERR Client names cannot contain spaces, newlines or special characters.')
  }
  return args.text(i)
}

/** Whether argument `i` has no spaces, control characters or bytes above ASCII. */
export function isPrintable(args: Args, i: number): boolean {
  for (let k = args.starts[i]!; k < args.ends[i]!; k++) {
    const byte = args.bytes[k]!
    if (byte < printableMin || byte > printableMax) return false
  }
  return true
}
