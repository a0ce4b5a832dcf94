/** Where the keys of a request are. */
import type { Args } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import type { Command, KeyPositions } from './command.ts'

/** The indexes of the request's key arguments; none when the request does not make sense. */
export function keyIndexes({ keys }: Command, request: Args): number[] {
  return indexes(keys, keys.find, request)
}

/** The same of keys that a client which tracks is to be told of when they change. */
export function trackedKeyIndexes({ keys }: Command, request: Args): number[] {
  return indexes(keys, keys.findTracked ?? keys.find, request)
}

function indexes({ first, last, step }: KeyPositions, find: KeyPositions['find'], request: Args): number[] {
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
