/** Keys whose number stands in front of them. */
import type { Args } from '../../protocol/resp/args.ts'
import { invalidKeyArguments } from '../broker/errors.ts'
import type { KeyPositions } from './command.ts'

/** The positions of keys behind their number in argument `at`; a destination may stand at argument 1. */
export function keysCountedAt(at: number, hasDestination = false): KeyPositions {
  const find = (args: Args): number[] => {
    const count = args.smallInteger(at)
    if (!(count >= 1 && count < args.count - at)) throw invalidKeyArguments()
    const keys = Array.from({ length: count }, (_, i) => at + 1 + i)
    return hasDestination ? [1, ...keys] : keys
  }
  return hasDestination ? { first: 1, last: 1, step: 1, find } : { first: 0, last: 0, step: 0, find }
}
