/** `[KEEPREF | DELREF | ACKED]` and `IDS numids id [id ...]`, wherever they stand among the options. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import type { ReferencePolicy } from '../../broker/stream-references.ts'
import { readIds } from './stream-args.ts'

const idCountInvalid = 'ERR Number of IDs must be a positive integer'

/** The policy that the next argument names, which is read; undefined (and nothing read) when it names none. */
export function readPolicy(args: Args): ReferencePolicy | undefined {
  if (args.token('KEEPREF')) return 'keepref'
  if (args.token('DELREF')) return 'delref'
  return args.token('ACKED') ? 'acked' : undefined
}

/** The ids that a block names; they are read when the request is known to be well formed. */
export class IdsBlock {
  #first = 0
  #count = 0

  /** Reads the block if it begins at the cursor; false (and nothing read) when it does not. */
  read(args: Args): boolean {
    if (this.#first > 0 || !args.token('IDS')) return false
    const count = args.nextInt64(idCountInvalid)
    if (count <= 0n) throw new ReplyError(idCountInvalid)
    if (count > BigInt(args.left)) {
      throw new ReplyError('ERR The `numids` parameter must match the number of arguments')
    }
    this.#first = args.position
    this.#count = Number(count)
    args.position += this.#count
    return true
  }

  /** Reads the ids into `idList`; returns how many. */
  finish(args: Args): number {
    if (this.#first === 0) throw syntaxError()
    args.position = this.#first
    return readIds(args, this.#count)
  }
}

export interface PolicyAndIds {
  readonly policy: ReferencePolicy
  /** How many of the `idList` count. */
  readonly idCount: number
}

/** All that is left of the request: a policy, if any, and a block of ids. */
export function readPolicyAndIds(args: Args): PolicyAndIds {
  let policy: ReferencePolicy | undefined
  const block = new IdsBlock()
  while (args.left > 0) {
    if (block.read(args)) continue
    const named = readPolicy(args)
    if (named === undefined || policy !== undefined) throw syntaxError()
    policy = named
  }
  return { policy: policy ?? 'keepref', idCount: block.finish(args) }
}
