/** What a command is: its facts and its handler, one value. COMMAND, COMMAND DOCS, arity checks, key positions and the
 *  generated reference all come out of these facts; `table.ts` lists the values. */
import type { Args } from '../../protocol/resp/args.ts'
import type { Call } from './call.ts'

/** Redis' command flags (COMMAND INFO), as far as we have commands that carry them. */
export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'pubsub'
  | 'noscript'
  | 'blocking'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'fast'
  | 'no_auth'
  | 'movablekeys'
  | 'no_async_loading'
  | 'no_multi'
  | 'allow_busy'
  | 'protected'
  | 'no_mandatory_keys'

/** Where a command's keys are: positions as in COMMAND INFO (`last` counts from the end when negative). `find` is for
 *  commands whose keys move with their options; it returns argument indexes and may throw a ReplyError. */
export interface KeyPositions {
  readonly first: number
  readonly last: number
  readonly step: number
  readonly find?: (args: Args) => number[]
  /** The same for CLIENT TRACKING, where Redis takes a stricter look for it. */
  readonly findTracked?: (args: Args) => number[]
}

export const noKeys: KeyPositions = { first: 0, last: 0, step: 0 }
export const firstKey: KeyPositions = { first: 1, last: 1, step: 1 }
export const secondKey: KeyPositions = { first: 2, last: 2, step: 1 }
export const twoKeys: KeyPositions = { first: 1, last: 2, step: 1 }
export const allKeys: KeyPositions = { first: 1, last: -1, step: 1 }

export interface CommandFacts {
  /** Lower case; a subcommand's name is its own word (`create`), not its container's. */
  readonly name: string
  /** Number of arguments with the name(s); negative for "at least". */
  readonly arity: number
  readonly flags: readonly CommandFlag[]
  /** ACL categories beyond those that the flags imply, without `@`. */
  readonly categories: readonly string[]
  readonly keys: KeyPositions
  /** The Redis version that brought it, or `millrace` for our own. */
  readonly since: string
  /** Redis' group: string, list, stream, generic, pubsub, transactions, connection, server. */
  readonly group: string
  readonly summary: string
  readonly complexity: string
  /** Arguments in the notation of the Redis manual, e.g. `key [NX | XX] [GET] value`; empty for none. */
  readonly syntax: string
}

export interface Command extends CommandFacts {
  /** Runs it: reads `call.args`, writes the answer to `call.reply`. Throws ReplyError before its first effect. */
  readonly run: (call: Call) => void
  /** For containers: `XGROUP CREATE` is a subcommand of `XGROUP`. */
  readonly subcommands?: readonly Command[]
}

/** A command as given; here so that a definition is checked where it stands. */
export function defineCommand(command: Command): Command {
  return command
}

/** A container: it has no handler of its own. */
export function defineContainer(facts: CommandFacts, subcommands: readonly Command[]): Command {
  return {
    ...facts,
    subcommands,
    run() {
      throw new Error(`${facts.name} is run by its subcommands`)
    },
  }
}
