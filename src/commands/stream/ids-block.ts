/** `[KEEPREF | DELREF | ACKED]` and `IDS numids id [id ...]`, wherever they stand among the options. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import type { ReferencePolicy } from '../../broker/stream-references.ts'
import { readIds } from './stream-args.ts'

/** What is wrong with a block's number. */
interface IdCountErrors {
  readonly invalid: string
  readonly mismatch: string
}

const idCountErrors: IdCountErrors = {
  invalid: 'ERR Number of IDs must be a positive integer',
  mismatch: 'ERR The `numids` parameter must match the number of arguments',
}

/** The policy that the next argument names, which is read; undefined (and nothing read) when it names none. */
export function readPolicy(args: Args): ReferencePolicy | undefined {
  if (args.token('KEEPREF')) return 'keepref'
  if (args.token('DELREF')) return 'delref'
  return args.token('ACKED') ? 'acked' : undefined
}

/** The ids that a block names; they are read when it is known that there is something that may have them. */
export class IdsBlock {
  readonly #errors: IdCountErrors
  #first = 0
  #count = 0

  constructor(errors = idCountErrors) {
    this.#errors = errors
  }

  get isGiven(): boolean {
    return this.#first > 0
  }

  /** How many ids there are. */
  get count(): number {
    return this.#count
  }

  /** Reads the block if it begins at the cursor; false (and nothing read) when it does not. Of several the last counts. */
  read(args: Args): boolean {
    if (args.left < 2 || !args.token('IDS')) return false
    const { invalid, mismatch } = this.#errors
    const count = args.nextInt64(invalid)
    if (count <= 0n) throw new ReplyError(invalid)
    if (count > BigInt(args.left)) throw new ReplyError(mismatch)
    this.#first = args.position
    this.#count = Number(count)
    args.position += this.#count
    return true
  }

  /** Reads the ids into `idList`; returns how many. */
  finish(args: Args): number {
    args.position = this.#first
    return readIds(args, this.#count)
  }
}

export interface PolicyAndIds {
  readonly policy: ReferencePolicy
  readonly ids: IdsBlock
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
  if (!block.isGiven) throw syntaxError()
  return { policy: policy ?? 'keepref', ids: block }
}
