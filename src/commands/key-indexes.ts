/** Where the keys of a request are. */
import type { Args } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import type { Command } from './command.ts'

/** The indexes of the request's key arguments; none when the request does not make sense. */
export function keyIndexes({ keys }: Command, request: Args): number[] {
  const { first, last, step, find } = keys
  if (find !== undefined) {
    try {
      return find(request)
    } catch (error) {
      if (error instanceof ReplyError) return []
      throw error
    }
  }
  if (first === 0) return []
  const end = last < 0 ? request.count + last : last
  const found: number[] = []
  for (let i = first; i <= end; i += step) found.push(i)
  return found
}
